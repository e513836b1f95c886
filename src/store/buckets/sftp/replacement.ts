/** An object of a server replaced while it is a certain version: by one process at a time. */
import { crc32c } from "../../../base/crc32c.ts";
import { monotonicNow, uniqueName } from "../../../base/clock.ts";
import { MvgitError } from "../../../base/errors.ts";
import { LOCK_PATIENCE, LOCK_SILENCE, SECOND } from "../../../base/times.ts";
import type { BlobSource } from "../../bytes.ts";
import type { ObjectName, ObjectStat } from "../../bucket.ts";
import { crcText } from "../../cloud/crc32c.ts";
import { objectMissing, replacedMeanwhile } from "../../cloud/failures.ts";
import { SourceReading } from "../../cloud/source.ts";
import { TEMPORARY } from "../../folder-layout.ts";
import { isRefusal, type SftpClient } from "./client.ts";
import { Lost, unusable } from "./failures.ts";
import type { ServerFolder } from "./folder.ts";
import { attributes, OPEN, STATUS, TYPE } from "./packets.ts";
import { readPortions } from "./portions.ts";
import { laterThan, remove } from "./removal.ts";
import { hasBytes, type NewFile, SMALL, type Target, writeSmall } from "./upload.ts";
import { writeStream } from "./upload-large.ts";

/** Nobody else replaces anything while this is there. */
const LOCK = `${TEMPORARY}/replace.lock`;
/** Milliseconds between two looks at whether it is gone. */
const LOOK = 50;
/** Whoever held it for longer gives up: well before others take it for a dead process's. */
const LONGEST_HELD = 10 * SECOND;

interface Replacing {
  name: ObjectName;
  version: string;
  source: BlobSource;
  /** Milliseconds without a change after which the lock is a dead process's; as of other locks when absent. */
  silence?: number | undefined;
}

/** As `replace`. */
export async function replace(target: Target, replacing: Replacing): Promise<void> {
  const { name, source } = replacing;
  const isSmall = source.size <= SMALL;
  const content = isSmall ? new InMemory(await read(name, source)) : new Streamed(name, source);
  const replacement = new Replacement(target, replacing, content);
  await target.connection.use(async (client) => {
    try {
      await target.folder.doing(client, `replace '${name}'`, () => replacement.attempt(client));
    } catch (error) {
      // What the source met is never tried again.
      throw content.failure?.error ?? error;
    }
  });
}

async function read(name: ObjectName, source: BlobSource): Promise<Buffer> {
  return (await new SourceReading(name, source, 0).finish()).bytes;
}

/** Bytes that replace others. */
interface Content {
  /** What their source itself threw. */
  readonly failure: { error: unknown } | null;
  /** Puts them into a new file. */
  write(file: NewFile): Promise<unknown>;
  /** Whether the object has them. */
  isIn(client: SftpClient, folder: ServerFolder, name: ObjectName): Promise<boolean>;
}

