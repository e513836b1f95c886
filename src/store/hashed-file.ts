/** Bytes from a source into a new file, hashed on the way. */
import { type Hasher, newHasher } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import type { Chunks } from "./bytes.ts";
import { readFileRange } from "./file-source.ts";
import { GrowingFile } from "./growing-file.ts";

/** What was written, as it was on its way to the file. */
export interface Written {
  hash: Hash;
  /** Bytes. */
  size: number;
}

/** A file that is being written and hashed. `close` it in every case. */
export class HashedFile {
  readonly #growing: GrowingFile;
  readonly #hasher: Hasher;

  private constructor(growing: GrowingFile, hasher: Hasher) {
    this.#growing = growing;
    this.#hasher = hasher;
  }

  /** A new, empty, read-only file; nothing may be there yet. `like`: as of `makeFolder`. */
  static create(file: string, like?: string): HashedFile {
    return new HashedFile(GrowingFile.create(file, like), newHasher());
  }

  /** Goes on with what an earlier process wrote: hashes it, then appends. */
  static async reopen(file: string): Promise<HashedFile> {
    const growing = GrowingFile.reopen(file);
    try {
      const hasher = newHasher();
      for await (const chunk of readFileRange(file, { start: 0, end: growing.size })) hasher.update(chunk);
      return new HashedFile(growing, hasher);
    } catch (error) {
      growing.close();
      throw error;
    }
  }

  get file(): string {
    return this.#growing.file;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#growing.size;
  }

  /** As of `GrowingFile`: each chunk is hashed while it is written. */
  append(chunks: Chunks, options: { early: boolean; onBytes?: (count: number) => void }): Promise<void> {
    return this.#growing.append(chunks, { ...options, meanwhile: (chunk) => this.#hasher.update(chunk) });
  }

  /** What the file holds; the file is complete. */
  finish(): Written {
    return { hash: this.#hasher.digest(), size: this.size };
  }

  close(): void {
    this.#growing.close();
  }
}
