/** What versions cost in a remote and what was saved, as they are added in the order in which they came. */
import type { IndexEntry, Recipe } from "../../encoding/types.ts";
import type { Hash } from "../../values/hash.ts";

/** In which forms a remote has a blob. */
export interface FormsThere {
  /** Bytes of the object that is the blob itself; null where there is none. */
  whole: number | null;
  /** Bytes of its cut list; 0 where there is none, or that is not known. */
  cutList: number;
  /** What tables of packs say of it, the best first. */
  entries: readonly Pick<IndexEntry, "kind" | "stored" | "plain">[];
  /** By which the best of its entries that is a recipe puts it together; null where none can be read. */
  recipe: { recipe: Recipe; pack: Hash } | null;
}

/** Bytes in a remote. */
interface Cost {
  /** Objects that are blobs themselves. */
  whole: number;
  /** Pieces, and small blobs, in packs. */
  packed: number;
  recipes: number;
  /** What later versions are compared with. */
  cutLists: number;
}

/** Bytes that did not have to be stored, by why. */
export interface Saved {
  /** Blobs that an earlier version has, whole. */
  same: number;
  /** Parts of blobs that stood there already. */
  cuts: number;
  /** What codecs made shorter. */
  codec: number;
}

export interface Entry {
  blobs: number;
  /** Bytes of the blobs. */
  size: number;
  stored: Cost;
  saved: Saved;
  /** What the remote does not have. */
  missing: { blobs: number; bytes: number };
}

export function newEntry(): Entry {
  return {
    blobs: 0,
    size: 0,
    stored: { whole: 0, packed: 0, recipes: 0, cutLists: 0 },
    saved: { same: 0, cuts: 0, codec: 0 },
    missing: { blobs: 0, bytes: 0 },
  };
}

export function addEntry(to: Entry, { blobs, size, stored, saved, missing }: Entry): void {
  to.blobs += blobs;
  to.size += size;
  for (const key of ["whole", "packed", "recipes", "cutLists"] as const) to.stored[key] += stored[key];
  for (const key of ["same", "cuts", "codec"] as const) to.saved[key] += saved[key];
  to.missing.blobs += missing.blobs;
  to.missing.bytes += missing.bytes;
}

/** Whatever several blobs share is of the first that has it. */
export class Account {
  readonly #blobs = new Set<Hash>();
  /** Where pieces begin that somebody pays for already, by the pack that holds them. */
  readonly #pieces = new Map<Hash, Set<number>>();

  /** Whether a version added before has the blob: then nothing has to be known of it. */
  has(hash: Hash): boolean {
    return this.#blobs.has(hash);
  }

  /** Adds a blob to what a version has. `there`: null for one that the account has. */
  add(entry: Entry, { hash, size }: { hash: Hash; size: number }, there: FormsThere | null): void {
    entry.blobs++;
    entry.size += size;
    if (there === null || this.#blobs.has(hash)) {
      entry.saved.same += size;
      return;
    }
    if (there.whole === null && there.entries.length === 0) {
      entry.missing.blobs++;
      entry.missing.bytes += size;
      return;
    }
    this.#blobs.add(hash);
    this.#pay(entry, there);
  }

  /** A blob that is there in several forms costs all of them, and what one saves is nothing while it is there whole. */
  #pay(entry: Entry, { whole, cutList, entries, recipe }: FormsThere): void {
    entry.stored.whole += whole ?? 0;
    entry.stored.cutLists += cutList;
    for (const { kind, stored } of entries) entry.stored[kind === "recipe" ? "recipes" : "packed"] += stored;
    const pieces = recipe === null ? { cuts: 0, codec: 0 } : this.#payPieces(entry, recipe);
    const [best] = entries;
    if (whole !== null || best === undefined) return;
    entry.saved.cuts += best.kind === "recipe" ? pieces.cuts : 0;
    entry.saved.codec += best.kind === "recipe" ? pieces.codec : best.plain - best.stored;
  }

  /** Answers what they save. */
  #payPieces(entry: Entry, { recipe, pack }: NonNullable<FormsThere["recipe"]>): Omit<Saved, "same"> {
    const saved = { cuts: 0, codec: 0 };
    for (const { source, offset, stored, length } of recipe.segments) {
      const from = recipe.sources[source];
      const holder = from?.kind === "pack" ? from.hash : pack;
      // What is a part of a whole blob was stored for that one.
      if (from === undefined || from.kind === "blob" || !this.#isNew(holder, offset)) {
        saved.cuts += length;
        continue;
      }
      entry.stored.packed += stored;
      saved.codec += length - stored;
    }
    return saved;
  }

  #isNew(pack: Hash, offset: number): boolean {
    const known = this.#pieces.get(pack) ?? new Set();
    if (known.has(offset)) return false;
    this.#pieces.set(pack, known.add(offset));
    return true;
  }
}
