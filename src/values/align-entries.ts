/** Several folders side by side, by path, as streams. */
import { comparePaths } from "../base/paths.ts";
import type { ManifestEntry } from "./manifest.ts";
import { type PathArrays, PathCursor } from "./path-cursor.ts";

/** A folder's files in path order, some at a time. */
export type EntryArrays = PathArrays<ManifestEntry>;

/** One path's entry in each folder, null where the folder lacks it; at least one is there. */
export type AlignedEntries = readonly (ManifestEntry | null)[];

/** How many paths are handed on at a time. */
const PORTION = 1000;

/** Yields every path of any of the folders once, in path order, with its entries in the order of `folders`. */
export async function* alignEntries(folders: readonly EntryArrays[]): AsyncGenerator<AlignedEntries[]> {
  const cursors = folders.map((folder) => new PathCursor(folder));
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

function firstOf(cursors: readonly PathCursor<ManifestEntry>[]): ManifestEntry | null {
  let first: ManifestEntry | null = null;
  for (const { entry } of cursors) {
    if (entry !== null && (first === null || comparePaths(entry.path, first.path) < 0)) first = entry;
  }
  return first;
}
