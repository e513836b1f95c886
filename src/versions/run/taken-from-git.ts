/** Files that Git kept until a version took them into the store. */
import { firstOf, isWithin, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { fields } from "../../git/run.ts";
import type { Oid } from "../../git/reader.ts";
import type { Package } from "../../values/package.ts";
import type { Repo } from "../../repo/repo.ts";

/**
 * What the version's commit has no more of what its parent had, at or below its data and weights: their bytes are in
 * the store now.
 */
export async function takenFromGit(
  repo: Repo,
  commit: Oid,
  { data, weights }: Pick<Package, "data" | "weights">,
): Promise<RepoPath[]> {
  const [parent] = (await repo.git.commit(commit)).parents;
  if (parent === undefined || data.length + weights.length === 0) return [];
  const { stdout } = await repo.git.run([
    "diff-tree",
    "-r",
    "-z",
    "--name-only",
    "--no-renames",
    "--diff-filter=D",
    parent,
    commit,
    "--",
  ]);
  const tracked = [...data, ...weights].map(({ path }) => path);
  return (fields(stdout) as RepoPath[]).filter((path) => tracked.some((each) => isWithin(path, each)));
}

/** What to tell of them; null for none. */
export function takenNote(paths: readonly RepoPath[]): string | null {
  if (paths.length === 0) return null;
  return prose`Git no longer keeps ${firstOf(paths)} ${paths.length === 1 ? "itself" : "themselves"}: from this
      version on the store does, and Git a pointer`;
}
