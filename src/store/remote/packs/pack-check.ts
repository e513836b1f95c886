/** Whether the packs are there, and whole, that tables tell of: a table alone says what there was once. */
import { mapOrdered } from "../../../base/tasks.ts";
import type { Hash } from "../../../values/hash.ts";
import { hashIn, packName, PACKS } from "../layout.ts";
import type { Place } from "../place.ts";
import type { PlaceIndex } from "./place-index.ts";
import type { Located } from "./table-set.ts";

/** Names in one page of a listing, in the clouds that we know. */
const PAGE = 1000;

/** A pack that is not there, or has another size, though its table is there. */
export interface MissingPack {
  pack: Hash;
  /** Bytes that it has, and that its table says; null where it is not there. */
  size: { found: number; told: number } | null;
  /** Those that were asked for, and that it is said to hold. */
  blobs: readonly Hash[];
}

/** The packs of one place, each asked for once. Throws what the place and its bucket throw. */
export class PackCheck {
  readonly #place: Place;
  readonly #index: PlaceIndex;
  /** Sizes of those that are there. */
  readonly #present = new Map<Hash, number>();

  constructor(place: Place, index: PlaceIndex) {
    this.#place = place;
    this.#index = index;
  }

  /**
   * Of the packs that the best entries of these blobs are in those that are not there, or have another size. The
   * index leaves them out from then on. The index was looked at.
   */
  async missing(hashes: Iterable<Hash>): Promise<MissingPack[]> {
    const packs = new Map<Hash, Located[]>();
    for (const hash of hashes) {
      const [best] = this.#index.find(hash);
      if (best !== undefined) packs.set(best.table.pack, [...(packs.get(best.table.pack) ?? []), best]);
    }
    await this.absent([...packs.keys()].filter((pack) => !this.#present.has(pack)));
    const missing = [...packs].flatMap(([pack, entries]) => this.#lackOf(pack, entries) ?? []);
    for (const { pack } of missing) this.#index.leaveOut(pack);
    return missing;
  }

  /** As `missing`, of every pack that a table tells of. */
  async leaveOutMissing(): Promise<void> {
    const tables = [...this.#index.tables()];
    await this.absent(tables.map(({ pack }) => pack));
    for (const { pack, size } of tables) if (this.#present.get(pack) !== size) this.#index.leaveOut(pack);
  }

  /** Null for one that has the size that its table says. */
  #lackOf(pack: Hash, entries: readonly Located[]): MissingPack | null {
    const found = this.#present.get(pack);
    const told = entries[0]?.table.size ?? 0;
    if (found === told) return null;
    const blobs = entries.map(({ entry }) => entry.hash);
    return { pack, size: found === undefined ? null : { found, told }, blobs };
  }

  /** Those of the packs that are not there, for sure: by single requests for few, by one listing for many. */
  async absent(packs: readonly Hash[]): Promise<Hash[]> {
    const pages = [...this.#index.tables()].length / PAGE;
    if (packs.length > 4 + pages && !this.#place.isReadOnly) await this.#list();
    const { small } = this.#place.bucket.concurrency;
    const unseen = packs.filter((pack) => !this.#present.has(pack));
    const absent: Hash[] = [];
    const look = async (pack: Hash) => ({ pack, found: await this.#place.bucket.head(packName(pack)) });
    for await (const { pack, found } of mapOrdered(unseen, small, look))
      if (found === null) absent.push(pack);
      else this.#present.set(pack, found.size);
    return absent;
  }

  async #list(): Promise<void> {
    for await (const { name, size } of this.#place.writable().list(`${PACKS}/`)) {
      const pack = hashIn(PACKS, name);
      if (pack !== null) this.#present.set(pack, size);
    }
  }
}
