/** Objects written to a server: under a temporary name, flushed, and named when they are whole. */
import { type BlobSource, readAll } from "../../bytes.ts";
import type { ObjectName, ObjectStat, PutOutcome } from "../../bucket.ts";
import { SourceReading } from "../../cloud/source.ts";
import type { SftpClient } from "./client.ts";
import type { Connection } from "./connection.ts";
import { Lost, type Where } from "./failures.ts";
import type { ServerFolder } from "./folder.ts";
import type { Naming } from "./naming.ts";
import { type Attributes, attributes, OPEN, TYPE } from "./packets.ts";
import { readPortions } from "./portions.ts";
import type { ShellFlush } from "./shell-flush.ts";
import type { Slots } from "../../../base/slots.ts";

/** Up to this many bytes an object is sent from memory, in one piece of work. */
export const SMALL = 1024 * 1024;

const FLUSH = "fsync@openssh.com";

/** From so many on that are written at once, small objects are flushed together. */
const MANY = 64;

export interface Target {
  connection: Connection;
  folder: ServerFolder;
  naming: Naming;
  /** Flushes all at once, where the account has a shell. */
  shell: ShellFlush | null;
  /** Bytes of small objects that are held in memory. */
  memory: Slots;
}

/** Writes small objects. */
export class SmallUploads {
  readonly #target: Target;
  #count = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** As `putIfAbsent`, of a source that fits into memory. */
  async upload(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    this.#count++;
    try {
      return await this.#target.memory.hold(() => this.#upload(name, source), source.size);
    } finally {
      this.#count--;
    }
  }

  async #upload(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    const { connection, folder, naming } = this.#target;
    const { bytes } = await new SourceReading(name, source, 0).finish();
    const unanswered = new Set<string>();
    return connection.use((client) =>
      folder.doing(client, `write '${name}'`, async () => {
        await naming.mustBeSafe(client);
        const file = { client, folder, file: folder.newTemporary(), name };
        const isTogether = this.#count >= MANY && this.#target.shell?.mayHelp === true;
        const written = await client.slots.hold(() => writeSmall(file, bytes, !isTogether));
        if (isTogether) await this.#flush(file);
        const claiming = { temporary: file.file, name, written, unanswered, keep: isTogether };
        const found = await claim(this.#target, client, claiming);
        if (isTogether && found === null) await this.#flushName(file);
        if (found === null) return "written";
        if (found.size !== bytes.length) return { found };
        const mayBeOurs = unanswered.has(found.version);
        return mayBeOurs && (await hasBytes(client, folder, { name, bytes })) ? "written" : "present";
      }),
    );
  }

  /** With all others that were written meanwhile; by itself where no shell does it. */
  async #flush({ client, folder, file }: NewFile): Promise<void> {
    const path = folder.pathOf(file);
    if (await this.#target.shell?.flush(path)) return;
    await client.slots.hold(async () => {
      const handle = await client.open(TYPE.open, path, OPEN.read, attributes({}));
      await Promise.all([flush(client, handle), client.perform(TYPE.close, handle)]);
    });
  }

  /** A file keeps its temporary name until then: who works in that folder sees that something may be unflushed. */
  async #flushName({ client, folder, file }: NewFile): Promise<void> {
    await this.#target.shell?.flush(folder.pathOf(file));
    await folder.discard(client, file);
  }
}

/** Whether a file that is there has these bytes. */
export async function hasBytes(
  client: SftpClient,
  folder: ServerFolder,
  { name, bytes }: { name: ObjectName; bytes: Buffer },
): Promise<boolean> {
  const handle = await client.open(TYPE.open, folder.pathOf(name), OPEN.read, attributes({}));
  const portions = readPortions(client, handle, { start: 0, end: bytes.length });
  try {
    return (await readAll(portions, bytes.length))?.equals(bytes) ?? false;
  } finally {
    await client.perform(TYPE.close, handle);
  }
}

/** Names what was written, and notes it where no answer comes. */
export async function claim(
  { naming, folder }: Target,
  client: SftpClient,
  { temporary, name, written, unanswered, keep = false }: Claiming,
): Promise<ObjectStat | null> {
  try {
    return await naming.claim(client, { temporary, name, keep });
  } catch (error) {
    if (error instanceof Lost) unanswered.add(folder.statOf(written).version);
    throw error;
  }
}

export interface Claiming {
  temporary: string;
  name: ObjectName;
  written: Attributes;
  /** Versions of what this very call wrote, and does not know whether it got the name. */
  unanswered: Set<string>;
  /** Leaves the temporary name beside the given one, where the server has links. */
  keep?: boolean;
}

export interface NewFile {
  client: SftpClient;
  folder: ServerFolder;
  file: string;
  name: ObjectName;
}

/** What the file is in the end. */
export async function writeSmall(
  { client, folder, file, name }: NewFile,
  bytes: Buffer,
  isFlushed: boolean,
): Promise<Attributes> {
  const handle = await folder.openNew(client, file, 0o444);
  try {
    const writes = [];
    for (let at = 0; at < bytes.length; at += client.limits.write)
      writes.push(client.perform(TYPE.write, handle, BigInt(at), bytes.subarray(at, at + client.limits.write)));
    // The server keeps to the order in which they are asked.
    const [found] = await Promise.all([...finish(client, handle, isFlushed), ...writes]);
    checkSize(found, { name, size: bytes.length }, folder.where);
    await folder.shareFile(client, file, found.mode ?? 0o444);
    return found;
  } catch (error) {
    if (!client.isOver) await folder.discard(client, file);
    throw error;
  }
}

/** Flushes what was written through a handle, looks at it, and closes it. */
export function finish(
  client: SftpClient,
  handle: Buffer,
  isFlushed = true,
): [Promise<Attributes>, Promise<void>, Promise<void>] {
  const flushed = isFlushed ? flush(client, handle) : Promise.resolve();
  return [client.attributes(TYPE.fstat, handle), client.perform(TYPE.close, handle), flushed];
}

/** Flushes what was written through a handle, where the server can. */
export async function flush(client: SftpClient, handle: Buffer): Promise<void> {
  if (canFlush(client)) await client.perform(TYPE.extended, FLUSH, handle);
}

export function canFlush(client: SftpClient): boolean {
  return client.extensions.has(FLUSH);
}

/** Throws `Lost`, so that it is sent again, where the server has another number of bytes than were sent. */
export function checkSize({ size }: Attributes, sent: { name: string; size: number }, { address }: Where): void {
  if (size === sent.size) return;
  throw new Lost("remote-unavailable", `'${address}' does not confirm the bytes of '${sent.name}' that were sent`, {
    subject: address,
    hint: "run the command again; if it stays so, see whether the server's disk is in order",
  });
}
