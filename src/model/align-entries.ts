/** Several folders side by side, by path, as streams. */
import { comparePaths } from "../base/paths.ts";
import type { ManifestEntry } from "./manifest.ts";

/** A folder's files in path order, some at a time. */
export type EntryArrays = AsyncIterable<readonly ManifestEntry[]> | Iterable<readonly ManifestEntry[]>;

/** One path's entry in each folder, null where the folder lacks it; at least one is there. */
export type AlignedEntries = readonly (ManifestEntry | null)[];

/** How many paths are handed on at a time. */
const PORTION = 1000;

/** Yields every path of any of the folders once, in path order, with its entries in the order of `folders`. */
export async function* alignEntries(folders: readonly EntryArrays[]): AsyncGenerator<AlignedEntries[]> {
  const cursors = folders.map((folder) => new Cursor(folder));
  try {
    for (const cursor of cursors) await cursor.fill();
    for (let portion: AlignedEntries[] = []; ; portion = []) {
      while (portion.length < PORTION) {
        const first = firstOf(cursors);
        if (first === null) break;
        portion.push(cursors.map((cursor) => cursor.take(first.path)));
        for (const cursor of cursors) if (cursor.isSpent) await cursor.fill();
      }
      if (portion.length === 0) return;
      yield portion;
    }
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}

function firstOf(cursors: readonly Cursor[]): ManifestEntry | null {
  let first: ManifestEntry | null = null;
  for (const { entry } of cursors) {
    if (entry !== null && (first === null || comparePaths(entry.path, first.path) < 0)) first = entry;
  }
  return first;
}

/** A place in one folder. */
class Cursor {
  readonly #arrays: AsyncIterator<readonly ManifestEntry[]> | Iterator<readonly ManifestEntry[]>;
  #array: readonly ManifestEntry[] = [];
  #at = 0;
  #isDone = false;

  constructor(folder: EntryArrays) {
    this.#arrays = Symbol.asyncIterator in folder ? folder[Symbol.asyncIterator]() : folder[Symbol.iterator]();
  }

  /** Null at the end. */
  get entry(): ManifestEntry | null {
    return this.#array[this.#at] ?? null;
  }

  /** True when `fill` has to be called before `entry` tells anything. */
  get isSpent(): boolean {
    return this.#at === this.#array.length && !this.#isDone;
  }

  /** The entry, and a step on, if it has that path. */
  take(path: string): ManifestEntry | null {
    const { entry } = this;
    if (entry === null || entry.path !== path) return null;
    this.#at++;
    return entry;
  }

  async fill(): Promise<void> {
    while (this.isSpent) {
      const next = await this.#arrays.next();
      this.#isDone = next.done === true;
      this.#array = next.done === true ? [] : next.value;
      this.#at = 0;
    }
  }

  async close(): Promise<void> {
    if (!this.#isDone) await this.#arrays.return?.();
  }
}
