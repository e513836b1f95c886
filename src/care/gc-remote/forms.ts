/** In which forms a remote has blobs: whole, in packs, by recipes; which of these stay, and what they rest on. */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { prose } from "../../base/prose.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import { entryCount } from "../../encoding/index-table.ts";
import type { IndexEntry } from "../../encoding/types.ts";
import { isLack } from "../../store/lack.ts";
import type { KeptObject } from "../../store/remote/contents.ts";
import type { PackedBlobs } from "../../store/remote/packs/packed-blobs.ts";
import { byPlace, type KnownTable, type Located, type SortedEntries } from "../../store/remote/packs/table-set.ts";
import { verifiedSource } from "../../store/verified-source.ts";
import type { Hash } from "../../values/hash.ts";

/** Recipes that are read at once, and those among them that are longer than so many bytes. */
const [TOGETHER, LONG_TOGETHER, LONG] = [32, 2, 1024 * 1024];
/** Blobs that are read at once; of those that are larger, one, which takes memory for many of its parts. */
const [READ_AT_ONCE, LARGE_BLOB] = [8, 8 * 1024 * 1024];

/** Of whom a gc asks what it may do. */
export interface Judge {
  /** Past the grace period: what is younger stays, whoever needs it. */
  isOld(object: { created: number }): boolean;
  needs(hash: Hash): boolean;
}

/** What a table loses. */
export interface TableLoss {
  table: KnownTable;
  isDead(entry: IndexEntry): boolean;
  /** All that it has. */
  isAll: boolean;
  /** Blobs that are gone then, each counted in one table alone. */
  blobs: number;
}

/** Older copies of a needed blob, of which the best one stays. */
interface Spare {
  best: Located;
  entries: Located[];
  whole: KeptObject | null;
}

interface Deaths {
  /** Of entries. */
  keys: Set<string>;
  blobs: number;
}

/**
 * The entries of all tables, each as what becomes of it. Of a needed blob all forms stay that are younger than the
 * grace period, and of the older ones the one that a push would rely on (`find` of the entries has the order; the whole
 * object comes last): whoever is pushing looked when that one was there, and took it. An entry that goes is taken out
 * of its table before anything goes that it rests on.
 */
export class PackedForms {
  readonly #packed: PackedBlobs;
  readonly #entries: SortedEntries;
  readonly #tables: ReadonlyMap<Hash, KnownTable>;
  readonly #judge: Judge;
  readonly #deaths = new Map<Hash, Deaths>();
  readonly #spares = new Map<Hash, Spare>();
  #recipes: Located[] = [];
  /** Packs and whole blobs that recipes which stay are read from. */
  readonly #sources = { pack: new Set<Hash>(), blob: new Set<Hash>() };

  /** The index was looked at, and has no doubt. */
  constructor(packed: PackedBlobs, judge: Judge) {
    this.#packed = packed;
    this.#entries = packed.index.entries();
    this.#tables = new Map([...packed.index.tables()].map((table) => [table.pack, table]));
    this.#judge = judge;
  }

  /** Sorts all entries; each blob is told of with the size that it has, and whether it stays. */
  sort(tell: (blob: { hash: Hash; size: number; isNeeded: boolean; isGone: boolean }) => void): void {
    for (const group of this.#entries.groups()) {
      const [{ entry }] = group;
      const { hash, size } = entry;
      const isNeeded = this.#judge.needs(hash);
      const isGone = isNeeded ? this.#sortNeeded(hash, group) : this.#sortOther(group);
      tell({ hash, size, isNeeded, isGone });
    }
  }

  #sortNeeded(hash: Hash, group: readonly Located[]): false {
    const [best, ...entries] = group.filter(({ table }) => this.#judge.isOld(table));
    this.#stay(group.filter((each) => !entries.includes(each)));
    if (best && entries.length > 0) this.#spares.set(hash, { best, entries, whole: null });
    return false;
  }

  /** True where nothing of it stays. */
  #sortOther(group: readonly Located[]): boolean {
    const dead = group.filter(({ table }) => this.#judge.isOld(table));
    this.#stay(group.filter((each) => !dead.includes(each)));
    for (const [at, each] of dead.entries()) this.#kill(each, at === 0 && dead.length === group.length ? 1 : 0);
    return dead.length === group.length;
  }

