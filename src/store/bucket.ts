/**
 * The contract of a driver: named immutable objects, as a cloud or a folder gives them.
 *
 * A driver knows no hash and no layout, and adds no behaviour of its own (no retry across calls, no verification,
 * no progress): wrappers do. A new cloud is one file that implements this, and one line in `open-bucket.ts`.
 *
 * | | absent | present | partial | repeated, or two at once | cancelled |
 * | --- | --- | --- | --- | --- | --- |
 * | `head` | null, only when absence is certain | size and version | null | same answer | throws the signal's reason |
 * | `get` | throws `object-missing` | the bytes of the range, exactly; short or long is an error | as absent | independent | stops |
 * | `putIfAbsent` | "written", durable | "present", nothing changed | goes on or starts again | exactly one of many "written" | nothing visible |
 * | `list` | yields nothing | each name once, byte order not promised | never shown | what was there throughout is listed | throws |
 * | `delete` | succeeds | gone if its version is the one given, else throws `object-exists` | as absent | succeeds | may be gone |
 *
 * Failures are MvgitErrors: `access-denied`, `remote-missing` (no bucket), `remote-unavailable` (5xx, 429, cut,
 * timeout: the caller may try again), `remote-stalled`, `object-missing`, `disk-full`. Any doubt is an error.
 * A source that ends early, runs over its size or throws leaves nothing visible, and its own error is passed on.
 *
 * What is demanded of the medium: create-if-absent is atomic among all writers; an object is visible only whole;
 * what was written is read back by anyone afterwards (strong consistency), listings included.
 */
import type { BlobSource, ByteRange, WriteOutcome } from "./blob-store.ts";

export interface ObjectStat {
  /** Bytes. */
  size: number;
  /** Opaque: changes whenever the object is replaced. */
  version: string;
  /** Milliseconds since 1970 at which the object was made, by the medium's clock. */
  created: number;
}

/** `-` `.` `_` `/` and ASCII letters and digits; no empty component, no `.` or `..`. */
export type ObjectName = string;

export interface Bucket {
  /** The address as the user wrote it, without credentials: `gs://bucket/prefix`, `/mnt/store`. */
  readonly address: string;
  /** How many calls under way at once serve this medium best: many for small objects, few for large ones. */
  readonly concurrency: { small: number; large: number };
  head(name: ObjectName): Promise<ObjectStat | null>;
  get(name: ObjectName, range?: ByteRange): AsyncIterable<Uint8Array>;
  putIfAbsent(name: ObjectName, source: BlobSource): Promise<WriteOutcome>;
  list(prefix: string): AsyncIterable<{ name: ObjectName } & ObjectStat>;
  delete(name: ObjectName, version: string): Promise<void>;
}

/** What `doctor --remote` prints: who asks, what it may do. Each line is ok, or says what to do. */
export interface AccessReport {
  /** The account or file system user that requests are made as, as far as the medium tells. */
  identity: string;
  checks: { what: string; ok: boolean; advice?: string }[];
}

/** A driver also answers this, for `doctor --remote`; it never throws for a missing permission. */
export interface InspectableBucket extends Bucket {
  inspect(): Promise<AccessReport>;
}
