/** Three-way merge of folders by path, as a stream. */
import type { RepoPath } from "../base/paths.ts";
import { alignEntries, type EntryArrays } from "./align-entries.ts";
import { sameEntry } from "./diff-manifests.ts";
import { FolderCheck } from "./folder-check.ts";
import type { ManifestEntry } from "./manifest.ts";

/** A path that both sides changed in different ways; null where a side lacks it. */
export interface MergeConflict {
  path: RepoPath;
  base: ManifestEntry | null;
  ours: ManifestEntry | null;
  theirs: ManifestEntry | null;
  /** Where the path itself would be fine, but not beside one that is merged already: why, naming both. */
  clash?: string;
}

/** A portion of the answer, in path order; a conflicting path is in `conflicts` only. */
export interface MergedPortion {
  entries: ManifestEntry[];
  conflicts: MergeConflict[];
}

/** The three folders of a merge; without a common ancestor `base` is null. */
export interface MergeSides {
  base: EntryArrays | null;
  ours: EntryArrays;
  theirs: EntryArrays;
}

/** Merges by path; bytes and mode of a file each on their own. Without conflicts the entries make a valid folder, maybe an empty one. */
export async function* mergeManifests(sides: MergeSides): AsyncGenerator<MergedPortion> {
  const check = new FolderCheck();
  for await (const portion of alignEntries([sides.base ?? [], sides.ours, sides.theirs])) {
    const merged: MergedPortion = { entries: [], conflicts: [] };
    for (const [base = null, ours = null, theirs = null] of portion) {
      const answer = mergeEntry(base, ours, theirs);
      if (answer === null) continue;
      const { path } = base ?? ours ?? (theirs as ManifestEntry);
      const problem = answer === "conflict" ? null : check.problem(path);
      if (answer !== "conflict" && problem === null) merged.entries.push(answer);
      else merged.conflicts.push({ path, base, ours, theirs, ...(problem ? { clash: problem.reason } : {}) });
    }
    yield merged;
  }
}

type Side = ManifestEntry | null;

/** The merged entry; null when the file is gone. */
function mergeEntry(base: Side, ours: Side, theirs: Side): ManifestEntry | "conflict" | null {
  if (ours && theirs) return mergeBoth(base, ours, theirs);
  const kept = ours ?? theirs;
  if (base === null || kept === null) return kept;
  return sameEntry(base, kept) ? null : "conflict";
}

function mergeBoth(base: Side, ours: ManifestEntry, theirs: ManifestEntry): ManifestEntry | "conflict" {
  const hash = pick(base?.hash, ours.hash, theirs.hash);
  const mode = pick(base?.mode, ours.mode, theirs.mode);
  if (hash === undefined || mode === undefined) return "conflict";
  return { ...(hash === ours.hash ? ours : theirs), mode };
}

/** The value that a three-way merge takes; undefined where both sides changed it differently. */
function pick<T extends string>(base: T | undefined, ours: T, theirs: T): T | undefined {
  if (ours === theirs || theirs === base) return ours;
  return ours === base ? theirs : undefined;
}
