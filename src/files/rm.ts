/** `mvgit rm`: pointer, ignore line and file go together. */
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import { pointerPathOf } from "../values/pointer.ts";
import { displace, keepAll } from "../repo/displace.ts";
import { ignoreFilesToStage, unignoreTargets } from "../repo/pointers.ts";
import type { Repo } from "../repo/repo.ts";
import { select } from "../repo/tracked.ts";
import { lookThrough } from "../worktree/stamp.ts";
import { Done } from "./checkout/done.ts";
import type { Removal } from "./checkout/plan.ts";
import { Planner } from "./checkout/planner.ts";
import { Remover } from "./checkout/remover.ts";
import type { Losing, Verdict } from "./losing.ts";
import { wholeOnes } from "./rm/whole.ts";

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
    await repo.git.removeTracked(paths.map(pointerPathOf));
    if (plan !== null) Object.assign(report, await removeFiles(repo, plan));
    else for (const path of paths) repo.stats.dropTarget(path);
    await repo.stats.save();
  });
  return report;
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
  const [folders, done] = [repo.openFolders(), new Done()];
  try {
    const remover = new Remover(repo, { folders, done });
    for (const each of removals) remover.remove(each);
  } finally {
    folders.close();
  }
  return {
    displaced: [...unstored, ...unnamed].map((path, index) => ({ path, hash: hashes[index] as Hash })),
    left: done.kept,
  };
}