  /** What becomes of a whole blob that somebody needs: whether it is one of several old copies. */
  addNeededWhole(whole: KeptObject): "only" | "beside" {
    const found = this.#entries.find(whole.hash);
    const best = found.find(({ table }) => this.#judge.isOld(table));
    if (best && this.#judge.isOld(whole)) {
      const spare = this.#spares.get(whole.hash) ?? { best, entries: [], whole };
      spare.whole = whole;
      this.#spares.set(whole.hash, spare);
    }
    return found.length === 0 ? "only" : "beside";
  }

  has(hash: Hash): boolean {
    return this.#entries.find(hash).length > 0;
  }

  /**
   * Lets older copies go where the one that stays was read and hashed right; answers the whole blobs among them, of how
   * many blobs some go, and of how many that cannot be said. Nothing is read in a dry run: then all are right.
   */
  async settleSpares(options: {
    isDry: boolean;
    isOver: () => boolean;
  }): Promise<{ whole: KeptObject[]; settled: number; doubtful: number }> {
    const whole: KeptObject[] = [];
    let [settled, doubtful] = [0, 0];
    const settle = async ([hash, spare]: [Hash, Spare]): Promise<void> => {
      if (!options.isDry && !(await this.#isRight(hash, spare.best, options.isOver))) {
        doubtful++;
        return this.#stay(spare.entries);
      }
      settled++;
      for (const each of spare.entries) this.#kill(each, 0);
      if (spare.whole !== null) whole.push(spare.whole);
    };
    const isLarge = ([, { best }]: [Hash, Spare]): boolean => best.entry.size > LARGE_BLOB;
    const spares = [...this.#spares];
    await forEachConcurrent(
      spares.filter((each) => !isLarge(each)),
      READ_AT_ONCE,
      settle,
    );
    await forEachConcurrent(spares.filter(isLarge), 1, settle);
    return { whole, settled, doubtful };
  }

  /** False also where the time was over before that was known. */
  async #isRight(hash: Hash, located: Located, isOver: () => boolean): Promise<boolean> {
    const { size } = located.entry;
    if (isOver()) return false;
    try {
      const source = { size, open: () => this.#packed.bytesIn(located) };
      for await (const _ of verifiedSource(hash, source).open(0)) if (isOver()) return false;
      return true;
    } catch (error) {
      if (!isLack(error)) throw error;
      return false;
    }
  }

  /**
   * Reads every recipe that stays. Throws `blob-damaged` where one cannot be read: nobody knows then what it needs.
   */
  async followRecipes(): Promise<void> {
    const isLong = ({ entry }: Located): boolean => entry.plain > LONG;
    const short = this.#recipes.filter((each) => !isLong(each)).toSorted(byPlace);
    await forEachConcurrent(short, TOGETHER, (each) => this.#follow(each));
    await forEachConcurrent(this.#recipes.filter(isLong), LONG_TOGETHER, (each) => this.#follow(each));
    this.#recipes = [];
  }

  async #follow(located: Located): Promise<void> {
    const { pack, blob } = this.#sources;
    for (const source of (await this.#recipeIn(located)).allSources())
      if (source.kind === "blob") blob.add(source.hash);
      else if (source.kind === "pack") pack.add(source.hash);
  }

  async #recipeIn(located: Located): ReturnType<PackedBlobs["recipeIn"]> {
    try {
      return await this.#packed.recipeIn(located);
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged")) throw error;
      throw new MvgitError(error.code, `nothing was removed: ${error.message}`, {
        ...(error.subject !== undefined && { subject: error.subject }),
        hint: prose`run 'mvgit push --repair' in a clone that has it; what nobody needs is passed over when it is older
          than 14 days`,
        cause: error,
      });
    }
  }

  /** Whether a recipe that stays is read from this whole blob. */
  isSource(hash: Hash): boolean {
    return this.#sources.blob.has(hash);
  }

  /** Whether anything that stays lies in this pack. */
  isPackNeeded(pack: Hash): boolean {
    const table = this.#tables.get(pack);
    return this.#sources.pack.has(pack) || (table !== undefined && !this.#isAllDead(table));
  }

  /** What tables lose. */
  *losses(): Generator<TableLoss> {
    for (const table of this.#tables.values()) {
      const deaths = this.#deaths.get(table.pack);
      const isAll = this.#isAllDead(table);
      if (deaths === undefined && !isAll) continue;
      const isDead = (entry: IndexEntry): boolean => deaths?.keys.has(keyOf(entry)) === true;
      yield { table, isDead, isAll, blobs: deaths?.blobs ?? 0 };
    }
  }

  #isAllDead({ pack, bytes, created }: KnownTable): boolean {
    return this.#judge.isOld({ created }) && (this.#deaths.get(pack)?.keys.size ?? 0) === entryCount(bytes);
  }

  #stay(entries: readonly Located[]): void {
    this.#recipes.push(...entries.filter(({ entry }) => entry.kind === "recipe"));
  }

  /** `blobs`: how many are gone with it. */
  #kill({ table, entry }: Located, blobs: number): void {
    const deaths = this.#deaths.get(table.pack) ?? { keys: new Set(), blobs: 0 };
    deaths.keys.add(keyOf(entry));
    deaths.blobs += blobs;
    this.#deaths.set(table.pack, deaths);
  }
}

function keyOf({ hash, kind }: IndexEntry): string {
  return `${kind} ${hash}`;
}
