/** `mvgit checkout`: the work tree as the pointers say, fetching what the cache lacks. */
import { join } from "node:path";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import { displace, settleAside } from "../repo/displace.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, pointerOf, select, type Selected } from "../repo/tracked.ts";
import type { CopyReport } from "../transfer/copy.ts";
import { unhad, type Unhad, unhadAmong } from "../transfer/unhad.ts";
import { putOf } from "../worktree/bases.ts";
import type { Held } from "../worktree/held-back.ts";
import { look } from "../worktree/stamp.ts";
import { Apply } from "./checkout/apply.ts";
import type { Applied } from "./checkout/done.ts";
import { fetchAbsent, openRemote } from "./checkout/fetch-absent.ts";
import { inTheWay } from "./checkout/in-the-way.ts";
import type { Goal, Plan, Stays } from "./checkout/plan.ts";
import { Planner } from "./checkout/planner.ts";
import type { Outcome } from "./merge/decide.ts";
import { forgetSides } from "./merge/shown-sides.ts";
import { chooseSide } from "./checkout/sides.ts";
import { isLack } from "../store/lack.ts";

export interface CheckoutRequest {
  paths: readonly string[];
  /** Replaces changed files, after their bytes were kept in the cache. */
  force?: boolean;
  /** Uses the cache alone. */
  offline?: boolean;
  /** Which side of an unfinished merge to take, in Git's meaning. */
  side?: "ours" | "theirs";
  remote?: string;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
}

export interface CheckoutReport extends Applied {
  /** Tracked paths that were looked at. */
  looked: number;
  /** Blobs fetched on the way. */
  fetched: { blobs: number; bytes: number };
  /** What was replaced, and where it is now: a changed file's bytes in the cache under their hash; a link beside it. */
  displaced: { path: RepoPath; kept: string; hash: Hash | null }[];
  /**
   * Files that no pointer of the index stands for, left because their bytes are in no store, or no commit names them.
   */
  left: RepoPath[];
  /** Not brought out, for their names; all else was. */
  held: Held[];
  /** Only where a side was to be taken: what came of each conflict. */
  conflicts?: Outcome[];
  /** What only the user changed, and what only the user removed: it stays so. */
  edited: Stays;
  deleted: Stays;
}

/**
 * Looks at everything before it touches anything. Throws `local-changes` naming what is in the way (without `force`),
 * `blob-missing` naming what no store has, `pointer-conflicted`, `pointer-malformed`, `not-tracked`.
 */
export async function checkout(repo: Repo, request: CheckoutRequest): Promise<CheckoutReport> {
  await forgetSides(repo);
  const chosen =
    request.side && (await chooseSide(repo, request.paths, { side: request.side, offline: request.offline ?? false }));
  const selected = chosen
    ? (await select(repo, [])).filter(({ path }) => chosen.ready.has(path))
    : await selectPaths(repo, request.paths);
  const load = manifestLoader(repo.cache, () => openRemote(repo, request));
  const plan = await makePlan(repo, selected, {
    load,
    everything: request.paths.length === 0,
    force: request.force ?? false,
  });
  const blocking = plan.obstacles.filter((each) => !request.force || each.kind === "blocked");
  if (blocking.length > 0) throw inTheWay(repo, blocking);
  const fetched = await fetchAbsent(repo, [...plan.absent.values()], {
    request,
    intro: "nothing was checked out: cannot bring",
    whose: (failed) => unhadAmong(failed, plan.goals, { cache: repo.cache, at: "remote", load }),
  });
  return {
    ...(await apply(repo, plan, { request, selected, load, fetched })),
    ...(chosen && { conflicts: chosen.outcomes }),
  };
}

/** As `select`; a revision, which `git checkout` would take, is told to be none of a path. */
async function selectPaths(repo: Repo, paths: readonly string[]): Promise<Selected[]> {
  try {
    return await select(repo, paths);
  } catch (error) {
    const name = isMvgitError(error, "not-tracked") ? error.subject : undefined;
    if (name === undefined || (await repo.git.resolveCommit(name)) === null) throw error;
    throw new MvgitError("not-tracked", `'${name}' is a revision, and 'mvgit checkout' takes paths`, {
      subject: name,
      cause: error,
      hint: `run 'git checkout ${name}', then 'mvgit checkout'`,
    });
  }
}

