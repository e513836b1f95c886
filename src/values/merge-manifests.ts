/** Three-way merge of folders by path, as a stream. */
import { parentOf, type RepoPath } from "../base/paths.ts";
import { alignEntries, type EntryArrays } from "./align-entries.ts";
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

/** What to call a conflict. */
export function kindOf({ base, ours, theirs, clash }: MergeConflict): string {
  if (clash !== undefined) return clash;
  if (ours === null) return "deleted by ours, changed by theirs";
  if (theirs === null) return "changed by ours, deleted by theirs";
  return base === null ? "added by both" : "changed by both";
}

/** A portion of the answer, in path order; a conflicting path is in `conflicts` only. */
export interface MergedPortion {
  entries: ManifestEntry[];
  conflicts: MergeConflict[];
  /** Files and folders found to clash: all at or below them is for a person to decide. */
  clashing: string[];
}

/** The three folders of a merge; without a common ancestor `base` is null. */
export interface MergeSides {
  base: EntryArrays | null;
  ours: EntryArrays;
  theirs: EntryArrays;
}

/**
 * Merges by path; bytes and mode of a file each on their own. Without conflicts the entries make a valid folder, maybe
 * an empty one. `clashing`: what an earlier pass found to clash; its paths are conflicts where the sides differ.
 */
export async function* mergeManifests(
  sides: MergeSides,
  clashing: ReadonlySet<string> = new Set(),
): AsyncGenerator<MergedPortion> {
  const check = new FolderCheck();
  for await (const portion of alignEntries([sides.base ?? [], sides.ours, sides.theirs])) {
    const merged: MergedPortion = { entries: [], conflicts: [], clashing: [] };
    for (const [base = null, ours = null, theirs = null] of portion)
      mergePath({ base, ours, theirs }, { check, clashing, merged });
    yield merged;
  }
}

/** Adds one path, which at least one side has, to the portion. */
function mergePath(
  { base, ours, theirs }: Record<"base" | "ours" | "theirs", Side>,
  { check, clashing, merged }: { check: FolderCheck; clashing: ReadonlySet<string>; merged: MergedPortion },
): void {
  const { path } = base ?? ours ?? (theirs as ManifestEntry);
  const isClash = clashing.size > 0 && isBelow(path, clashing);
  const answer = isClash ? decideClash(ours, theirs) : mergeSides(base, ours, theirs);
  if (answer === null) return;
  const problem = ours === null && theirs === null ? null : check.problem(path);
  if (problem?.names) merged.clashing.push(...problem.names);
  if (answer !== "conflict" && (problem === null || clashing.size > 0)) merged.entries.push(answer);
  else merged.conflicts.push({ path, base, ours, theirs, ...(problem ? { clash: problem.reason } : {}) });
}

function isBelow(path: string, roots: ReadonlySet<string>): boolean {
  return path !== "" && (roots.has(path) || isBelow(parentOf(path), roots));
}

type Side = ManifestEntry | null;

function decideClash(ours: Side, theirs: Side): ManifestEntry | "conflict" | null {
  if (ours && theirs) return ours.hash === theirs.hash && ours.mode === theirs.mode ? ours : "conflict";
  return ours === theirs ? null : "conflict";
}

/** What a merge asks of a file; a null hash is like no other. */
type Content = { hash: ManifestEntry["hash"] | null; mode: ManifestEntry["mode"] };

/** The merged file; null when it is gone. */
export function mergeSides<T extends Content>(base: T | null, ours: T | null, theirs: T | null): T | "conflict" | null {
  if (ours && theirs) return mergeBoth(base, ours, theirs);
  const kept = ours ?? theirs;
  if (base === null || kept === null) return kept;
  return base.hash === kept.hash && base.mode === kept.mode ? null : "conflict";
}

function mergeBoth<T extends Content>(base: T | null, ours: T, theirs: T): T | "conflict" {
  const hash = pick(base?.hash, ours.hash, theirs.hash);
  if (hash === undefined) return "conflict";
  return { ...(hash === ours.hash ? ours : theirs), mode: mergedMode({ base, ours, theirs }) };
}

/** Of two new files the one that may be run stays so. */
function mergedMode({
  base,
  ours,
  theirs,
}: {
  base: Content | null;
  ours: Content;
  theirs: Content;
}): ManifestEntry["mode"] {
  return pick(base?.mode, ours.mode, theirs.mode) ?? "exec";
}

/** What a side of a conflict has to offer: its bytes, with the mode that both sides together give the file. */
export function offered(conflict: MergeConflict, side: "ours" | "theirs"): ManifestEntry | null {
  const { base, ours, theirs } = conflict;
  const entry = conflict[side];
  return ours && theirs && entry ? { ...entry, mode: mergedMode({ base, ours, theirs }) } : entry;
}

/** The value that a three-way merge takes; undefined where both sides changed it differently. */
function pick<T>(base: T | undefined, ours: T, theirs: T): T | undefined {
  if (ours === theirs || theirs === base) return ours;
  return ours === base ? theirs : undefined;
}
