/**
 * The contract of everything that holds blobs by hash. The cache is one; a remote is one.
 *
 * What each operation does in each case:
 *
 * | | absent | present | partial (an earlier writer died) | repeated, or two at once | cancelled | damaged |
 * | --- | --- | --- | --- | --- | --- | --- |
 * | `stat` | null, only when absence is certain | its size | as absent | same answer | throws `interrupted` | size as found: says nothing about the bytes |
 * | `read` | throws `blob-missing` | all bytes, in order | as absent | independent | ends with the signal's reason | throws `blob-damaged` instead of its last chunk; what was yielded must not be used |
 * | `write` | "written": durable where the store promises it | "present", bytes not read again | starts again or goes on; never visible | one is "written", all succeed | nothing visible | of another size than the source: "replaced"; else "present", which `fsck` and `--repair` find |
 * | `list` | - | every blob once | never shown | what was there throughout is listed | throws | listed |
 * | `delete` | succeeds | gone | as absent | succeeds | may or may not be gone | gone |
 *
 * A name proves nothing: whoever knows a blob's size from a pointer or manifest compares `stat` with it, and takes
 * another size for damage. Any doubt (no access, no answer, an early end of a listing) is an error, never absence.
 * `write` refuses a source whose bytes do not match hash and size with `blob-damaged`, leaving nothing visible. What is
 * damaged is replaced only after the source was found right, and only as the very object that was looked at: what
 * somebody else mended meanwhile stays.
 */
import type { Hash } from "../values/hash.ts";
import type { BlobSource, ByteRange, WriteOutcome } from "./bytes.ts";

/** A range of a blob, of which `of` says how many bytes it must have as a whole. */
export interface BlobRange extends ByteRange {
  of?: number;
}

export interface BlobStat {
  /** Bytes; -1 for what is no file at all. */
  size: number;
}

export interface WriteItem {
  hash: Hash;
  source: BlobSource;
}

export type WriteAnswer = { item: WriteItem; outcome: WriteOutcome } | { item: WriteItem; error: unknown };

export interface BlobStore {
  /** How messages call it: `the cache`, `remote 'store'`. */
  readonly name: string;
  stat(hash: Hash): Promise<BlobStat | null>;
  /**
   * With a `range` the bytes are those of the range, unverified; without, the last chunk comes only after all are
   * verified.
   */
  read(hash: Hash, range?: BlobRange): AsyncIterable<Uint8Array>;
  /**
   * The blob as a source for another store's `write`, which verifies: so each copy is hashed once. Not verified here.
   */
  source(hash: Hash, size: number): BlobSource;
  write(hash: Hash, source: BlobSource): Promise<WriteOutcome>;
  list(): AsyncIterable<{ hash: Hash; size: number }>;
  /** In the order asked. May answer from one listing where that costs less than single requests. */
  statMany(hashes: readonly Hash[]): AsyncIterable<{ hash: Hash; stat: BlobStat | null }>;
  /** Every item is answered once, in order: with the outcome of its write, or the error that its write threw. */
  writeMany(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): AsyncIterable<WriteAnswer>;
}

/** Only gc and repair hold a store of this type. */
export interface DeletingBlobStore extends BlobStore {
  /** Removes the blob; of an absent one succeeds. */
  delete(hash: Hash): Promise<void>;
}
