/** Which kind of archive a file is, by its first bytes, and what is in it. */
import { type RandomAccess, Unreadable } from "../tensors/access.ts";
import { isZip } from "../tensors/zip.ts";
import type { Archive } from "./archive.ts";
import { isParquet, parquetParts } from "./parquet.ts";
import { isTar, tarMembers } from "./tar.ts";
import { zipMembers } from "./zip.ts";

/** What is an archive by its name, so that something can be said of one whose bytes are elsewhere. */
const NAMES = /\.(zip|npz|whl|egg|jar|mar|keras|tar|parquet|pq)$/i;

export function isNamedArchive(path: string): boolean {
  return NAMES.test(path);
}

/** Null for what is no archive; never throws for what the bytes are, but for what `access` throws. */
export async function readArchive(access: RandomAccess): Promise<Archive | { why: string } | null> {
  const start = await access.read(0, Math.min(access.size, 512));
  const reader = readerOf(start);
  if (reader === null) return null;
  try {
    return await reader(access);
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.message };
    // A number that was right for the file and is none for an array.
    if (error instanceof RangeError) return { why: "its header makes no sense" };
    throw error;
  }
}

function readerOf(start: Uint8Array): ((access: RandomAccess) => Promise<Archive>) | null {
  if (isZip(start)) return zipMembers;
  if (isParquet(start)) return parquetParts;
  return isTar(start) ? tarMembers : null;
}
