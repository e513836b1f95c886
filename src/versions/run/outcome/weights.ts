/** What a run makes: looked at before and after, and taken into the store. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { RepoPath } from "../../../base/paths.ts";
import type { PackageFile } from "../../../values/package.ts";
import type { Repo } from "../../../repo/repo.ts";
import type { Undo } from "../../../repo/undo.ts";
import { look } from "../../../worktree/stamp.ts";
import { filesOf, takeIn } from "../inputs.ts";

/** What the file system says of each that is there; of a folder, of all that is in it. */
export function stampsOf(repo: Repo, weights: readonly RepoPath[]): Map<RepoPath, string> {
  return new Map(
    weights.flatMap((path) => {
      const stamp = stampOf(repo.guard.resolve(path));
      return stamp === null ? [] : [[path, stamp]];
    }),
  );
}

function stampOf(file: string): string | null {
  const found = look(file);
  if (found?.kind !== "folder") return found?.stamp ?? null;
  const inside = fs.readdirSync(file, { withFileTypes: true, recursive: true }).filter((each) => !each.isDirectory());
  return inside
    .map((each) => `${each.name} ${look(join(each.parentPath, each.name))?.stamp}`)
    .sort()
    .join("\n");
}

/** The first that is not there, or empty; null when there is none. */
export function weightsProblem(repo: Repo, weights: readonly RepoPath[]): { path: RepoPath; what: string } | null {
  for (const path of weights) {
    const stamp = stampOf(repo.guard.resolve(path));
    if (stamp === null) return { path, what: "not there" };
    if (stamp === "" || look(join(repo.top, path))?.size === 0) return { path, what: "empty" };
  }
  return null;
}

/** Takes them in; `unwritten` are those that nobody wrote since `before`. */
export async function takeWeights(
  repo: Repo,
  weights: readonly RepoPath[],
  { before, undo }: { before: ReadonlyMap<RepoPath, string>; undo: Undo },
): Promise<{ weights: PackageFile[]; unwritten: RepoPath[] }> {
  if (weights.length === 0) return { weights: [], unwritten: [] };
  const now = stampsOf(repo, weights);
  await takeIn(repo, weights, undo);
  return {
    weights: await filesOf(repo, weights),
    unwritten: weights.filter((path) => before.get(path) === now.get(path)),
  };
}

/** Whether nobody wrote it since `before`. */
export function isLeftAsIs(repo: Repo, path: RepoPath, before: ReadonlyMap<RepoPath, string>): boolean {
  return before.get(path) === stampsOf(repo, [path]).get(path);
}
