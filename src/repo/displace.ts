/** Bytes of a file of the work tree, kept in the cache before the file is replaced. */
import { removeFile } from "../base/disk.ts";
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { mapOrdered } from "../base/tasks.ts";
import type { Hash } from "../values/hash.ts";
import { copyIntoCache } from "../worktree/read-file.ts";
import { lookThrough } from "../worktree/stamp.ts";
import type { Repo } from "./repo.ts";

/** Times that a file is read which another command replaces meanwhile. */
const READINGS = 5;
/** Files taken in at once; those that wait share a flush. */
const TOGETHER = 64;

/** Takes the file's bytes into the cache; answers their hash. */
async function keepBytes(repo: Repo, path: RepoPath): Promise<Hash> {
  for (let attempt = 1; ; attempt++) {
    try {
      const file = repo.guard.resolve(path);
      const copied = await copyIntoCache(repo.cache, lookThrough(file, repo.guard.blobs)?.real ?? file, () => {});
      if (copied.temporary) await repo.cache.land(copied.temporary, copied.hash);
      else await repo.cache.settle();
      return copied.hash;
    } catch (error) {
      if (!isMvgitError(error, "changed-while-reading") || attempt === READINGS) throw error;
    }
  }
}

/** As `keepBytes`, for many. */
export async function keepAll(repo: Repo, paths: readonly RepoPath[]): Promise<Hash[]> {
  const hashes: Hash[] = [];
  for await (const hash of mapOrdered(paths, TOGETHER, (path) => keepBytes(repo, path))) hashes.push(hash);
  return hashes;
}

/**
 * As `keepAll`, for bytes that no pointer names: they are listed as displaced, so that gc keeps them for its grace
 * period.
 */
export async function displace(repo: Repo, paths: readonly RepoPath[]): Promise<Hash[]> {
  const hashes = await keepAll(repo, paths);
  const at = repo.cache.time();
  await repo.displaced.record(paths.map((path, index) => ({ at, hash: hashes[index] as Hash, path })));
  return hashes;
}

/**
 * Looks after files that a command which was killed had moved aside: what the cache has is removed, other bytes are
 * kept as displaced ones, and told.
 */
export async function settleAside(repo: Repo): Promise<void> {
  for (const file of repo.temporary.leftAside()) {
    const found = lookThrough(file, repo.guard.blobs);
    if (found?.kind !== "file") continue;
    // With another name it is not the last of its bytes.
    const { hash, temporary } =
      found.links > 1 ? { hash: null, temporary: null } : await copyIntoCache(repo.cache, found.real, () => {});
    if (temporary) {
      await repo.cache.land(temporary, hash);
      await repo.displaced.record([{ at: repo.cache.time(), hash, path: "?" }]);
      repo.watch.warn(
        prose`a command that was killed had moved a file aside; the cache keeps its bytes for 14 days:
          'mvgit cat --hash ${hash.slice(0, 16)} > FILE'`,
      );
    }
    removeFile(file);
  }
}
