/** Bytes of a part of a blob: read where they are needed, by this thread or by the one that codes them. */
import * as fs from "node:fs";
import { hashBytes } from "../../../hashing/hasher.ts";
import type { Hash } from "../../../values/hash.ts";

/** Files that are open at a time: a blob, and those that it is like. */
const MOST_OPEN = 8;
/** Bytes that a piece has at most, as pieces are cut. */
export const PIECE = 1024 * 1024;

/** What lies in a file of this machine. */
export interface FileSpan {
  file: string;
  /** Bytes from its beginning. */
  start: number;
  length: number;
  hash: Hash;
}

/** Bytes that are to be of such a hash. */
export interface Span {
  length: number;
  hash: Hash;
  /** Where a thread may read them itself; null where they are in no file, or in memory already. */
  file: FileSpan | null;
  /** Verified; null where they are not to be had. */
  read(): Promise<Buffer | null>;
}

/** Bytes that a blob which is to be stored must have: reading throws `blob-damaged` for others. */
export interface FreshSpan extends Span {
  read(): Promise<Buffer>;
}

/** Reads spans of a few files, in a thread; what it answers is valid until the next of the same `use`. */
export class SpanReader {
  readonly #open = new Map<string, number>();
  readonly #memory = new Map<string, Buffer>();

  /** Null for what cannot be read, or has another hash. */
  read({ file, start, length, hash }: FileSpan, use: string): Uint8Array | null {
    const bytes = this.#bytes(use, length);
    try {
      const fd = this.#fdOf(file);
      for (let at = 0; at < length;) {
        const read = fs.readSync(fd, bytes, at, length - at, start + at);
        if (read === 0) return null;
        at += read;
      }
    } catch {
      // Whoever asked reads it by itself then, and tells what is wrong with it.
      return null;
    }
    return hashBytes(bytes) === hash ? bytes : null;
  }

  #fdOf(file: string): number {
    let fd = this.#open.get(file);
    if (fd === undefined) {
      if (this.#open.size >= MOST_OPEN) this.close();
      fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
      this.#open.set(file, fd);
    }
    return fd;
  }

  #bytes(use: string, length: number): Buffer {
    let memory = this.#memory.get(use);
    if (memory === undefined || memory.length < length) {
      memory = Buffer.allocUnsafeSlow(Math.max(length, PIECE));
      this.#memory.set(use, memory);
    }
    return memory.subarray(0, length);
  }

  close(): void {
    for (const fd of this.#open.values()) fs.closeSync(fd);
    this.#open.clear();
  }
}
