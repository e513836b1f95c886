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

/** As `get`. */
export async function* download(target: Target, wanted: Wanted): AsyncGenerator<Uint8Array> {
  const { connection, folder } = target;
  const tries = connection.tries();
  let known: ObjectStat | null = null;
  let done = 0;
  for (;;) {
    try {
      const client = await connection.client();
      const { name } = wanted;
      known = await look(target, client, { wanted, known });
      const { start, end } = wanted.range ?? { start: 0, end: known.size };
      if (start + done === end) return;
      for await (const bytes of portions(target, client, { name, range: { start: start + done, end } })) {
        tries.progressed();
        done += bytes.length;
        connection.throwIfStopped();
        yield bytes;
      }
      if (start + done === end) return;
      throw wrongBytes(name, `ended at byte ${start + done} of ${end}`, folder.where);
    } catch (error) {
      await connection.lost(error, tries);
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

async function* portions(
  { folder, memory }: Target,
  client: SftpClient,
  { name, range }: { name: ObjectName; range: ObjectRange },
): AsyncGenerator<Buffer> {
  const leaveMemory = await memory.enter(Math.min(range.end - range.start, WINDOW));
  const leave = await client.slots.enter();
  try {
    const handle = await client.open(TYPE.open, folder.pathOf(name), OPEN.read, attributes({}));
    try {
      yield* readPortions(client, handle, range);
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
