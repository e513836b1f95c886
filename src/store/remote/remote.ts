/** A remote: a blob store over a bucket. It owns the layout; the driver below it knows no hash. */
import { randomBytes } from "../../base/clock.ts";
import { formatCount, plural } from "../../base/counts.ts";
import { bug, isMvgitError, MvgitError } from "../../base/errors.ts";
import { mapOrdered } from "../../base/tasks.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { BLOBS, blobName, hashOfName } from "../blob-layout.ts";
import { type BlobSource, type WriteOutcome, bytesSource } from "../bytes.ts";
import type { BlobStat, DeletingBlobStore, WriteAnswer, WriteItem } from "../blob-store.ts";
import { type Bucket, type Differing, type ObjectRange, type ObjectStat, WrongBytes } from "../bucket.ts";
import { Claims } from "./claims.ts";
import { verifiedSource } from "../verified-source.ts";
import { SMALL_BLOB as SMALL, writeEach } from "../write-many.ts";

/** The mark that makes a prefix a remote. */
const MARK = "mvgit.json";
const FORMAT = 1;
const ID = /^[0-9a-f]{32}$/;
/** Of a mark without its id, which has 32 characters and `"}` and LF behind it. */
const MARK_START = `{"mvgit": ${FORMAT}, "id": "`;
const MARK_LENGTH = MARK_START.length + 35;
const MARK_CAP = 4096;
const MENDING = "run 'mvgit push --repair' in a clone that has it";
/** Names in one page of a listing, in the clouds that we know. */
const PAGE = 1000;

/** What a clone remembers of a place. */
export interface Acquaintance {
  /** Which remote it met there, null for an empty place, undefined where it does not know. */
  readonly known: string | null | undefined;
  /** Something was there. */
  readonly wasUsed: boolean;
  meet(identity: string | null): void;
}

const STRANGER: Acquaintance = { known: undefined, wasUsed: false, meet: () => undefined };

export class Remote implements DeletingBlobStore {
  readonly name: string;
  readonly bucket: Bucket;
  /** Who needs what of it. */
  readonly claims: Claims;
  readonly #acquaintance: Acquaintance;
  #id: string | null = null;
  #looked: Promise<boolean> | null = null;

  /** `acquaintance`: what is remembered of the place; a remote that differs from it is refused. */
  constructor(name: string, bucket: Bucket, acquaintance = STRANGER) {
    this.name = `remote '${name}'`;
    this.bucket = bucket;
    this.#acquaintance = acquaintance;
    this.claims = new Claims(bucket);
  }

  /**
   * Differs from that of every other remote, of one made anew at the same address too. Only once it was recognised or
   * prepared.
   */
  get identity(): string {
    return `${this.bucket.address} ${this.id}`;
  }

  /** The identity of the remote that was met here before, null where none is known; nothing is asked. */
  get expected(): string | null {
    const { known } = this.#acquaintance;
    return typeof known === "string" ? `${this.bucket.address} ${known}` : null;
  }

  /** As `identity`, without the address: a remote that was moved keeps it. */
  get id(): string {
    if (this.#id === null) throw bug("the remote was not looked at yet");
    return this.#id;
  }

  /**
   * Looks at the mark before the first use: true for a remote, false for an empty place. Anything else that is there,
   * and what is not the remote that was met there before (`remote-foreign`), or a newer format (`format-newer`) is
   * refused.
   */
  async recognise(): Promise<boolean> {
    if (this.#id !== null) return true;
    let mark = await this.bucket.head(MARK);
    if (mark === null) {
      const other = await this.#anyName();
      if (other === null) return this.#refuseEmptied();
      // Another process may have made the remote between the two looks.
      mark = await this.bucket.head(MARK);
      if (mark === null) throw this.#foreign(other);
    }
    this.#greet(this.#checkMark(await this.#readMark(mark)) ?? `made ${mark.created}`);
    return true;
  }

  #refuseEmptied(): false {
    if (this.#acquaintance.wasUsed) throw this.#changed("it is empty");
    return false;
  }

  #greet(id: string): void {
    const { known } = this.#acquaintance;
    if (typeof known === "string" && known !== id) throw this.#changed("another one is there");
    if (known !== id) this.#acquaintance.meet(id);
    this.#id = id;
  }

  #changed(how: string): MvgitError {
    return new MvgitError(
      "remote-foreign",
      `${this.name} at '${this.bucket.address}' is not the one that this clone knows: ${how}`,
      {
        subject: this.bucket.address,
        hint:
          "see that the right disk is mounted and the address is right; if it was made anew on purpose, run " +
          "'mvgit remote accept', then 'mvgit push --all'",
      },
    );
  }

