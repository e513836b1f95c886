/** `mvgit rm` and `mvgit mv`: pointer, ignore line and file together. */
import { join } from "node:path";
import { moveAcross } from "../base/disk.ts";
import { fromSystem, MvgitError } from "../base/errors.ts";
import { baseOf, display, isWithin, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import { Spellings } from "../values/name-clash.ts";
import { pointerPathOf } from "../values/pointer.ts";
import { displace, keepAll } from "../repo/displace.ts";
import { ignoreFilesToStage, ignoreTargets, unignoreTargets } from "../repo/pointers.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, select, type Selected } from "../repo/tracked.ts";
import { Apply } from "./checkout/apply.ts";
import type { Losing, Verdict } from "./losing.ts";
import { Planner, type Removal } from "./checkout/plan.ts";
import { UNKNOWN } from "../worktree/bases.ts";
import { look, lookThrough, NO_STAMP } from "../worktree/stamp.ts";
import { FOLDER_STAMP } from "../worktree/stat-cache.ts";
import { refused } from "../worktree/take-in.ts";

export interface RmRequest {
  paths: readonly string[];
  /** Leaves the files in the work tree, untracked. */
  keep?: boolean;
  /** Removes also files whose bytes are in no store; they are kept in the cache first. */
  force?: boolean;
}

export interface RmReport {
  removed: RepoPath[];
  kept: boolean;
  /** Files whose bytes only the cache has now, for the grace period of gc: no commit names them. */
  displaced: { path: RepoPath; hash: Hash }[];
  /** Files that changed meanwhile, left where they are. */
  left: RepoPath[];
}

/** Stops tracking. Throws `not-tracked`, and `local-changes` when bytes would be lost. */
export async function remove(repo: Repo, request: RmRequest): Promise<RmReport> {
  const selected = wholeOnes(await select(repo, request.paths));
  const paths = selected.map((each) => each.path);
  const plan = request.keep ? null : await planRemoval(repo, paths, request.force ?? false);
  const report: RmReport = { removed: paths, kept: request.keep ?? false, displaced: [], left: [] };
  await repo.locked(async () => {
    unignoreTargets(repo, paths);
    // While the pointers are there, a command that was stopped here can be given again.
    await repo.git.stage(await ignoreFilesToStage(repo, paths));
    await repo.git.run(
      ["--literal-pathspecs", "rm", "-q", "-f", "--ignore-unmatch", "--pathspec-from-file=-", "--pathspec-file-nul"],
      { input: paths.map(pointerPathOf).join("\0") },
    );
    if (plan !== null) Object.assign(report, await removeFiles(repo, plan));
    else for (const path of paths) repo.stats.dropTarget(path);
    await repo.stats.save();
  });
  return report;
}

function wholeOnes(selected: readonly Selected[]): readonly Selected[] {
  const part = selected.find((each) => each.inside !== null);
  if (!part) return selected;
  throw new MvgitError(
    "usage",
    `'${display(`${part.path}/${part.inside?.[0]}`)}' is part of the tracked folder '${display(part.path)}'`,
    { hint: `remove or move it with your system's own command, then run 'mvgit add ${display(part.path)}'` },
  );
}

interface RmPlan {
  removals: readonly Removal[];
  losing: Losing;
}

/** What is to go must be in the cache, byte for byte: a pointer alone does not bring it back. */
async function planRemoval(repo: Repo, paths: readonly RepoPath[], force: boolean): Promise<RmPlan> {
  const planner = new Planner(repo, repo.loadManifest);
  for (const path of paths) {
    const found = lookThrough(repo.guard.resolve(path), repo.guard.blobs);
    const decide = (verdict: Verdict): void => {
      if (verdict === "unstored" && !force) throw wouldLose(path, verdict);
    };
    if (found !== null && !(await planner.considerRemoval(path, found.kind, decide, true)))
      throw wouldLose(path, "other");
  }
  const { stale, losing } = await planner.settle();
  return { removals: stale, losing };
}

const LOSS = {
  unstored: [
    "its bytes as they are now are not all in the cache",
    "add it first, keep the file with '--keep', or give '--force', which keeps the bytes in the cache for 14 days",
  ],
  other: ["it holds more than files", "keep it with '--keep', and remove it by hand"],
} as const;

function wouldLose(path: RepoPath, reason: keyof typeof LOSS): MvgitError {
  const [why, hint] = LOSS[reason];
  return new MvgitError("local-changes", `cannot remove '${display(path)}': ${why}`, { subject: display(path), hint });
}

async function removeFiles(repo: Repo, { removals, losing }: RmPlan): Promise<Pick<RmReport, "displaced" | "left">> {
  const lastOf = (wanted: Verdict): RepoPath[] =>
    removals
      .flatMap(({ files }) => files)
      .filter(({ hash }) => hash !== null && losing.verdict(hash) === wanted)
      .map(({ path }) => path);
  const [unstored, unnamed] = [lastOf("unstored"), lastOf("unnamed")];
  const hashes = [...(await displace(repo, unstored)), ...(await keepAll(repo, unnamed))];
  const work = new Apply({
    repo,
    load: repo.loadManifest,
    losing,
    surplus: new Set(),
    refetch: async () => {},
    task: { advance() {}, done() {} },
  });
  try {
    for (const each of removals) work.remove(each);
  } finally {
    await work.close();
  }
  return {
    displaced: [...unstored, ...unnamed].map((path, index) => ({ path, hash: hashes[index] as Hash })),
    left: work.done.kept,
  };
}

/** Moves something tracked to a new name; into a folder when that exists. Throws `not-tracked`, `name-taken`. */
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
    const base = repo.stats.bases.get(selected.path);
    const known = repo.stats.target(selected.path);
    repo.stats.dropTarget(selected.path);
    // That it is ours is to be known on a branch that does not have it.
    if (known !== null)
      repo.stats.setTarget(target, known.stamp === FOLDER_STAMP ? FOLDER_STAMP : NO_STAMP, known.hash);
    if (base !== UNKNOWN) repo.stats.bases.replace(target, base);
    await repo.stats.save();
  });
  return { from: selected.path, to: target };
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
      hint:
        "to make a file part of that folder, stop tracking it with 'mvgit rm --keep', move it there, then run " +
        `'mvgit add ${display(holder.path)}'`,
    },
  );
}

function goal(repo: Repo, source: RepoPath, to: string): RepoPath {
  const path = repo.pathOf(to);
  const isFolder = path === "" || look(join(repo.top, path))?.kind === "folder";
  return isFolder ? ((path === "" ? baseOf(source) : `${path}/${baseOf(source)}`) as RepoPath) : path;
}
