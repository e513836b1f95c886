/** `mvgit add`: bytes into the cache, then pointers and ignore lines, then Git's index. */
import { isWithin, type RepoPath } from "../base/paths.ts";
import { settleAside } from "../repo/displace.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked } from "../repo/tracked.ts";
import { refused } from "../worktree/refused.ts";
import { refuseClashes } from "./add/clashes.ts";
import { matching, namedPath } from "./add/named.ts";
import { refuseOutOfDate } from "./add/out-of-date.ts";
import { type AddReport, record } from "./add/record.ts";
import { takeIn } from "./add/take-in.ts";
import { targetsOf } from "./add/targets.ts";
import { decideAdded } from "./merge/decide-added.ts";

export type { Added, AddReport } from "./add/record.ts";

export interface AddRequest {
  /** As typed, from the current folder. */
  paths: readonly string[];
  /** `paths` are patterns, matched by Git's rules against the files of the work tree. */
  glob?: boolean;
  /**
   * Writes pointers and ignore lines, and leaves Git's index as it is: for a caller that stages later, or elsewhere.
   */
  leaveIndex?: boolean;
  /** Takes also what is behind its pointer, incomplete or changed on both sides, as it stands here. */
  asIs?: boolean;
  /**
   * In a folder, what is held back for its name is left out and told, for a caller whose work must not be lost; else it
   * is refused.
   */
  leaveOut?: boolean;
}

/**
 * Tracks the paths, or takes in the new bytes of tracked ones. Everything is looked at before anything is written.
 * Throws `cannot-add`, `link-refused`, `already-tracked`, `unsafe-path`, `name-clash`, `out-of-date`, and
 * `changed-while-reading`.
 */
export async function add(repo: Repo, request: AddRequest): Promise<AddReport> {
  const tracked = await listTracked(repo);
  const named = request.glob
    ? await matching(repo, request.paths)
    : request.paths.map((typed) => namedPath(repo, typed));
  const paths = await decideAdded(repo, named, tracked);
  const targets = targetsOf(repo, paths, { tracked, asIs: request.asIs ?? false });
  await refuseClashes(
    repo,
    targets.filter((each) => each.before === null).map((each) => each.path),
    tracked,
  );
  const unknown = request.asIs ? [] : await refuseOutOfDate(repo, targets, tracked);
  repo.cleanTemporary();
  await settleAside(repo);
  const pointers = await takeIn(repo, targets, request.leaveOut ?? false).catch((error: unknown) => {
    repo.cache.temporary.discardOwn();
    throw error;
  });
  return repo.locked(() =>
    record(repo, targets, { results: pointers, leaveIndex: request.leaveIndex ?? false, unknown }),
  );
}

/** Throws what `add` would throw for the names of paths that are to be added later: `cannot-add`, `name-clash`. */
export async function refuseNames(repo: Repo, paths: readonly RepoPath[]): Promise<void> {
  const held = paths.filter((path) => repo.guard.readerOf(path) !== null);
  if (held.length > 0) throw refused(repo.guard, held);
  const tracked = await listTracked(repo);
  await refuseClashes(
    repo,
    paths.filter((path) => !tracked.some((each) => isWithin(path, each.path))),
    tracked,
  );
}
