/**
 * The contract of a driver: named immutable objects, as a cloud or a folder gives them.
 *
 * A driver knows no hash and no layout, and adds no behaviour of its own (no retry across calls, no verification, no
 * progress): wrappers do. A new cloud is one folder that implements this, and one line in `drivers.ts`.
 *
 * A medium that can neither be written nor listed, as a web server, is a `ReadableBucket`: what it says of objects and
 * gives of them is the half of the contract that it keeps.
 *
 * Each line below is a cell: an operation and the case that it meets. The test of a cell carries its name, in
 * `test/conformance/bucket/`, and every driver runs all of them; one that is only read runs those of `head`, `get` and
 * `any`, while somebody else writes. *Partial* is what a writer left that died;
 * *cancelled*: the process is to stop, or the signal that the bucket was opened with says so.
 *
 * | cell | what must hold |
 * | --- | --- |
 * | head, absent | null, only when absence is certain |
 * | head, present | size, version and time, the same each time; size -1 for a folder, a pipe or a link |
 * | head, partial | null |
 * | head, cancelled | throws the signal's reason |
 * | get, absent | throws `object-missing`, of a part and of no part too |
 * | get, present | the bytes of the range, exactly, whatever else is read at the same time |
 * | get, beyond the end | throws `WrongBytes` |
 * | get, of another size | throws `WrongBytes` where the object has another size than `of` |
 * | get, cancelled | throws the signal's reason |
 * | putIfAbsent, absent | "written", durable, from a source that uses its memory again |
 * | putIfAbsent, present | "present" when it has the source's size; nothing is changed |
 * | putIfAbsent, of another size | which one is there; nothing is changed |
 * | putIfAbsent, partial | goes on or starts again |
 * | putIfAbsent, repeated | exactly one of many at once is told "written" |
 * | putIfAbsent, inexact source | one that ends early or runs over: `blob-damaged`, and nothing is visible |
 * | putIfAbsent, failing source | its own error is passed on, and nothing is visible |
 * | putIfAbsent, cancelled | throws the signal's reason, and nothing is visible |
 * | replace, absent | throws `object-missing`, and nothing is visible |
 * | replace, present | the new bytes, durable, with another version, where the version is the one given |
 * | replace, another version | throws `object-exists`; nothing is changed |
 * | replace, partial | what a writer left that died changes nothing, and the next one succeeds |
 * | replace, repeated | of many at once that name one version, exactly one succeeds; the others throw `object-exists` |
 * | replace, beside readers | each reads the old bytes or the new ones, whole, and never finds nothing |
 * | replace, inexact source | as of `putIfAbsent`; the old bytes stay |
 * | replace, failing source | its own error is passed on; the old bytes stay |
 * | replace, cancelled | throws the signal's reason: the old bytes are there or the new ones, never a part |
 * | list, absent | yields nothing |
 * | list, present | each name with that prefix once, with size and version; byte order not promised |
 * | list, partial | never shown |
 * | list, repeated | what was there throughout is listed |
 * | list, cancelled | throws the signal's reason |
 * | delete, absent | succeeds |
 * | delete, present | gone, if its version is the one given |
 * | delete, another version | throws `object-exists`; it stays |
 * | delete, cancelled | may be gone |
 * | any, names | every character and form that a name may have |
 * | any, another opening | sees what was written at once |
 * | any, no place | throws `remote-missing`, where a place can be told from an object; nothing is made |
 *
 * `replace` is for the few objects that change, and for damaged ones in whose place right bytes come, of any size.
 * Where the medium cannot do it in one step it throws `not-supported`, and changes nothing. A folder has no step that
 * looks and replaces: only those who replace wait for each other there, so that what is put under the name, or deleted,
 * in that very moment may be replaced too. Of a try of which no answer came, or one that says to try again, what is
 * there counts: it succeeded where these bytes are there in another version.
 *
 * A name proves nothing: what a cut upload or a bad disk left under it has another size than the source. Where the
 * medium's own confirmation of a `putIfAbsent` does not fit what was sent (its size, its sum), that very version is
 * this call's own: deleted, and written again; what a try left of which no answer came is "present" only if its sum
 * fits too.
 *
 * Failures are MvgitErrors: `access-denied`, `remote-missing` (no bucket), `remote-unavailable` (5xx, 429, cut,
 * timeout: the caller may try again), `remote-stalled`, `object-missing`, `disk-full`. Any doubt is an error.
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

/** What every medium does. */
export interface ReadableBucket {
  /** The address as the user wrote it, without credentials: `gs://bucket/prefix`, `/mnt/store`. */
  readonly address: string;
  /** How many calls under way at once serve this medium best: many for small objects, few for large ones. */
  readonly concurrency: { small: number; large: number };
  head(name: ObjectName): Promise<ObjectStat | null>;
  get(name: ObjectName, range?: ObjectRange): AsyncIterable<Uint8Array>;
}

export interface Bucket extends ReadableBucket {
  putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome>;
  /** Puts other bytes in the place of an object that has this version. */
  replace(name: ObjectName, version: string, source: BlobSource): Promise<void>;
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
interface Inspectable {
  /** `folders`: beginnings of names, without a slash behind, below which objects are made. */
  inspect(folders: readonly string[]): Promise<AccessReport>;
}

export interface InspectableBucket extends Bucket, Inspectable {}

/** As a driver opens it. */
export type OpenedBucket = ReadableBucket & Inspectable;

/** Whether it keeps the whole contract. */
export function isWhole(bucket: ReadableBucket): bucket is Bucket {
  return "putIfAbsent" in bucket;
}
