/** Paths that are one file on a system that takes no notice of letter case, or of the form of a Unicode text. */
import { foldName, parentOf, type RepoPath } from "../base/paths.ts";

/**
 * Of paths in order, each that some system takes for one before it, or for a folder that one before it lies in, or the
 * other way round: with that one.
 */
export function clashesOf(paths: readonly RepoPath[]): Map<RepoPath, RepoPath> {
  const clashes = new Map<RepoPath, RepoPath>();
  const files = new Map<string, RepoPath>();
  const folders = new Map<string, RepoPath>();
  for (const path of paths) {
    const above = foldersOf(foldName(path));
    const other =
      files.get(foldName(path)) ??
      folders.get(foldName(path)) ??
      above.map((each) => files.get(each)).find((each) => each !== undefined);
    if (other !== undefined && other !== path) {
      clashes.set(path, other);
      continue;
    }
    files.set(foldName(path), path);
    for (const each of above) if (!folders.has(each)) folders.set(each, path);
  }
  return clashes;
}

/** How names are written, folders among them, the first of each that some system takes for one. */
export class Spellings {
  readonly #known = new Map<string, { written: string; path: RepoPath }>();

  constructor(paths: Iterable<RepoPath>) {
    for (const path of paths) this.add(path);
  }

  add(path: RepoPath): void {
    for (const written of [path, ...foldersOf(path)]) {
      const folded = foldName(written);
      if (!this.#known.has(folded)) this.#known.set(folded, { written, path });
    }
  }

  /**
   * A path that cannot stand beside this one on every system: it has the name, or that of a folder, written in another
   * way.
   */
  clashOf(path: RepoPath): RepoPath | null {
    for (const written of [path, ...foldersOf(path)]) {
      const known = this.#known.get(foldName(written));
      if (known !== undefined && known.written !== written) return known.path;
    }
    return null;
  }
}

/** The folders above a path, the nearest first. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let each = parentOf(path); each !== ""; each = parentOf(each)) folders.push(each);
  return folders;
}
