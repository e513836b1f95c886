/**
 * Large objects written to a server, going on after a cut with what the server flushed, in this process or the next.
 */
import { type Hasher, hashBytes, newHasher } from "../../../hashing/hasher.ts";
import type { BlobSource } from "../../bytes.ts";
import type { ObjectName, PutOutcome } from "../../bucket.ts";
import { SourceReading } from "../../cloud/source.ts";
import type { UploadSessions } from "../../cloud/upload-sessions.ts";
import { TEMPORARY } from "../../folder-layout.ts";
import type { SftpClient } from "./client.ts";
import type { Tries } from "./connection.ts";
import { type Attributes, attributes, OPEN, TYPE } from "./packets.ts";
import { canFlush, checkSize, claim, finish, flush, type NewFile, type Target } from "./upload.ts";

/** After so many bytes what the server has is flushed, and remembered. */
const STRETCH = 32 * 1024 * 1024;
/** Bytes under way at once: more than the window of a channel of `ssh`. */
const WINDOW = 8 * 1024 * 1024;

const FILE = new RegExp(`^${TEMPORARY}/part\\.[A-Za-z0-9.-]+$`);

/** How far an upload is: what a next process needs to go on. */
interface Beginning {
  /** In the remote's folder. */
  file: string;
  /** Bytes, a multiple of a stretch, that the server flushed. */
  length: number;
  /** Of those bytes, as `Chain` makes it: other ones than the source has are not gone on with. */
  sum: string;
}

export interface LargeUpload {
  name: ObjectName;
  source: BlobSource;
  sessions: UploadSessions | undefined;
}

/** As `putIfAbsent`; what was begun stays when this fails halfway. */
export function uploadLarge(target: Target, upload: LargeUpload): Promise<PutOutcome> {
  return new Uploading(target, upload).run();
}

class Uploading {
  readonly #target: Target;
  readonly #name: ObjectName;
  readonly #size: number;
  readonly #sessions: UploadSessions | undefined;
  readonly #key: string;
  readonly #reading: SourceReading;
  readonly #unanswered = new Set<string>();
  #begun: Beginning | null = null;

  constructor(target: Target, { name, source, sessions }: LargeUpload) {
    this.#target = target;
    this.#name = name;
    this.#size = source.size;
    this.#sessions = sessions;
    this.#key = `${target.folder.where.address} ${name} ${source.size}`;
    this.#reading = new SourceReading(name, source, source.size);
  }

