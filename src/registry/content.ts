/** The bytes of one side of a file that is looked into, wherever they are. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { Cache } from "../store/cache/cache.ts";
import type { Hash } from "../values/hash.ts";
import type { RandomAccess } from "../values/tensors/access.ts";
import type { Loader } from "./look.ts";

export interface Content {
  size: number;
  /** In order. Throws `blob-missing` where nobody has them. */
  read(): AsyncIterable<Uint8Array>;
  /** Any part of them, where they are at hand: null where they are not. Absent: here nobody opens anything. */
  open?(): Promise<RandomAccess | null>;
}

/** A file that both sides have, in other bytes. */
export interface Sides {
  path: string;
  a: Content;
  b: Content;
}

export function contentOf(loader: Loader, blob: { hash: Hash; size: number }): Content {
  const { open } = loader;
  return {
    size: blob.size,
    read: () => loader.read(blob),
    ...(open === undefined ? {} : { open: async () => open.call(loader, blob) }),
  };
}

/** Of a blob that the cache has. */
export function cacheContent(cache: Cache, blob: { hash: Hash; size: number }): Content {
  return { size: blob.size, read: () => cache.read(blob.hash), open: async () => cacheAccess(cache, blob) };
}

/** Any part of a blob that the cache has; not held against its hash. */
export function cacheAccess(cache: Cache, { hash, size }: { hash: Hash; size: number }): RandomAccess {
  return {
    size,
    file: cache.fileOf(hash),
    async read(offset, length) {
      const parts: Uint8Array[] = [];
      for await (const part of cache.read(hash, { start: offset, end: offset + length, of: size })) parts.push(part);
      return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    },
  };
}

/** What says that something was not looked at since its bytes are elsewhere. */
export function notHere(what: string): string {
  return `its ${what} were not compared: bytes of it are not here; 'mvgit fetch --all' brings them`;
}

/** Where a registry was opened without a loader. */
export function noStore(path: string): MvgitError {
  return new MvgitError("blob-missing", `cannot read '${display(path)}': no store is open`, {
    subject: display(path),
    hint: "open the registry with a loader",
  });
}

/** Both sides at random access; null where one of them is not at hand. */
export async function openBoth({ a, b }: Sides): Promise<[RandomAccess, RandomAccess] | null> {
  const [first, second] = [await a.open?.(), await b.open?.()];
  return first && second ? [first, second] : null;
}