  async #anyName(): Promise<string | null> {
    for await (const { name } of this.bucket.list("")) return name;
    return null;
  }

  async #readMark({ size }: ObjectStat): Promise<string> {
    if (size < 0) throw this.#foreign(MARK);
    if (size > MARK_CAP) throw this.#damagedMark(`it has ${plural(size, "byte")}`);
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.bucket.get(MARK, { start: 0, end: size })) chunks.push(Buffer.from(chunk));
    } catch (error) {
      if (error instanceof WrongBytes) throw this.#damagedMark("its bytes are not those that were written");
      throw error;
    }
    return Buffer.concat(chunks).toString("utf8");
  }

  /** The remote's own id; null in one that an older mvgit made. */
  #checkMark(text: string): string | null {
    if (isCutMark(text)) throw this.#damagedMark(`it ends after ${plural(text.length, "byte")}`);
    let format: unknown;
    let id: unknown;
    try {
      ({ mvgit: format, id } = (JSON.parse(text) as { mvgit?: unknown; id?: unknown } | null) ?? {});
    } catch (error) {
      if (error instanceof SyntaxError) throw this.#foreign(MARK);
      throw error;
    }
    if (typeof format !== "number" || !Number.isInteger(format) || format < 1) throw this.#foreign(MARK);
    if (format > FORMAT) {
      throw new MvgitError("format-newer", `${this.name} has format ${format}, made by a newer mvgit`, {
        subject: this.bucket.address,
        hint: "update mvgit",
      });
    }
    return typeof id === "string" && ID.test(id) ? id : null;
  }

  #damagedMark(how: string): MvgitError {
    return new MvgitError("blob-damaged", `the mark '${MARK}' of ${this.name} is damaged: ${how}`, {
      subject: this.bucket.address,
      hint:
        "bring it back from a copy of the remote; in a place where nothing was pushed yet, remove it, and run " +
        "'mvgit push'",
    });
  }

  #foreign(found: string): MvgitError {
    return new MvgitError("remote-foreign", `'${this.bucket.address}' is not an mvgit remote: it holds '${found}'`, {
      subject: this.bucket.address,
      hint: "choose an empty folder or prefix, or correct the address with 'mvgit remote add'",
    });
  }

  /**
   * Makes the mark where the place is empty; needed once before the first write. True when it made it in a place of
   * which nothing was known.
   */
  async prepare(): Promise<boolean> {
    const isStrange = this.#acquaintance.known === undefined;
    let isMade = false;
    for (let attempt = 0; attempt < 3; attempt++) {
      if (await this.#recognisedOrCleared()) return isStrange && isMade;
      const outcome = await this.bucket.putIfAbsent(
        MARK,
        bytesSource(Buffer.from(`${MARK_START}${randomBytes(16).toString("hex")}"}\n`)),
      );
      isMade = outcome === "written";
      // Before the first blob: what is older than this was pushed by somebody else's old mvgit.
      if (isMade) await this.claims.begin();
    }
    if (!(await this.recognise()))
      throw new MvgitError("remote-unavailable", `${this.name} lost what was just written`, {
        subject: this.bucket.address,
      });
    return isStrange && isMade;
  }

  async #recognisedOrCleared(): Promise<boolean> {
    try {
      return await this.recognise();
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") || !(await this.#removeCutMark())) throw error;
      return false;
    }
  }

  /** True when the mark was what a cut upload left, which is nobody's while nothing else is there. */
  async #removeCutMark(): Promise<boolean> {
    const mark = await this.bucket.head(MARK);
    if (mark === null) return true;
    if (mark.size >= MARK_LENGTH || !isCutMark(await this.#readMark(mark))) return false;
    for await (const { name } of this.bucket.list("")) if (name !== MARK) return false;
    await this.bucket.delete(MARK, mark.version);
    return true;
  }

  /**
   * Looks at the mark once, before the first blob is asked for: what a newer mvgit keeps elsewhere is never called
   * missing.
   */
  #look(): Promise<boolean> {
    this.#looked ??= this.recognise().catch((error: unknown) => {
      this.#looked = null;
      throw error;
    });
    return this.#looked;
  }

  async stat(hash: Hash): Promise<BlobStat | null> {
    await this.#look();
    const found = await this.bucket.head(blobName(hash));
    return found && { size: found.size };
  }

  /** Single requests for few; for many one listing, given up when it takes as many pages as there were questions. */
  async *statMany(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; stat: BlobStat | null }> {
    const listed = hashes.length <= this.bucket.concurrency.small ? null : await this.#listSizes(hashes.length);
    if (listed === null) {
      const ask = async (hash: Hash) => ({ hash, stat: await this.stat(hash) });
      return yield* mapOrdered(hashes, this.bucket.concurrency.small, ask);
    }
    for (const hash of hashes) {
      const size = listed.get(hash);
      yield { hash, stat: size === undefined ? null : { size } };
    }
  }

  async #listSizes(questions: number): Promise<Map<Hash, number> | null> {
    const sizes = new Map<Hash, number>();
    for await (const { hash, size } of this.list()) {
      sizes.set(hash, size);
      if (sizes.size > questions * PAGE) return null;
    }
    return sizes;
  }

  source(hash: Hash, size: number): BlobSource {
    return {
      size,
      open: (from) => this.#bytes(hash, from === 0 && size <= SMALL ? undefined : { start: from, end: size, of: size }),
    };
  }

  /** Bytes that are not the object's, as damage: whoever copies or checks reads once more before it is believed. */
  async *#bytes(hash: Hash, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    await this.#look();
    try {
      yield* this.bucket.get(blobName(hash), range);
    } catch (error) {
      if (!(error instanceof WrongBytes)) throw error;
      throw new MvgitError("blob-damaged", `blob ${shortHash(hash)} in ${this.name} is damaged: ${error.message}`, {
        subject: hash,
        hint: MENDING,
        cause: error,
      });
    }
  }

  /** Of a range, `of` says what the whole blob must have. */
  async *read(hash: Hash, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    if (range) return yield* this.#bytes(hash, range);
    const found = await this.stat(hash);
    if (found === null) throw this.missing(hash);
    if (found.size < 0)
      throw new MvgitError("blob-damaged", `blob ${shortHash(hash)} in ${this.name} is damaged: it is no file`, {
        subject: hash,
        hint: MENDING,
      });
    let isGiven = false;
    try {
      for await (const chunk of this.#verified(hash, found.size)) {
        isGiven = true;
        yield chunk;
      }
    } catch (error) {
      if (isGiven || !isMvgitError(error, "blob-damaged")) throw error;
      // It may have been damaged on the way alone.
      yield* this.#verified(hash, found.size);
    }
  }

  /** Throws `blob-damaged`, which says where it is so. */
  async *#verified(hash: Hash, size: number): AsyncGenerator<Uint8Array> {
    try {
      yield* verifiedSource(hash, this.source(hash, size)).open(0);
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") || error.hint !== undefined) throw error;
      throw new MvgitError("blob-damaged", error.message.replace(/ is damaged:/, ` in ${this.name}$&`), {
        subject: hash,
        hint: MENDING,
        cause: error,
      });
    }
  }

  /**
   * All bytes of a small blob, verified; read once more before it is called damaged. Null when it is absent; larger
   * than `cap`: `blob-damaged`.
   */
  async readSmall(hash: Hash, cap: number): Promise<Buffer | null> {
    const found = await this.stat(hash);
    if (found === null) return null;
    if (found.size > cap)
      throw new MvgitError(
        "blob-damaged",
        `blob ${shortHash(hash)} in ${this.name} has ${plural(found.size, "byte")}, which cannot be right`,
        { subject: hash, hint: MENDING },
      );
    const all = async (): Promise<Buffer> => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of this.read(hash)) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    };
    try {
      return await all();
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged")) throw error;
      return await all();
    }
  }

  async write(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    await this.prepare();
    return this.#put(hash, verifiedSource(hash, source));
  }

  async #put(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    let isReplaced = false;
    for (let attempt = 0; attempt < 3; attempt++) {
      const outcome = await this.bucket.putIfAbsent(blobName(hash), source);
      if (typeof outcome === "string") return outcome === "written" && isReplaced ? "replaced" : outcome;
      await this.#removeDamaged(hash, source, outcome);
      isReplaced = true;
    }
    throw new MvgitError(
      "remote-unavailable",
      `cannot write blob ${shortHash(hash)}: '${this.bucket.address}' has other bytes under its name, time after time`,
      { subject: hash },
    );
  }

  /** Only that very object, and only once the source was found right: somebody else may have mended it meanwhile. */
  async #removeDamaged(hash: Hash, source: BlobSource, { found }: Differing): Promise<void> {
    for await (const chunk of source.open(0)) void chunk;
    try {
      await this.bucket.delete(blobName(hash), found.version);
    } catch (error) {
      if (isMvgitError(error, "object-exists")) return;
      if (!isMvgitError(error, "access-denied") && !isMvgitError(error, "file-unreadable")) throw error;
      throw new MvgitError(
        error.code,
        `blob ${shortHash(hash)} in ${this.name} is damaged (it has ` +
          (`${plural(Math.max(0, found.size), "byte")} ` +
            `instead of ${formatCount(source.size)}), and you may not `) +
          `replace it: ${error.message}`,
        {
          subject: hash,
          hint: "let somebody who may delete there run 'mvgit push'; 'mvgit doctor --remote' says what to ask for",
          cause: error,
        },
      );
    }
  }

  async *writeMany(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): AsyncGenerator<WriteAnswer> {
    await this.prepare();
    yield* writeEach(this, items, this.bucket.concurrency);
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    for await (const { hash, size } of this.listObjects()) yield { hash, size };
  }

  async delete(hash: Hash): Promise<void> {
    const version = await this.versionOf(hash);
    if (version !== null) await this.deleteVersion(hash, version);
  }

  /** Which object a blob is at this moment, null when it is absent. */
  async versionOf(hash: Hash): Promise<string | null> {
    await this.#look();
    return (await this.bucket.head(blobName(hash)))?.version ?? null;
  }

  /** Removes the blob only while it is still that object. Throws `object-exists` for another one. */
  deleteVersion(hash: Hash, version: string): Promise<void> {
    return this.bucket.delete(blobName(hash), version);
  }

  /** Every blob as an object, with its age and version. */
  async *listObjects(): AsyncGenerator<{ hash: Hash } & ObjectStat> {
    await this.#look();
    for await (const { name, ...stat } of this.bucket.list(`${BLOBS}/`)) {
      const hash = hashOfName(name);
      if (hash) yield { hash, ...stat };
    }
  }

  /** The error for a blob that the remote does not have. */
  missing(hash: Hash): MvgitError {
    return new MvgitError("blob-missing", `${this.name} does not have blob ${shortHash(hash)}`, {
      subject: hash,
      hint: "ask whoever committed it to run 'mvgit push'",
    });
  }
}

/** What is left of a mark whose upload was cut. */
function isCutMark(text: string): boolean {
  return (
    MARK_START.startsWith(text) ||
    (text.startsWith(MARK_START) && /^[0-9a-f]{0,32}"?$/.test(text.slice(MARK_START.length)))
  );
}
