/** What one tracked file is, between its pointer, the work tree, and what mvgit last put there or took from there. */
import type { Hash } from "./hash.ts";
import type { ManifestEntry } from "./manifest.ts";
import { mergeSides } from "./merge-manifests.ts";

/** A file's bytes and mode; a null hash: other bytes than any that are known of. */
export interface FileContent {
  hash: Hash | null;
  mode: ManifestEntry["mode"];
}

/**
 * `modified`: only you changed it, or made it. `behind`: only the pointer did. `incomplete`: it never arrived here.
 * `deleted`: it was here, and you removed it. `diverged`: both changed it.
 */
export type FileState = "clean" | "modified" | "behind" | "incomplete" | "deleted" | "diverged";

/** Null is no file. */
export interface FileSides<T extends FileContent = FileContent> {
  found: T | null;
  pointer: T | null;
  /** What mvgit put there or took from there when it last finished that; `unknown` where nothing tells. */
  put: T | null | "unknown";
  /** What it began to put there since, and did not finish; where `put` is unknown, what earlier commits had. */
  begun: readonly (T | null)[];
}

export interface FileDecision {
  state: FileState;
  /**
   * What a checkout leaves there: as the pointer says; what is there; of both, the pointer's `bytes` alone, or its
   * `mode` alone. `conflict`: only a person can tell. `unclear`: nothing tells what it was made from.
   */
  goal: "pointer" | "found" | "bytes" | "mode" | "conflict" | "unclear";
  /** Nothing tells what it was made from, so that it may be no edit after all. */
  isGuess?: true;
}

export function decideFile<T extends FileContent>(sides: FileSides<T>): FileDecision {
  const { found, pointer, put, begun } = sides;
  if (same(found, pointer)) return { state: "clean", goal: "found" };
  if (found === null) return decideAbsent(sides);
  const isOurs = (put !== "unknown" && same(found, put)) || begun.some((each) => same(found, each));
  if (isOurs) return { state: "behind", goal: "pointer" };
  if (put === "unknown") return { state: "modified", goal: pointer === null ? "found" : "unclear", isGuess: true };
  return decideEdited(found, { pointer, put, begun });
}

/** A file that a checkout which was cut removed, or did not make yet, is not the user's doing. */
function decideAbsent({ pointer, put, begun }: FileSides): FileDecision {
  if (put === "unknown" || put === null || begun.includes(null)) return { state: "incomplete", goal: "pointer" };
  return same(put, pointer) ? { state: "deleted", goal: "found" } : { state: "diverged", goal: "conflict" };
}

function decideEdited(
  found: FileContent,
  {
    pointer,
    put,
    begun,
  }: { pointer: FileContent | null; put: FileContent | null; begun: readonly (FileContent | null)[] },
): FileDecision {
  // What a checkout that was cut brought and the pointer has no more is as good as what was put there.
  if (pointer === null && put === null)
    return begun.some((each) => each !== null)
      ? { state: "diverged", goal: "conflict" }
      : { state: "modified", goal: "found" };
  // Of two new files with the same bytes only the mode is in question, and the pointer's counts.
  if (put === null && pointer !== null && found.hash === pointer.hash) return { state: "behind", goal: "pointer" };
  const merged = mergeSides(put, found, pointer);
  if (merged === "conflict" || merged === null) return { state: "diverged", goal: "conflict" };
  if (merged.hash === found.hash && merged.mode === found.mode) return { state: "modified", goal: "found" };
  return { state: "diverged", goal: merged.hash === found.hash ? "mode" : "bytes" };
}

function same(a: FileContent | null, b: FileContent | null): boolean {
  if (a === null || b === null) return a === b;
  return a.hash !== null && a.hash === b.hash && a.mode === b.mode;
}
