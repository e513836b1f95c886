/** Bytes of blobs at hand: those of the cache, and a few others that a remote gives, for as long as they are used. */
import { discard } from "../../base/disk.ts";
import { formatSize } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { freeAt } from "../../base/system-errors.ts";
import type { BlobRange, BlobStat, WriteAnswer, WriteItem } from "../../store/blob-store.ts";
import type { BlobSource, ByteRange } from "../../store/bytes.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { fileSource, readFileRange } from "../../store/file-source.ts";
import { isLack } from "../../store/lack.ts";
import type { BlobTaker } from "../../transfer/copy.ts";
import type { LocalStore } from "../../store/remote/encoder/local.ts";
import { writeEach } from "../../store/write-many.ts";
import type { Hash } from "../../values/hash.ts";

/** Blobs beside the one that is encoded: the one before it, what that rests on, and one more. */
const BASES = 3;
/** Bytes of the disk that are left to others. */
const RESERVE = 256 * 1024 * 1024;

interface Sized {
  hash: Hash;
  /** Bytes. */
  size: number;
}

/** What gives blobs that are not here, unverified. */
export type Giver = (blob: Sized) => BlobSource;

/** A blob as a file of this machine. */
export interface Held {
  file: string;
  source: BlobSource;
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** Files are borrowed of the cache's temporary folder: `close` it in every case. */
export class Nearby implements LocalStore, BlobTaker {
  readonly #cache: Cache;
  readonly #give: Giver;
  /** Bytes of borrowed files. */
  readonly #most: number;
  readonly #sizes: ReadonlyMap<Hash, number>;
  /** What was used last stands last. */
  readonly #files = new Map<Hash, { file: string; size: number }>();
  /** Those that are in use for the one that is held, itself among them: they stay. */
  readonly #inUse = new Set<Hash>();
  /** How many more may be brought for the one that is held. */
  #left = 0;

  /** `blobs`: what is to be encoded; `near`: with which that may be compared. */
  constructor(cache: Cache, give: Giver, { blobs, near }: { blobs: readonly Sized[]; near: readonly Sized[] }) {
    this.#cache = cache;
    this.#give = give;
    this.#sizes = new Map([...near, ...blobs].map(({ hash, size }) => [hash, size]));
    const absent = (some: readonly Sized[]): number[] => some.flatMap((each) => (cache.has(each) ? [] : [each.size]));
    const all = [...this.#sizes].map(([hash, size]) => ({ hash, size }));
    const largest = absent(blobs).reduce((most, size) => Math.max(most, size), 0);
    this.#most = Math.min(
      (1 + BASES) * largest,
      absent(all).reduce((sum, size) => sum + size, 0),
    );
  }

  /** Bytes of the disk that may be needed at a time, and where; `lack`: that they are not free. */
  need(): { bytes: number; folder: string; lack: MvgitError | null } {
    const { folder } = this.#cache.temporary;
    const free = freeAt(folder);
    const bytes = this.#most;
    if (bytes === 0 || free === null || free - RESERVE >= bytes) return { bytes, folder, lack: null };
    const [needed, there] = [formatSize(bytes), formatSize(free)];
    const lack = new MvgitError(
      "disk-full",
      `blobs that the cache lacks need ${needed} in '${display(folder)}' for a while, where ${there} are free`,
      { subject: folder, hint: "free some space, or run it in a clone whose cache has them" },
    );
    return { bytes, folder, lack };
  }

  has(blob: Sized): boolean {
    return this.#files.has(blob.hash) || this.#cache.has(blob);
  }

  /** Lets `work` have the bytes of a blob: those of the cache, and where these are not right, or not there, others. */
  async holding<R>(blob: Sized, work: (held: Held) => Promise<R>): Promise<R> {
    this.#left = BASES;
    this.#inUse.clear();
    if (!this.#files.has(blob.hash) && this.#cache.has(blob)) {
      try {
        return await work(heldAt(this.#cache.fileOf(blob.hash), blob.size));
      } catch (error) {
        if (!isLack(error)) throw error;
      }
    }
    return work(heldAt(await this.#borrow(blob), blob.size));
  }

  /** As of `BlobStore`. What is not here is brought, where there is room and it is one of a few. */
  async stat(hash: Hash): Promise<BlobStat | null> {
    const size = this.#sizes.get(hash);
    if (this.#files.has(hash) || size === undefined) return this.#used(hash) ?? (await this.#cache.stat(hash));
    if (this.#cache.has({ hash, size })) return { size };
    if (this.#left === 0 || this.#bytesInUse + size > this.#most) return null;
    this.#left--;
    try {
      await this.#borrow({ hash, size });
      return { size };
    } catch (error) {
      if (!isLack(error)) throw error;
      return null;
    }
  }

  read(hash: Hash, range?: BlobRange): AsyncIterable<Uint8Array> {
    const own = this.#used(hash);
    if (own === null) return this.#cache.read(hash, range);
    return readFileRange(own.file, range ?? { start: 0, end: own.size });
  }

  /** Takes in what is to be held next, from somebody else than who gives the others. */
  async write(hash: Hash, source: BlobSource): Promise<"written"> {
    this.#inUse.clear();
    await this.#take(hash, source);
    return "written";
  }

  writeMany(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): AsyncIterable<WriteAnswer> {
    return writeEach(this, items, { small: 1, large: 1 });
  }

  /** Removes what was borrowed. */
  close(): void {
    for (const hash of [...this.#files.keys()]) this.#drop(hash);
  }

  #used(hash: Hash): { file: string; size: number } | null {
    const own = this.#files.get(hash);
    if (own === undefined) return null;
    this.#files.delete(hash);
    this.#files.set(hash, own);
    this.#inUse.add(hash);
    return own;
  }

  get #bytesInUse(): number {
    let bytes = 0;
    for (const hash of this.#inUse) bytes += this.#files.get(hash)?.size ?? 0;
    return bytes;
  }

  async #borrow(blob: Sized): Promise<string> {
    return this.#used(blob.hash)?.file ?? (await this.#take(blob.hash, this.#give(blob)));
  }

  /** Room is made first, so that never more is there than was said. */
  async #take(hash: Hash, source: BlobSource): Promise<string> {
    const { size } = source;
    let bytes = size;
    for (const each of this.#files.values()) bytes += each.size;
    for (const [oldest, each] of [...this.#files]) {
      if (bytes <= this.#most) break;
      if (this.#inUse.has(oldest)) continue;
      this.#drop(oldest);
      bytes -= each.size;
    }
    const file = await this.#cache.borrow(hash, source);
    this.#files.set(hash, { file, size });
    this.#inUse.add(hash);
    return file;
  }

  #drop(hash: Hash): void {
    discard(this.#files.get(hash)?.file as string);
    this.#files.delete(hash);
  }
}

function heldAt(file: string, size: number): Held {
  return { file, source: fileSource(file, size), read: (range) => readFileRange(file, range) };
}
