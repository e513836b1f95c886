/** Blobs in a remote as one object each, `blobs/ab/cdef…`: the form that any tool can read. */
import { formatCount, plural } from "../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { mapOrdered } from "../../base/tasks.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import { BLOBS, blobName, hashOfName } from "../blob-layout.ts";
import { type Differing, type ObjectRange, type ObjectStat, WrongBytes } from "../bucket.ts";
import type { BlobSource, WriteOutcome } from "../bytes.ts";
import { verifiedSource } from "../verified-source.ts";
import { SMALL_BLOB as SMALL } from "../write-many.ts";
import { damagedIn, missingIn } from "./blob-errors.ts";
import type { Place } from "./place.ts";

/** Names in one page of a listing, in the clouds that we know. */
const PAGE = 1000;

/** A blob's object, as a look or a listing shows it. */
export interface BlobObject extends ObjectStat {
  hash: Hash;
}

/**
 * The objects of a place that are a blob each. Nothing that is read here is verified: `Remote` does that. Throws what
 * the place and its bucket throw; `blob-damaged` for an object that is not what it must be.
 */
export class WholeBlobs {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  async stat(hash: Hash): Promise<ObjectStat | null> {
    await this.#place.look();
    return this.#place.bucket.head(blobName(hash));
  }

  /**
   * Sizes, in the order asked. Single requests for few, and where nothing can be listed; for many one listing, given up
   * when it takes as many pages as there were questions.
   */
  async *sizes(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; size: number | null }> {
    const { small } = this.#place.bucket.concurrency;
    const isAsked = hashes.length <= small || this.#place.isReadOnly;
    const listed = isAsked ? null : await this.#listSizes(hashes.length);
    if (listed === null) {
      const ask = async (hash: Hash) => ({ hash, size: (await this.stat(hash))?.size ?? null });
      return yield* mapOrdered(hashes, small, ask);
    }
    for (const hash of hashes) yield { hash, size: listed.get(hash) ?? null };
  }

  async #listSizes(questions: number): Promise<Map<Hash, number> | null> {
    const sizes = new Map<Hash, number>();
    for await (const { hash, size } of this.list()) {
      sizes.set(hash, size);
      if (sizes.size > questions * PAGE) return null;
    }
    return sizes;
  }

  /**
   * A range of a blob. A small one is had whole where all of it is asked for, since media sum up whole objects; a web
   * server sums up nothing.
   */
  async *open(hash: Hash, range: ObjectRange): AsyncGenerator<Uint8Array> {
    const { start, end, of } = range;
    if (start > 0 || end !== of || of > SMALL || this.#place.isReadOnly) return yield* this.bytes(hash, range);
    let done = 0;
    for await (const chunk of this.bytes(hash)) {
      done += chunk.length;
      if (done > of) break;
      yield chunk;
    }
    if (done !== of) throw damagedIn(this.#place.name, hash, `is damaged: it does not have ${plural(of, "byte")}`);
  }

  /** Bytes that are not the object's, as damage: whoever copies or checks reads once more before it is believed. */
  async *bytes(hash: Hash, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    await this.#place.look();
    try {
      yield* this.#place.bucket.get(blobName(hash), range);
    } catch (error) {
      if (isMvgitError(error, "object-missing")) throw missingIn(this.#place, hash);
      if (!(error instanceof WrongBytes)) throw error;
      throw damagedIn(this.#place.name, hash, `is damaged: ${error.message}`, error);
    }
  }

  /** Writes what is absent, and in the place of what has another size. The place is prepared already. */
  async write(hash: Hash, bytes: BlobSource): Promise<WriteOutcome> {
    const source = verifiedSource(hash, bytes);
    const bucket = this.#place.writable();
    let isReplaced = false;
    for (let attempt = 0; attempt < 3; attempt++) {
      const outcome = await bucket.putIfAbsent(blobName(hash), source);
      if (typeof outcome === "string") return outcome === "written" && isReplaced ? "replaced" : outcome;
      if (await this.#replaced(hash, source, outcome.found)) return "replaced";
      isReplaced = true;
    }
    const { address } = this.#place;
    throw new MvgitError(
      "remote-unavailable",
      `cannot write blob ${shortHash(hash)}: '${address}' has other bytes under its name, time after time`,
      { subject: hash },
    );
  }

  /** Lets right bytes be in the place of that very object, of which others may be read: it is there until they are. */
  async mend(hash: Hash, bytes: BlobSource, found: ObjectStat): Promise<void> {
    if (!(await this.#replaced(hash, verifiedSource(hash, bytes), found))) await this.write(hash, bytes);
  }

  /** False where that very object is there no more: somebody mended it, or it had to go before it is written anew. */
  async #replaced(hash: Hash, source: BlobSource, found: ObjectStat): Promise<boolean> {
    try {
      if (found.size >= 0) {
        await this.#place.writable().replace(blobName(hash), found.version, source);
        return true;
      }
    } catch (error) {
      if (isMvgitError(error, "object-exists") || isMvgitError(error, "object-missing")) return false;
      if (!isMvgitError(error, "not-supported")) throw this.#notReplaced(hash, error, { found, source });
    }
    // What is no file, and where the medium replaces nothing in one step: only once the source was found right.
    for await (const chunk of source.open(0)) void chunk;
    try {
      await this.delete(hash, found.version);
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw this.#notReplaced(hash, error, { found, source });
    }
    return false;
  }

  #notReplaced(hash: Hash, error: unknown, { found, source }: Differing & { source: BlobSource }): unknown {
    if (!isMvgitError(error, "access-denied") && !isMvgitError(error, "file-unreadable")) return error;
    const has =
      found.size === source.size
        ? "its bytes are others"
        : `it has ${plural(Math.max(0, found.size), "byte")} instead of ${formatCount(source.size)}`;
    return new MvgitError(
      error.code,
      prose`blob ${shortHash(hash)} in ${this.#place.name} is damaged (${has}), and you may not
        replace it: ${error.message}`,
      {
        subject: hash,
        hint: "let somebody who may delete there run 'mvgit push'; 'mvgit doctor --remote' says what to ask for",
        cause: error,
      },
    );
  }

  /** Removes the blob only while it is still that object. Throws `object-exists` for another one. */
  delete(hash: Hash, version: string): Promise<void> {
    return this.#place.writable().delete(blobName(hash), version);
  }

  /**
   * Every blob as an object, with its age and version: once, where the medium shows it again. Media list by name or by
   * folder, so the names of one shelf are all that has to be remembered for that.
   */
  async *list(): AsyncGenerator<BlobObject> {
    await this.#place.look();
    let shelf = "";
    const shown = new Set<Hash>();
    for await (const { name, ...stat } of this.#place.writable().list(`${BLOBS}/`)) {
      const hash = hashOfName(name);
      if (hash === null) continue;
      if (!hash.startsWith(shelf) || shelf === "") shown.clear();
      shelf = hash.slice(0, 2);
      if (shown.has(hash)) continue;
      shown.add(hash);
      yield { hash, ...stat };
    }
  }
}
