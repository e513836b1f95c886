/** Bytes that are gathered in memory, and then read as often as need be. */
import type { BlobSource } from "../../bytes.ts";

const SLAB = 4 * 1024 * 1024;

/** Copies what it is given, one after the other. */
export class Slabs implements BlobSource {
  readonly #slabs: Buffer[] = [];
  readonly #spare: Buffer[];
  #size = 0;

  /** `spare`: memory that is used first, and that `release` gives back. */
  constructor(spare: Buffer[] = []) {
    this.#spare = spare;
  }

  get size(): number {
    return this.#size;
  }

  add(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const at = this.#size % SLAB;
      if (at === 0) this.#slabs.push(this.#spare.pop() ?? Buffer.allocUnsafeSlow(SLAB));
      const part = bytes.subarray(done, done + SLAB - at);
      this.#slabs.at(-1)?.set(part, at);
      done += part.length;
      this.#size += part.length;
    }
  }

  *open(from: number): Generator<Uint8Array> {
    for (let at = from; at < this.#size;) {
      const end = Math.min(this.#size, (Math.floor(at / SLAB) + 1) * SLAB);
      yield (this.#slabs[Math.floor(at / SLAB)] as Buffer).subarray(at % SLAB, (at % SLAB) + (end - at));
      at = end;
    }
  }

  /** Nobody reads it any more. */
  release(): void {
    this.#spare.push(...this.#slabs.splice(0));
    this.#size = 0;
  }
}
