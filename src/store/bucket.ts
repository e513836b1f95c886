/**
 * The contract of a driver: named immutable objects, as a cloud or a folder gives them.
 *
 * A driver knows no hash and no layout, and adds no behaviour of its own (no retry across calls, no verification, no
 * progress): wrappers do. A new cloud is one folder of
 * `buckets/` that implements this, and one row in `drivers.ts`.
 *
 * | | absent | present | partial | repeated, or two at once | cancelled |
 * | --- | --- | --- | --- | --- | --- |
 * | `head` | null, only when absence is certain | size and version; size -1 for what is no object (a folder, a pipe, a link) | null | same answer | throws the signal's reason |
 * | `get` | throws `object-missing` | the bytes of the range, exactly; short, long or of another object than `of` is an error | as absent | independent | stops |
 * | `putIfAbsent` | "written", durable | "present" when it has the source's size; else which one is there; nothing changed | goes on or starts again | exactly one of many "written" | nothing visible |
 * | `list` | yields nothing | each name once, byte order not promised | never shown | what was there throughout is listed | throws |
 * | `delete` | succeeds | gone if its version is the one given, else throws `object-exists` | as absent | succeeds | may be gone |
 *
 * A name proves nothing: what a cut upload or a bad disk left under it has another size than the source. Where the
 * medium's own confirmation of a `putIfAbsent` does not fit what was sent (its size, its sum), that very version is
 * this call's own: deleted, and written again; what a try left of which no answer came is "present" only if its sum
 * fits too.
 *
 * Failures are MvgitErrors: `access-denied`, `remote-missing` (no bucket), `remote-unavailable` (5xx, 429, cut,
 * timeout: the caller may try again), `remote-stalled`, `object-missing`, `disk-full`. Any doubt is an error. A source
 * that ends early, runs over its size or throws leaves nothing visible, and its own error is passed on.
 *
 * What is demanded of the medium: create-if-absent is atomic among all writers; an object is visible only whole; what
 * was written is read back by anyone afterwards (strong consistency), listings included.
 */
import { MvgitError } from "../base/errors.ts";
import type { BlobSource, ByteRange } from "./bytes.ts";

export interface ObjectStat {
  /** Bytes. */
  size: number;
  /** Opaque: changes whenever the object is replaced. */
  version: string;
  /** Milliseconds since 1970 at which the object was made, by the medium's clock. */
  created: number;
}

/** What has the name and is not what was to be put there. */
export interface Differing {
  found: ObjectStat;
}

export type PutOutcome = "written" | "present" | Differing;

/** A range of an object, of which `of` says how many bytes it must have as a whole. */
export interface ObjectRange extends ByteRange {
  of?: number;
}

/**
 * The failure (`remote-unavailable`) of a `get` in which the medium answered well, and the bytes or their number are
 * not those of the object that it describes. Reading again may mend it; if it stays so, the object is damaged.
 */
export class WrongBytes extends MvgitError {}

/** `-` `.` `_` `/` and ASCII letters and digits; no empty component, no `.` or `..`. */
export type ObjectName = string;

export interface Bucket {
  /** The address as the user wrote it, without credentials: `gs://bucket/prefix`, `/mnt/store`. */
  readonly address: string;
  /** How many calls under way at once serve this medium best: many for small objects, few for large ones. */
  readonly concurrency: { small: number; large: number };
  head(name: ObjectName): Promise<ObjectStat | null>;
  get(name: ObjectName, range?: ObjectRange): AsyncIterable<Uint8Array>;
  putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome>;
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
