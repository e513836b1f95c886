/** What a file or folder of the work tree is, without taking it into any store. */
import type { RepoPath } from "../base/paths.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { ManifestWriter } from "../values/manifest-io.ts";
import type { Guard } from "./guard.ts";
import { hashFile, identifyOnce } from "./read-file.ts";
import { scanFolder } from "./scan.ts";
import { lookThrough } from "./stamp.ts";

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
