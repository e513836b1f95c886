/**
 * What earlier commands took in or brought out and that no pointer of the index stands for now, as after a change of
 * branches.
 */
import { isWithin, type RepoPath } from "../base/paths.ts";
import { pointerPathOf } from "../values/pointer.ts";
import { look, lookThrough } from "../worktree/stamp.ts";
import { FOLDER_STAMP } from "../worktree/stat-cache.ts";
import type { Repo } from "./repo.ts";
import type { Tracked } from "./tracked.ts";

export interface LeftTarget {
  path: RepoPath;
  kind: "file" | "folder";
  /** A pointer stands beside it that Git does not know, as after an add that was undone. */
  isPointed: boolean;
}

/** Paths that Git is asked about at once. */
const AT_ONCE = 500;

/**
 * Those that are still there and that Git does not keep itself. What is gone, or became Git's, is forgotten. Nothing is
 * asked of Git, nor of the disk, where every target is tracked.
 */
export async function leftTargets(repo: Repo, tracked: readonly Pick<Tracked, "path">[]): Promise<LeftTarget[]> {
  const current = new Set<string>(tracked.map((each) => each.path));
  const others = [...repo.stats.targets()].filter(
    ({ path }) =>
      !current.has(path) && tracked.every((each) => !isWithin(each.path, path) && !isWithin(path, each.path)),
  );
  const left: LeftTarget[] = [];
  for (const { path: name, stamp } of others) {
    const path = name as RepoPath;
    if (lookThrough(repo.guard.resolve(path), repo.guard.blobs) === null) repo.stats.dropTarget(path);
    else
      left.push({
        path,
        kind: stamp === FOLDER_STAMP ? "folder" : "file",
        isPointed: look(repo.guard.resolve(pointerPathOf(path))) !== null,
      });
  }
  const owned = await ownedByGit(
    repo,
    left.map(({ path }) => path),
  );
  for (const path of owned) repo.stats.dropTarget(path);
  return left.filter(({ path }) => !owned.has(path));
}

async function ownedByGit(repo: Repo, paths: readonly RepoPath[]): Promise<Set<RepoPath>> {
  const owned = new Set<RepoPath>();
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    const some = paths.slice(from, from + AT_ONCE);
    const entries = await repo.git.index(some.map((path) => `:(top,literal)${path}`));
    for (const path of some) if (entries.some((entry) => isWithin(entry.path, path))) owned.add(path);
  }
  return owned;
}
