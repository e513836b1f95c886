/** A tracked path held against what stands in the work tree, reading as few bytes as can be. */
import { comparePaths, isWithin, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../model/hash.ts";
import type { ManifestEntry } from "../model/manifest.ts";
import type { ScannedFile } from "./scan.ts";
import type { StatReader } from "./stat-table.ts";

/** One path of a folder: what the manifest wants, what was found, and how they relate. */
export interface Pair {
  path: RepoPath;
  wanted: ManifestEntry | null;
  found: ScannedFile | null;
  /** Of the bytes found; null while they were not read and no trusted stamp tells. */
  hash: Hash | null;
}

/** True when the bytes and the executable bit are as wanted. */
export function isClean(pair: Pair): boolean {
  return pair.wanted !== null && pair.found !== null && pair.hash === pair.wanted.hash && isExecAsWanted(pair);
}

function isExecAsWanted({ wanted, found }: Pair): boolean {
  return (wanted?.mode === "exec") === (found?.exec === true);
}

/** True when only reading the file can tell whether it is as wanted. */
export function mustBeRead(pair: Pair): boolean {
  return pair.hash === null && pair.found !== null && pair.wanted !== null && pair.found.size === pair.wanted.size;
}

/** Which paths inside a folder are meant; null for all. */
export type Inside = readonly RepoPath[] | null;

export function isMeant(path: string, inside: Inside): boolean {
  return inside === null || inside.some((each) => isWithin(path, each));
}

/** Pairs handed on at once. */
const BATCH = 1000;

/** What stands in a folder. */
export interface FoundFiles {
  /** In path order. */
  scanned: Iterable<ScannedFile[]>;
  known: StatReader;
  /** Looks for a wanted file that the scan left out. */
  lookFor?: (path: RepoPath) => ScannedFile | null;
}

/**
 * Joins the manifest's files and the folder's files, both in path order, in batches. Hashes come from the stat table
 * where the stamp is the one it knows.
 */
export async function* pairUp(wanted: AsyncIterable<ManifestEntry[]>, { scanned, known, lookFor }: FoundFiles): AsyncGenerator<Pair[]> {
  const scan = flatten(scanned);
  let next = scan.next();
  let batch: Pair[] = [];
  const add = (entry: ManifestEntry | null, file: ScannedFile | null): void => {
    const path = (entry ?? (file as ScannedFile)).path;
    const trusted = file && known.find(path);
    batch.push({ path, wanted: entry, found: file, hash: trusted && trusted.stamp === file.stamp ? trusted.hash : null });
  };
  for await (const entries of wanted) {
    for (const entry of entries) {
      for (; !next.done && comparePaths(next.value.path, entry.path) < 0; next = scan.next()) add(null, next.value);
      const isThere = !next.done && next.value.path === entry.path;
      add(entry, isThere ? (next.value as ScannedFile) : (lookFor?.(entry.path) ?? null));
      if (isThere) next = scan.next();
      if (batch.length >= BATCH) {
        yield batch;
        batch = [];
      }
    }
  }
  for (; !next.done; next = scan.next()) {
    add(null, next.value);
    if (batch.length >= BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

function* flatten<T>(batches: Iterable<T[]>): Generator<T> {
  for (const batch of batches) yield* batch;
}
