/**
 * The contract of everything that holds blobs by hash. The cache is one; a remote is one.
 *
 * Each line below is a cell: an operation and the case that it meets. The test of a cell carries its name, in
 * `test/conformance/blob-store/`, and every store runs all of them. *Partial* is what a writer left that died;
 * *cancelled*: the process is to stop, or the signal that the store was opened with says so.
 *
 * | cell | what must hold |
 * | --- | --- |
 * | stat, absent | null, only when absence is certain |
 * | stat, present | its size |
 * | stat, partial | null |
 * | stat, cancelled | throws the reason |
 * | stat, damaged | the size as found, -1 for what is no file: says nothing about the bytes |
 * | statMany, order | one answer for each question, in the order asked, doubled questions too, few or many |
 * | statMany, cancelled | throws the reason |
 * | read, absent | throws `blob-missing` |
 * | read, present | all bytes, in order |
 * | read, partial | throws `blob-missing` |
 * | read, repeated | readings at once are independent of each other |
 * | read, cancelled | throws the reason, before the first chunk or between two |
 * | read, damaged | throws `blob-damaged` instead of the last chunk; what was yielded must not be used |
 * | range, absent | throws `blob-missing` |
 * | range, present | exactly these bytes, unverified; none of an empty range |
 * | range, beyond the end | throws `blob-damaged` |
 * | range, damaged | throws `blob-damaged` where the blob has another size than `of` |
 * | source, absent | reading it throws `blob-missing` |
 * | source, present | the bytes from any offset to the end, time after time, unverified |
 * | source, damaged | a store that it is written to refuses it with `blob-damaged` |
 * | write, absent | "written": durable where the store promises it |
 * | write, present | "present": nothing changes, and the blob's bytes are not read |
 * | write, partial | "written": starts again or goes on, whatever the beginning was |
 * | write, repeated | of writers at once all succeed, one at least with "written" |
 * | write, cancelled | throws the reason; nothing is visible |
 * | write, damaged | of another size than the source: replaced; of the same size: "present", which `fsck` finds |
 * | write, wrong bytes | throws `blob-damaged` for a source of other bytes, fewer or more; nothing is visible |
 * | write, failing source | throws the source's own error; nothing is visible |
 * | writeMany, order | each item is answered once, in order, doubled ones too |
 * | writeMany, failing item | is answered with the error of its own write, and the others are written |
 * | writeMany, cancelled | throws the reason, or answers with it; nothing is visible |
 * | list, absent | an empty store has no blobs |
 * | list, present | every blob once, with its size |
 * | list, partial | never shown |
 * | list, repeated | what was there throughout is listed, whatever comes and goes |
 * | list, cancelled | throws the reason |
 * | list, damaged | listed, with the size as found |
 * | delete, absent | succeeds |
 * | delete, present | gone, for everybody |
 * | delete, cancelled | may or may not be gone; the others are there |
 * | delete, damaged | gone, and may be written anew |
 * | any, sizes | blobs of 0 bytes, of 1, and around every portion that stores cut bytes into |
 * | any, another opening | sees what is written as soon as `write` answered |
 * | any, doubt | no access, no answer, an early end: an error, never absence |
 *
 * A name proves nothing: whoever knows a blob's size from a pointer or manifest compares `stat` with it, and takes
 * another size for damage. What is damaged is replaced only after the source was found right, and only as the very
 * object that was looked at: what somebody else mended meanwhile stays. The cache sets damage aside where it meets it.
 * A medium may lie once (bytes that come wrong, an upload that was cut): then a reading may fail with `blob-damaged`,
 * and never ends well with wrong bytes.
 */
import type { ProgressTask } from "../base/progress.ts";
import type { PlainCodec } from "../encoding/types.ts";
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
  /** Blobs of which a large one may have parts, the closest first: for a store that keeps only what is new. */
  near?: readonly NearBlob[];
  /** Where it lies among the bytes of others that are read together: for threads that take it out of them. */
  part?: StoredPart;
  /** Where reading costs nothing: a store may look at the bytes as often as it likes. */
  look?: Look;
  /** The caller saw a moment ago that the store does not have it: where asking costs, it is not asked again. */
  isAbsent?: boolean;
}

/** A blob that another one may have parts of. */
export interface NearBlob {
  hash: Hash;
  /** Bytes. */
  size: number;
  /** An earlier version of it, as far as is known; else only something alike. */
  isVersion?: boolean;
}

/** The bytes of an item, without their being told as progress. */
interface Look {
  /** These bytes, unverified. */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
  /** Where they are a file, for a thread that reads it. */
  file?: string;
  /** Tells of bytes that need not pass. */
  passed(bytes: number): void;
  /** Begins to tell how far a reading of all of it is that moves nothing yet. */
  looking?(): ProgressTask;
}

/** A small blob's bytes as a codec stores them, in memory that it shares with others. Not verified. */
export interface StoredPart {
  codec: PlainCodec;
  /**
   * To be asked for once, and to be copied soon; null where they cannot be had so: the item's source says why, which
   * is also where wrong ones are had again.
   */
  stored(): Promise<Uint8Array | null>;
}

/** What a written blob took in the store. */
export interface Stored {
  /** Bytes that were added for it. */
  bytes: number;
  /** Of its own bytes: those that the store had already, as parts of other blobs. */
  known: number;
  /** By how many bytes what was added is shorter than what it stands for. */
  shorter: number;
}

/** `stored`: where it took other than its own bytes. */
export type WriteAnswer =
  | { item: WriteItem; outcome: WriteOutcome; stored?: Stored }
  | { item: WriteItem; error: unknown };

export interface WriteOptions {
  /** Blobs that are written at a time; as the store likes it when not given. */
  jobs?: number;
}

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
  writeMany(items: AsyncIterable<WriteItem> | Iterable<WriteItem>, options?: WriteOptions): AsyncIterable<WriteAnswer>;
}

/** Only gc and repair hold a store of this type. */
export interface DeletingBlobStore extends BlobStore {
  /** Removes the blob; of an absent one succeeds. */
  delete(hash: Hash): Promise<void>;
}
