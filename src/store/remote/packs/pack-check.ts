/** Whether the packs are there that tables tell of: a table alone says what there was once. */
import { mapOrdered } from "../../../base/tasks.ts";
import type { Hash } from "../../../values/hash.ts";
import { hashIn, packName, PACKS } from "../layout.ts";
import type { Place } from "../place.ts";
import type { PlaceIndex } from "./place-index.ts";

/** Names in one page of a listing, in the clouds that we know. */
const PAGE = 1000;

/** A pack that is not there, though its table is. */
export interface MissingPack {
  pack: Hash;
  /** Those that were asked for, and that it is said to hold. */
  blobs: readonly Hash[];
}

/** The packs of one place, each asked for once. Throws what the place and its bucket throw. */
export class PackCheck {
  readonly #place: Place;
  readonly #index: PlaceIndex;
  readonly #present = new Set<Hash>();

  constructor(place: Place, index: PlaceIndex) {
    this.#place = place;
    this.#index = index;
  }

  /**
   * Of the packs that the best entries of these blobs are in those that are not there. The index leaves them out from
   * then on. The index was looked at.
   */
  async missing(hashes: Iterable<Hash>): Promise<MissingPack[]> {
    const blobs = new Map<Hash, Hash[]>();
    for (const hash of hashes) {
      const pack = this.#index.find(hash)[0]?.table.pack;
      if (pack !== undefined && !this.#present.has(pack)) blobs.set(pack, [...(blobs.get(pack) ?? []), hash]);
    }
    const missing = await this.absent([...blobs.keys()]);
    for (const pack of missing) this.#index.leaveOut(pack);
    return missing.map((pack) => ({ pack, blobs: blobs.get(pack) ?? [] }));
  }

  /** Those of the packs that are not there, for sure: by single requests for few, by one listing for many. */
  async absent(packs: readonly Hash[]): Promise<Hash[]> {
    const pages = [...this.#index.tables()].length / PAGE;
    if (packs.length > 4 + pages && !this.#place.isReadOnly) await this.#list();
    const { small } = this.#place.bucket.concurrency;
    const unseen = packs.filter((pack) => !this.#present.has(pack));
    const absent: Hash[] = [];
    const look = async (pack: Hash) => ({ pack, isThere: (await this.#place.bucket.head(packName(pack))) !== null });
    for await (const { pack, isThere } of mapOrdered(unseen, small, look))
      if (isThere) this.#present.add(pack);
      else absent.push(pack);
    return absent;
  }

  async #list(): Promise<void> {
    for await (const { name } of this.#place.writable().list(`${PACKS}/`)) {
      const pack = hashIn(PACKS, name);
      if (pack !== null) this.#present.add(pack);
    }
  }
}
