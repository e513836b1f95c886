/** `mvgit gc`: removes from the cache what nothing needs any more. */
import * as fs from "node:fs";
import { join } from "node:path";
import { moveFile, removeFile } from "../base/disk.ts";
import { isMvgitError, MvgitError, systemCode } from "../base/errors.ts";
import type { Hash } from "../model/hash.ts";
import { reachableBlobs } from "../repo/reachable.ts";
import type { Repo } from "../repo/repo.ts";

/** Milliseconds for which a blob is kept after it was last used, whoever needs it. */
const GRACE = 14 * 24 * 3600 * 1000;

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

/**
 * Throws `pointer-malformed`, `blob-missing` when it cannot tell what is needed, `not-supported` for a cache that
 * several clones share; then nothing is removed.
 */
export async function gc(repo: Repo, request: { dryRun: boolean }): Promise<GcReport> {
  if (repo.settings.cacheDir !== null) {
    throw new MvgitError("not-supported", "the cache is shared ('mvgit.cacheDir'), and what its other clones need cannot be seen from here", {
      subject: repo.cache.folder,
      hint: "remove the clones that are not needed, then the whole cache: 'mvgit fetch' fills it again from a remote",
    });
  }
  const needed = await whatIsNeeded(repo);
  const report: GcReport = { dryRun: request.dryRun, needed: 0, young: 0, removed: { blobs: 0, bytes: 0 }, damaged: 0 };
  for await (const { hash, size } of repo.cache.list()) {
    repo.watch.signal.throwIfAborted();
    if (needed.has(hash)) report.needed++;
    else if (!isOld(repo, repo.cache.fileOf(hash))) report.young++;
    else if (request.dryRun || removeIfStillOld(repo, hash)) {
      report.removed.blobs++;
      report.removed.bytes += size;
    }
  }
  report.damaged = cleanDamaged(repo, request.dryRun);
  if (!request.dryRun) repo.cache.temporary.clean(repo.watch.clock.now());
  return report;
}

async function whatIsNeeded(repo: Repo): Promise<Set<Hash>> {
  try {
    return await reachableBlobs(repo);
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "blob-damaged")) throw error;
    throw new MvgitError(error.code, `nothing was removed: the list of a folder's files is not in the cache (${error.message})`, {
      ...(error.subject === undefined ? {} : { subject: error.subject }),
      hint: "run 'mvgit fetch --all', then run the command again",
    });
  }
}

function isOld(repo: Repo, file: string): boolean {
  const found = fs.lstatSync(file, { throwIfNoEntry: false });
  return found !== undefined && repo.watch.clock.now() - found.mtimeMs > GRACE;
}

/**
 * Another process may use the blob at this moment, which sets its time. So it is moved out of reach first and looked at
 * again: whoever used it before the move made it young, and it is put back; whoever comes after does not find it and
 * writes it anew.
 */
function removeIfStillOld(repo: Repo, hash: Hash): boolean {
  const file = repo.cache.fileOf(hash);
  const aside = repo.cache.temporary.newName();
  try {
    moveFile(file, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
  if (isOld(repo, aside)) return removeFile(aside);
  moveFile(aside, file);
  return false;
}

function cleanDamaged(repo: Repo, dryRun: boolean): number {
  const folder = join(repo.cache.folder, "damaged");
  if (!fs.existsSync(folder)) return 0;
  const old = fs.readdirSync(folder).map((name) => join(folder, name)).filter((file) => isOld(repo, file));
  if (!dryRun) for (const file of old) removeFile(file);
  return old.length;
}
