/** `mvgit fetch`: what pointers need, from a remote into the cache. */
import { isMvgitError } from "../base/errors.ts";
import { type Hash, parseHash } from "../values/hash.ts";
import type { LoadBlob } from "../values/manifest-io.ts";
import { manifestLoader, needsOf } from "../repo/needs.ts";
import { historyPointers, indexPointers, joinUses, type PointerUse } from "../repo/pointer-uses.ts";
import { reachableUses } from "../repo/reachable.ts";
import type { Repo } from "../repo/repo.ts";
import { pointerOf, select } from "../repo/tracked.ts";
import { quickCache } from "../store/cache/write-in-threads.ts";
import type { Need } from "../transfer/copy.ts";
import type { Given } from "../transfer/remotes.ts";
import { notGiven } from "../transfer/said.ts";
import { nameFiles } from "../transfer/unhad.ts";
import type { Inside } from "../worktree/compare.ts";
import { type Lacking, lackingOf } from "./push/report.ts";

export interface FetchRequest {
  paths: readonly string[];
  remote?: string;
  /** Every ref, instead of the pointers of the work tree. */
  all?: boolean;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
}

export interface FetchReport {
  /** The one that was asked first. */
  remote: string;
  address: string;
  /** From each remote that gave something. */
  given: Given[];
  pointers: number;
  copied: number;
  bytes: number;
  present: number;
  lacking: Lacking[];
}

/** A pointer, or the part of its folder that is meant. */
interface Wanted extends PointerUse {
  inside: Inside;
}

/** Throws `remote-unknown`, `not-tracked`, and what the remote throws. What single blobs lack is in the report. */
export async function fetch(repo: Repo, request: FetchRequest): Promise<FetchReport> {
  const wanted = request.all ? await everywhere(repo) : await inWorkTree(repo, request.paths);
  const lists = request.all
    ? (await reachableUses(repo)).uses.filter(({ pointer }) => pointer.files !== undefined)
    : [];
  return fetchWanted(repo, wanted, request, lists);
}

async function everywhere(repo: Repo): Promise<Wanted[]> {
  const { uses } = joinUses(await historyPointers(repo, ["--all"], []), await indexPointers(repo));
  return uses.map((use) => ({ ...use, inside: null }));
}

async function inWorkTree(repo: Repo, paths: readonly string[]): Promise<Wanted[]> {
  const selected = await select(repo, paths);
  return selected
    .filter((each) => each.reading.kind !== "absent" && each.reading.kind !== "sparse")
    .map((each) => ({ path: each.path, pointer: pointerOf(each), where: "work tree", inside: each.inside }));
}

/**
 * Brings what the pointers need into the cache; manifests first, since they tell what else is needed. Of `lists` the
 * manifests alone come, where the remote has them: gc must know what a folder needs that only a reflog names.
 */
async function fetchWanted(
  repo: Repo,
  wanted: readonly Wanted[],
  request: Pick<FetchRequest, "remote" | "jobs">,
  lists: readonly PointerUse[] = [],
): Promise<FetchReport> {
  const remotes = await repo.remotes(request.remote);
  const report: FetchReport = {
    remote: remotes.first.title,
    address: remotes.first.address,
    given: [],
    pointers: wanted.length,
    copied: 0,
    bytes: 0,
    present: 0,
    lacking: [],
  };
  const load = manifestLoader(repo.cache, async () => remotes);
  const { needs, users } = await blobsOf(repo, wanted, { load, report });
  for (const { pointer } of lists)
    await needsOf(pointer, load).catch((error: unknown) => {
      if (notGiven(error) === null) throw error;
    });
  const { jobs } = request;
  const copied = await remotes.copyTo(quickCache(repo.cache), [...needs.values()], { jobs });
  Object.assign(report, { address: remotes.first.address, given: copied.given });
  report.copied = copied.copied;
  report.bytes = copied.bytes;
  report.present = copied.present;
  for (const failed of copied.failed)
    report.lacking.push(lackingOf(failed, users.get(failed.hash) as Wanted, { cache: repo.cache, at: "remote" }));
  await nameFiles(report.lacking, wanted, load);
  return report;
}

/** Once each, and who needs it. A folder whose manifests cannot be had is lacking. */
async function blobsOf(
  repo: Repo,
  wanted: readonly Wanted[],
  { load, report }: { load: LoadBlob; report: FetchReport },
): Promise<{ needs: Map<Hash, Need>; users: Map<Hash, Wanted> }> {
  const needs = new Map<Hash, Need>();
  const users = new Map<Hash, Wanted>();
  for (const each of wanted) {
    try {
      const { blobs } = await needsOf(each.pointer, load, each.inside);
      for (const need of blobs) {
        needs.set(need.hash, need);
        users.set(need.hash, each);
      }
    } catch (error) {
      const lack = notGiven(error);
      if (lack === null || !isMvgitError(error)) throw error;
      const hash = parseHash(error.subject ?? "") ?? each.pointer.hash;
      report.lacking.push(lackingOf({ hash, ...lack }, each, { cache: repo.cache, at: "remote" }));
    }
  }
  return { needs, users };
}
