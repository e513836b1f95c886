/** Bytes of a file of the work tree, kept in the cache before the file is replaced. */
import type { RepoPath } from "../base/paths.ts";
import type { Hash } from "../model/hash.ts";
import { copyIntoCache } from "../worktree/read-file.ts";
import { lookThrough } from "../worktree/stamp.ts";
import type { Repo } from "./repo.ts";

/** Takes the file's bytes into the cache; answers their hash. */
export async function keepBytes(repo: Repo, path: RepoPath): Promise<Hash> {
  const file = repo.guard.resolve(path);
  const copied = await copyIntoCache(repo.cache, lookThrough(file, repo.guard.blobs)?.real ?? file, () => {});
  if (copied.temporary) await repo.cache.land(copied.temporary, copied.hash);
  return copied.hash;
}

/** As `keepBytes`, for bytes that no pointer names: they are listed as displaced, so that gc keeps them for its grace period. */
export async function displace(repo: Repo, path: RepoPath): Promise<Hash> {
  const hash = await keepBytes(repo, path);
  await repo.displaced.record({ at: repo.cache.time(), hash, path });
  return hash;
}
