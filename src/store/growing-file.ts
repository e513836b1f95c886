/** Bytes from a source into a new file. */
import * as fs from "node:fs";
import { createFile, flushBytesSoon, openToChange, setMode, setOpenMode, writeAt } from "../base/disk.ts";
import { fromSystem } from "../base/system-errors.ts";
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
    setMode(file, 0o644);
    const fd = openToChange(file);
    try {
      setOpenMode(fd, 0o444, file);
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
        const writing = writeAt(this.#fd, chunk, { position: this.#size, file: this.file });
        options.meanwhile?.(chunk);
        await writing;
        this.#size += chunk.length;
        unflushed += chunk.length;
        options.onBytes?.(chunk.length);
        if (options.early && unflushed >= FLUSH_EVERY) {
          await flushing;
          flushing = flushBytesSoon(this.#fd, this.file);
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
