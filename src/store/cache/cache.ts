/**
 * The local store: a folder of whole, read-only blobs, `blobs/ab/cdef…`, shared by all work trees of a repository or,
 * with `mvgit.cacheDir`, by many repositories.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { plural } from "../../base/counts.ts";
import {
  discard,
  makeFolder,
  moveFile,
  openRegular,
  readRegularUpTo,
  removeFile,
  setTimes,
  writeNewFile,
} from "../../base/disk.ts";
import { fromSystem, MvgitError, systemCode, tellPlace } from "../../base/errors.ts";
import { steadyTimeIn, timeIn } from "../../base/file-time.ts";
import { Landing } from "../../base/landing.ts";
import { uniqueName } from "../../base/clock.ts";
import { hashBytes, newHasher } from "../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { BLOBS, blobName, hashOfName } from "../blob-layout.ts";
import type { BlobSource, ByteRange, WriteOutcome } from "../bytes.ts";
import type { BlobStat, DeletingBlobStore, WriteAnswer, WriteItem } from "../blob-store.ts";
import { fileSource, readFileRange } from "../file-source.ts";
import { RULES, TemporaryFolder } from "../temporary.ts";
import { HashedFile } from "../hashed-file.ts";
import { SMALL_BLOB as SMALL, writeEach } from "../write-many.ts";

/** From this many bytes the beginning of an interrupted copy is kept and continued. */
const WORTH_CONTINUING = 16 * 1024 * 1024;
/** What was found damaged lies there, until gc takes it. */
const DAMAGED = "damaged";
/** Blobs being written at once; those that wait share one flush. */
const TOGETHER = { small: 1024, large: 2 };

export class Cache implements DeletingBlobStore {
  readonly name = "the cache";
  readonly folder: string;
  readonly temporary: TemporaryFolder;
  readonly #durable: boolean;
  readonly #landing: Landing;
  readonly #now: () => number;
  /** Found here by name, by this process, and not flushed by it. */
  readonly #relied = new Set<Hash>();

  /** `durable: false` leaves flushing to the system: only for bytes that can be had again from a verified source. */
  constructor(folder: string, options: { durable: boolean }) {
    this.folder = folder;
    tellPlace(folder, "cache");
    this.temporary = new TemporaryFolder(join(folder, "tmp"), { ...RULES, like: folder });
    this.#durable = options.durable;
    this.#now = steadyTimeIn(folder);
    this.#landing = new Landing(folder, { durable: options.durable, exclusive: false, like: folder });
  }

  /** The same cache, leaving flushing to the system. */
  undurable(): Cache {
    return new Cache(this.folder, { durable: false });
  }

  /**
   * By which the ages of blobs are measured: the file system's own time, milliseconds since 1970. 0 where nothing is or
   * can be written.
   */
  time(): number {
    return fs.existsSync(this.folder) ? timeIn(this.folder) : 0;
  }

  /** The folder of all blobs. */
  get blobs(): string {
    return join(this.folder, BLOBS);
  }

  /** Where the blob is, if it is there. */
  fileOf(hash: Hash): string {
    return join(this.folder, blobName(hash));
  }

  /**
   * Size in bytes of what is in the blob's place, null when that is empty, -1 for what is no file. Whoever knows the
   * right size asks `has`.
   */
  sizeOf(hash: Hash): number | null {
    try {
      const found = fs.lstatSync(this.fileOf(hash), { throwIfNoEntry: false });
      return found ? (found.isFile() ? found.size : -1) : null;
    } catch (error) {
      if (systemCode(error) === "ENOTDIR") return null;
      throw fromSystem(error, `look for blob ${shortHash(hash)} in ${this.name}`, this.fileOf(hash));
    }
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
    const shelves = new Map<string, Set<string>>();
    return ({ hash }) => {
      const shelf = hash.slice(0, 2);
      let names = shelves.get(shelf);
      if (names === undefined) shelves.set(shelf, (names = new Set(namesIn(join(this.folder, BLOBS, shelf)))));
      return names.has(hash.slice(2));
    };
  }

