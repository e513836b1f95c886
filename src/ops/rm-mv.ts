/** `mvgit rm` and `mvgit mv`: pointer, ignore line and file together. */
import { join } from "node:path";
import { moveFile } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { baseOf, display, isWithin, type RepoPath } from "../base/paths.ts";
import { pointerPathOf } from "../model/pointer.ts";
import { ignoreTargets, unignoreTargets } from "../repo/pointers.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, select, type Selected } from "../repo/tracked.ts";
import { Apply } from "./checkout/apply.ts";
import { Planner } from "./checkout/plan.ts";
import { look } from "../worktree/stamp.ts";

export interface RmRequest {
  paths: readonly string[];
  /** Leaves the files in the work tree, untracked. */
  keep?: boolean;
  /** Removes files even when no store has their bytes. */
  force?: boolean;
}

/** Stops tracking. Throws `not-tracked`, and `local-changes` when bytes would be lost. */
export async function remove(repo: Repo, request: RmRequest): Promise<{ removed: RepoPath[]; kept: boolean }> {
  const selected = wholeOnes(await select(repo, request.paths));
  const paths = selected.map((each) => each.path);
  if (!request.keep && !request.force) await refuseLosing(repo, selected);
  await repo.locked(async () => {
    const ignores = unignoreTargets(repo, paths);
    await repo.git.run(["--literal-pathspecs", "rm", "-q", "-f", "--ignore-unmatch", "--pathspec-from-file=-", "--pathspec-file-nul"], { input: paths.map(pointerPathOf).join("\0") });
    await repo.git.stage(ignores);
    if (!request.keep) await removeFiles(repo, paths);
    else for (const path of paths) repo.stats.dropTarget(path);
    repo.stats.save();
  });
  return { removed: paths, kept: request.keep ?? false };
}

function wholeOnes(selected: readonly Selected[]): readonly Selected[] {
  const part = selected.find((each) => each.inside !== null);
  if (!part) return selected;
  throw new MvgitError("usage", `'${display(`${part.path}/${part.inside?.[0]}`)}' is part of the tracked folder '${display(part.path)}'`, {
    hint: `remove or move it with your system's own command, then run 'mvgit add ${display(part.path)}'`,
  });
}

/** What is to go must be in the cache, byte for byte: a pointer alone does not bring it back. */
async function refuseLosing(repo: Repo, selected: readonly Selected[]): Promise<void> {
  const planner = new Planner(repo, repo.loadManifest);
  for (const { path } of selected) {
    const found = look(repo.guard.resolve(path));
    if (found === null || found.kind === "link" || (await planner.isWhollyKept(path, found.kind))) continue;
    throw new MvgitError("local-changes", `cannot remove '${display(path)}': its bytes as they are now are not all in the cache`, {
      subject: display(path), hint: "add it first, keep the file with '--keep', or give '--force'",
    });
  }
}

async function removeFiles(repo: Repo, paths: readonly RepoPath[]): Promise<void> {
  const work = new Apply({ repo, load: repo.loadManifest, refetch: async () => {}, task: { advance() {}, done() {} } });
  for (const path of paths) if (look(repo.guard.resolve(path)) !== null) work.removeStale(path);
  await work.close();
}

/** Moves something tracked to a new name; into a folder when that exists. Throws `not-tracked`, `name-taken`. */
export async function move(repo: Repo, from: string, to: string): Promise<{ from: RepoPath; to: RepoPath }> {
  const [selected] = wholeOnes(await select(repo, [from])) as [Selected];
  const source = repo.pathOf(from);
  if (selected.path !== source) throw new MvgitError("usage", `'${display(from)}' is a folder that holds tracked files`, { hint: "move them one by one" });
  const target = goal(repo, selected.path, to);
  if (look(repo.guard.resolve(target)) !== null || look(repo.guard.resolve(pointerPathOf(target))) !== null) {
    throw new MvgitError("name-taken", `cannot move '${display(from)}': '${display(target)}' is there already`, { subject: display(target), hint: "choose another name" });
  }
  await refuseInside(repo, target);
  await repo.locked(async () => {
    const file = repo.guard.resolve(selected.path);
    const [oldPointer, newPointer] = [repo.guard.resolve(selected.pointerPath), repo.guard.resolveForWriting(pointerPathOf(target))];
    // The new name is ignored before anything stands there, and the pointer goes before the bytes.
    const added = ignoreTargets(repo, [target]);
    moveFile(oldPointer, newPointer);
    if (look(file) !== null) moveFile(file, repo.guard.resolveForWriting(target));
    const removed = unignoreTargets(repo, [selected.path]);
    await repo.git.stage([selected.pointerPath, pointerPathOf(target), ...new Set([...added, ...removed])]);
    repo.stats.dropTarget(selected.path);
    repo.stats.save();
  });
  return { from: selected.path, to: target };
}

/** What is tracked cannot lie in something tracked, the thing itself included. */
async function refuseInside(repo: Repo, target: RepoPath): Promise<void> {
  const holder = (await listTracked(repo)).find((each) => isWithin(target, each.path) && each.reading.kind !== "absent");
  if (!holder) return;
  throw new MvgitError("already-tracked", `cannot move anything to '${display(target)}': it would lie in the tracked folder '${display(holder.path)}'`, {
    subject: display(target),
    hint: `to make a file part of that folder, stop tracking it with 'mvgit rm --keep', move it there, then run 'mvgit add ${display(holder.path)}'`,
  });
}

function goal(repo: Repo, source: RepoPath, to: string): RepoPath {
  const path = repo.pathOf(to);
  const isFolder = path === "" || look(join(repo.top, path))?.kind === "folder";
  return isFolder ? ((path === "" ? baseOf(source) : `${path}/${baseOf(source)}`) as RepoPath) : path;
}
