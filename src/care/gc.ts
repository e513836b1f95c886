/** `mvgit gc`: removes from the cache what nothing needs any more. */
import { resolve } from "node:path";
import { removeFile } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { cleanScratchFolders } from "../base/scratch-folder.ts";
import { CACHE_GRACE } from "../base/times.ts";
import type { Hash } from "../values/hash.ts";
import { type Clone, clonesAt, isOf } from "../repo/clones.ts";
import { leasedBlobs } from "../repo/leases.ts";
import { reachableBlobs } from "../repo/reachable.ts";
import { sharingRepos } from "../repo/sharing.ts";
import type { Repo } from "../repo/repo.ts";
import { cleanSessions } from "../store/cloud/upload-sessions.ts";
import { isLack } from "../store/lack.ts";

export interface GcReport {
  dryRun: boolean;
  /** Blobs that something needs. */
  needed: number;
  /** Blobs that nothing needs, but that were used within the grace period. */
  young: number;
  /** What was, or would be, removed. */
  removed: { blobs: number; bytes: number };
  /** Damaged blobs that were set aside longer ago than the grace period. */
  damaged: number;
}

export interface GcRequest {
  dryRun: boolean;
  /** Folders of repositories that need nothing of a shared cache any more. */
  forget?: readonly string[];
  /** No pointer is left anywhere, on purpose. */
  emptied?: boolean;
}

/**
 * Throws `pointer-malformed`, `blob-missing` when it cannot tell what is needed, `check-failed` for a repository of a
 * shared cache that it cannot look at, `read-only` where it could remove nothing, `usage` for a folder to forget that
 * is none; then nothing is removed.
 */
export async function gc(repo: Repo, request: GcRequest): Promise<GcReport> {
  const forgotten = (request.forget ?? []).flatMap((folder) => registered(repo, folder));
  const now = timeOf(repo, request.dryRun);
  const age = { now, limit: CACHE_GRACE };
  const needed = await whatIsNeeded(repo, forgotten, { request, now });
  const report: GcReport = { dryRun: request.dryRun, needed: 0, young: 0, removed: { blobs: 0, bytes: 0 }, damaged: 0 };
  for await (const { hash, size } of repo.cache.list()) {
    repo.watch.signal.throwIfAborted();
    if (size < 0) {
      // No file, so nobody's blob: kept aside like damaged ones, for as long.
      if (!request.dryRun) repo.cache.setAside(hash);
    } else if (needed.has(hash)) report.needed++;
    else if (!repo.cache.isOld(hash, age)) report.young++;
    else if (request.dryRun || repo.cache.removeOld(hash, age)) {
      report.removed.blobs++;
      report.removed.bytes += size;
    }
  }
  report.damaged = repo.cache.removeOldDamaged(age, { dryRun: request.dryRun });
  if (request.dryRun) return report;
  for (const { file } of forgotten) removeFile(file);
  await repo.displaced.expire(now - CACHE_GRACE);
  repo.cleanTemporary();
  cleanSessions(repo.uploads);
  cleanScratchFolders();
  return report;
}

/** The cache's own time. Throws `read-only` where gc could remove nothing. */
function timeOf(repo: Repo, dryRun: boolean): number {
  const now = repo.cache.time();
  if (now > 0 || dryRun || !repo.cache.exists) return now;
  const folder = display(repo.cache.folder);
  throw new MvgitError("read-only", `nothing was removed: the cache '${folder}' cannot be written`, {
    subject: folder,
  });
}

/** The entries of a folder that is to be forgotten. Throws `usage` where there are none, or it is this repository. */
function registered(repo: Repo, folder: string): Clone[] {
  const found = clonesAt(repo.cache.folder, resolve(repo.cwd, folder));
  const name = display(folder);
  if (found.length === 0)
    throw new MvgitError(
      "usage",
      `no repository '${name}' is registered in the cache '${display(repo.cache.folder)}'`,
      { subject: name, hint: "name it as the message of 'mvgit gc' does" },
    );
  const others = found.filter((each) => !isOf(each, repo.git));
  if (others.length === 0)
    throw new MvgitError("usage", `'${name}' is this repository, which uses the cache`, { subject: name });
  return others;
}

/** What pointers, runs in progress and the list of displaced files need, of every repository that uses the cache. */
async function whatIsNeeded(
  repo: Repo,
  forgotten: readonly Clone[],
  { request, now }: { request: GcRequest; now: number },
): Promise<Set<Hash>> {
  const since = now - CACHE_GRACE;
  const needed = new Set<Hash>(
    repo.displaced
      .entries()
      .filter((entry) => entry.at >= since)
      .map((entry) => entry.hash),
  );
  for (const each of await sharingRepos(repo, forgotten)) {
    try {
      for (const hash of await reachableBlobs(each, { emptied: request.emptied ?? false })) needed.add(hash);
      for (const hash of await leasedBlobs(each, { keepStale: request.dryRun })) needed.add(hash);
    } catch (error) {
      if (!isLack(error)) throw error;
      const where = each === repo ? "" : ` in '${display(each.top)}'`;
      throw new MvgitError(
        error.code,
        `nothing was removed: the list of a folder's files is not in the cache (${error.message})`,
        {
          ...(error.subject === undefined ? {} : { subject: error.subject }),
          hint: `run 'mvgit fetch --all'${where}, then run the command again`,
        },
      );
    }
  }
  return needed;
}
