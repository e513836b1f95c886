/** Where a blob lies in every store: `blobs/ab/cdef…`. */
import { type Hash, parseHash } from "../values/hash.ts";

export const BLOBS = "blobs";

/** `blobs/ab/cdef…` with slashes, on every system. */
export function blobName(hash: Hash): string {
  return `${BLOBS}/${hash.slice(0, 2)}/${hash.slice(2)}`;
}

/** The hash that a name of this layout stands for, null for every other name. */
export function hashOfName(name: string): Hash | null {
  const match = /^blobs\/([0-9a-f]{2})\/([0-9a-f]{62})$/.exec(name);
  return match && parseHash(`${match[1]}${match[2]}`);
}
