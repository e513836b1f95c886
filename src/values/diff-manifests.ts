/** What differs between two folders, as a stream. */
import type { RepoPath } from "../base/paths.ts";
import { alignEntries, type EntryArrays } from "./align-entries.ts";
import type { ManifestEntry } from "./manifest.ts";

/** One file that is not the same in both. */
export interface FileChange {
  path: RepoPath;
  /** Null for an added file. */
  before: ManifestEntry | null;
  /** Null for a removed file. */
  after: ManifestEntry | null;
}

/** True when both have the same bytes and the same mode. */
export function sameEntry(a: ManifestEntry, b: ManifestEntry): boolean {
  return a.hash === b.hash && a.mode === b.mode;
}

/** Yields the files that were added, removed or changed (bytes or mode), in path order. */
export async function* diffManifests(before: EntryArrays, after: EntryArrays): AsyncGenerator<FileChange[]> {
  for await (const portion of alignEntries([before, after])) {
    const changes = portion.flatMap(([old = null, now = null]) => {
      if (old && now && sameEntry(old, now)) return [];
      return [{ path: (old ?? (now as ManifestEntry)).path, before: old, after: now }];
    });
    if (changes.length > 0) yield changes;
  }
}
