/** A folder as a bucket: on this disk, another device, or a share. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { createFile, makeFolder, readUpTo, removeFile, writeAll } from "../../base/disk.ts";
import { fromSystem, isMvgitError, MvgitError, systemCode } from "../../base/errors.ts";
import { Landing } from "../../base/landing.ts";
import type { BlobSource, ByteRange, WriteOutcome } from "../blob-store.ts";
import type { AccessReport, InspectableBucket, ObjectName, ObjectStat } from "../bucket.ts";
import { readFileRange } from "../file-source.ts";
import { TemporaryFolder } from "../temporary.ts";
import { GrowingFile } from "../write-file.ts";

/** Up to this many bytes an object is read and written with synchronous calls. */
const SMALL = 1024 * 1024;

export class FolderBucket implements InspectableBucket {
  readonly address: string;
  /** Small objects that wait together share one flush. */
  readonly concurrency = { small: 1024, large: 2 };
  readonly #temporary: TemporaryFolder;
  readonly #landing: Landing;
  #isClean = false;

  /** `folder`: absolute. It must exist when it is used: a disk that is not mounted is an error, not an empty remote. */
  constructor(folder: string) {
    this.address = folder;
    this.#temporary = new TemporaryFolder(join(folder, "tmp"));
    this.#landing = new Landing(folder, { durable: true, exclusive: true });
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    return this.#stat(name) ?? (this.#mustExist(), null);
  }

  #stat(name: ObjectName): ObjectStat | null {
    try {
      const found = fs.statSync(this.#fileOf(name), { throwIfNoEntry: false, bigint: true });
      if (!found?.isFile()) return null;
      return { size: Number(found.size), version: `${found.ino}-${found.mtimeNs}`, created: Number(found.mtimeMs) };
    } catch (error) {
      if (systemCode(error) === "ENOTDIR") return null;
      throw this.#failed(error, `look for '${name}'`);
    }
  }

  async *get(name: ObjectName, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const small = range === undefined ? this.#readSmall(name) : null;
    if (small !== null) return yield* small.length > 0 ? [small] : [];
    const found = await this.head(name);
    if (found === null) throw new MvgitError("object-missing", `'${name}' is not in '${this.address}'`, { subject: name });
    const wanted = range ?? { start: 0, end: found.size };
    if (wanted.end > found.size) {
      throw new MvgitError("remote-unavailable", `'${name}' in '${this.address}' is shorter than asked for`, { subject: name });
    }
    if (wanted.end === wanted.start) return;
    yield* readFileRange(this.#fileOf(name), wanted);
  }

  /** A small object's bytes, for one look at the disk less; null for any other, and for what cannot be read so. */
  #readSmall(name: ObjectName): Buffer | null {
    try {
      const bytes = readUpTo(this.#fileOf(name), SMALL);
      return bytes !== null && bytes.length <= SMALL ? bytes : null;
    } catch (error) {
      // What is wrong is found again, and told, on the way that all others take.
      if (isMvgitError(error)) return null;
      throw error;
    }
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<WriteOutcome> {
    if (this.#stat(name) !== null) return "present";
    this.#mustExist();
    this.#cleanOnce();
    const temporary = await this.#writeTemporary(name, source);
    try {
      return (await this.#landing.land(temporary, this.#fileOf(name))) ? "written" : "present";
    } catch (error) {
      throw this.#failed(error, `write '${name}'`);
    }
  }

  #cleanOnce(): void {
    if (this.#isClean) return;
    this.#isClean = true;
    this.#temporary.clean();
  }

  async #writeTemporary(name: ObjectName, source: BlobSource): Promise<string> {
    const file = this.#temporary.newName();
    try {
      const size = source.size <= SMALL ? await copySmall(file, source) : await copyLarge(file, source);
      if (size === source.size) return file;
      throw new MvgitError("blob-damaged", `the source of '${name}' gave ${size} bytes instead of ${source.size}`, { subject: name });
    } catch (error) {
      fs.rmSync(file, { force: true });
      throw this.#failed(error, `write '${name}'`);
    }
  }

  async *list(prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    this.#mustExist();
    yield* this.#listFolder(prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix);
  }

  async *#listFolder(folder: string, prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    for (const entry of this.#entries(folder)) {
      const name = folder + entry.name;
      if (name === "tmp") continue;
      if (entry.isDirectory()) {
        if (`${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`)) yield* this.#listFolder(`${name}/`, prefix);
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
    if (found.version !== version) {
      throw new MvgitError("object-exists", `'${name}' in '${this.address}' was replaced meanwhile`, { subject: name });
    }
    try {
      removeFile(this.#fileOf(name));
    } catch (error) {
      throw this.#failed(error, `delete '${name}'`);
    }
  }

  async inspect(): Promise<AccessReport> {
    const checks: AccessReport["checks"] = [];
    const check = (what: string, mode: number, advice: string): void => {
      try {
        fs.accessSync(this.address, mode);
        checks.push({ what, ok: true });
      } catch {
        checks.push({ what, ok: false, advice });
      }
    };
    check("folder exists", fs.constants.F_OK, "mount the disk, or make the folder with 'mkdir'");
    check("may be read", fs.constants.R_OK | fs.constants.X_OK, "ask the owner of the folder for read access");
    check("may be written", fs.constants.W_OK | fs.constants.X_OK, "ask the owner of the folder for write access, if you push");
    return { identity: "this system's user", checks };
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

async function copySmall(file: string, source: BlobSource): Promise<number> {
  const fd = createFile(file, 0o444);
  let size = 0;
  try {
    for await (const chunk of source.open(0)) {
      size += chunk.length;
      if (size > source.size) break;
      writeAll(fd, chunk, file);
    }
    return size;
  } finally {
    fs.closeSync(fd);
  }
}

async function copyLarge(file: string, source: BlobSource): Promise<number> {
  const growing = GrowingFile.createUnhashed(file);
  try {
    await growing.append(stopAfter(source.open(0), source.size), { early: true });
    return growing.size;
  } finally {
    growing.close();
  }
}

/** The chunks until more than `size` bytes came, so that an endless source ends. */
async function* stopAfter(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of chunks) {
    done += chunk.length;
    yield chunk;
    if (done > size) return;
  }
}

/** Makes a new remote's folder where its parent exists already; true when it did. */
export function makeRemoteFolder(folder: string): boolean {
  if (fs.existsSync(folder) || !fs.existsSync(dirname(folder))) return false;
  makeFolder(folder);
  return true;
}
