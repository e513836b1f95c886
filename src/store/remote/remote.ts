/** A remote: a blob store at a place of a bucket. It verifies what leaves it; how a blob lies there others know. */
import { plural } from "../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import type { Hash } from "../../values/hash.ts";
import type { Encoding } from "../../values/settings.ts";
import type {
  BlobRange,
  BlobStat,
  BlobStore,
  DeletingBlobStore,
  StoredPart,
  WriteAnswer,
  WriteItem,
  WriteOptions,
} from "../blob-store.ts";
import type { ReadableBucket } from "../bucket.ts";
import { type BlobSource, readAll, type WriteOutcome } from "../bytes.ts";
import { verifiedSource } from "../verified-source.ts";
import { SMALL_BLOB, together, writeEach } from "../write-many.ts";
import { damagedIn, missingIn } from "./blob-errors.ts";
import { LargeBlobs, type Outcome } from "./encoder.ts";
import { keptIn } from "./encoder/layouts.ts";
import type { LocalStore } from "./encoder/local.ts";
import { SmallBases } from "./encoder/small-bases.ts";
import { SourceCheck } from "./encoder/sources.ts";
import { Forms, type Used } from "./forms.ts";
import { INDEX_LIST } from "./layout.ts";
import { type MendedTable, mendTables } from "./packs/mend-tables.ts";
import { type MissingPack, PackCheck } from "./packs/pack-check.ts";
import { PackedBlobs } from "./packs/packed-blobs.ts";
import type { Single } from "./packs/recipe-reading.ts";
import { sharedSources } from "./packs/shared-reading.ts";
import type { Located } from "./packs/table-set.ts";
import { LEAST_PACKED, writePacked } from "./packs/write-packed.ts";
import { type Acquaintance, Place } from "./place.ts";
import { RemoteLook } from "./remote-look.ts";
import { WholeBlobs } from "./whole-blobs.ts";

export type { MendedTable } from "./packs/mend-tables.ts";

/** How often a blob is read before it is called damaged. */
const READINGS = 3;

export interface RemoteOptions {
  /** What is remembered of the place; a remote that differs from it is refused. */
  acquaintance?: Acquaintance | undefined;
  /** `compact` when absent. */
  encoding?: Encoding;
  /** A folder of this machine for what packs hold; nothing is kept when absent. */
  tables?: string;
  /** So many small blobs of one call are put into packs. */
  leastPacked?: number;
  /** Where bytes of blobs are at hand, to compare new ones with. */
  local?: LocalStore;
}

/** What a remote was found to have of a blob. */
export interface Found {
  /**
   * Lets right bytes be there in the place of exactly that, which stays until they are; what somebody else put there
   * meanwhile stays. Throws `blob-damaged` for a source of other bytes.
   */
  mend(source: BlobSource): Promise<void>;
}

/** A blob store elsewhere, by its name in the settings. Throws what its place, its bucket and the contract say. */
export class Remote implements DeletingBlobStore {
  readonly name: string;
  readonly place: Place;
  /** The blobs that are an object each. */
  readonly whole: WholeBlobs;
  /** The blobs in packs. */
  readonly packed: PackedBlobs;
  readonly #forms: Forms;
  readonly #look: RemoteLook;
  readonly #packs: PackCheck;
  readonly #encoding: Encoding;
  readonly #leastPacked: number;
  readonly #local: LocalStore | null;

  constructor(
    name: string,
    bucket: ReadableBucket,
    { acquaintance, encoding = "compact", tables, leastPacked = LEAST_PACKED, local }: RemoteOptions = {},
  ) {
    this.name = `remote '${name}'`;
    this.place = new Place(this.name, bucket, acquaintance);
    this.whole = new WholeBlobs(this.place);
    this.packed = new PackedBlobs(this.place, tables ?? null);
    this.#forms = new Forms(this.place, this.whole, this.packed);
    this.#look = new RemoteLook(this.whole, this.packed);
    this.#packs = new PackCheck(this.place, this.packed.index);
    this.#encoding = encoding;
    this.#leastPacked = leastPacked;
    this.#local = local ?? null;
  }

  /** Whether only what is new of a blob is kept there. */
  get isCompact(): boolean {
    return this.#encoding === "compact";
  }

  get address(): string {
    return this.place.address;
  }

  async stat(hash: Hash): Promise<BlobStat | null> {
    const size = await this.#look.size(hash);
    return size === null ? null : { size };
  }

