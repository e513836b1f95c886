/** Whether the cache has what a pointer names. */
import type { Repo } from "../../repo/repo.ts";
import type { Pointer } from "../../values/pointer.ts";

/** Of a folder's manifest the pointer does not say the size; whether it is right shows when it is read. */
export function isInCache(repo: Repo, { hash, size, files }: Pick<Pointer, "hash" | "size" | "files">): boolean {
  return files === undefined ? repo.cache.has({ hash, size }) : (repo.cache.sizeOf(hash) ?? -1) >= 0;
}
