/** A folder as a bucket: on this disk, another device, or a share. */
import { Once } from "../../../base/once.ts";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { formatCount, plural } from "../../../base/counts.ts";
import { uniqueName } from "../../../base/clock.ts";
import {
  claimName,
  discard,
  flushTree,
  makeFolder,
  moveFile,
  moveOver,
  readRegularUpTo,
  removeFile,
} from "../../../base/disk.ts";
import { isMvgitError, MvgitError, systemCode } from "../../../base/errors.ts";
import { withLock } from "../../../base/lock.ts";
import { fromSystem, tellPlace } from "../../../base/system-errors.ts";
import { throwIfStopped } from "../../../base/stop.ts";
import { Landing } from "../../../base/landing.ts";
import type { BlobSource } from "../../bytes.ts";
import {
  type AccessReport,
  type InspectableBucket,
  type ObjectName,
  type ObjectRange,
  type ObjectStat,
  type PutOutcome,
  WrongBytes,
} from "../../bucket.ts";
import { readFileRange } from "../../file-source.ts";
import { DISPLACED, isBeside, TEMPORARY } from "../../folder-layout.ts";
import { RULES, TemporaryFolder } from "../../temporary.ts";
import { inspectFolder } from "./inspect.ts";
import { copyLarge, copySmall } from "./write.ts";

/** Up to this many bytes an object is read and written with synchronous calls. */
const SMALL = 1024 * 1024;
/** Below `tmp`: no file system replaces a file only while it is a certain one, so one process at a time does. */
const REPLACING = "replace.lock";

/**
 * A folder with a file for each object. What it was given is durable when a put has ended; a file is never changed, and
 * has its name only when it is whole. Throws `remote-missing` where the folder is not there.
 */
export class FolderBucket implements InspectableBucket {
  readonly address: string;
  /** Small objects that wait together share one flush. */
  readonly concurrency = { small: 1024, large: 2 };
  readonly #temporary: TemporaryFolder;
  readonly #landing: Landing;
  readonly #settled = new Once<void>();

  /** `folder`: absolute. It must exist when it is used: a disk that is not mounted is an error, not an empty remote. */
  constructor(folder: string) {
    this.address = folder;
    tellPlace(folder, "remote");
    this.#temporary = new TemporaryFolder(join(folder, TEMPORARY), { ...RULES, like: folder });
    this.#landing = new Landing(folder, { durable: true, exclusive: true, like: folder });
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    throwIfStopped();
    return this.#stat(name) ?? (this.#mustExist(), null);
  }

  #stat(name: ObjectName): ObjectStat | null {
    try {
      const found = fs.lstatSync(this.#fileOf(name), { throwIfNoEntry: false, bigint: true });
      return found ? statOf(found) : null;
    } catch (error) {
      if (systemCode(error) === "ENOTDIR") return null;
      throw this.#failed(error, `look for '${name}'`);
    }
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    throwIfStopped();
    const small = range === undefined ? this.#readSmall(name) : null;
    if (small !== null) return yield* small.length > 0 ? [small] : [];
    const found = await this.head(name);
    if (found === null) throw this.#missing(name);
    const { start, end, of = found.size } = range ?? { start: 0, end: found.size };
    if (found.size < 0) throw this.#wrong(name, "is no file");
    if (end > found.size || of !== found.size)
      throw this.#wrong(name, `has ${plural(found.size, "byte")}, which are not the ones asked for`);
    if (end === start) return;
    try {
      yield* readFileRange(this.#fileOf(name), { start, end });
    } catch (error) {
      throw isMvgitError(error, "blob-damaged") ? this.#wrong(name, "ended early") : error;
    }
  }

  #wrong(name: ObjectName, how: string): WrongBytes {
    return new WrongBytes("remote-unavailable", `'${name}' in '${this.address}' ${how}`, { subject: name });
  }

  /** A small object's bytes, for one look at the disk less; null for any other, and for what cannot be read so. */
  #readSmall(name: ObjectName): Buffer | null {
    try {
      const bytes = readRegularUpTo(this.#fileOf(name), SMALL);
      return Buffer.isBuffer(bytes) && bytes.length <= SMALL ? bytes : null;
    } catch (error) {
      // What is wrong is found again, and told, on the way that all others take.
      if (isMvgitError(error)) return null;
      throw error;
    }
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    throwIfStopped();
    this.#mustExist();
    await this.#settleOnce();
    const taken = this.#takenBy(name, source.size);
    if (taken !== null) return taken;
    const temporary = await this.#writeTemporary(name, source);
    try {
      if (await this.#landing.land(temporary, this.#fileOf(name))) return "written";
    } catch (error) {
      throw this.#failed(error, `write '${name}'`);
    }
    const other = this.#takenBy(name, source.size);
    if (other !== null) return other;
    throw new MvgitError("remote-unavailable", `'${name}' in '${this.address}' was removed while it was written`, {
      subject: name,
    });
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    throwIfStopped();
    this.#mustExist();
    await this.#settleOnce();
    this.#mustBe(name, version);
    const temporary = await this.#writeTemporary(name, source);
    const target = this.#fileOf(name);
    const give = (): boolean => moveOver(temporary, target, () => this.#stat(name)?.version === version);
    try {
      const isGiven = await withLock(join(this.address, TEMPORARY, REPLACING), () =>
        this.#landing.land(temporary, target, give),
      );
      if (!isGiven) this.#mustBe(name, version);
    } catch (error) {
      discard(temporary);
      throw this.#failed(error, `replace '${name}'`);
    }
  }

  #mustBe(name: ObjectName, version: string): void {
    const found = this.#stat(name);
    if (found === null) throw this.#missing(name);
    if (found.version !== version) throw this.#replaced(name);
  }

  #missing(name: ObjectName): MvgitError {
    return new MvgitError("object-missing", `'${name}' is not in '${this.address}'`, { subject: name });
  }

