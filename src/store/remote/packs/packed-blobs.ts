/** Blobs that packs hold: where their tables say that they are, what they are read from, and how one is taken out. */
import { plural } from "../../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../../base/errors.ts";
import { MOST_COMPARED } from "../../../encoding/limits.ts";
import { recipeIn } from "../../../encoding/recipe.ts";
import type { RecipeForm } from "../../../encoding/recipe-form.ts";
import type { IndexEntry, Recipe } from "../../../encoding/types.ts";
import { isLack } from "../../lack.ts";
import { decode } from "../../../encoding/codecs/codecs.ts";
import { formatTable, parseTable } from "../../../encoding/index-table.ts";
import { Malformed } from "../../../encoding/malformed.ts";
import { type Hash, shortHash } from "../../../values/hash.ts";
import type { BlobRange } from "../../blob-store.ts";
import { WrongBytes } from "../../bucket.ts";
import { bytesSource, readAll } from "../../bytes.ts";
import { damagedIn } from "../blob-errors.ts";
import type { Form } from "../form.ts";
import { indexName, packName } from "../layout.ts";
import type { Place } from "../place.ts";
import { PlaceIndex } from "./place-index.ts";
import { RecipeReading, type Single } from "./recipe-reading.ts";
import type { KnownTable, Located } from "./table-set.ts";

/** How often a table is looked at again that somebody else changes. */
const TRIES = 10;

/**
 * The blobs in the packs of a place. Nothing that is read here is verified but where it is put together. Throws what
 * the place and its bucket throw; `blob-damaged` for what cannot be read as its table says.
 */
export class PackedBlobs {
  readonly index: PlaceIndex;
  readonly #place: Place;
  readonly #recipes: RecipeReading;

  /** `folder`: where tables of places are kept; null: nowhere. */
  constructor(place: Place, folder: string | null) {
    this.#place = place;
    this.index = new PlaceIndex(place, folder);
    this.#recipes = new RecipeReading(place);
  }

  /** Whether the place had any when it was looked at. */
  async mayHaveSome(): Promise<boolean> {
    await this.#place.look();
    return this.#place.format > 1 || this.index.isLoaded;
  }

  /** The forms that are known, the best first. Looks only where nobody did, and there may be any. */
  async known(hash: Hash): Promise<Form[]> {
    if (await this.mayHaveSome()) await this.index.load();
    return this.#formsOf(hash);
  }

  /** As `known`, of what is there now. */
  async present(hash: Hash): Promise<Form[]> {
    await this.index.refresh();
    return this.#formsOf(hash);
  }

  /** Bytes of the blob as it is there now; null where no table that was known says that it is. */
  async knownSize(hash: Hash): Promise<number | null> {
    await this.known(hash);
    const [found] = this.index.find(hash);
    if (found === undefined) return null;
    const { pack, version } = found.table;
    if (version === null || (await this.#place.bucket.head(indexName(pack)))?.version === version)
      return found.entry.size;
    await this.index.refresh();
    return this.index.find(hash)[0]?.entry.size ?? null;
  }

  /** Takes the blob out of every table. `isWrong`: only entries of which this holds. */
  async remove(hash: Hash, isWrong: (size: number) => boolean = () => true): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      await this.index.refresh();
      const found = this.index.find(hash).filter(({ entry }) => isWrong(entry.size));
      if (found.length === 0) return;
      await this.takeOut(hash, found);
    }
    throw this.#contended(hash);
  }

