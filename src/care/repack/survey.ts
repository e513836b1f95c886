/** What a repack would write anew: blobs that lie whole, packs of which little is read, small packs. */
import { forEachConcurrent } from "../../base/tasks.ts";
import { tableLength } from "../../encoding/index-table.ts";
import type { Source, StoredRange } from "../../encoding/types.ts";
import { isLack } from "../../store/lack.ts";
import { contentsOf, type KeptObject } from "../../store/remote/contents.ts";
import { byPlace, type Located } from "../../store/remote/packs/table-set.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import type { Hash } from "../../values/hash.ts";

/** Recipes that are read at once. */
const TOGETHER = 32;
/** Packs below are small; so many are written together. */
const SMALL_PACK = 8 * 1024 * 1024;
const MANY_PACKS = 16;
/** So many small blobs are worth a pack. */
const MANY_BLOBS = 8;

/** What is written anew, each for one blob. */
export type Item =
  | { kind: "whole"; hash: Hash; object: KeptObject }
  | { kind: "blob" | "recipe"; hash: Hash; located: Located };

/** What a pack has, and what of it the best entries read. */
interface PackUse {
  /** Bytes of the pack. */
  size: number;
  /** Lengths by where they begin. */
  ranges: Map<number, number>;
  live: number;
  /** Of its table, and of what another pack would need for the same: a line for each. */
  entries: number;
}

/** Places in packs. */
class BasePlaces {
  readonly #places = new Set<string>();

  add(pack: Hash, offset: number): void {
    this.#places.add(`${pack} ${offset}`);
  }

  has(pack: Hash, offset: number): boolean {
    return this.#places.has(`${pack} ${offset}`);
  }
}

export interface Survey {
  items: Item[];
  /**
   * Large blobs that lie whole, and that no recipe is read from: of these, the object of one that is encoded goes.
   * Those with a cut list went through the encoder, which left them so.
   */
  large: { hash: Hash; size: number }[];
  /** Packs of which nothing is read any more when all items are written. */
  packs: ReadonlySet<Hash>;
  /** Where in packs patches have their bases. */
  bases: BasePlaces;
  /** Packs of which less than half is read, and small packs. */
  sparse: number;
  small: number;
  /** Bytes of objects that a gc removes afterwards, less the tables of new ones, and what of them is written anew. */
  replaced: number;
  live: number;
  /** Blobs whose recipe cannot be read: they stay as they are. */
  unreadable: number;
}

/** The index was looked at, and has no doubt. Of each blob the best entry alone counts: gc lets the others go. */
export async function survey(remote: Remote): Promise<Survey> {
  const looking = new Looking(remote);
  await looking.look();
  return looking.chosen();
}

class Looking {
  readonly #remote: Remote;
  readonly #packs = new Map<Hash, PackUse>();
  readonly #best: Located[] = [];
  /** Packs that a recipe reads, its own among them. */
  readonly #read = new Map<Located, ReadonlySet<Hash>>();
  readonly #bases = new BasePlaces();
  readonly #whole: KeptObject[] = [];
  readonly #large: KeptObject[] = [];
  /** Blobs with a cut list. */
  readonly #cut = new Set<Hash>();
  /** Whole blobs that recipes read. */
  readonly #sources = new Set<Hash>();
  #unreadable = 0;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  async look(): Promise<void> {
    const { packed, place } = this.#remote;
    for await (const object of contentsOf(place)) {
      if (object.kind === "pack")
        this.#packs.set(object.hash, { size: object.size, ranges: new Map(), live: 0, entries: 0 });
      if (object.kind === "cuts") this.#cut.add(object.hash);
      if (object.kind !== "whole" || object.size < 0 || packed.has(object.hash)) continue;
      // Where blobs are to be plain objects, they stay what they are.
      if (this.#remote.isCompact) (object.size <= SMALL_BLOB ? this.#whole : this.#large).push(object);
    }
    for (const best of packed.index.entries().blobs()) {
      this.#best.push(best);
      this.#use(best.table.pack, best.entry);
      const use = this.#packs.get(best.table.pack);
      if (use !== undefined) use.entries++;
    }
    const recipes = this.#best.filter(({ entry }) => entry.kind === "recipe").toSorted(byPlace);
    await forEachConcurrent(recipes, TOGETHER, (located) => this.#follow(located));
  }

  async #follow(located: Located): Promise<void> {
    try {
      const recipe = await this.#remote.packed.recipeIn(located);
      const own = located.table.pack;
      const sources = [...recipe.allSources()];
      const packs = sources.map((source) => packOf(source, own));
      for (const source of sources) if (source.kind === "blob") this.#sources.add(source.hash);
      const use = (range: StoredRange): void => this.#use(packs[range.source] ?? null, range);
      for (const { segment } of recipe.from(0)) {
        use(segment);
        const { base } = segment;
        if (base === undefined) continue;
        use(base);
        const pack = packs[base.source] ?? null;
        if (pack !== null) this.#bases.add(pack, base.offset);
      }
      this.#read.set(located, new Set([own, ...packs.flatMap((pack) => pack ?? [])]));
    } catch (error) {
      if (!isLack(error)) throw error;
      this.#unreadable++;
    }
  }