  async run(): Promise<PutOutcome> {
    const { connection, folder } = this.#target;
    this.#begun = beginningIn(await this.#sessions?.get(this.#key), this.#size);
    const tries = connection.tries();
    for (;;) {
      try {
        const client = await connection.client();
        const outcome = await folder.doing(client, `write '${this.#name}'`, () => this.#try(client, tries));
        if (outcome === null) continue;
        await this.#sessions?.delete(this.#key);
        return outcome;
      } catch (error) {
        if (this.#reading.failure) throw this.#reading.failure.error;
        await connection.lost(error, tries);
      }
    }
  }

  /** Null when what was begun is of no use, and was thrown away. */
  async #try(client: SftpClient, tries: Tries): Promise<PutOutcome | null> {
    const { folder, naming } = this.#target;
    await naming.mustBeSafe(client);
    if (this.#begun !== null && !(await this.#isThere(client, this.#begun))) await this.#startAnew(client);
    const sent = await client.slots.hold(() => this.#send(client, tries));
    if (sent === null) return this.#startAnew(client);
    const { file, found: written } = sent;
    await folder.shareFile(client, file, written.mode ?? 0o644);
    const claiming = { temporary: file, name: this.#name, written, unanswered: this.#unanswered };
    const found = await claim(this.#target, client, claiming);
    if (found === null || this.#unanswered.has(found.version)) return "written";
    return found.size === this.#size ? "present" : { found };
  }

  /** Of less than a stretch nobody knows whether it was flushed. */
  async #isThere(client: SftpClient, { file, length }: Beginning): Promise<boolean> {
    const found = length > 0 ? await this.#target.folder.lookAt(client, file) : null;
    return found?.kind === "file" && found.size !== null && found.size >= length && found.size <= this.#size;
  }

  async #startAnew(client: SftpClient): Promise<null> {
    const file = this.#begun?.file;
    this.#begun = null;
    await this.#sessions?.delete(this.#key);
    if (file !== undefined) await this.#target.folder.discard(client, file);
    return null;
  }

  /** Writes what the server lacks: what the file is then; null when its beginning is not the source's. */
  async #send(client: SftpClient, tries: Tries): Promise<{ file: string; found: Attributes } | null> {
    const { folder, connection } = this.#target;
    const old = this.#begun;
    const begun = old ?? { file: folder.newTemporary(hashBytes(Buffer.from(this.#key))), length: 0, sum: "" };
    this.#begun = begun;
    const path = folder.pathOf(begun.file);
    const handle = old
      ? await client.open(TYPE.open, path, OPEN.write, attributes({}))
      : await folder.openNew(client, begun.file, 0o644);
    const writing = new Writing(client, handle);
    const chain = new Chain();
    try {
      for await (const chunk of this.#reading.open(0)) {
        connection.throwIfStopped();
        for (const { bytes, at, isEnd } of chain.parts(chunk)) {
          if (at >= begun.length) await writing.write(bytes, at);
          const length = at + bytes.length;
          if (isEnd && length === begun.length && chain.sum !== begun.sum) return null;
          if (isEnd && length > begun.length && canFlush(client))
            this.#remember({ file: begun.file, length, sum: chain.sum }, writing, tries);
        }
      }
      const found = await writing.finish();
      checkSize(found, { name: this.#name, size: this.#size }, folder.where);
      return { file: begun.file, found };
    } finally {
      writing.leave();
    }
  }

  /** Once all until here was written and flushed; the next bytes are on their way meanwhile. */
  #remember(begun: Beginning, writing: Writing, tries: Tries): void {
    writing.flushed(async () => {
      this.#begun = begun;
      tries.progressed();
      await this.#sessions?.set(this.#key, JSON.stringify(begun));
    });
  }
}

/** Writes all of it into a new file, from its beginning: what the file is then. */
export async function writeStream(
  { client, folder, file, name }: NewFile,
  reading: SourceReading,
): Promise<Attributes> {
  const writing = new Writing(client, await folder.openNew(client, file, 0o444));
  let at = 0;
  try {
    for await (const bytes of reading.open(0)) {
      await writing.write(bytes, at);
      at += bytes.length;
    }
    const found = await writing.finish();
    checkSize(found, { name, size: at }, folder.where);
    await folder.shareFile(client, file, found.mode ?? 0o444);
    return found;
  } finally {
    writing.leave();
  }
}

/** Writes through one handle, many under way. */
class Writing {
  readonly #client: SftpClient;
  readonly #handle: Buffer;
  #pending: Promise<void>[] = [];
  #isOpen = true;
  #isOver = false;

  constructor(client: SftpClient, handle: Buffer) {
    this.#client = client;
    this.#handle = handle;
  }

  async write(bytes: Uint8Array, at: number): Promise<void> {
    const { write: portion } = this.#client.limits;
    for (let from = 0; from < bytes.length; from += portion) {
      while (this.#pending.length * portion >= WINDOW) await this.#pending.shift();
      const part = bytes.subarray(from, from + portion);
      this.#add(this.#client.perform(TYPE.write, this.#handle, BigInt(at + from), part));
    }
  }

  /** Has all of it flushed that was written until now, and then does `work`. */
  flushed(work: () => Promise<void>): void {
    const before = Promise.all([...this.#pending, flush(this.#client, this.#handle)]);
    this.#add(
      before.then(async () => {
        if (!this.#isOver) await work();
      }),
    );
  }

  /** Flushed and closed: what the file is. */
  async finish(): Promise<Attributes> {
    this.#isOpen = false;
    const [found] = await Promise.all([...finish(this.#client, this.#handle), ...this.#pending]);
    return found;
  }

  /** What is still under way is waited for by nobody. */
  leave(): void {
    this.#isOver = true;
    if (this.#isOpen) this.#client.perform(TYPE.close, this.#handle).catch(() => undefined);
  }

  #add(work: Promise<void>): void {
    work.catch(() => undefined);
    this.#pending.push(work);
  }
}

/** A sum of stretches, each with those before it, of bytes that come in any portions. */
class Chain {
  sum = "";
  #at = 0;
  #hasher: Hasher = newHasher();

  /** A chunk in parts of which none passes the end of a stretch; `isEnd`: `sum` is that of all until here. */
  *parts(chunk: Uint8Array): Generator<{ bytes: Uint8Array; at: number; isEnd: boolean }> {
    for (let from = 0; from < chunk.length;) {
      const bytes = chunk.subarray(from, from + STRETCH - (this.#at % STRETCH));
      const at = this.#at;
      this.#hasher.update(bytes);
      from += bytes.length;
      this.#at += bytes.length;
      const isEnd = this.#at % STRETCH === 0;
      if (isEnd) {
        this.sum = hashBytes(Buffer.from(this.sum + this.#hasher.digest()));
        this.#hasher = newHasher();
      }
      yield { bytes, at, isEnd };
    }
  }
}

/** Null for what is no such note, or of no file below `tmp`. */
function beginningIn(text: string | null | undefined, size: number): Beginning | null {
  if (!text) return null;
  try {
    const { file, length, sum } = JSON.parse(text) as Partial<Beginning>;
    const isOurs = typeof file === "string" && FILE.test(file) && typeof sum === "string";
    const isLength = typeof length === "number" && length > 0 && length <= size && length % STRETCH === 0;
    return isOurs && isLength ? { file, length, sum } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
