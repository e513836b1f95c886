/** Files of a cache by their age, which is the time since somebody used them last. */
import { lstatSync } from "node:fs";
import { moveFile, removeFile } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";

/** What is old: what was not used for `limit` milliseconds. */
export interface Age {
  /** Milliseconds since 1970, by the cache's own time. */
  now: number;
  limit: number;
}

/** False for what is absent. */
export function isOld(file: string, { now, limit }: Age): boolean {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found !== undefined && now - found.mtimeMs > limit;
}

/**
 * Removes a file that somebody may use at this moment, which sets its time. So it is moved to `aside`, out of reach,
 * and looked at again: whoever used it before the move made it young, and it is put back; whoever comes after does not
 * find it and writes it anew. False when it stays, or was gone.
 */
export function removeIfStillOld(file: string, aside: string, age: Age): boolean {
  try {
    moveFile(file, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
  if (isOld(aside, age)) return removeFile(aside);
  moveFile(aside, file);
  return false;
}
