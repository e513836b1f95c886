/** What `status` says of one tracked path. */
import type { RepoPath } from "../../base/paths.ts";
import type { FileState } from "../../values/file-state.ts";
import type { BaseSource } from "../../worktree/base-files.ts";
import type { CompareContext } from "../../worktree/compare-target.ts";
import type { FileStates } from "./tally.ts";

/** Several states may hold. */
export interface PathStatus {
  path: RepoPath;
  /** `unpointed`: its pointer was removed from the work tree. */
  state: FileState | "unpointed" | "conflicted" | "malformed" | "newer" | "blocked" | "held" | "sparse";
  /** Bytes that the pointer names. */
  size: number | null;
  /** Why, for states that need words. */
  detail?: string;
  /** Of a folder that is not clean: how many of its files are not as the pointer says, whoever changed them. */
  changes?: { modified: number; missing: number; added: number };
  /** Of a folder in conflict: its files that wait for a decision. */
  open?: RepoPath[];
  /** The same by who changed them, each with the first names. */
  files?: FileStates;
  /** What stands there is a file where the pointer names a folder, or a folder where it names a file. */
  isOther?: true;
  /** Nothing tells what it was made from, so that who changed it is not known. */
  isUnknown?: true;
  /** The bytes that the pointer names are not, or not all, in the cache. */
  notInCache: boolean;
}

/** With what a path is compared. */
export type Comparing = CompareContext & { bases: BaseSource };
