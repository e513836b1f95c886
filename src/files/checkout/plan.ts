/** What a checkout is about to do. */
import type { RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Need } from "../../transfer/copy.ts";
import type { Inside } from "../../worktree/compare.ts";
import type { Held } from "../../worktree/held-back.ts";
import type { Stamp } from "../../worktree/stamp.ts";
import type { Losing, Verdict } from "../losing.ts";

/** A target with its pointer, or a part of its folder. */
export interface Goal {
  path: RepoPath;
  pointer: Pointer;
  inside: Inside;
  /** Brings back what the user removed as well. */
  restore: boolean;
}

/** Files that stay as the user left them: how many, and the first of them. */
export interface Stays {
  count: number;
  first: RepoPath[];
}

/** A file or link that stands in the way. */
export interface Obstacle {
  /** In the work tree. */
  path: RepoPath;
  /**
   * `unstored`: a file whose bytes are in no store. `unnamed`: one whose bytes the cache has and no commit names.
   * `conflict`: one that the user and the pointer both changed. `blocked`: something that no checkout replaces.
   */
  kind: Exclude<Verdict, "may go"> | "conflict" | "blocked" | "link";
}

/** A file that may be removed as it was when it was looked at. */
export interface Doomed {
  path: RepoPath;
  stamp: Stamp;
  /** Null for a link, which holds no bytes. */
  hash: Hash | null;
}

/** A target that may be removed: itself, or the files of its folder. */
export interface Removal {
  path: RepoPath;
  files: readonly Doomed[];
}

export interface Plan {
  goals: Goal[];
  obstacles: Obstacle[];
  /** Blobs that the work tree needs and the cache does not have. */
  absent: Map<Hash, Need>;
  /** The files that are to be made, as far as they are known before. */
  making: { files: number; bytes: number };
  /** Folders where a file belongs, and files where a folder does, all of whose bytes may go. */
  clear: Removal[];
  /** Files that a tracked folder no longer has, whose bytes may go. */
  surplus: Set<RepoPath>;
  /** Targets that no pointer stands for any more, all of whose bytes may go. */
  stale: Removal[];
  /** The same with bytes that may not go, and files that a tracked folder has no more: left alone. */
  left: RepoPath[];
  losing: Losing;
  /** Not brought out, for their names; no goals. */
  held: Held[];
  /** What only the user changed, and what only the user removed. */
  edited: Stays;
  deleted: Stays;
  /** Nothing is to be done about them: all that differs from their pointers is the user's doing. */
  settled: Goal[];
}

/** Of no goal yet. */
export function emptyPlan(losing: Losing): Plan {
  return {
    goals: [],
    obstacles: [],
    absent: new Map(),
    making: { files: 0, bytes: 0 },
    clear: [],
    surplus: new Set(),
    stale: [],
    left: [],
    held: [],
    losing,
    edited: { count: 0, first: [] },
    deleted: { count: 0, first: [] },
    settled: [],
  };
}