class InMemory implements Content {
  readonly failure = null;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  write(file: NewFile): Promise<unknown> {
    return writeSmall(file, this.#bytes, true);
  }

  isIn(client: SftpClient, folder: ServerFolder, name: ObjectName): Promise<boolean> {
    return hasBytes(client, folder, { name, bytes: this.#bytes });
  }
}

/** Read anew for each file that they are put into. */
class Streamed implements Content {
  readonly #reading: SourceReading;
  readonly #size: number;

  constructor(name: ObjectName, source: BlobSource) {
    this.#reading = new SourceReading(name, source, source.size);
    this.#size = source.size;
  }

  get failure(): { error: unknown } | null {
    return this.#reading.failure;
  }

  write(file: NewFile): Promise<unknown> {
    return writeStream(file, this.#reading);
  }

  /** By the sum: all of them were read before. */
  async isIn(client: SftpClient, folder: ServerFolder, name: ObjectName): Promise<boolean> {
    const handle = await client.open(TYPE.open, folder.pathOf(name), OPEN.read, attributes({}));
    let [crc, size] = [0, 0];
    try {
      for await (const bytes of readPortions(client, handle, { start: 0, end: this.#size })) {
        crc = crc32c(bytes, crc);
        size += bytes.length;
      }
    } finally {
      await client.perform(TYPE.close, handle);
    }
    return size === this.#size && crcText(crc) === this.#reading.tail?.crc;
  }
}

class Replacement {
  readonly #target: Target;
  readonly #name: ObjectName;
  readonly #version: string;
  readonly #content: Content;
  readonly #silence: number;
  /** In the lock, so that this call knows its own after a lost connection. */
  readonly #token = Buffer.from(`${uniqueName()}\n`);
  /** Versions of what this call wrote, and does not know whether it got the name. */
  readonly #unanswered = new Set<string>();
  /** The lock may be this call's, on this connection or an earlier one. */
  #mayHold = false;

  constructor(target: Target, { name, version, silence = LOCK_SILENCE.elsewhere }: Replacing, content: Content) {
    this.#target = target;
    this.#name = name;
    this.#version = version;
    this.#content = content;
    this.#silence = silence;
  }

  async attempt(client: SftpClient): Promise<void> {
    try {
      await this.#attempt(client);
    } finally {
      if (this.#mayHold && !client.isOver) await this.#unlock(client);
    }
  }

  /** The bytes are there before the lock is taken, so that it is held for a moment alone. */
  async #attempt(client: SftpClient): Promise<void> {
    const { folder, naming, shell } = this.#target;
    naming.mustReplace(client);
    if ((await this.#current(client)) === null) return;
    const temporary = folder.newTemporary();
    await this.#write(client, temporary);
    try {
      await this.#give(client, temporary, await this.#lock(client));
    } catch (error) {
      if (!client.isOver) await folder.discard(client, temporary);
      throw error;
    }
    if (shell?.mayHelp === true) await shell.flush(folder.pathOf(this.#name));
  }

  /** What is to be replaced; null where an earlier try did it. Throws where another version is there, or none. */
  async #current(client: SftpClient): Promise<ObjectStat | null> {
    const { folder } = this.#target;
    const found = await folder.stat(client, this.#name);
    if (found === null) await folder.mustExist(client);
    if (found === null) throw objectMissing(this.#name, folder.where.address);
    if (found.version === this.#version) return found;
    const mayBeOurs = this.#unanswered.has(found.version);
    if (mayBeOurs && (await this.#content.isIn(client, folder, this.#name))) return null;
    throw replacedMeanwhile(this.#name, folder.where.address);
  }

  async #give(client: SftpClient, temporary: string, since: number): Promise<void> {
    const { folder, naming } = this.#target;
    const found = await this.#current(client);
    if (found === null) return folder.discard(client, temporary);
    const now = await laterThan(this.#target, client, found.created / SECOND);
    await client.perform(TYPE.setstat, folder.pathOf(temporary), attributes({ times: now }));
    let made = await folder.stat(client, temporary);
    if (made?.version === this.#version) made = await this.#writeAnew(client, temporary);
    if (made === null || made.version === this.#version)
      throw unusable("gives two files the same time whatever it is told", folder.where);
    const isHeld = await hasBytes(client, folder, { name: LOCK, bytes: this.#token });
    if (!isHeld || monotonicNow() - since > LONGEST_HELD)
      throw new Lost("remote-unavailable", `'${folder.where.address}' is too slow to replace '${this.#name}'`, {
        subject: folder.where.address,
      });
    try {
      await naming.moveOver(client, temporary, this.#name);
    } catch (error) {
      if (error instanceof Lost) this.#unanswered.add(made.version);
      throw error;
    }
  }

  /** Not every server lets a time be told: what is written now has a later one. */
  async #writeAnew(client: SftpClient, temporary: string): Promise<ObjectStat | null> {
    const { folder } = this.#target;
    await folder.discard(client, temporary);
    await this.#write(client, temporary);
    return folder.stat(client, temporary);
  }

  async #write(client: SftpClient, file: string): Promise<void> {
    const { folder } = this.#target;
    try {
      await client.slots.hold(() => this.#content.write({ client, folder, file, name: this.#name }));
    } catch (error) {
      if (!client.isOver) await folder.discard(client, file);
      throw error;
    }
  }

  /** When it was taken. Throws `lock-held`. */
  async #lock(client: SftpClient): Promise<number> {
    const { folder, connection } = this.#target;
    const began = monotonicNow();
    let seen = { version: "", since: began };
    for (;;) {
      const since = monotonicNow();
      if (await this.#take(client)) return since;
      const found = await folder.stat(client, LOCK);
      if (found === null) continue;
      if (await hasOwn(this.#target, client, this.#token)) return since;
      if (found.version !== seen.version) seen = { version: found.version, since };
      else if (since - seen.since > this.#silence) await this.#breakOpen(found.version);
      if (since - began > LOCK_PATIENCE) throw held(folder.where.address);
      await connection.clock.sleep(LOOK);
      connection.throwIfStopped();
    }
  }

  async #take(client: SftpClient): Promise<boolean> {
    const { folder } = this.#target;
    let handle: Buffer;
    this.#mayHold = true;
    try {
      handle = await folder.openNew(client, LOCK, 0o644);
    } catch (error) {
      if (isRefusal(error, STATUS.failure)) return false;
      throw error;
    }
    const written = client.perform(TYPE.write, handle, 0n, this.#token);
    await Promise.all([written, client.perform(TYPE.close, handle)]);
    return true;
  }

  /** Only what was looked at: never the lock that somebody else took meanwhile. */
  async #breakOpen(version: string): Promise<void> {
    try {
      await remove(this.#target, LOCK, version);
    } catch (error) {
      if (!(error instanceof MvgitError) || error.code !== "object-exists") throw error;
    }
  }

  async #unlock(client: SftpClient): Promise<void> {
    if (await hasOwn(this.#target, client, this.#token)) await this.#target.folder.discard(client, LOCK);
    this.#mayHold = false;
  }
}

/** Whether the lock is the one with this token. */
async function hasOwn({ folder }: Target, client: SftpClient, token: Buffer): Promise<boolean> {
  try {
    return await hasBytes(client, folder, { name: LOCK, bytes: token });
  } catch (error) {
    if (isRefusal(error, STATUS.noSuchFile)) return false;
    throw error;
  }
}

function held(address: string): MvgitError {
  return new MvgitError("lock-held", `another process replaces an object in '${address}'`, {
    subject: address,
    hint: "try again later",
  });
}