  /** The blobs whose hash begins so; at least two characters. */
  startingWith(prefix: string): Hash[] {
    const shelf = prefix.slice(0, 2);
    return namesIn(join(this.folder, BLOBS, shelf))
      .filter((name) => name.startsWith(prefix.slice(2)))
      .map((name) => hashOfName(`${BLOBS}/${shelf}/${name}`))
      .filter((hash) => hash !== null);
  }

  async stat(hash: Hash): Promise<BlobStat | null> {
    const size = this.sizeOf(hash);
    return size === null ? null : { size };
  }

  async *statMany(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; stat: BlobStat | null }> {
    for (const hash of hashes) yield { hash, stat: await this.stat(hash) };
  }

  source(hash: Hash, size: number): BlobSource {
    if (size > SMALL) return fileSource(this.fileOf(hash), size);
    return { size, open: (from) => [this.#readAll(hash).subarray(from)] };
  }

  async *read(hash: Hash, range?: ByteRange): AsyncGenerator<Uint8Array> {
    const size = this.sizeOf(hash);
    if (size === null) throw this.#missing(hash);
    if (size < 0) throw this.setAside(hash);
    if (range) return yield* readFileRange(this.fileOf(hash), { start: range.start, end: Math.min(range.end, size) });
    const hasher = newHasher();
    let done = 0;
    for await (const chunk of readFileRange(this.fileOf(hash), { start: 0, end: size })) {
      hasher.update(chunk);
      done += chunk.length;
      if (done === size && hasher.digest() !== hash) throw this.setAside(hash);
      yield chunk;
    }
    if (size === 0 && hasher.digest() !== hash) throw this.setAside(hash);
  }

  /**
   * All bytes of a small blob, verified. Larger than `cap`: `blob-damaged`, since the caller knows what may be there.
   */
  readSmall(hash: Hash, cap = SMALL): Buffer {
    const bytes = readRegularUpTo(this.fileOf(hash), cap);
    if (bytes === null) throw this.#missing(hash);
    if (bytes === "other") throw this.setAside(hash);
    if (bytes.length > cap) throw damaged(hash, `it has more than ${plural(cap, "byte")}, which cannot be right`);
    if (hashBytes(bytes) !== hash) throw this.setAside(hash);
    return bytes;
  }

  #readAll(hash: Hash): Buffer {
    let fd: number | null;
    try {
      fd = openRegular(this.fileOf(hash));
    } catch (error) {
      if (systemCode(error) === "ENOENT") throw this.#missing(hash);
      throw fromSystem(error, `read blob ${shortHash(hash)} in ${this.name}`, this.fileOf(hash));
    }
    if (fd === null) throw this.setAside(hash);
    try {
      return fs.readFileSync(fd);
    } catch (error) {
      throw fromSystem(error, `read blob ${shortHash(hash)} in ${this.name}`, this.fileOf(hash));
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Reads a blob whole: true when its bytes are right, false (and set aside) when not. Absent: `blob-missing`. */
  async verify(hash: Hash): Promise<boolean> {
    try {
      for await (const chunk of this.read(hash)) void chunk;
      return true;
    } catch (error) {
      if (error instanceof MvgitError && error.code === "blob-damaged") return false;
      throw error;
    }
  }

  async write(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    const before = this.sizeOf(hash);
    if (this.freshen(hash, source.size)) return "present";
    const outcome = await this.#writeNew(hash, source);
    return before === null ? outcome : "replaced";
  }

  async #writeNew(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    if (source.size <= SMALL) return this.#writeSmall(hash, source);
    const worthy = source.size >= WORTH_CONTINUING;
    const adopted = worthy ? this.temporary.adoptPart(hash) : null;
    const file = adopted ?? this.temporary.newName(worthy ? hash : undefined);
    const endLife = worthy ? this.temporary.showLife(file, this.#now) : null;
    try {
      const growing = adopted ? await HashedFile.reopen(file) : HashedFile.create(file, this.folder);
      return await this.#fill(growing, { hash, source, worthy, isAdopted: adopted !== null });
    } finally {
      endLife?.();
    }
  }

  async #fill(
    growing: HashedFile,
    of: { hash: Hash; source: BlobSource; worthy: boolean; isAdopted: boolean },
  ): Promise<WriteOutcome> {
    const { hash, source, worthy, isAdopted } = of;
    let keep = false;
    try {
      if (growing.size <= source.size) await growing.append(source.open(growing.size), { early: this.#durable });
      const written = growing.finish();
      if (written.hash !== hash || written.size !== source.size) {
        if (isAdopted) return await this.#writeAgain(growing.file, hash, source);
        throw damaged(hash, `the bytes for it hash to ${shortHash(written.hash)}`);
      }
      keep = true;
    } catch (error) {
      keep = worthy && !(error instanceof MvgitError && error.code === "blob-damaged");
      throw error;
    } finally {
      growing.close();
      if (!keep) removeFile(growing.file);
    }
    return this.land(growing.file, hash);
  }

  /** A beginning that was continued did not fit: once more, from the start. */
  #writeAgain(beginning: string, hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    removeFile(beginning);
    return this.#writeNew(hash, source);
  }

  async #writeSmall(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of source.open(0)) {
      size += chunk.length;
      if (size > source.size) break;
      chunks.push(chunks.length === 0 && chunk.length === source.size ? chunk : Buffer.from(chunk));
    }
    const bytes = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    if (size !== source.size || hashBytes(bytes) !== hash) {
      throw damaged(hash, `${plural(size, "byte")} came for it that are not the right ones`);
    }
    return this.land(this.writeTemporary(bytes), hash);
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
    const file = this.temporary.newName();
    try {
      writeNewFile(file, bytes, 0o444, this.folder);
      return file;
    } catch (error) {
      discard(file);
      throw fromSystem(error, `write to ${this.name}`, file);
    }
  }

  /** Gives a complete, verified temporary file of this cache its name as a blob; flushed first where promised. */
  async land(temporary: string, hash: Hash): Promise<WriteOutcome> {
    try {
      return (await this.#landing.land(temporary, this.fileOf(hash))) ? "written" : "present";
    } catch (error) {
      throw fromSystem(error, `store blob ${shortHash(hash)} in ${this.name}`, this.fileOf(hash));
    }
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
    const kept = join(this.folder, DAMAGED, `${hash}.${uniqueName()}`);
    try {
      makeFolder(join(this.folder, DAMAGED), this.folder);
      moveFile(this.fileOf(hash), kept);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      if (code !== "ENOENT") return damaged(hash, `it could not be set aside (${code})`);
    }
    return damaged(hash, `it was set aside as '${kept}'`);
  }

  /** Where the blob was set aside last, as its damage was found; null where it was not, or is forgotten by now. */
  asideOf(hash: Hash): string | null {
    const found = namesIn(join(this.folder, DAMAGED)).filter((name) => name.startsWith(`${hash}.`));
    const last = found.toSorted().at(-1);
    return last === undefined ? null : join(this.folder, DAMAGED, last);
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    const top = join(this.folder, BLOBS);
    for (const shelf of namesIn(top).toSorted()) {
      for (const name of namesIn(join(top, shelf)).toSorted()) {
        const hash = hashOfName(`${BLOBS}/${shelf}/${name}`);
        const size = hash && this.sizeOf(hash);
        if (hash && size !== null) yield { hash, size };
      }
    }
  }

  async *writeMany(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): AsyncGenerator<WriteAnswer> {
    yield* writeEach(this, items, TOGETHER);
  }

  async delete(hash: Hash): Promise<void> {
    removeFile(this.fileOf(hash));
  }

  #missing(hash: Hash): MvgitError {
    const aside = this.asideOf(hash);
    return new MvgitError(
      "blob-missing",
      `blob ${shortHash(hash)} is not in ${this.name}${aside === null ? "" : `: its copy was damaged, and was set aside as '${aside}'`}`,
      { subject: hash, hint: "run 'mvgit fetch' to get it from a remote" },
    );
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return [];
    throw fromSystem(error, `list '${folder}'`, folder);
  }
}

function damaged(hash: Hash, how: string): MvgitError {
  return new MvgitError("blob-damaged", `blob ${shortHash(hash)} is damaged: ${how}`, {
    subject: hash,
    hint: "run 'mvgit fetch' to get it from a remote, or 'mvgit add' if the work tree still has the bytes",
  });
}
