/** How blobs of a cache are read: verified where they are read whole, and set aside where damage shows. */
import * as fs from "node:fs";
import { plural } from "../../base/counts.ts";
import { openRegular, readRegularUpTo } from "../../base/disk.ts";
import { type MvgitError, systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { throwIfStopped } from "../../base/stop.ts";
import { hashBytes, newHasher } from "../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import type { BlobRange } from "../blob-store.ts";
import type { BlobSource } from "../bytes.ts";
import { fileSource, readFileRange } from "../file-source.ts";
import { SMALL_BLOB as SMALL } from "../write-many.ts";
import { damaged, missing } from "./blob-errors.ts";
import type { DamagedDrawer } from "./damaged.ts";
import type { Shelves } from "./shelves.ts";

/** The reading half of a cache. Throws `blob-missing`, `blob-damaged`, and what the disk does. */
export class Reading {
  readonly #shelves: Shelves;
  readonly #drawer: DamagedDrawer;

  constructor(shelves: Shelves, drawer: DamagedDrawer) {
    this.#shelves = shelves;
    this.#drawer = drawer;
  }

  /** As of `BlobStore`: not verified here. */
  source(hash: Hash, size: number): BlobSource {
    if (size > SMALL) return fileSource(this.#shelves.fileOf(hash), size);
    return { size, open: (from) => [this.#all(hash).subarray(from)] };
  }

  /** All bytes, of which the last chunk comes only when they are right. */
  async *whole(hash: Hash): AsyncGenerator<Uint8Array> {
    const size = this.#sizeOf(hash);
    const hasher = newHasher();
    let done = 0;
    for await (const chunk of readFileRange(this.#shelves.fileOf(hash), { start: 0, end: size })) {
      hasher.update(chunk);
      done += chunk.length;
      if (done === size && hasher.digest() !== hash) throw this.#setAside(hash);
      yield chunk;
    }
    if (size === 0 && hasher.digest() !== hash) throw this.#setAside(hash);
  }

  async *range(hash: Hash, range: BlobRange): AsyncGenerator<Uint8Array> {
    const size = this.#sizeOf(hash, range.of);
    if (range.end > size) throw damaged(hash, `it has no more than ${plural(size, "byte")}`);
    yield* readFileRange(this.#shelves.fileOf(hash), range);
  }

  /** All bytes of a blob of at most `cap`, verified. */
  small(hash: Hash, cap: number): Buffer {
    const bytes = readRegularUpTo(this.#shelves.fileOf(hash), cap);
    if (bytes === null) throw this.#missing(hash);
    if (bytes === "other") throw this.#setAside(hash);
    if (bytes.length > cap) throw damaged(hash, `it has more than ${plural(cap, "byte")}, which cannot be right`);
    if (hashBytes(bytes) !== hash) throw this.#setAside(hash);
    return bytes;
  }

  /** Of a blob that is there, as a file, and of the size that is asked for, if one is. */
  #sizeOf(hash: Hash, of?: number): number {
    throwIfStopped();
    const size = this.#shelves.sizeOf(hash);
    if (size === null) throw this.#missing(hash);
    if (size < 0 || (of ?? size) !== size) throw this.#setAside(hash);
    return size;
  }

  #all(hash: Hash): Buffer {
    const file = this.#shelves.fileOf(hash);
    let fd: number | null;
    try {
      fd = openRegular(file);
    } catch (error) {
      if (systemCode(error) === "ENOENT") throw this.#missing(hash);
      throw fromSystem(error, `read blob ${shortHash(hash)} in the cache`, file);
    }
    if (fd === null) throw this.#setAside(hash);
    try {
      return fs.readFileSync(fd);
    } catch (error) {
      throw fromSystem(error, `read blob ${shortHash(hash)} in the cache`, file);
    } finally {
      fs.closeSync(fd);
    }
  }

  #setAside(hash: Hash): MvgitError {
    return this.#drawer.take(hash, this.#shelves.fileOf(hash));
  }

  #missing(hash: Hash): MvgitError {
    return missing(hash, this.#drawer.lastOf(hash));
  }
}