  async *statMany(hashes: readonly Hash[]): AsyncGenerator<{ hash: Hash; stat: BlobStat | null }> {
    for await (const { hash, size } of this.#look.sizes(hashes)) yield { hash, stat: size === null ? null : { size } };
  }

  source(hash: Hash, size: number): BlobSource {
    return { size, open: (from) => this.#forms.bytes(hash, { start: from, end: size, of: size }) };
  }

  /**
   * As this store, for who relies on what is there: the packs that are said to hold what is asked for must be there
   * themselves, with the size that their tables say. `onMissing` is told of those that are not; what they are said to
   * hold is looked for elsewhere.
   */
  checked(onMissing: (missing: MissingPack) => void = () => undefined): Pick<BlobStore, "statMany"> {
    return { statMany: (hashes) => this.#statChecked(hashes, onMissing) };
  }

  async *#statChecked(
    hashes: readonly Hash[],
    onMissing: (missing: MissingPack) => void,
  ): ReturnType<Remote["statMany"]> {
    const stats = new Map<Hash, BlobStat | null>();
    for await (const { hash, stat } of this.statMany(hashes)) stats.set(hash, stat);
    const missing = await this.#packs.missing([...stats].flatMap(([hash, stat]) => (stat === null ? [] : [hash])));
    for (const each of missing) onMissing(each);
    const again = [...new Set(missing.flatMap(({ blobs }) => blobs))];
    for await (const { hash, stat } of this.statMany(again)) stats.set(hash, stat);
    for (const hash of hashes) yield { hash, stat: stats.get(hash) ?? null };
  }

  /** As `checked`, for all that is asked from now on: no pack counts that is not there, or was cut. */
  async checkPacks(): Promise<void> {
    if (!(await this.place.recognise())) return;
    await this.#look.refresh();
    await this.#packs.leaveOutMissing();
  }

  /** As `mendTables`. */
  mendTables(): Promise<MendedTable[]> {
    return mendTables(this.place, this.packed, new SourceCheck(this));
  }

  /** Lets who cannot list the place see what is there, where that was found not to be so. */
  settleList(): Promise<void> {
    return this.packed.index.settleList();
  }

  /**
   * When what a web server shows was last written: milliseconds since 1970, by its own words; null where it does not
   * tell, or shows what is there now.
   */
  async shownSince(): Promise<number | null> {
    if (!this.place.isReadOnly) return null;
    const list = this.place.format > 1 ? await this.place.bucket.head(INDEX_LIST) : null;
    return list?.created || null;
  }

  /** As `BlobReader`. */
  async *sources<W extends { hash: Hash; size: number }>(
    wanted: readonly W[],
  ): AsyncGenerator<{ wanted: W; source: BlobSource; part?: StoredPart }> {
    await this.place.look();
    if (this.place.format > 1) await this.#look.refresh();
    const { index } = this.packed;
    const { bucket } = this.place;
    const find = (hash: Hash): readonly Located[] => index.find(hash);
    const singleIn = (located: Located): Promise<Single | null> => this.packed.singleIn(located);
    yield* sharedSources({ bucket, find, singleIn, source: (hash, size) => this.source(hash, size) }, wanted);
  }

  async *read(hash: Hash, range?: BlobRange): AsyncGenerator<Uint8Array> {
    if (range) return yield* this.#forms.bytes(hash, range);
    for (let reading = 1; ; reading++) {
      const used: Used = new Set();
      let isGiven = false;
      try {
        for await (const chunk of this.#verified(hash, used)) {
          isGiven = true;
          yield chunk;
        }
        return;
      } catch (error) {
        if (!isMvgitError(error, "blob-damaged")) throw error;
        this.#forms.distrust(hash, used);
        // It may have been damaged on the way alone, and another form may be right.
        if (isGiven || reading === READINGS) throw error;
      }
    }
  }

  /** Throws `blob-damaged`, which says where it is so. */
  async *#verified(hash: Hash, used: Used): AsyncGenerator<Uint8Array> {
    const size = await this.#forms.size(hash, used);
    if (size < 0) throw damagedIn(this.name, hash, "is damaged: it is no file");
    const source = { size, open: (start: number) => this.#forms.bytes(hash, { start, end: size, of: size }, used) };
    try {
      yield* verifiedSource(hash, source).open(0);
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") || error.hint !== undefined) throw error;
      const how = error.message.replace(/^.*? is damaged:/, "is damaged:");
      throw damagedIn(this.name, hash, how, error, this.#forms.objectsOf(hash, used));
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
    await this.#look.refresh();
    return this.#writeWhole({ hash, source });
  }

  /** As an object of its own, where it is not there by what is known. */
  async #writeWhole({ hash, source }: WriteItem): Promise<WriteOutcome> {
    const packed = this.packed.sizes(hash);
    if (packed.includes(source.size)) return "present";
    const outcome = await this.whole.write(hash, source);
    if (packed.length === 0) return outcome;
    // What is in packs under its name has another size, and is damaged: only once the right bytes were seen.
    if (outcome === "present") for await (const chunk of verifiedSource(hash, source).open(0)) void chunk;
    await this.packed.remove(hash, (size) => size !== source.size);
    return "replaced";
  }

  async *writeMany(
    items: AsyncIterable<WriteItem> | Iterable<WriteItem>,
    { jobs }: WriteOptions = {},
  ): AsyncGenerator<WriteAnswer> {
    await this.place.prepare();
    const concurrency = together(this.place.bucket.concurrency, jobs);
    if (this.isCompact) return yield* this.#writeCompact(items, { concurrency, isThreaded: jobs === undefined });
    const write = (hash: Hash, source: BlobSource): Promise<WriteOutcome> => this.#writeWhole({ hash, source });
    yield* writeEach({ write }, this.#lookedFor(items), concurrency);
  }

  async *#writeCompact(
    items: AsyncIterable<WriteItem> | Iterable<WriteItem>,
    how: { concurrency: { small: number; large: number }; isThreaded: boolean },
  ): AsyncGenerator<WriteAnswer> {
    const { place, packed, whole } = this;
    const kept = keptIn({ place, packed, whole, local: this.#local });
    const large = new LargeBlobs(kept, (item) => this.#writeWhole(item));
    const bases = new SmallBases(kept);
    const write = (item: WriteItem): Promise<Outcome> => this.#writeOne(item, large);
    try {
      const target = { place, index: packed.index, look: this.#look, bases, write, ...how };
      yield* writePacked(target, items, this.#leastPacked);
    } finally {
      await large.close();
    }
  }

  /**
   * For whoever writes recipes of large blobs that are there whole; `local` has bytes to compare with. To be closed in
   * every case.
   */
  encoder(local: LocalStore): LargeBlobs {
    const { place, packed, whole } = this;
    return new LargeBlobs(keptIn({ place, packed, whole, local }), (item) => this.#writeWhole(item));
  }

  /** The same: packs are looked at before the first of which it is not known that it is absent. */
  async *#lookedFor(items: AsyncIterable<WriteItem> | Iterable<WriteItem>): AsyncGenerator<WriteItem> {
    let isLooked = false;
    for await (const item of items) {
      if (!isLooked && !item.isAbsent) await this.#look.refresh();
      isLooked ||= !item.isAbsent;
      yield item;
    }
  }

  /** A large one of which the bytes can be looked at, in the form that takes least. */
  async #writeOne(item: WriteItem, large: LargeBlobs): Promise<Outcome> {
    const { look, hash, source } = item;
    if (look === undefined || source.size <= SMALL_BLOB) return { outcome: await this.#writeWhole(item) };
    const found = item.isAbsent ? null : await this.#look.size(hash);
    return found === null ? large.write({ ...item, look }) : { outcome: await this.#writeWhole(item) };
  }

  async *list(): AsyncGenerator<{ hash: Hash; size: number }> {
    yield* this.#look.list();
  }

  async delete(hash: Hash): Promise<void> {
    const found = await this.whole.stat(hash);
    if (found !== null) await this.whole.delete(hash, found.version);
    await this.packed.remove(hash);
  }

  /** What is there now under the blob's name, in whichever forms; null where nothing is. */
  async found(hash: Hash): Promise<Found | null> {
    const whole = await this.whole.stat(hash);
    await this.#look.refresh();
    const packed = this.packed.index.find(hash);
    if (whole === null && packed.length === 0) return null;
    return {
      mend: async (source) => {
        await this.place.prepare();
        if (whole === null) await this.whole.write(hash, source);
        else await this.whole.mend(hash, source, whole);
        await this.packed.takeOut(hash, packed);
      },
    };
  }

  /** The error for a blob that the remote does not have. */
  missing(hash: Hash): MvgitError {
    return missingIn(this.place, hash);
  }
}
