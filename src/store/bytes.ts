/** What a bucket and a blob store say in common: ranges, sources that can be read again, outcomes. Knows no hash. */

/** Half-open: bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Bytes that can be read more than once, so that a failed write can be tried again. */
export interface BlobSource {
  /** Exact number of bytes that `open(0)` yields. */
  readonly size: number;
  /** The bytes from offset `from` to the end. Chunks may be reused by the source after the next one is asked for. */
  open(from: number): Chunks;
}

/** Bytes as they come. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export type WriteOutcome = "written" | "present" | "replaced";

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array): BlobSource {
  return { size: bytes.length, open: (from) => (from >= bytes.length ? [] : [bytes.subarray(from)]) };
}

/**
 * All bytes together, in memory of their own. Null as soon as more than `cap` came; the rest is not asked for.
 */
export async function readAll(chunks: Chunks, cap: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > cap) return null;
    parts.push(Buffer.from(chunk));
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, size);
}
