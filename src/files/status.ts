/** `mvgit status`: how the work tree, the cache and Git's index stand to each other. */
import { join } from "node:path";
import { isWithin, type RepoPath } from "../base/paths.ts";
import { isPointerPath } from "../values/pointer.ts";
import { leftTargets } from "../repo/left-targets.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, select } from "../repo/tracked.ts";
import { look } from "../worktree/stamp.ts";
import type { PathStatus } from "./status/path-status.ts";
import { trackedStatus } from "./status/tracked.ts";

export type { PathStatus } from "./status/path-status.ts";
export { CHANGED_STATES } from "./status/tally.ts";
export { trackedStatus } from "./status/tracked.ts";

export interface StatusRequest {
  paths: readonly string[];
  /** Also what this remote lacks; "" for the default one. */
  remote?: string;
  /** Reads every file, whatever is remembered of it. */
  verify?: boolean;
}

/** What HEAD, the index and unpublished commits need and a remote does not have. */
interface RemoteStatus {
  name: string;
  address: string;
  /** What was looked at, in words. */
  looked: string;
  blobs: number;
  lacks: { blobs: number; bytes: number };
  /** Of these blobs, how many are there with another size. */
  damaged: number;
  /** Of these, what the cache does not have either. */
  lost: { blobs: number; bytes: number };
  /** Folders whose lists of files are in neither, so that what else is lacking is not known. */
  unknown: RepoPath[];
  /** Nothing can be pushed there. */
  readOnly?: true;
}

export interface StatusReport {
  tracked: PathStatus[];
  /** Files that neither Git nor mvgit tracks and that are too large for Git. */
  tooLarge: { path: RepoPath; size: number }[];
  /** What an earlier commit or an undone add left, where there is any: no pointer of Git's index stands for it. */
  left?: { path: RepoPath; kind: "file" | "folder"; isPointed: boolean }[];
  /** Bytes above which a file is too large for Git. */
  maxFileSize: number;
  /** Only where a remote was asked for. */
  remote?: RemoteStatus;
}

/**
 * Reads no file whose stamp is known, unless asked to. Throws `not-tracked` for a named path that is not tracked, and
 * what a remote throws.
 */
export async function status(repo: Repo, request: StatusRequest): Promise<StatusReport> {
  if (request.verify) repo.stats.believeNothing();
  const selected = await select(repo, request.paths);
  const within = request.paths.map((typed) => repo.pathOf(typed));
  const [tooLarge, tracked] = await Promise.all([findTooLarge(repo, within), trackedStatus(repo, selected)]);
  const left = (await leftTargets(repo, request.paths.length === 0 ? selected : await listTracked(repo))).filter(
    ({ path }) => within.length === 0 || within.some((each) => isWithin(path, each)),
  );
  await repo.stats.save();
  const remote =
    request.remote === undefined ? {} : { remote: await remoteStatus(repo, request.remote, request.paths) };
  return {
    tracked,
    tooLarge: tooLarge.filter((large) => !left.some(({ path }) => isWithin(large.path, path))),
    ...(left.length > 0 && { left }),
    maxFileSize: repo.settings.maxFileSize,
    ...remote,
  };
}

async function remoteStatus(repo: Repo, name: string, paths: readonly string[]): Promise<RemoteStatus> {
  // Whoever asks no remote, as every commit does, starts without it.
  const { push } = await import("./push.ts");
  const at = name === "" ? {} : { remote: name };
  const plan = await push(repo, { paths, dryRun: true, isLook: true, ...at });
  const { place } = await repo.remote(at.remote);
  const { address, looked, blobs, copied, bytes, damaged, lost, lacking } = plan;
  return {
    name: name || (repo.settings.defaultRemote ?? ""),
    address,
    looked,
    blobs,
    lacks: { blobs: copied, bytes },
    damaged,
    lost,
    unknown: lacking.map((each) => each.path),
    ...(place.isReadOnly && { readOnly: true as const }),
  };
}

async function findTooLarge(repo: Repo, within: readonly (RepoPath | "")[]): Promise<StatusReport["tooLarge"]> {
  const tooLarge: StatusReport["tooLarge"] = [];
  for (const path of await repo.git.untracked()) {
    if (path.endsWith("/") || isPointerPath(path)) continue;
    if (within.length > 0 && !within.some((each) => isWithin(path, each))) continue;
    const found = look(join(repo.top, path));
    if (found?.kind === "file" && found.size > repo.settings.maxFileSize)
      tooLarge.push({ path: path as RepoPath, size: found.size });
  }
  return tooLarge;
}
