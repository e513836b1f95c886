/**
 * The local store: a folder of whole, read-only blobs, `blobs/ab/cdef…`, shared by all work trees of a repository or,
 * with `mvgit.cacheDir`, by many repositories.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { removeFile, setTimes } from "../../base/disk.ts";
import { isMvgitError, type MvgitError, systemCode } from "../../base/errors.ts";
import { fromSystem, tellPlace } from "../../base/system-errors.ts";
import { steadyTimeIn, timeIn } from "../../base/file-time.ts";
import { Landing } from "../../base/landing.ts";
import { throwIfStopped } from "../../base/stop.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { BLOBS } from "../blob-layout.ts";
import type { BlobRange, BlobStat, DeletingBlobStore, WriteAnswer, WriteItem, WriteOptions } from "../blob-store.ts";
import type { BlobSource, WriteOutcome } from "../bytes.ts";
import { type Probe, probe } from "../probe.ts";
import { RULES, TemporaryFolder } from "../temporary.ts";
import { SMALL_BLOB as SMALL, together, writeEach } from "../write-many.ts";
import { type Age, isOld, removeIfStillOld } from "./ageing.ts";
import { DamagedDrawer } from "./damaged.ts";
import { Reading } from "./reading.ts";
import { Shelves } from "./shelves.ts";
import { checkBytes, type Workshop, writeBytes, writeVerified } from "./writing.ts";

/** Blobs being written at once; those that wait share one flush. */
export const TOGETHER = { small: 1024, large: 2 };

/**
 * The blob store of this machine. Where it keeps what is nobody else's business: whoever links or copies a blob's file
 * asks `fileOf`. What it finds damaged it sets aside. Throws what the contract says, `disk-full`, and `read-only`.
 */
export class Cache implements DeletingBlobStore {
  readonly name = "the cache";
  readonly isHere = true;
  readonly folder: string;
  readonly temporary: TemporaryFolder;
  readonly #shelves: Shelves;
  readonly #damaged: DamagedDrawer;
  readonly #reading: Reading;
  readonly #durable: boolean;
  readonly #landing: Landing;
  readonly #now: () => number;
  /** Found here by name, by this process, and not flushed by it. */
  readonly #relied = new Set<Hash>();

  /**
   * `durable: false` leaves flushing to the system: only for bytes that can be had again from a verified source.
   * `room`: another folder for what is being written, on the same file system, which the caller removes.
   */
  constructor(folder: string, options: { durable: boolean; room?: string }) {
    this.folder = folder;
    tellPlace(folder, "cache");
    this.temporary = new TemporaryFolder(options.room ?? join(folder, "tmp"), { ...RULES, like: folder });
    this.#shelves = new Shelves(folder);
    this.#damaged = new DamagedDrawer(folder);
    this.#reading = new Reading(this.#shelves, this.#damaged);
    this.#durable = options.durable;
    this.#now = steadyTimeIn(folder);
    this.#landing = new Landing(folder, { durable: options.durable, exclusive: false, like: folder });
  }

  get exists(): boolean {
    return fs.existsSync(this.folder);
  }

  /**
   * By which the ages of blobs are measured: the file system's own time, milliseconds since 1970. 0 where nothing is or
   * can be written.
   */
  time(): number {
    return this.exists ? timeIn(this.folder) : 0;
  }

  /** The folder of all blobs: what lies below it is no work tree's. */
  get blobs(): string {
    return this.#shelves.top;
  }

  /** Where the blob is, if it is there: for whoever links it, or copies it by the system. */
  fileOf(hash: Hash): string {
    return this.#shelves.fileOf(hash);
  }

  /**
   * Size in bytes of what is in the blob's place, null when that is empty, -1 for what is no file. Whoever knows the
   * right size asks `has`.
   */
  sizeOf(hash: Hash): number | null {
    return this.#shelves.sizeOf(hash);
  }

