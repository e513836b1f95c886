/** Blobs of the cache as files of the work tree, verified on the way. */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { createFile, moveFile, writeAll } from "../base/disk.ts";
import { fromSystem, MvgitError, systemCode } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import { display } from "../base/paths.ts";
import { newHasher } from "../hashing/hasher.ts";
import { type Hash, shortHash } from "../model/hash.ts";
import type { LinkType } from "../model/settings.ts";
import type { Cache } from "../store/cache.ts";
import { SMALL_BLOB as SMALL } from "../store/write-many.ts";
import { readFileRange } from "../store/file-source.ts";
import { TemporaryFolder } from "../store/temporary.ts";
import { lookThrough } from "./stamp.ts";

/** One file to be made. */
export interface WantedFile {
  /** Absolute, parent folders there and safe. What is at it is replaced. */
  file: string;
  hash: Hash;
  size: number;
  exec: boolean;
}

/** Makes files of the work tree. One for a command: what it learns of the file system it remembers. */
export class BringOut {
  readonly #cache: Cache;
  readonly #temporary: TemporaryFolder;
  #links: LinkType[];

  /** `temporary`: a folder on the work tree's file system. */
  constructor(cache: Cache, temporary: string, links: readonly LinkType[]) {
    this.#cache = cache;
    this.#temporary = new TemporaryFolder(temporary);
    this.#links = [...links];
  }

  /** The way that worked last: what `doctor` shows. */
  get linkType(): LinkType {
    return this.#links[0] ?? "copy";
  }

  get temporaryFolder(): string {
    return this.#temporary.folder;
  }

  /** Makes the file and answers its stamp. Throws `blob-missing`, `blob-damaged` (set aside then); the target is untouched. */
  async make(wanted: WantedFile, onBytes: (count: number) => void): Promise<string> {
    const temporary = this.#temporary.newName();
    try {
      await this.#fill(temporary, wanted, onBytes);
      moveFile(temporary, wanted.file);
      // Where both are names of one file, the system moves nothing.
      if (this.linkType === "hardlink") fs.rmSync(temporary, { force: true });
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw fromSystem(error, `write '${display(wanted.file)}'`, display(wanted.file));
    }
    return (lookThrough(wanted.file, this.#cache.blobs) as { stamp: string }).stamp;
  }

  /** As `make`, for a small file and by copying, without waiting for anything. */
  makeSmall(wanted: WantedFile): string {
    const temporary = this.#temporary.newName();
    try {
      this.#copySmall(temporary, wanted);
      moveFile(temporary, wanted.file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw fromSystem(error, `write '${display(wanted.file)}'`, display(wanted.file));
    }
    return (lookThrough(wanted.file, this.#cache.blobs) as { stamp: string }).stamp;
  }

  async #fill(temporary: string, wanted: WantedFile, onBytes: (count: number) => void): Promise<void> {
    for (const link of this.#links) {
      if (link === "copy") break;
      // A blob is nobody's to make executable.
      if (wanted.exec && link !== "reflink") continue;
      if (await this.#link(link, temporary, wanted)) return onBytes(wanted.size);
      // What this file system cannot do, it cannot do for the next file either.
      this.#links = this.#links.filter((each) => each !== link);
    }
    await this.#copy(temporary, wanted, onBytes);
  }

  /** False when the file system has no such links. */
  async #link(link: LinkType, temporary: string, wanted: WantedFile): Promise<boolean> {
    const blob = this.#cache.fileOf(wanted.hash);
    if (link !== "reflink" && !(await this.#cache.verify(wanted.hash))) throw damagedBlob(wanted.hash);
    try {
      step("link", temporary);
      if (link === "reflink") fs.copyFileSync(blob, temporary, fs.constants.COPYFILE_FICLONE_FORCE | fs.constants.COPYFILE_EXCL);
      else if ((fs.statSync(blob).mode & 0o333) !== 0) fs.chmodSync(blob, 0o444);
      if (link === "hardlink") fs.linkSync(blob, temporary);
      if (link === "symlink") fs.symlinkSync(resolve(blob), temporary);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      if (systemCode(error) === "ENOENT" && this.#cache.sizeOf(wanted.hash) === null) this.#cache.readSmall(wanted.hash);
      if (systemCode(error) === undefined || systemCode(error) === "ENOSPC") throw error;
      return false;
    }
    if (link === "reflink") await this.#finishClone(temporary, wanted);
    return true;
  }

  async #finishClone(temporary: string, wanted: WantedFile): Promise<void> {
    const hasher = newHasher();
    for await (const chunk of readFileRange(temporary, { start: 0, end: fs.statSync(temporary).size })) hasher.update(chunk);
    if (hasher.digest() !== wanted.hash) throw this.#cache.setAside(wanted.hash);
    fs.chmodSync(temporary, modeOf(wanted));
    const fd = fs.openSync(temporary, "r+");
    stampUniquely(fd);
    fs.closeSync(fd);
  }

  async #copy(temporary: string, wanted: WantedFile, onBytes: (count: number) => void): Promise<void> {
    if (wanted.size <= SMALL) {
      this.#copySmall(temporary, wanted);
      return onBytes(wanted.size);
    }
    const fd = createFile(temporary, modeOf(wanted));
    try {
      await this.#copyHashing(fd, temporary, { wanted, onBytes });
      stampUniquely(fd);
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Hashes each chunk while it is being written; what turns out to be damaged is set aside and thrown. */
  async #copyHashing(fd: number, temporary: string, { wanted, onBytes }: { wanted: WantedFile; onBytes: (count: number) => void }): Promise<void> {
    const hasher = newHasher();
    const size = this.#cache.sizeOf(wanted.hash) ?? 0;
    let position = 0;
    for await (const chunk of readFileRange(this.#cache.fileOf(wanted.hash), { start: 0, end: size })) {
      step("write", temporary);
      const writing = writeAt(fd, chunk, position);
      hasher.update(chunk);
      position += await writing;
      onBytes(chunk.length);
    }
    if (size !== wanted.size || hasher.digest() !== wanted.hash) throw this.#cache.setAside(wanted.hash);
  }

  #copySmall(temporary: string, wanted: WantedFile): void {
    const bytes = this.#cache.readSmall(wanted.hash);
    const fd = createFile(temporary, modeOf(wanted));
    try {
      writeAll(fd, bytes, temporary);
      stampUniquely(fd);
    } finally {
      fs.closeSync(fd);
    }
  }
}

function damagedBlob(hash: Hash): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} is damaged in the cache, and was set aside`, { subject: hash });
}

async function writeAt(fd: number, chunk: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < chunk.length) {
    done += await new Promise<number>((resolveCount, reject) => {
      fs.write(fd, chunk, done, chunk.length - done, position + done, (error, count) => (error ? reject(error) : resolveCount(count)));
    });
  }
  return done;
}

/** The mode asked for; the system takes the user's umask from it. */
function modeOf(wanted: WantedFile): number {
  return wanted.exec ? 0o777 : 0o666;
}

/**
 * Sets the modification time to now with digits below the kernel's tick, so that whatever is written to the file later,
 * even within the same tick, leaves another time.
 */
function stampUniquely(fd: number): void {
  const now = (systemClock.now() + systemClock.random()) / 1000;
  fs.futimesSync(fd, now, now);
}
