/** A tracked path held against what stands in the work tree, reading as few bytes as can be. */
import { comparePaths, isWithin, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import type { FileDecision } from "../values/file-state.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { type PathArrays, PathCursor } from "../values/path-cursor.ts";
import type { ScannedFile } from "./scan.ts";
import type { Stamp } from "./stamp.ts";
import type { StatReader } from "./stat-table.ts";

/** One path of a folder: what the manifest wants, what was found, and how they relate. */
export interface Pair {
  path: RepoPath;
  wanted: ManifestEntry | null;
  found: ScannedFile | null;
  /** Of the bytes found; null while they were not read and no trusted stamp tells. */
  hash: Hash | null;
  /** Of a file that is not as wanted, where it was asked for. */
  decision?: FileDecision;
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

/** A file that a manifest wants, with the stamp of the file that has these bytes where that is known. */
export interface ExpectedFile extends ManifestEntry {
  stamp?: Stamp;
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
 * where the stamp is the one it knows. The walk is begun before the manifest is waited for.
 */
export async function* pairUp(
  wanted: PathArrays<ExpectedFile>,
  { scanned, known, lookFor }: FoundFiles,
): AsyncGenerator<Pair[]> {
  const files = new PathCursor(scanned);
  const entries = new PathCursor(wanted);
  let batch: Pair[] = [];
  try {
    await Promise.all([files.fill(), entries.fill()]);
    for (;;) {
      const path = firstOf(files.entry, entries.entry);
      if (path === null) break;
      const expected = entries.take(path);
      const file = files.take(path) ?? (expected && lookFor?.(path)) ?? null;
      batch.push({ path, wanted: expected, found: file, hash: file && trustedHash(file, expected, known) });
      if (files.isSpent) await files.fill();
      if (entries.isSpent) await entries.fill();
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  } finally {
    await files.close();
    await entries.close();
  }
}

function trustedHash(found: ScannedFile, wanted: ExpectedFile | null, known: StatReader): Hash | null {
  const trusted = wanted?.stamp === undefined ? known.find(found.path) : wanted;
  return trusted?.stamp === found.stamp ? trusted.hash : null;
}

function firstOf(file: ScannedFile | null, entry: ManifestEntry | null): RepoPath | null {
  if (file === null || entry === null) return (file ?? entry)?.path ?? null;
  return comparePaths(file.path, entry.path) < 0 ? file.path : entry.path;
}
