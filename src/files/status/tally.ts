/**
 * The files of a tracked folder that are not as its pointer says: counted by who changed them, with the first names of
 * each.
 */
import type { RepoPath } from "../../base/paths.ts";
import type { FileState } from "../../values/file-state.ts";
import type { Pair } from "../../worktree/compare.ts";

/** `added`: modified, and new. */
export type ChangedState = Exclude<FileState, "clean"> | "added";

/** In the order in which they are told. */
export const CHANGED_STATES = [
  "diverged",
  "modified",
  "added",
  "deleted",
  "behind",
  "incomplete",
] as const satisfies readonly ChangedState[];

interface StateFiles {
  count: number;
  /** Inside the folder, in path order. */
  first: RepoPath[];
}

export type FileStates = Partial<Record<ChangedState, StateFiles>>;

/** Names kept of each state. */
const FIRST_NAMES = 10;

/** The count of one folder: `add` each file that is not as wanted. */
export class FileTally {
  readonly files: FileStates = {};
  /** By the pointer alone, whoever changed them. */
  readonly changes = { modified: 0, missing: 0, added: 0 };

  /** Of some of them nothing tells what they were made from. */
  isGuess = false;

  add(pair: Pair): void {
    if (pair.decision?.isGuess) this.isGuess = true;
    if (pair.found === null) this.changes.missing++;
    else if (pair.wanted === null) this.changes.added++;
    else this.changes.modified++;
    const state = pair.decision?.state ?? "modified";
    if (state !== "clean") this.#count(state === "modified" && pair.wanted === null ? "added" : state, pair.path);
  }

  #count(state: ChangedState, path: RepoPath): void {
    const files = (this.files[state] ??= { count: 0, first: [] });
    if (files.count++ < FIRST_NAMES) files.first.push(path);
  }

  get isEmpty(): boolean {
    return this.changes.modified + this.changes.missing + this.changes.added === 0;
  }

  /**
   * Of the folder as a whole. `isCut`: a checkout of what the pointer names was begun and did not end, or none ever
   * was.
   */
  state(isCut: boolean): FileState {
    const { diverged, modified, added, deleted, behind, incomplete } = this.files;
    const isEdited = modified !== undefined || added !== undefined || deleted !== undefined;
    const isPointed = behind !== undefined || incomplete !== undefined;
    if (diverged !== undefined || (isEdited && isPointed)) return "diverged";
    if (isPointed) return isCut && incomplete !== undefined ? "incomplete" : "behind";
    return isEdited ? "modified" : "clean";
  }
}