  /** True when the blob is here with the size that a pointer or a manifest says; says nothing more about its bytes. */
  has({ hash, size }: { hash: Hash; size: number }): boolean {
    return this.sizeOf(hash) === size;
  }

  /**
   * Answers by name alone whether blobs are here, for very many questions of `status`, which act on nothing: reads each
   * folder of blobs once.
   */
  presence(): (blob: { hash: Hash }) => boolean {
    return this.#shelves.presence();
  }

  /** The blobs whose hash begins so; at least two characters. */
  startingWith(prefix: string): Hash[] {
    return this.#shelves.startingWith(prefix);
  }

  async stat(hash: Hash): Promise<BlobStat | null> {
    throwIfStopped();
    const size = this.sizeOf(hash);
    return size === null ? null : { size };
  }

  async *statMany(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; stat: BlobStat | null }> {
    for (const hash of hashes) yield { hash, stat: await this.stat(hash) };
  }

  source(hash: Hash, size: number): BlobSource {
    return this.#reading.source(hash, size);
  }

  read(hash: Hash, range?: BlobRange): AsyncGenerator<Uint8Array> {
    return range ? this.#reading.range(hash, range) : this.#reading.whole(hash);
  }

  /**
   * All bytes of a small blob, verified. Larger than `cap`: `blob-damaged`, since the caller knows what may be there.
   */
  readSmall(hash: Hash, cap = SMALL): Buffer {
    return this.#reading.small(hash, cap);
  }

  /** Reads a blob whole: true when its bytes are right, false (and set aside) when not. Absent: `blob-missing`. */
  async verify(hash: Hash): Promise<boolean> {
    try {
      for await (const chunk of this.read(hash)) void chunk;
      return true;
    } catch (error) {
      if (isMvgitError(error, "blob-damaged")) return false;
      throw error;
    }
  }

