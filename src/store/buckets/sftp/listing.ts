/** All objects of a folder on a server, many folders asked for at once. */
import { mapOrdered } from "../../../base/tasks.ts";
import type { ObjectName, ObjectStat } from "../../bucket.ts";
import { isBeside } from "../../folder-layout.ts";
import { isRefusal, type SftpClient } from "./client.ts";
import type { Connection } from "./connection.ts";
import { unusable, type Where } from "./failures.ts";
import type { ServerFolder } from "./folder.ts";
import { type Attributes, STATUS, TYPE } from "./packets.ts";

/** Folders asked for at once, and how deep they may lie: what mvgit makes lies three deep. */
const FOLDERS = 32;
const DEPTH = 40;
/** What one folder may hold: a remote of 500 million blobs. */
const NAMES = 2_000_000;
/** A name in a folder: systems have none of more than 255 letters. */
const CAN_BE = /^[^/\0]{1,255}$/;

export interface Entry {
  name: string;
  attributes: Attributes;
}

export interface Listing {
  connection: Connection;
  folder: ServerFolder;
}

/** As `list` of a bucket. */
export async function* listObjects(
  listing: Listing,
  prefix: string,
): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
  const { connection, folder } = listing;
  await connection.use((client) => folder.mustExist(client));
  yield* below(listing, prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix);
}

/** `inner`: "", or a folder with a slash behind it. */
async function* below(
  listing: Listing,
  inner: string,
  prefix: string,
  depth = 0,
): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
  const { folder } = listing;
  if (depth > DEPTH) throw unusable(`has folders without end, such as '${inner.slice(0, 80)}…'`, folder.where);
  const folders: string[] = [];
  for (const entry of await entriesOf(listing, inner)) {
    const name = inner + entry.name;
    if (isBeside(name)) continue;
    if (entry.attributes.kind === "folder") {
      if (`${name}/`.startsWith(prefix)) folders.push(`${name}/`);
    } else if (name.startsWith(prefix)) yield { name, ...folder.statOf(entry.attributes) };
  }
  const gather = async (each: string) => {
    const found = [];
    for await (const object of below(listing, each, prefix, depth + 1)) found.push(object);
    return found;
  };
  for await (const found of mapOrdered(folders, FOLDERS, gather)) yield* found;
}

/** Of one folder, "" or with a slash behind it; none where it is not there. */
export function entriesOf({ connection, folder }: Listing, inner: string): Promise<Entry[]> {
  return connection.use((client) =>
    folder.doing(client, `list '${inner}'`, async () => {
      const path = folder.pathOf(inner.replace(/\/$/, ""));
      const entries = await client.slots.hold(() => readFolder(client, path, folder.where));
      const known = await Promise.all(entries.map((entry) => told(client, folder, { inner, entry })));
      return known.filter((entry) => entry !== null);
    }),
  );
}

/** With what it is, asked for where the listing does not say; null when it is gone. */
async function told(
  client: SftpClient,
  folder: ServerFolder,
  { inner, entry: { name, attributes } }: { inner: string; entry: Entry },
): Promise<Entry | null> {
  if (attributes.kind !== null && attributes.size !== null && attributes.modified !== null) return { name, attributes };
  const found = await folder.lookAt(client, inner + name);
  return found && { name, attributes: found };
}

async function readFolder(client: SftpClient, path: string, where: Where): Promise<Entry[]> {
  const found: Entry[] = [];
  const handle = await opened(client, path);
  if (handle === null) return found;
  try {
    for (;;) {
      const some = await client.names(TYPE.readdir, handle);
      if (some === null) return found;
      if (found.length > NAMES) throw unusable("lists names without end", where);
      if (!some.every(({ name }) => CAN_BE.test(name))) throw unusable("lists a name that cannot be", where);
      for (const entry of some) if (entry.name !== "." && entry.name !== "..") found.push(entry);
    }
  } finally {
    client.perform(TYPE.close, handle).catch(() => undefined);
  }
}

/** Null for what is no folder, or not there. */
async function opened(client: SftpClient, path: string): Promise<Buffer | null> {
  try {
    return await client.open(TYPE.opendir, path);
  } catch (error) {
    if (isRefusal(error, STATUS.noSuchFile)) return null;
    throw error;
  }
}
