/** What a file or folder of the work tree is, without taking it into any store. */
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { ManifestWriter } from "../values/manifest-io.ts";
import type { Guard } from "./guard.ts";
import { hashFile, type Identified, identifyFile, identifyOnce } from "./read-file.ts";
import { scanFolder } from "./scan.ts";
import { lookThrough } from "./stamp.ts";

/** Times that a file is read which changes meanwhile. */
const READINGS = 5;

/**
 * The hash that a pointer to it would have; null when nothing is there, or nothing that can be tracked. Throws what
 * `add` throws for names and links inside.
 */
export async function identifyPath(guard: Guard, path: RepoPath, signal: AbortSignal): Promise<Hash | null> {
  const found = lookThrough(guard.resolve(path), guard.blobs);
  if (found?.kind === "file") return hashFile(found.real);
  if (found?.kind !== "folder") return null;
  const manifest = new ManifestWriter(async (bytes) => hashBytes(bytes));
  for (const batch of scanFolder(guard, path)) {
    for (const { path: name, real } of batch) {
      signal.throwIfAborted();
      const { hash, size, exec } = await identifyOnce(real);
      await manifest.addAll([{ path: name, hash, size, mode: exec ? "exec" : "file" }]);
    }
  }
  return (await manifest.end())?.root ?? null;
}

/** A file that another checkout replaces meanwhile is read again; one that is written all the time is an error. */
export async function identifySettled(file: string, onBytes: (count: number) => void): Promise<Identified> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await identifyFile(file, onBytes);
    } catch (error) {
      if (!isMvgitError(error, "changed-while-reading") || attempt === READINGS) throw error;
    }
  }
}
