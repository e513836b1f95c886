/** A remote: a blob store at a place of a bucket. It verifies what leaves it; how a blob lies there others know. */
import { plural } from "../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import type { Hash } from "../../values/hash.ts";
import type { BlobRange, BlobStat, DeletingBlobStore, WriteAnswer, WriteItem } from "../blob-store.ts";
import type { Bucket } from "../bucket.ts";
import { type BlobSource, readAll, type WriteOutcome } from "../bytes.ts";
import { verifiedSource } from "../verified-source.ts";
import { writeEach } from "../write-many.ts";
import { damagedIn, missingIn } from "./blob-errors.ts";
import { type Acquaintance, Place } from "./place.ts";
import { WholeBlobs } from "./whole-blobs.ts";

/** A blob store elsewhere, by its name in the settings. Throws what its place, its bucket and the contract say. */
export class Remote implements DeletingBlobStore {
  readonly name: string;
  readonly place: Place;
  /** The blobs that are an object each. */
  readonly whole: WholeBlobs;

  /** `acquaintance`: what is remembered of the place; a remote that differs from it is refused. */
  constructor(name: string, bucket: Bucket, acquaintance?: Acquaintance) {
    this.name = `remote '${name}'`;
    this.place = new Place(this.name, bucket, acquaintance);
    this.whole = new WholeBlobs(this.place);
  }

  get address(): string {
    return this.place.address;
  }

  async stat(hash: Hash): Promise<BlobStat | null> {
    const found = await this.whole.stat(hash);
    return found && { size: found.size };
  }

  async *statMany(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; stat: BlobStat | null }> {
    for await (const { hash, size } of this.whole.sizes(hashes)) yield { hash, stat: size === null ? null : { size } };
  }

  source(hash: Hash, size: number): BlobSource {
    return this.whole.source(hash, size);
  }

  async *read(hash: Hash, range?: BlobRange): AsyncGenerator<Uint8Array> {
    if (range) return yield* this.whole.bytes(hash, range);
    const found = await this.stat(hash);
    if (found === null) throw this.missing(hash);
    if (found.size < 0) throw damagedIn(this.name, hash, "is damaged: it is no file");
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
      throw damagedIn(this.name, hash, error.message.replace(/^.*? is damaged:/, "is damaged:"), error);
    }
  }

  /**
   * All bytes of a small blob, verified; read once more before it is called damaged. Null when it is absent; larger
   * than `cap`: `blob-damaged`.
   */
  async readSmall(hash: Hash, cap: number): Promise<Buffer | null> {
    const found = await this.stat(hash);
    if (found === null) return null;
    if (found.size > cap) throw damagedIn(this.name, hash, `has ${plural(found.size, "byte")}, which cannot be right`);
    try {
      return await this.#all(hash, cap);
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged")) throw error;
      return await this.#all(hash, cap);
    }
  }

  async #all(hash: Hash, cap: number): Promise<Buffer> {
    const bytes = await readAll(this.read(hash), cap);
    if (bytes === null) throw damagedIn(this.name, hash, "grew while it was read");
    return bytes;
  }

  async write(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    await this.place.prepare();
    return this.whole.write(hash, source);
  }

  async *writeMany(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): AsyncGenerator<WriteAnswer> {
    await this.place.prepare();
    yield* writeEach(this, items, this.place.bucket.concurrency);
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    for await (const { hash, size } of this.whole.list()) yield { hash, size };
  }

  async delete(hash: Hash): Promise<void> {
    const found = await this.whole.stat(hash);
    if (found !== null) await this.whole.delete(hash, found.version);
  }

  /** The error for a blob that the remote does not have. */
  missing(hash: Hash): MvgitError {
    return missingIn(this.name, hash);
  }
}
