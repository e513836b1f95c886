/** Data and weights as a version names them: taken into the store, and named by what their pointers say. */
import { join } from "node:path";
import type { RepoPath } from "../../base/paths.ts";
import { isWithin } from "../../base/paths.ts";
import type { PackageFile } from "../../model/package.ts";
import { pointerPathOf } from "../../model/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, pointerOf, select, type Selected } from "../../repo/tracked.ts";
import type { Undo } from "../../repo/undo.ts";
import { look } from "../../worktree/stamp.ts";
import { add } from "../add.ts";
import { type PathStatus, trackedStatus } from "../status.ts";

/**
 * Takes the named paths, and everything tracked that changed but `besides`, into the store. Answers the named ones by what their
 * pointers say now. Git's index stays as it is.
 */
export async function takeInputs(repo: Repo, named: readonly RepoPath[], { besides, undo }: { besides: readonly RepoPath[]; undo: Undo }): Promise<PackageFile[]> {
  const tracked = (await listTracked(repo)).filter((each) => !besides.some((path) => isWithin(each.path, path)));
  const states = await trackedStatus(repo, tracked.map((each): Selected => ({ ...each, inside: null })));
  const changed = states.filter((each) => each.state === "modified").map((each) => each.path);
  const clean = new Set<string>(states.filter(isWhole).map((each) => each.path));
  const toAdd = [...new Set([...named.filter((path) => !clean.has(path)), ...changed])];
  if (toAdd.length > 0) await takeIn(repo, toAdd, undo);
  return filesOf(repo, named);
}

/** As `mvgit add`, without Git's index, and so that it can be undone. */
export async function takeIn(repo: Repo, paths: readonly RepoPath[], undo: Undo): Promise<void> {
  await undo.around(paths, () => add(repo, { paths: paths.map((path) => join(repo.top, path)), leaveIndex: true, leaveOut: true }));
}

/** What the pointers of these paths say; a path inside a tracked folder stands for the folder. */
export async function filesOf(repo: Repo, paths: readonly RepoPath[]): Promise<PackageFile[]> {
  if (paths.length === 0) return [];
  const files = new Map<RepoPath, PackageFile>();
  for (const each of await select(repo, paths.map((path) => join(repo.top, pointerPathOf(path))))) {
    const { hash, size, files: count } = pointerOf(each);
    files.set(each.path, { path: each.path, hash, size, ...(count === undefined ? {} : { files: count }) });
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Which of these files are not what the package says any more. Reads only what changed. */
export async function changedSince(repo: Repo, files: readonly PackageFile[]): Promise<RepoPath[]> {
  const selected = files.map(({ path, hash, size, files: count }): Selected => {
    // A package says nothing of a file's mode.
    const mode = count === undefined && look(repo.guard.resolve(path))?.exec ? { exec: true as const } : {};
    const pointer = { hash, size, ...(count === undefined ? {} : { files: count }), ...mode, extra: new Map<string, string>() };
    return { path, pointerPath: pointerPathOf(path), reading: { kind: "pointer", pointer }, indexOid: null, inside: null };
  });
  const states = await trackedStatus(repo, selected);
  return states.filter((each) => each.state !== "clean" && each.state !== "held").map((each) => each.path);
}

/** What was held back is in the store, and stays as the pointer has it. */
function isWhole({ state, notInCache }: PathStatus): boolean {
  return (state === "clean" || state === "held") && !notInCache;
}