  async write(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    throwIfStopped();
    const before = this.sizeOf(hash);
    if (before !== null && this.freshen(hash, source.size)) return "present";
    const outcome = await this.land(await writeVerified(this.#workshop(), hash, source), hash);
    return before === null ? outcome : "replaced";
  }

  /** As `write`, of bytes in memory and without waiting: by a cache that leaves flushing to the system. */
  writeNow(hash: Hash, bytes: Uint8Array): WriteOutcome {
    const before = this.sizeOf(hash);
    if (before !== null && this.freshen(hash, bytes.length)) return "present";
    checkBytes(hash, bytes);
    const temporary = this.writeTemporary(bytes);
    try {
      const outcome = this.#landing.landNow(temporary, this.fileOf(hash)) ? "written" : "present";
      return before === null ? outcome : "replaced";
    } catch (error) {
      throw this.#notStored(error, hash);
    }
  }

  #workshop(): Workshop {
    return { temporary: this.temporary, like: this.folder, early: this.#durable, now: this.#now };
  }

  /**
   * A file of this process's own with the bytes of a blob, which are right: no blob of this cache, and for the caller
   * to remove. What a killed process leaves of it is gone on with, or cleaned like every beginning of a blob.
   */
  borrow(hash: Hash, source: BlobSource): Promise<string> {
    return writeVerified({ ...this.#workshop(), early: false }, hash, source);
  }

  /** Stores bytes that mvgit made itself (a manifest). Durable when the promise resolves. */
  async storeBytes(bytes: Uint8Array): Promise<Hash> {
    const hash = hashBytes(bytes);
    if (!this.freshen(hash, bytes.length)) await this.land(this.writeTemporary(bytes), hash);
    else await this.settle();
    return hash;
  }

  /** A new temporary file with these bytes, to be landed. */
  writeTemporary(bytes: Uint8Array): string {
    return writeBytes(this.#workshop(), bytes);
  }

  /** Gives a complete, verified temporary file of this cache its name as a blob; flushed first where promised. */
  async land(temporary: string, hash: Hash): Promise<WriteOutcome> {
    try {
      return (await this.#landing.land(temporary, this.fileOf(hash))) ? "written" : "present";
    } catch (error) {
      throw this.#notStored(error, hash);
    }
  }

  #notStored(error: unknown, hash: Hash): MvgitError {
    return fromSystem(error, `store blob ${shortHash(hash)} in ${this.name}`, this.fileOf(hash));
  }

  /**
   * True when the blob is here with that size; its time is then set to now, which keeps it from gc for the grace
   * period, and `settle` makes sure of it. What has another size is damaged for sure, and set aside.
   */
  freshen(hash: Hash, size: number): boolean {
    const present = this.sizeOf(hash);
    if (present === null) return false;
    if (present !== size) {
      this.setAside(hash);
      return false;
    }
    this.rely(hash);
    try {
      setTimes(this.fileOf(hash), new Date(this.#now()));
      return true;
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT") return false;
      // A shared cache may belong to another user: what is there is there.
      if (code === "EPERM" || code === "EACCES" || code === "EROFS") return true;
      throw fromSystem(error, `mark blob ${shortHash(hash)} as used`, this.fileOf(hash));
    }
  }

  /** Tells of a blob that somebody working for this process found here by its name. */
  rely(hash: Hash): void {
    if (this.#durable) this.#relied.add(hash);
  }

  /**
   * Makes durable what was only found here since the last call: a name may be left of a write that was killed, or
   * failed, before it was flushed, and a fetch flushes nothing. To be called before something is named that is to last.
   */
  async settle(): Promise<void> {
    const relied = [...this.#relied];
    this.#relied.clear();
    try {
      await Promise.all(
        relied.filter((hash) => this.sizeOf(hash) !== null).map((hash) => this.#landing.ensure(this.fileOf(hash))),
      );
    } catch (error) {
      for (const hash of relied) this.#relied.add(hash);
      throw fromSystem(error, `flush what ${this.name} has`, this.blobs);
    }
  }

  /** Takes a damaged blob out of reach without deleting it; the error to throw. */
  setAside(hash: Hash): MvgitError {
    return this.#damaged.take(hash, this.fileOf(hash));
  }

  /** Where the blob was set aside last, as its damage was found; null where it was not, or is forgotten by now. */
  asideOf(hash: Hash): string | null {
    return this.#damaged.lastOf(hash);
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    throwIfStopped();
    for (const each of this.#shelves.list()) {
      yield each;
      throwIfStopped();
    }
  }

  async *writeMany(
    items: AsyncIterable<WriteItem> | Iterable<WriteItem>,
    { jobs }: WriteOptions = {},
  ): AsyncGenerator<WriteAnswer> {
    yield* writeEach(this, items, together(TOGETHER, jobs));
  }

  async delete(hash: Hash): Promise<void> {
    removeFile(this.fileOf(hash));
  }

  /** True when nobody used the blob for so long; false when it is absent. */
  isOld(hash: Hash, age: Age): boolean {
    return isOld(this.fileOf(hash), age);
  }

  /** Removes a blob that is old and that nobody uses at this moment: false when it stays, or was gone. */
  removeOld(hash: Hash, age: Age): boolean {
    return removeIfStillOld(this.fileOf(hash), this.temporary.newName(), age);
  }

  /** How many damaged blobs were set aside so long ago; they are removed, unless it is a dry run. */
  removeOldDamaged(age: Age, options: { dryRun: boolean }): number {
    return this.#damaged.removeOld(age, options);
  }

  /**
   * Removes all blobs but those wanted, and those whose file has another name: of a cache that is one folder's own,
   * where a file beside it is the blob itself.
   */
  keepOnly(wanted: ReadonlySet<Hash>): void {
    this.#shelves.keepOnly(wanted);
    if (wanted.size === 0) this.#damaged.empty();
  }

  /** Whether it can be written, by this user and by all who share it. */
  probe(): Probe {
    return probe(this.folder, [BLOBS]);
  }
}
