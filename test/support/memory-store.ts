/**
 * A blob store in memory, for tests of what copies, needs or checks blobs:
 *
 *     const store = new MemoryStore("the cache");
 *     const hash = store.keep(Buffer.from("bytes"));  // as if it had been written before
 *     store.blobs.set(hash, Buffer.from("other"));    // damaged
 *     store.blobs.delete(hash);                       // missing
 *     store.failure = new MvgitError("remote-unavailable", "no answer");
 *
 * It keeps the whole contract (`test/store/memory-store.test.ts`). What needs a real `Cache` gets one in a temporary
 * folder, and what needs a `Remote` gets it over a `MemoryBucket`.
 */
import { MvgitError } from "../../src/base/errors.ts";
import { throwIfStopped } from "../../src/base/stop.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type {
  BlobRange,
  BlobStat,
  DeletingBlobStore,
  WriteAnswer,
  WriteItem,
  WriteOptions,
} from "../../src/store/blob-store.ts";
import { type BlobSource, readAll, type WriteOutcome } from "../../src/store/bytes.ts";
import { inPortions } from "./memory-bucket.ts";
import { verifiedSource } from "../../src/store/verified-source.ts";
import { together, writeEach } from "../../src/store/write-many.ts";
import { type Hash, shortHash } from "../../src/values/hash.ts";

/** A `BlobStore` that answers at once, and shows what it holds. */
export class MemoryStore implements DeletingBlobStore {
  readonly name: string;
  /** What is there: a test may look, take away, and damage. */
  readonly blobs = new Map<Hash, Uint8Array>();

  /** What every operation fails with from now on. */
  failure: MvgitError | null = null;

  constructor(name = "remote 'memory'") {
    this.name = name;
  }

  /** Has these bytes as a blob from now on. */
  keep(bytes: Uint8Array): Hash {
    const hash = hashBytes(bytes);
    this.blobs.set(hash, bytes);
    return hash;
  }

  async stat(hash: Hash): Promise<BlobStat | null> {
    this.#mayAnswer();
    const found = this.blobs.get(hash);
    return found ? { size: found.length } : null;
  }

  async *statMany(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; stat: BlobStat | null }> {
    for (const hash of hashes) yield { hash, stat: await this.stat(hash) };
  }

  async *read(hash: Hash, range?: BlobRange): AsyncGenerator<Uint8Array> {
    this.#mayAnswer();
    const found = this.#found(hash);
    if (!range) return yield* verifiedSource(hash, this.source(hash, found.length)).open(0);
    const { start, end, of = found.length } = range;
    if (end > found.length || of !== found.length)
      throw new MvgitError("blob-damaged", `blob ${shortHash(hash)} has ${found.length} bytes`);
    yield* inPortions(found.subarray(start, end));
  }

  source(hash: Hash, size: number): BlobSource {
    const found = (): Uint8Array => this.#found(hash);
    return {
      size,
      *open(from) {
        yield* inPortions(found().subarray(from));
      },
    };
  }

  async write(hash: Hash, source: BlobSource): Promise<WriteOutcome> {
    this.#mayAnswer();
    if (this.blobs.get(hash)?.length === source.size) return "present";
    const bytes = await readAll(verifiedSource(hash, source).open(0), source.size);
    this.#mayAnswer();
    const before = this.blobs.get(hash);
    if (before?.length === source.size) return "present";
    this.blobs.set(hash, bytes as Buffer);
    return before ? "replaced" : "written";
  }

  writeMany(
    items: AsyncIterable<WriteItem> | Iterable<WriteItem>,
    { jobs }: WriteOptions = {},
  ): AsyncIterable<WriteAnswer> {
    return writeEach(this, items, together({ small: 32, large: 2 }, jobs));
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    this.#mayAnswer();
    for (const [hash, { length }] of [...this.blobs]) yield { hash, size: length };
  }

  async delete(hash: Hash): Promise<void> {
    this.blobs.delete(hash);
  }

  #mayAnswer(): void {
    throwIfStopped();
    if (this.failure) throw this.failure;
  }

  #found(hash: Hash): Uint8Array {
    if (this.failure) throw this.failure;
    const found = this.blobs.get(hash);
    if (found) return found;
    throw new MvgitError("blob-missing", `${this.name} does not have blob ${shortHash(hash)}`, { subject: hash });
  }
}
