/** Which blobs pointers need: a file's own, or a folder's manifest and all that it lists. */
import { breathe } from "../base/stop.ts";
import type { Hash } from "../values/hash.ts";
import { LEAF_CAP, parseLeaf, ROOT_CAP } from "../values/manifest.ts";
import { type LoadBlob, readLeaves } from "../values/manifest-io.ts";
import type { Pointer } from "../values/pointer.ts";
import type { Cache } from "../store/cache/cache.ts";
import { bytesSource } from "../store/bytes.ts";
import { isLack } from "../store/lack.ts";
import type { Remote } from "../store/remote/remote.ts";
import type { Need } from "../transfer/copy.ts";
import { damagedHere } from "../transfer/unhad.ts";
import { isMeant, type Inside } from "../worktree/compare.ts";

/**
 * What one pointer needs. Blobs come before the manifests that name them, so a writer in this order names nothing
 * absent.
 */
export interface PointerNeeds {
  blobs: Need[];
  /** Leaves, then the root; empty for a single file. */
  manifests: Need[];
}

/** Throws what `load` throws when a manifest cannot be had, and `manifest-malformed`. */
export async function needsOf(
  pointer: Pick<Pointer, "hash" | "size" | "files">,
  load: LoadBlob,
  inside: Inside = null,
): Promise<PointerNeeds> {
  if (pointer.files === undefined) return { blobs: [{ hash: pointer.hash, size: pointer.size }], manifests: [] };
  const blobs = new Map<Hash, Need>();
  const manifests: Need[] = [];
  for (const leaf of await readLeaves(pointer.hash, load)) {
    await breathe();
    const bytes = await load(leaf.hash, LEAF_CAP);
    manifests.push({ hash: leaf.hash, size: bytes.length });
    for (const entry of parseLeaf(bytes))
      if (isMeant(entry.path, inside)) blobs.set(entry.hash, { hash: entry.hash, size: entry.size });
  }
  manifests.push({ hash: pointer.hash, size: (await load(pointer.hash, ROOT_CAP)).length });
  return { blobs: [...blobs.values()], manifests };
}

/** What gives small blobs: a remote, or several that are asked one after the other. */
export type SmallReader = Pick<Remote, "name" | "readSmall" | "missing">;

/** Loads manifests from the cache, and what it lacks or has damaged from the remote, which `open` is asked for once. */
export function manifestLoader(cache: Cache, open: () => Promise<SmallReader>): LoadBlob {
  let remote: Promise<SmallReader> | null = null;
  return async (hash, cap) => {
    try {
      return cache.readSmall(hash, cap);
    } catch (error) {
      if (!isLack(error)) throw error;
      remote ??= open();
      const fetched = await fetchManifest(hash, cap, { cache, remote: await remote });
      if (fetched !== null) return fetched;
      const aside = cache.asideOf(hash);
      if (aside !== null) throw damagedHere(hash, aside, (await remote).name);
      throw error.code === "blob-damaged" ? error : (await remote).missing(hash);
    }
  };
}

/** Null when the remote does not have it. */
async function fetchManifest(
  hash: Hash,
  cap: number,
  stores: { cache: Cache; remote: SmallReader },
): Promise<Buffer | null> {
  const { cache, remote } = stores;
  const bytes = await remote.readSmall(hash, cap);
  if (bytes !== null) await cache.write(hash, bytesSource(bytes));
  return bytes;
}
