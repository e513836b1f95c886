/** Bytes from a source into a new file. */
import * as fs from "node:fs";
import { createFile } from "../base/disk.ts";
import { fromSystem } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import { throwIfStopped } from "../base/stop.ts";
import type { Chunks } from "./bytes.ts";

/** Bytes after which writing to the disk is started while more are copied, so that the final flush is short. */
const FLUSH_EVERY = 64 * 1024 * 1024;

interface Appending {
  early: boolean;
  meanwhile?: (chunk: Uint8Array) => void;
  onBytes?: (count: number) => void;
}

/** A file that is being written. `close` it in every case. */
export class GrowingFile {
  readonly file: string;
  readonly #fd: number;
  #size: number;

  private constructor(file: string, fd: number, size: number) {
    this.file = file;
    this.#fd = fd;
    this.#size = size;
  }

  /** A new, empty, read-only file; nothing may be there yet. `like`: as of `makeFolder`. */
  static create(file: string, like?: string): GrowingFile {
    return new GrowingFile(file, createFile(file, 0o444, like), 0);
  }

  /** Goes on behind what an earlier process wrote. */
  static reopen(file: string): GrowingFile {
    fs.chmodSync(file, 0o644);
    const fd = fs.openSync(file, "r+");
    try {
      fs.fchmodSync(fd, 0o444);
      return new GrowingFile(file, fd, fs.fstatSync(fd).size);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Appends all chunks. `early` starts to flush while more is written; `meanwhile` works on a chunk while the system
   * writes it. Throws MvgitErrors; what was written stays.
   */
  async append(chunks: Chunks, options: Appending): Promise<void> {
    let unflushed = 0;
    let flushing: Promise<void> = Promise.resolve();
    try {
      for await (const chunk of chunks) {
        throwIfStopped();
        step("write", this.file);
        const writing = writeChunk(this.#fd, chunk, this.#size);
        options.meanwhile?.(chunk);
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
