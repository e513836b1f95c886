/** `mvgit checkout`: the work tree as the pointers say, fetching what the cache lacks. */
import { join } from "node:path";
import { plural } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, firstOf, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import { displace, settleAside } from "../repo/displace.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, pointerOf, select, type Selected } from "../repo/tracked.ts";
import { copyBlobs, type CopyReport, type Need } from "../transfer/copy.ts";
import { NO_REMOTE, unhad, type Unhad, unhadAmong, unhadError } from "../transfer/unhad.ts";
import { putOf } from "../worktree/bases.ts";
import type { Held } from "../worktree/held-back.ts";
import { look } from "../worktree/stamp.ts";
import { Apply, type Applied } from "./checkout/apply.ts";
import { type Goal, type Obstacle, type Plan, Planner, type Stays } from "./checkout/plan.ts";
import type { Outcome } from "./merge/decide.ts";
import { forgetSides } from "./merge/shown-sides.ts";
import { chooseSide } from "./checkout/sides.ts";

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
      throw isMvgitError(error, "blob-missing") || isMvgitError(error, "blob-damaged")
        ? naming(error, each.path)
        : error;
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

function inTheWay(repo: Repo, obstacles: readonly Obstacle[]): MvgitError {
  const { why, hint } =
    WHY[
      (["blocked", "conflict", "unstored", "unnamed"] as const).find((kind) =>
        obstacles.some((each) => each.kind === kind),
      ) ?? "blocked"
    ];
  return new MvgitError(
    "local-changes",
    `nothing was checked out: ${firstOf(obstacles.map((each) => repo.typed(each.path)))} ${why}`,
    { subject: display(repo.typed((obstacles[0] as Obstacle).path)), hint },
  );
}

const FORCE = "or replace them with 'mvgit checkout --force' (which keeps the old bytes in the cache)";
const WHY = {
  blocked: { why: "stands where a tracked file or folder belongs", hint: "move it away, then run the command again" },
  conflict: {
    why: "changed here, and in another way in what its pointer names now",
    hint:
      "for each of them: 'mvgit checkout --force PATH' takes what the pointer names (the cache keeps your " +
      "bytes), 'mvgit add --as-is PATH' records yours",
  },
  unstored: { why: "has bytes that no store has", hint: `keep them with 'mvgit add', ${FORCE}` },
  unnamed: {
    why: "was added with other bytes than its pointer now names, and no commit names those",
    hint: `keep them with 'mvgit add' and a commit, ${FORCE}`,
  },
};

function openRemote(repo: Repo, request: CheckoutRequest): ReturnType<Repo["remote"]> {
  if (!request.offline) return repo.remote(request.remote);
  throw new MvgitError("blob-missing", "the cache lacks a folder's manifest, and '--offline' was given", {
    hint: "run the command without '--offline'",
  });
}

interface Fetching {
  request: CheckoutRequest;
  /** How its failure begins. */
  intro: string;
  whose(failed: CopyReport["failed"]): Promise<Unhad[]>;
}

async function fetchAbsent(
  repo: Repo,
  needs: readonly Need[],
  { request, intro, whose }: Fetching,
): Promise<{ blobs: number; bytes: number }> {
  if (needs.length === 0) return { blobs: 0, bytes: 0 };
  if (request.offline) {
    const lacking = await whose(needs.map(({ hash }) => ({ hash, why: "missing", where: repo.cache.name })));
    const names = firstOf(lacking.map(({ path, file }) => repo.typed(file ?? path)));
    throw new MvgitError(
      "blob-missing",
      `${intro} ${names}: the cache lacks ${plural(needs.length, "blob")}, and '--offline' was given`,
      { subject: (needs[0] as Need).hash, hint: "run the command without '--offline'" },
    );
  }
  const remote = await repo.remote(request.remote).catch(async (error: unknown) => {
    // Where no remote can help, what is wrong with the cache is what there is to tell.
    const spoilt = isMvgitError(error, "remote-unknown")
      ? (await whose(needs.map(({ hash }) => ({ hash, why: "missing", where: "" })))).filter(
          ({ aside }) => aside !== null,
        )
      : [];
    throw spoilt.length > 0 ? unhadError(intro, spoilt, NO_REMOTE) : error;
  });
  await remote.place.recognise();
  const copied = await copyBlobs(
    needs,
    { from: remote, to: repo.cache.undurable() },
    { watch: repo.watch, label: `fetching from ${remote.name}`, jobs: request.jobs },
  );
  if (copied.failed.length > 0) throw unhadError(intro, await whose(copied.failed), remote.name);
  return { blobs: copied.copied, bytes: copied.bytes };
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
  const task = repo.watch.progress.task("checking out");
  const held = new Set<string>(plan.held.map((each) => each.path));
  const refetch = async (hash: Hash, size: number, path: RepoPath): Promise<void> => {
    const whose = async (failed: CopyReport["failed"]): Promise<Unhad[]> =>
      failed.map((each) => unhad(each, path, { cache: repo.cache, at: "remote" }));
    await fetchAbsent(repo, [{ hash, size }], { request, intro: "cannot check out", whose });
  };
  const work = new Apply({
    repo,
    load,
    losing: plan.losing,
    surplus: plan.surplus,
    refetch,
    task,
    force: request.force ?? false,
    held,
  });
  const displaced: CheckoutReport["displaced"] = [];
  try {
    for (const goal of plan.settled) await work.settle(goal);
    for (const { path, pointer } of plan.goals)
      repo.stats.bases.begin(path, putOf(pointer), look(repo.guard.resolve(path)) === null);
    await repo.stats.save();
    displaced.push(...(await displaceAll(repo, plan, work)));
    for (const each of plan.clear) work.remove(each);
    for (const goal of plan.goals) await work.reach(goal);
    for (const each of plan.stale) work.remove(each);
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
    const kept = work.moveLinkAway(path);
    if (kept !== null) displaced.push({ path, hash: null, kept: join(repo.top, kept) });
  }
  return displaced;
}