async function makePlan(
  repo: Repo,
  selected: readonly Selected[],
  options: { load: ReturnType<typeof manifestLoader>; everything: boolean; force: boolean },
): Promise<Plan> {
  const all = options.everything ? selected : await listTracked(repo);
  const tracked = all.filter(({ reading }) => reading.kind !== "absent").map(({ path }) => path);
  const planner = new Planner(repo, options.load, { tracked, force: options.force });
  for (const each of selected) {
    if (each.reading.kind === "absent" || each.reading.kind === "sparse") continue;
    const goal: Goal = {
      path: each.path,
      pointer: pointerOf(each),
      inside: each.inside,
      restore: !options.everything || options.force,
    };
    try {
      await planner.consider(goal);
    } catch (error) {
      throw isLack(error) ? naming(error, each.path) : error;
    }
  }
  if (options.everything) await planner.considerStale(selected.filter((each) => each.reading.kind !== "absent"));
  return planner.settle();
}

function naming(error: MvgitError, path: RepoPath): MvgitError {
  const { hint } = error;
  return new MvgitError(error.code, `cannot check out '${display(path)}': ${error.message}`, {
    subject: display(path),
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

interface ApplyOptions {
  request: CheckoutRequest;
  selected: readonly Selected[];
  load: ReturnType<typeof manifestLoader>;
  fetched: { blobs: number; bytes: number };
}

async function apply(repo: Repo, plan: Plan, options: ApplyOptions): Promise<CheckoutReport> {
  const { request, selected, load, fetched } = options;
  if (plan.goals.length > 0) repo.cleanTemporary();
  await settleAside(repo);
  const task = repo.watch.progress.task("checking out", plan.making);
  const { losing, surplus } = plan;
  const held = new Set<string>(plan.held.map((each) => each.path));
  const force = request.force ?? false;
  const refetch = refetcher(repo, request);
  const work = new Apply({ repo, load, losing, surplus, refetch, task, force, held });
  const displaced: CheckoutReport["displaced"] = [];
  try {
    await carryOut(repo, plan, { work, displaced });
  } finally {
    task.done();
    await work.close();
    await repo.stats.save();
  }
  return {
    ...work.report(),
    looked: selected.length,
    fetched,
    displaced,
    left: plan.left,
    held: plan.held,
    edited: plan.edited,
    deleted: plan.deleted,
  };
}

/** Gets a blob that turned out to be damaged in the cache. */
function refetcher(repo: Repo, request: CheckoutRequest) {
  return async (hash: Hash, size: number, path: RepoPath): Promise<void> => {
    const whose = async (failed: CopyReport["failed"]): Promise<Unhad[]> =>
      failed.map((each) => unhad(each, path, { cache: repo.cache, at: "remote" }));
    await fetchAbsent(repo, [{ hash, size }], { request, intro: "cannot check out", whose });
  };
}

/** What was begun is remembered before anything is changed; what is in the way goes first, what is left over last. */
async function carryOut(
  repo: Repo,
  plan: Plan,
  { work, displaced }: { work: Apply; displaced: CheckoutReport["displaced"] },
): Promise<void> {
  for (const goal of plan.settled) await work.settle(goal);
  for (const { path, pointer } of plan.goals)
    repo.stats.bases.begin(path, putOf(pointer), look(repo.guard.resolve(path)) === null);
  await repo.stats.save();
  displaced.push(...(await displaceAll(repo, plan, work)));
  for (const each of plan.clear) work.remover.remove(each);
  for (const goal of plan.goals) await work.reach(goal);
  for (const each of plan.stale) work.remover.remove(each);
}

/** Keeps what is in the way: bytes in the cache, links beside their place. */
async function displaceAll(repo: Repo, plan: Plan, work: Apply): Promise<CheckoutReport["displaced"]> {
  const files = plan.obstacles.filter((each) => each.kind !== "link").map(({ path }) => path);
  const hashes = await displace(repo, files);
  const displaced: CheckoutReport["displaced"] = files.map((path, index) => {
    const hash = hashes[index] as Hash;
    plan.losing.kept(hash);
    return { path, hash, kept: repo.cache.fileOf(hash) };
  });
  for (const { path } of plan.obstacles.filter((each) => each.kind === "link")) {
    const kept = work.remover.moveLinkAway(path);
    if (kept !== null) displaced.push({ path, hash: null, kept: join(repo.top, kept) });
  }
  return displaced;
}