  #takenBy(name: ObjectName, size: number): PutOutcome | null {
    const found = this.#stat(name);
    return found && (found.size === size ? "present" : { found });
  }

  /**
   * What an earlier process named and did not flush is flushed before anything is called present; then leftovers go.
   */
  #settleOnce(): Promise<void> {
    return this.#settled.run(async () => {
      try {
        await this.#settle();
      } catch (error) {
        throw this.#failed(error, "flush what an earlier process wrote");
      }
    });
  }

  async #settle(): Promise<void> {
    if (this.#temporary.hasNamed()) await flushTree(this.address);
    this.#temporary.clean();
  }

  async #writeTemporary(name: ObjectName, source: BlobSource): Promise<string> {
    const file = this.#temporary.newName();
    try {
      const size =
        source.size <= SMALL
          ? await copySmall(file, source, this.address)
          : await copyLarge(file, source, this.address);
      if (size === source.size) return file;
      throw new MvgitError(
        "blob-damaged",
        `the source of '${name}' gave ${plural(size, "byte")} instead of ${formatCount(source.size)}`,
        { subject: name },
      );
    } catch (error) {
      discard(file);
      // Told anew now that the part is gone: how much is free.
      const isFull = isMvgitError(error, "disk-full") && error.cause !== undefined;
      throw this.#failed(isFull ? error.cause : error, `write '${name}'`);
    }
  }

  async *list(prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    throwIfStopped();
    this.#mustExist();
    yield* this.#listFolder(prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix);
  }

  async *#listFolder(folder: string, prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    for (const entry of this.#entries(folder)) {
      throwIfStopped();
      const name = folder + entry.name;
      if (isBeside(name)) continue;
      if (entry.isDirectory()) {
        if (`${name}/`.startsWith(prefix)) yield* this.#listFolder(`${name}/`, prefix);
      } else if (name.startsWith(prefix)) {
        const found = this.#stat(name);
        if (found) yield { name, ...found };
      }
    }
  }

  #entries(folder: string): fs.Dirent[] {
    try {
      return fs.readdirSync(join(this.address, folder), { withFileTypes: true });
    } catch (error) {
      if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
      throw this.#failed(error, `list '${folder}'`);
    }
  }

  async delete(name: ObjectName, version: string): Promise<void> {
    const found = this.#stat(name);
    if (found === null) return void this.#mustExist();
    if (found.version !== version) throw this.#replaced(name);
    try {
      this.#takeAway(name, version);
    } catch (error) {
      throw this.#failed(error, `delete '${name}'`);
    }
  }

  /**
   * Whoever replaced the object since it was looked at must not lose it: it is taken out first, and looked at where
   * nobody else finds it.
   */
  #takeAway(name: ObjectName, version: string): void {
    const aside = this.#temporary.newName();
    try {
      moveFile(this.#fileOf(name), aside);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return;
      throw error;
    }
    const taken = fs.lstatSync(aside, { bigint: true });
    if (statOf(taken).version !== version) {
      claimName(aside, this.#fileOf(name));
      throw this.#replaced(name);
    }
    if (!taken.isDirectory()) return void removeFile(aside);
    // A folder is nobody's blob, and may be somebody's work.
    makeFolder(join(this.address, DISPLACED), this.address);
    moveFile(aside, join(this.address, DISPLACED, `${name.replaceAll("/", "-")}.${uniqueName()}`));
  }

  #replaced(name: ObjectName): MvgitError {
    return new MvgitError("object-exists", `'${name}' in '${this.address}' was replaced meanwhile`, { subject: name });
  }

  async inspect(folders: readonly string[]): Promise<AccessReport> {
    return inspectFolder(this.address, folders);
  }

  #fileOf(name: ObjectName): string {
    return join(this.address, name);
  }

  #mustExist(): void {
    if (fs.existsSync(this.address)) return;
    throw new MvgitError("remote-missing", `the remote's folder '${this.address}' does not exist`, {
      subject: this.address,
      hint: "mount the disk that holds it, or make the folder if it is to be a new remote",
    });
  }

  #failed(error: unknown, action: string): MvgitError {
    if (isMvgitError(error)) return error;
    return fromSystem(error, `${action} in '${this.address}'`, this.address);
  }
}

function statOf(found: fs.BigIntStats): ObjectStat {
  return {
    size: found.isFile() ? Number(found.size) : -1,
    version: `${found.ino}-${found.mtimeNs}`,
    created: Number(found.mtimeMs),
  };
}

/** Makes a new remote's folder where its parent exists already; true when it did. */
export function makeRemoteFolder(folder: string): boolean {
  if (fs.existsSync(folder) || !fs.existsSync(dirname(folder))) return false;
  makeFolder(folder);
  return true;
}