  #use(pack: Hash | null, { offset, stored }: Pick<StoredRange, "offset" | "stored">): void {
    const use = pack === null ? undefined : this.#packs.get(pack);
    if (use === undefined || use.ranges.has(offset)) return;
    use.ranges.set(offset, stored);
    use.live += stored;
  }

  chosen(): Survey {
    const used = [...this.#packs].filter(([, { live }]) => live > 0);
    // What only stands in tables would stand in another one again: of the smallest blobs that is most of a pack.
    const isSparse = (use: PackUse): boolean => (use.live + tableLength(use.entries)) * 2 < use.size;
    const sparse = used.filter(([, use]) => isSparse(use));
    const rest = used.filter(([, use]) => !isSparse(use) && use.size < SMALL_PACK);
    const small = rest.length >= MANY_PACKS ? rest : [];
    const packs = new Map([...sparse, ...small]);
    // What patches rest on would stay beside its copy.
    const free = this.#whole.filter(({ hash }) => !this.#sources.has(hash));
    const whole = free.length >= MANY_BLOBS ? free : [];
    const sum = (of: (use: PackUse) => number): number => [...packs.values()].reduce((all, use) => all + of(use), 0);
    const bytes = whole.reduce((all, { size }) => all + size, 0);
    return {
      items: [
        ...whole.map((object) => ({ kind: "whole", hash: object.hash, object }) as const),
        // Blobs come first: what rests on one names where it lies then.
        ...this.#best
          .filter((each) => this.#isIn(each, packs))
          .toSorted(byKind)
          .map(itemOf),
      ],
      large: this.#large.filter(({ hash }) => !this.#sources.has(hash) && !this.#cut.has(hash)),
      packs: new Set(packs.keys()),
      bases: this.#bases,
      sparse: sparse.length,
      small: small.length,
      replaced: bytes + sum(({ size, entries }) => size - tableLength(entries)),
      live: bytes + sum(({ live }) => live),
      unreadable: this.#unreadable,
    };
  }

  #isIn(located: Located, packs: ReadonlyMap<Hash, PackUse>): boolean {
    if (located.entry.kind === "blob") return packs.has(located.table.pack);
    return [...(this.#read.get(located) ?? [])].some((pack) => packs.has(pack));
  }
}

function itemOf(located: Located): Item {
  return { kind: located.entry.kind, hash: located.entry.hash, located };
}

function byKind(a: Located, b: Located): number {
  return Number(a.entry.kind === "recipe") - Number(b.entry.kind === "recipe");
}

/** The pack that a source is, or null. */
function packOf(source: Source, own: Hash): Hash | null {
  if (source.kind === "own") return own;
  return source.kind === "pack" ? source.hash : null;
}
