/** Removing an object of a server, only while it is the one that was looked at. */
import { uniqueName } from "../../../base/clock.ts";
import type { ObjectName } from "../../bucket.ts";
import { replacedMeanwhile } from "../../cloud/failures.ts";
import { DISPLACED } from "../../folder-layout.ts";
import { isRefusal, type SftpClient } from "./client.ts";
import type { ServerFolder } from "./folder.ts";
import { STATUS, TYPE } from "./packets.ts";
import type { Target } from "./upload.ts";

/** Between two looks at the server's clock: milliseconds. */
const LOOK = 100;
/** Seconds by which a time may lie ahead that is still told apart by waiting. */
const AHEAD = 2;

/** As `delete`. */
export async function remove(target: Target, name: ObjectName, version: string): Promise<void> {
  const { connection, folder } = target;
  await connection.use((client) =>
    folder.doing(client, `delete '${name}'`, async () => {
      const found = await folder.stat(client, name);
      if (found === null) return void (await folder.mustExist(client));
      if (found.version !== version) throw replacedMeanwhile(name, folder.where.address);
      await laterThan(target, client, found.created / 1000);
      await takeAway(target, client, name, version);
    }),
  );
}

/**
 * A server tells times in seconds, and nothing else by which two files of one size differ. So nothing is removed or
 * replaced in the second in which it was made: what comes in its place has another version. Answers the server's time.
 */
export async function laterThan({ connection, folder }: Target, client: SftpClient, made: number): Promise<number> {
  for (;;) {
    const now = await timeOf(client, folder);
    if (now > made || made - now > AHEAD) return now;
    await connection.clock.sleep(LOOK);
    connection.throwIfStopped();
  }
}

/** The server's time, as it gives it to files: seconds since 1970. */
export async function timeOf(client: SftpClient, folder: ServerFolder): Promise<number> {
  const file = folder.newTemporary();
  const handle = await folder.openNew(client, file, 0o600);
  const [{ modified }] = await Promise.all([
    client.attributes(TYPE.fstat, handle),
    client.perform(TYPE.close, handle),
    folder.discard(client, file),
  ]);
  return modified ?? 0;
}

/**
 * Whoever replaced the object since it was looked at must not lose it: it is taken out first, and looked at where
 * nobody else finds it.
 */
async function takeAway(
  { folder, naming }: Target,
  client: SftpClient,
  name: ObjectName,
  version: string,
): Promise<void> {
  const aside = folder.newTemporary();
  try {
    await naming.moveAway(client, name, aside);
  } catch (error) {
    if (isRefusal(error, STATUS.noSuchFile)) return;
    throw error;
  }
  const taken = await folder.stat(client, aside);
  if (taken === null) return;
  if (taken.version !== version) {
    await naming.claim(client, { temporary: aside, name });
    throw replacedMeanwhile(name, folder.where.address);
  }
  const isFolder = taken.size < 0 && (await folder.lookAt(client, aside))?.kind === "folder";
  if (!isFolder) return client.perform(TYPE.remove, folder.pathOf(aside));
  // A folder is nobody's blob, and may be somebody's work.
  await folder.makeFolder(client, DISPLACED);
  await naming.moveAway(client, aside, `${DISPLACED}/${name.replaceAll("/", "-")}.${uniqueName()}`);
}
