/** What a checkout did, counted while it goes on. */
import { comparePaths, type RepoPath } from "../../base/paths.ts";

/** Names of files that a report has at most. */
const NAMED = 1000;

export interface Applied {
  created: number;
  replaced: number;
  removed: number;
  /** Of the files that were created and replaced. */
  bytes: number;
  /** The first thousand of each. */
  replacedFiles: RepoPath[];
  removedFiles: RepoPath[];
  /** Files of which the mode alone was changed, and the first thousand of them. */
  modes: number;
  modeFiles: RepoPath[];
  /** Files that are not what was decided on any more, and so were left as they are. */
  kept: RepoPath[];
}

/** The count of one checkout, or of one removal. */
export class Done {
  readonly #applied: Applied = {
    created: 0,
    replaced: 0,
    removed: 0,
    bytes: 0,
    replacedFiles: [],
    removedFiles: [],
    modes: 0,
    modeFiles: [],
    kept: [],
  };

  /** In the order in which they were met. */
  get kept(): RepoPath[] {
    return this.#applied.kept;
  }

  keep(path: RepoPath): void {
    this.#applied.kept.push(path);
  }

  /** `isThere`: a file stood there before. */
  made(path: RepoPath, isThere: boolean, size: number): void {
    if (!isThere) this.#applied.created++;
    else if (this.#applied.replaced++ < NAMED) this.#applied.replacedFiles.push(path);
    this.#applied.bytes += size;
  }

  removed(path: RepoPath): void {
    if (this.#applied.removed++ < NAMED) this.#applied.removedFiles.push(path);
  }

  modeSet(path: RepoPath): void {
    if (this.#applied.modes++ < NAMED) this.#applied.modeFiles.push(path);
  }

  /** What was done, its names in path order. */
  report(): Applied {
    const { replacedFiles, removedFiles, modeFiles, kept, ...counts } = this.#applied;
    const sorted = (paths: readonly RepoPath[]): RepoPath[] => paths.toSorted(comparePaths);
    return {
      ...counts,
      replacedFiles: sorted(replacedFiles),
      removedFiles: sorted(removedFiles),
      modeFiles: sorted(modeFiles),
      kept: sorted(kept),
    };
  }
}
