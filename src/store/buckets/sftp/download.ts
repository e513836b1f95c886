/** Objects read from a server: of one version, going on after a lost connection. */
import { plural } from "../../../base/counts.ts";
import type { ObjectName, ObjectRange, ObjectStat } from "../../bucket.ts";
import { objectMissing } from "../../cloud/failures.ts";
import type { SftpClient } from "./client.ts";
import { wrongBytes } from "./failures.ts";
import { attributes, OPEN, TYPE } from "./packets.ts";
import { readPortions, WINDOW } from "./portions.ts";
import type { Target } from "./upload.ts";

interface Wanted {
  name: ObjectName;
  range: ObjectRange | undefined;
}

/** How often a reading is begun anew because the object was replaced between a look at it and its opening. */
const MOST_REPLACED = 5;

/** What was opened is another version than the one that was looked at. */
class Replaced extends Error {}

/** As `get`. */
export async function* download(target: Target, wanted: Wanted): AsyncGenerator<Uint8Array> {
  const { connection, folder } = target;
  const tries = connection.tries();
  let known: ObjectStat | null = null;
  let [done, replaced] = [0, 0];
  for (;;) {
    try {
      const client = await connection.client();
      const { name } = wanted;
      known = await look(target, client, { wanted, known });
      const { start, end } = wanted.range ?? { start: 0, end: known.size };
      if (start + done === end) return;
      const range = { start: start + done, end };
      for await (const bytes of portions(target, client, { name, range, version: known.version })) {
        tries.progressed();
        done += bytes.length;
        connection.throwIfStopped();
        yield bytes;
      }
      if (start + done === end) return;
      throw wrongBytes(name, `ended at byte ${start + done} of ${end}`, folder.where);
    } catch (error) {
      if (!(error instanceof Replaced)) await connection.lost(error, tries);
      else if (done > 0 || ++replaced > MOST_REPLACED)
        throw wrongBytes(wanted.name, "was replaced while it was read", folder.where);
      else known = null;
    }
  }
}

/** The object, which must be the one that was met before, and hold what is asked for. */
async function look(
  { folder }: Target,
  client: SftpClient,
  { wanted: { name, range }, known }: { wanted: Wanted; known: ObjectStat | null },
): Promise<ObjectStat> {
  const found = await folder.stat(client, name);
  if (found === null) {
    await folder.mustExist(client);
    throw objectMissing(name, folder.where.address);
  }
  if (found.size < 0) throw wrongBytes(name, "is no file", folder.where);
  if (known !== null && known.version !== found.version)
    throw wrongBytes(name, "was replaced while it was read", folder.where);
  const { end, of = found.size } = range ?? { end: found.size };
  if (end > found.size || of !== found.size)
    throw wrongBytes(name, `has ${plural(found.size, "byte")}, which are not the ones asked for`, folder.where);
  return found;
}

/** Throws `Replaced` before it gives anything. */
async function* portions(
  { folder, memory }: Target,
  client: SftpClient,
  { name, range, version }: { name: ObjectName; range: ObjectRange; version: string },
): AsyncGenerator<Buffer> {
  const leaveMemory = await memory.enter(Math.min(range.end - range.start, WINDOW));
  const leave = await client.slots.enter();
  try {
    const handle = await client.open(TYPE.open, folder.pathOf(name), OPEN.read, attributes({}));
    try {
      // Asked together with the first bytes: it takes no time of its own.
      const opened = folder.statOpen(client, handle);
      opened.catch(() => undefined);
      for await (const bytes of readPortions(client, handle, range)) {
        await mustBe(version, opened);
        yield bytes;
      }
      await mustBe(version, opened);
    } finally {
      // Nothing hangs on it, and what is asked next is answered after it.
      client.perform(TYPE.close, handle).catch(() => undefined);
    }
  } catch (error) {
    throw await folder.failure(client, `read '${name}'`, error);
  } finally {
    leave();
    leaveMemory();
  }
}

async function mustBe(version: string, opened: Promise<ObjectStat | null>): Promise<void> {
  const found = await opened;
  if (found !== null && found.version !== version) throw new Replaced();
}
