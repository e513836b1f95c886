/** Bytes from a source into a new file, hashed on the way. */
import * as fs from "node:fs";
import { createFile } from "../base/disk.ts";
import { bug, fromSystem } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import { throwIfStopped } from "../base/stop.ts";
import { type Hasher, newHasher } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { readFileRange } from "./file-source.ts";

/** Bytes after which writing to the disk is started while more are copied, so that the final flush is short. */
const FLUSH_EVERY = 64 * 1024 * 1024;

/** What was written, as it was on its way to the file. */
export interface Written {
  hash: Hash;
  size: number;
}

/** A file that is being written and hashed. `close` it in every case. */
export class GrowingFile {
  readonly file: string;
  readonly #fd: number;
  readonly #hasher: Hasher | null;
  #size: number;

  private constructor(file: string, fd: number, hasher: Hasher | null, size: number) {
    this.file = file;
    this.#fd = fd;
    this.#hasher = hasher;
    this.#size = size;
  }

  /** A new, empty, read-only file; nothing may be there yet. `like`: as of `makeFolder`. */
  static create(file: string, like?: string): GrowingFile {
    return new GrowingFile(file, createFile(file, 0o444, like), newHasher(), 0);
  }

  /** As `create`, for bytes that somebody else verifies on the way: it cannot be asked for a hash. */
  static createUnhashed(file: string, like?: string): GrowingFile {
    return new GrowingFile(file, createFile(file, 0o444, like), null, 0);
  }

  /** Goes on with what an earlier process wrote: hashes it, then appends. */
  static async reopen(file: string): Promise<GrowingFile> {
    fs.chmodSync(file, 0o644);
    const fd = fs.openSync(file, "r+");
    try {
      fs.fchmodSync(fd, 0o444);
      const size = fs.fstatSync(fd).size;
      const hasher = newHasher();
      for await (const chunk of readFileRange(file, { start: 0, end: size })) hasher.update(chunk);
      return new GrowingFile(file, fd, hasher, size);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /** Appends all chunks. `early` starts to flush while more is written. Throws MvgitErrors; what was written stays. */
  async append(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options: { early: boolean; onBytes?: (count: number) => void },
  ): Promise<void> {
    let unflushed = 0;
    let flushing: Promise<void> = Promise.resolve();
    try {
      for await (const chunk of chunks) {
        throwIfStopped();
        step("write", this.file);
        const writing = writeChunk(this.#fd, chunk, this.#size);
        this.#hasher?.update(chunk);
        await writing;
        this.#size += chunk.length;
        unflushed += chunk.length;
        options.onBytes?.(chunk.length);
        if (options.early && unflushed >= FLUSH_EVERY) {
          await flushing;
          flushing = flushData(this.#fd);
          flushing.catch(() => {});
          unflushed = 0;
        }
      }
      await flushing;
    } catch (error) {
      await Promise.allSettled([flushing]);
      throw fromSystem(error, `write '${this.file}'`, this.file);
    }
  }

  /** What the file holds; the file is complete. */
  finish(): Written {
    if (this.#hasher === null) throw bug("an unhashed file was asked for its hash");
    return { hash: this.#hasher.digest(), size: this.#size };
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

async function writeChunk(fd: number, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += await new Promise<number>((resolve, reject) => {
      fs.write(fd, chunk, done, chunk.length - done, position + done, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    });
  }
}

function flushData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => fs.fdatasync(fd, (error) => (error ? reject(error) : resolve())));
}
