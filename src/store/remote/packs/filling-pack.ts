/** A pack that is being filled, in memory. */
import { randomBytes } from "../../../base/clock.ts";
import { MOST_ENTRIES } from "../../../encoding/limits.ts";
import { PACK_BEGINNING, PackForm } from "../../../encoding/pack.ts";
import type { IndexEntry } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import { Slabs } from "./slabs.ts";

/** Bytes that each pack begins with, so that no two ever have one name. */
const SALT = 16;
/** Many pieces hashed at once cost less than each by itself. */
const HASHED_TOGETHER = 1024 * 1024;

/** A pack, to be known by its name when it is full. */
export interface PackRef {
  hash: Hash | null;
}

/** What `finish` makes of it. */
export interface FullPack {
  hash: Hash;
  /** All its bytes. */
  source: Slabs;
  /** Bytes of its table; null where nothing in it is to be found by a name. */
  table: Buffer | null;
}

/**
 * Pieces, blobs and recipes, one behind the other. Its name is never that of a pack that is there already, which might
 * be old, and be removed by a gc while somebody relies on it.
 */
export class FillingPack {
  /** What may outlive its bytes. */
  readonly ref: PackRef = { hash: null };
  readonly #form = new PackForm();
  readonly #bytes: Slabs;
  /** Bytes that the pack's name has heard of. */
  #passed = PACK_BEGINNING.length;
  readonly #entries = { blob: new Map<Hash, IndexEntry>(), recipe: new Map<Hash, IndexEntry>() };

  /** `spare`: memory of packs that are written, to be used again. */
  constructor(spare: Buffer[] = []) {
    this.#bytes = new Slabs(spare);
    this.#bytes.add(PACK_BEGINNING);
    this.add(randomBytes(SALT));
  }

  get isEmpty(): boolean {
    return this.#count === 0 && this.#form.size <= PACK_BEGINNING.length + SALT;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#form.size;
  }

  hasRoomFor(bytes: number): boolean {
    return this.#form.hasRoomFor(bytes) && this.#count < MOST_ENTRIES;
  }

  get #count(): number {
    return this.#entries.blob.size + this.#entries.recipe.size;
  }

  has({ hash, kind }: Pick<IndexEntry, "hash" | "kind">): boolean {
    return this.#entries[kind].has(hash);
  }

  /** Where a blob lies that it has. */
  blobAt(hash: Hash): Pick<IndexEntry, "offset" | "stored"> {
    const { offset, stored } = this.#entries.blob.get(hash) as IndexEntry;
    return { offset, stored };
  }

  /** Where in the pack the bytes lie. */
  add(stored: Uint8Array): number {
    const offset = this.#form.place(stored.length);
    this.#bytes.add(stored);
    if (this.#bytes.size - this.#passed >= HASHED_TOGETHER) this.#passOn();
    return offset;
  }

  #passOn(): void {
    for (const bytes of this.#bytes.open(this.#passed)) this.#form.pass(bytes);
    this.#passed = this.#bytes.size;
  }

  /** Adds what is to be found by its name. */
  addEntry(entry: Omit<IndexEntry, "offset" | "stored">, stored: Uint8Array): void {
    const { hash, kind } = entry;
    this.#entries[kind].set(hash, { ...entry, offset: this.add(stored), stored: stored.length });
  }

  finish(): FullPack {
    this.#passOn();
    const { hash, end, table } = this.#form.finish([...this.#entries.blob.values(), ...this.#entries.recipe.values()]);
    this.#bytes.add(end);
    this.ref.hash = hash;
    return { hash, source: this.#bytes, table: this.#count === 0 ? null : table };
  }
}
