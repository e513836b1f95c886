/** A place in a stream of things that have paths, in path order. */

/** A stream in path order, some at a time. */
export type PathArrays<T> = AsyncIterable<readonly T[]> | Iterable<readonly T[]>;

/** Reads such a stream in step with others. `fill` it first, and whenever it is spent; `close` it in every case. */
export class PathCursor<T extends { path: string }> {
  readonly #arrays: AsyncIterator<readonly T[]> | Iterator<readonly T[]>;
  #array: readonly T[] = [];
  #at = 0;
  #isDone = false;

  constructor(arrays: PathArrays<T>) {
    this.#arrays = Symbol.asyncIterator in arrays ? arrays[Symbol.asyncIterator]() : arrays[Symbol.iterator]();
  }

  /** Null at the end. */
  get entry(): T | null {
    return this.#array[this.#at] ?? null;
  }

  /** True when `fill` has to be called before `entry` tells anything. */
  get isSpent(): boolean {
    return this.#at === this.#array.length && !this.#isDone;
  }

  /** The entry, and a step on, if it has that path. */
  take(path: string): T | null {
    const { entry } = this;
    if (entry === null || entry.path !== path) return null;
    this.#at++;
    return entry;
  }

  /** Throws what the stream throws. */
  async fill(): Promise<void> {
    while (this.isSpent) {
      const next = await this.#arrays.next();
      this.#isDone = next.done === true;
      this.#array = next.done === true ? [] : next.value;
      this.#at = 0;
    }
  }

  /** Ends the stream. */
  async close(): Promise<void> {
    if (!this.#isDone) await this.#arrays.return?.();
  }
}
