/** Where a remote keeps blobs in other forms than whole: the names of packs, of their tables, and of cut lists. */
import { type Hash, parseHash } from "../../values/hash.ts";
import type { ObjectName } from "../bucket.ts";

export const PACKS = "packs";
export const INDEX = "index";
export const CHUNKS = "chunks";
/** Tables that were taken out of the index, for a while. */
export const DAMAGED = "damaged";

/** Names all tables, for media that cannot be listed. */
export const INDEX_LIST: ObjectName = `${INDEX}/list`;

/** Of the pack with this hash. */
export function packName(pack: Hash): ObjectName {
  return named(PACKS, pack);
}

/** Of the table that makes visible what the pack holds. */
export function indexName(pack: Hash): ObjectName {
  return named(INDEX, pack);
}

/** Of a blob's cut list. */
export function cutListName(blob: Hash): ObjectName {
  return named(CHUNKS, blob);
}

/** Whose name in one of these folders it is; null for every other name. */
export function hashIn(folder: string, name: ObjectName): Hash | null {
  const match = /^([a-z]+)\/([0-9a-f]{2})\/([0-9a-f]{62})$/.exec(name);
  return match?.[1] === folder ? parseHash(`${match[2]}${match[3]}`) : null;
}

function named(folder: string, hash: Hash): ObjectName {
  return `${folder}/${hash.slice(0, 2)}/${hash.slice(2)}`;
}
