/** What must not be recorded as an edit, since it is none. */
import type { RepoPath } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Tracked } from "../../repo/tracked.ts";
import { putOf, samePut } from "../../worktree/bases.ts";
import { isAbsent, isOutOfDate, outOfDate } from "../out-of-date.ts";
import { trackedStatus } from "../status.ts";
import type { Target } from "./targets.ts";

/**
 * Throws `out-of-date`. Answers those of which nothing tells what they were made from: whoever names one means it as it
 * is.
 */
export async function refuseOutOfDate(
  repo: Repo,
  targets: readonly Target[],
  tracked: readonly Tracked[],
): Promise<RepoPath[]> {
  const { bases } = repo.stats;
  const isOther = ({ found, before }: Target): boolean => (found.kind === "folder") !== (before?.files !== undefined);
  const asked = targets.filter(
    (each) =>
      each.before !== null &&
      (isOther(each) ||
        !samePut(bases.get(each.path).put, putOf(each.before)) ||
        bases.get(each.path).begun.length > 0),
  );
  if (asked.length === 0) return [];
  const byPath = new Map(tracked.map((each) => [each.path, each]));
  const states = await trackedStatus(
    repo,
    asked.map(({ path, inside }) => ({ ...(byPath.get(path) as Tracked), inside })),
  );
  const stale = states.filter((each) => isOutOfDate(each) && !isAbsent(each));
  if (stale.length > 0)
    throw outOfDate(repo, stale, { what: "nothing was added", asIs: "'mvgit add --as-is' records what stands here" });
  return states.filter((each) => each.isUnknown).map((each) => each.path);
}