  /** Takes these entries of the blob out of their tables, whatever else these lose meanwhile. */
  async takeOut(hash: Hash, found: readonly Located[]): Promise<void> {
    let left = found;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      for (const table of new Set(left.map((each) => each.table)))
        await this.takeEntries(table, (entry) => entry.hash === hash);
      await this.index.refresh();
      // What a pack holds never becomes anything else: nobody can have mended it in its place.
      const ids = new Set(found.map(idOf));
      left = this.index.find(hash).filter((each) => ids.has(idOf(each)));
      if (left.length === 0) return;
    }
    throw this.#contended(hash);
  }

  /** Takes entries out of a table; false where somebody else changed it meanwhile, and then nothing is changed. */
  async takeEntries({ pack, version, bytes }: KnownTable, isMeant: (entry: IndexEntry) => boolean): Promise<boolean> {
    const table = parseTable(bytes);
    const entries = table.entries.filter((entry) => !isMeant(entry));
    try {
      const source = bytesSource(formatTable({ pack: table.pack, entries }));
      await this.#place.writable().replace(indexName(pack), version as string, source);
      return true;
    } catch (error) {
      if (!isMvgitError(error, "object-exists") && !isMvgitError(error, "object-missing")) throw error;
      return false;
    }
  }

  /** The recipe that an entry tells of, as its bytes. Throws `blob-damaged`. */
  recipeIn(located: Located): Promise<RecipeForm> {
    return this.#recipes.recipeIn(located);
  }

  /** As of `RecipeReading`. */
  singleIn(located: Located): Promise<Single | null> {
    return this.#recipes.singleIn(located);
  }

  /** All bytes of the blob by this entry alone, unverified. */
  bytesIn(located: Located): AsyncGenerator<Uint8Array> {
    return this.#open(located, { start: 0, end: located.entry.size });
  }

  /** What the known entries say that it has, bytes, the best first. */
  sizes(hash: Hash): number[] {
    return this.index.find(hash).map(({ entry }) => entry.size);
  }

  /** Whether any table that is known has the blob. */
  has(hash: Hash): boolean {
    return this.index.find(hash).length > 0;
  }

  /**
   * How the blob is put together, as the best entry says that is known; null where that is no recipe, or cannot be
   * read, or is longer than what is compared. Never what another entry says: gc lets that go as soon as it is old.
   */
  async recipeOf(hash: Hash): Promise<{ recipe: Recipe; pack: Hash } | null> {
    const [best] = this.index.find(hash);
    if (best?.entry.kind !== "recipe" || best.entry.plain > MOST_COMPARED) return null;
    try {
      return { recipe: recipeIn(await this.#recipes.recipeIn(best)), pack: best.table.pack };
    } catch (error) {
      if (!isLack(error)) throw error;
      return null;
    }
  }

  /** Packs of those of these forms that are the blob itself. */
  packsOf(hash: Hash, ids: ReadonlySet<string>): Hash[] {
    const found = this.index.find(hash).filter((each) => each.entry.kind === "blob" && ids.has(idOf(each)));
    return found.map(({ table }) => table.pack);
  }

  /** Of the forms that are known. */
  ids(hash: Hash): string[] {
    return this.index.find(hash).map(idOf);
  }

  #formsOf(hash: Hash): Form[] {
    return this.index.find(hash).map((located) => this.#formOf(located));
  }

  #formOf(located: Located): Form {
    const { entry } = located;
    return { id: idOf(located), size: async () => entry.size, open: (range) => this.#open(located, range) };
  }

  async *#open({ table, entry }: Located, { start, end, of = entry.size }: BlobRange): AsyncGenerator<Uint8Array> {
    if (of !== entry.size || end > entry.size)
      throw this.#damaged({ table, entry }, `has ${plural(entry.size, "byte")}, which are not the ones asked for`);
    if (entry.kind === "recipe") return yield* this.#recipes.open({ table, entry }, { start, end });
    if (entry.codec === "raw") return yield* this.#stored({ table, entry }, start, end);
    const stored = (await readAll(this.#stored({ table, entry }, 0, entry.stored), entry.stored)) as Buffer;
    try {
      const plain = await decode(entry.codec, stored, { length: entry.plain });
      if (end > start) yield plain.subarray(start, end);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      throw this.#damaged({ table, entry }, `is damaged: in '${packName(table.pack)}' ${error.message}`, error);
    }
  }

  /** Stored bytes of an entry. */
  async *#stored({ table, entry }: Located, start: number, end: number): AsyncGenerator<Uint8Array> {
    if (start === end) return;
    const name = packName(table.pack);
    const range = { start: entry.offset + start, end: entry.offset + end, of: table.size };
    try {
      yield* this.#place.bucket.get(name, range);
    } catch (error) {
      if (isMvgitError(error, "object-missing"))
        throw this.#damaged({ table, entry }, `cannot be read: '${name}', which holds it, is missing`, error);
      if (!(error instanceof WrongBytes)) throw error;
      throw this.#damaged({ table, entry }, `is damaged: ${error.message}`, error);
    }
  }

  #contended(hash: Hash): MvgitError {
    const how = "others change its tables, time after time";
    return new MvgitError(
      "remote-unavailable",
      `cannot remove blob ${shortHash(hash)} from ${this.#place.name}: ${how}`,
      { subject: hash },
    );
  }

  #damaged({ table, entry }: Located, how: string, cause?: unknown): MvgitError {
    return damagedIn(this.#place.name, entry.hash, how, cause, [packName(table.pack)]);
  }
}

function idOf({ table, entry }: Located): string {
  return `${entry.kind} in ${table.pack}`;
}
