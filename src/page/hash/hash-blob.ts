/** The hash of a file of any size: read in slices, so that never more than two of them are in memory. */
import type { Blake3 } from "./blake3.ts";

const SLICE = 4 * 1024 * 1024;

/**
 * `onProgress`: told the bytes that are done. Rejects with what reading throws (the file was changed or removed), and
 * with the reason of `signal`.
 */
export async function hashBlob(
  blob: Blob,
  hasher: Blake3,
  { onProgress, signal }: { onProgress?: (done: number) => void; signal?: AbortSignal } = {},
): Promise<string> {
  const sliceAt = async (from: number): Promise<ArrayBuffer> => blob.slice(from, from + SLICE).arrayBuffer();
  let next = sliceAt(0);
  for (let from = 0; from < blob.size; from += SLICE) {
    const bytes = await next;
    signal?.throwIfAborted();
    // The next slice is read while this one is hashed.
    next = from + SLICE < blob.size ? sliceAt(from + SLICE) : Promise.resolve(new ArrayBuffer(0));
    next.catch(() => {});
    hasher.update(new Uint8Array(bytes));
    onProgress?.(Math.min(from + SLICE, blob.size));
  }
  return hasher.digest();
}
