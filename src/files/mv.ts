/** `mvgit mv`: pointer, ignore line and file to a new name, together. */
import { join } from "node:path";
import { moveAcross } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { baseOf, display, isWithin, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { Spellings } from "../values/name-clash.ts";
import { pointerPathOf } from "../values/pointer.ts";
import { ignoreFilesToStage, ignoreTargets, unignoreTargets } from "../repo/pointers.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, select, type Selected } from "../repo/tracked.ts";
import { UNKNOWN } from "../worktree/bases.ts";
import { look, NO_STAMP } from "../worktree/stamp.ts";
import { FOLDER_STAMP } from "../worktree/stat-cache.ts";
import { refused } from "../worktree/refused.ts";
import { wholeOnes } from "./rm/whole.ts";

/**
 * Moves something tracked to a new name; into a folder when that exists. Throws `not-tracked`, `name-taken`,
 * `already-tracked`, `name-clash`, `cannot-add`; `usage` for a folder that only holds tracked files.
 */
export async function move(repo: Repo, from: string, to: string): Promise<{ from: RepoPath; to: RepoPath }> {
  const [selected] = wholeOnes(await select(repo, [from])) as [Selected];
  const source = repo.pathOf(from);
  if (selected.path !== source)
    throw new MvgitError("usage", `'${display(from)}' is a folder that holds tracked files`, {
      hint: "move them one by one",
    });
  const begun = await begunMove(repo, selected, to);
  const target = begun ?? goal(repo, selected.path, to);
  if (
    begun === null &&
    (look(repo.guard.resolve(target)) !== null || look(repo.guard.resolve(pointerPathOf(target))) !== null)
  ) {
    throw taken(from, target);
  }
  if (repo.guard.readerOf(target) !== null) throw refused(repo.guard, [target]);
  await refuseInside(repo, selected.path, target);
  await repo.locked(async () => {
    // The new name is ignored before anything stands there, and the pointer goes before the bytes.
    ignoreTargets(repo, [target]);
    if (begun === null) moveTo(repo, selected.pointerPath, pointerPathOf(target));
    if (begun === null || look(repo.guard.resolve(target)) === null) moveTo(repo, selected.path, target);
    unignoreTargets(repo, [selected.path]);
    await repo.git.stage([
      selected.pointerPath,
      pointerPathOf(target),
      ...(await ignoreFilesToStage(repo, [selected.path, target])),
    ]);
    takeAlong(repo, selected.path, target);
    await repo.stats.save();
  });
  return { from: selected.path, to: target };
}

/** What is remembered of the old name is remembered of the new one. */
function takeAlong(repo: Repo, from: RepoPath, to: RepoPath): void {
  const base = repo.stats.bases.get(from);
  const known = repo.stats.target(from);
  repo.stats.dropTarget(from);
  // That it is ours is to be known on a branch that does not have it.
  if (known !== null) repo.stats.setTarget(to, known.stamp === FOLDER_STAMP ? FOLDER_STAMP : NO_STAMP, known.hash);
  if (base !== UNKNOWN) repo.stats.bases.replace(to, base);
}

/** Moves what stands there, if anything does, to a name that is still free. */
function moveTo(repo: Repo, from: RepoPath, to: RepoPath): void {
  const folders = repo.openFolders();
  try {
    const [source, place] = [folders.reach(from), folders.reach(to, { make: true })];
    if (look(source) !== null && !moveAcross(source, place, repo.places.newName({ at: place, shown: to })))
      throw taken(from, to);
    folders.renew();
  } catch (error) {
    throw fromSystem(error, `move '${display(from)}' to '${display(to)}'`, display(from));
  } finally {
    folders.close();
  }
}

function taken(from: string, to: string): MvgitError {
  return new MvgitError("name-taken", `cannot move '${display(from)}': '${display(to)}' is there already`, {
    subject: display(to),
    hint: "choose another name",
  });
}

/** Where a move that was stopped after it had moved the pointer was going; null where there was none. */
async function begunMove(repo: Repo, { path, reading }: Selected, to: string): Promise<RepoPath | null> {
  const typed = repo.pathOf(to);
  if (reading.kind !== "absent") return null;
  const goals = [
    ...(typed === "" ? [] : [typed]),
    (typed === "" ? baseOf(path) : `${typed}/${baseOf(path)}`) as RepoPath,
  ];
  const known = new Set((await listTracked(repo)).map((each) => each.path));
  return (
    goals.find((each) => !known.has(each) && look(repo.guard.resolve(pointerPathOf(each)))?.kind === "file") ?? null
  );
}

/** What is tracked cannot lie in something tracked, the thing itself included. */
async function refuseInside(repo: Repo, source: RepoPath, target: RepoPath): Promise<void> {
  const tracked = await listTracked(repo);
  const clash = new Spellings(
    tracked.filter((each) => each.path !== source && each.reading.kind !== "absent").map((each) => each.path),
  ).clashOf(target);
  if (clash !== null && !repo.guard.isAllowed(target)) {
    throw new MvgitError(
      "name-clash",
      `cannot move anything to '${display(target)}': '${display(clash)}' is one name with it on some systems`,
      { subject: display(target), hint: "choose another name" },
    );
  }
  const holder = tracked.find((each) => isWithin(target, each.path) && each.reading.kind !== "absent");
  if (!holder) return;
  throw new MvgitError(
    "already-tracked",
    `cannot move anything to '${display(target)}': it would lie in the tracked folder '${display(holder.path)}'`,
    {
      subject: display(target),
      hint: prose`to make a file part of that folder, stop tracking it with 'mvgit rm --keep', move it there, then
          run 'mvgit add ${display(holder.path)}'`,
    },
  );
}

function goal(repo: Repo, source: RepoPath, to: string): RepoPath {
  const path = repo.pathOf(to);
  if (path === "") return baseOf(source) as RepoPath;
  return look(join(repo.top, path))?.kind === "folder" ? (`${path}/${baseOf(source)}` as RepoPath) : path;
}
