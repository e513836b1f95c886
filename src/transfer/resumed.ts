/** A blob whose beginning came from a store that then went away. */
import { MvgitError } from "../base/errors.ts";
import { type Hasher, newHasher } from "../hashing/hasher.ts";
import type { Chunks } from "../store/bytes.ts";
import { type Hash, shortHash } from "../values/hash.ts";

/** What was given already of one blob. */
export class Beginning {
  #size = 0;
  #hasher: Hasher = newHasher();

  get size(): number {
    return this.#size;
  }

  /** These bytes were given. */
  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    this.#hasher.update(chunk);
  }

  /**
   * What comes after it of the whole blob's bytes. Throws `blob-damaged` where these begin otherwise: then what was
   * given is wrong.
   */
  async *rest(hash: Hash, chunks: Chunks): AsyncGenerator<Uint8Array> {
    const [size, digest] = [this.#size, this.#hasher.digest()];
    this.#hasher = newHasher();
    const hasher = newHasher();
    let done = 0;
    for await (const chunk of chunks) {
      const again = chunk.subarray(0, Math.max(0, size - done));
      hasher.update(again);
      this.#hasher.update(again);
      done += chunk.length;
      if (again.length > 0 && done >= size && hasher.digest() !== digest) throw wrong(hash);
      if (again.length < chunk.length) yield chunk.subarray(again.length);
    }
  }
}

function wrong(hash: Hash): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} came wrong: what was given of it cannot be used`, {
    subject: hash,
    hint: "run the command again",
  });
}
