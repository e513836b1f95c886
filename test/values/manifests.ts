/** Folders in memory, for tests of manifests. */
import type { RepoPath } from "../../src/base/paths.ts";
import { comparePaths } from "../../src/base/paths.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";
import { type FolderSummary, ManifestWriter } from "../../src/values/manifest-io.ts";
import type { ManifestEntry } from "../../src/values/manifest.ts";

/** A store of blobs by their hash. */
export class MemoryBlobs {
  readonly blobs = new Map<Hash, Buffer>();

  readonly store = (bytes: Buffer): Hash => {
    const hash = hashBytes(bytes);
    this.blobs.set(hash, bytes);
    return hash;
  };

  readonly load = async (hash: Hash, cap: number): Promise<Buffer> => {
    const bytes = this.blobs.get(hash);
    if (!bytes || bytes.length > cap) throw new Error(`no blob ${hash} of at most ${cap} bytes`);
    return bytes;
  };
}

/** An entry whose hash is that of `content`, by default of its path. */
export function entry(path: string, options: { content?: string; mode?: "file" | "exec" } = {}): ManifestEntry {
  const content = options.content ?? path;
  return {
    path: path as RepoPath,
    hash: hashBytes(Buffer.from(content)),
    size: Buffer.byteLength(content),
    mode: options.mode ?? "file",
  };
}

/** Entries in path order. */
export function sorted(entries: readonly ManifestEntry[]): ManifestEntry[] {
  return entries.toSorted((a, b) => comparePaths(a.path, b.path));
}

/** Writes the entries as they are. */
export async function write(
  entries: readonly ManifestEntry[],
  store: (bytes: Buffer) => Hash,
): Promise<FolderSummary | null> {
  const writer = new ManifestWriter(store);
  await writer.addAll(entries);
  return writer.end();
}

/** All entries of arrays that come one by one. */
export async function collect<T>(arrays: AsyncIterable<readonly T[]> | Iterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const array of arrays) all.push(...array);
  return all;
}
