/**
 * Memory for what is done away with at once. Large arrays that are made anew for each piece cost more than what is done
 * in them: each page is cleared, and the collector of garbage comes every few pieces.
 */

/** Smaller arrays are as good as free. */
const LEAST = 32 * 1024;
/** Of each size; what more pieces need at a time is not kept. */
const MOST_KEPT = 6;

const kept = new Map<number, ArrayBuffer[]>();

/** Arrays that live until `release`; what stands in them at first is anything. */
export class Scratch {
  readonly #taken: ArrayBuffer[] = [];

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#take(length), 0, length);
  }

  halves(length: number): Uint16Array {
    return new Uint16Array(this.#take(2 * length), 0, length);
  }

  words(length: number): Uint32Array {
    return new Uint32Array(this.#take(4 * length), 0, length);
  }

  #take(bytes: number): ArrayBuffer {
    if (bytes < LEAST) return new ArrayBuffer(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const buffer = kept.get(size)?.pop() ?? new ArrayBuffer(size);
    this.#taken.push(buffer);
    return buffer;
  }

  /** Nothing that was taken may be looked at any more. */
  release(): void {
    for (const buffer of this.#taken.splice(0)) {
      const same = kept.get(buffer.byteLength) ?? [];
      if (same.length < MOST_KEPT) same.push(buffer);
      kept.set(buffer.byteLength, same);
    }
  }
}

/** What `use` makes of memory that is given back when it ends. */
export async function withScratch<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
  const scratch = new Scratch();
  try {
    return await use(scratch);
  } finally {
    scratch.release();
  }
}
