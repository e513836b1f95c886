/** Blobs that a new one may have parts of, as the remote has them: kept in mind, as long as there is room. */
import { mapOrdered } from "../../../base/tasks.ts";
import { regionsOf } from "../../../encoding/cuts/regions.ts";
import type { Cut, Region } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import type { NearBlob } from "../../blob-store.ts";
import type { Layout } from "./layout.ts";
import { type Kept, layoutIn, lookSinceClaimed, refinedBy, sourcesOf } from "./layouts.ts";
import type { LocalBytes } from "./local.ts";

/** Pieces of layouts that are kept in memory. */
const MOST_KEPT = 512 * 1024;
/** Layouts that are asked for at once. */
const AT_ONCE = 8;
/** A blob is compared with one other for each so many of its bytes, and with two at least. */
const BYTES_FOR_ONE = 4 * 1024 * 1024;
/** Of its versions with the last ones: each is like the next. */
const MOST_VERSIONS = 6;

/** Layouts of blobs, as far as the remote has them. Throws what the place and its bucket throw. */
export class Candidates {
  readonly #kept: Kept;
  /** What was used last stands last. */
  readonly #layouts = new Map<Hash, { layout: Promise<Layout | null>; pieces: number }>();
  readonly #regions = new WeakMap<Layout, Promise<readonly Region[] | null>>();

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  /** The closest first; as many as pay for a blob of that size. */
  async of(near: readonly NearBlob[], size: number): Promise<Layout[]> {
    if (near.length > 0) await lookSinceClaimed(this.#kept);
    const most = Math.max(2, Math.ceil(size / BYTES_FOR_ONE));
    const versions = near.filter(({ isVersion }) => isVersion).slice(0, Math.min(most, MOST_VERSIONS));
    const others = near.filter(({ isVersion }) => !isVersion).slice(0, most - versions.length);
    const found: Layout[] = [];
    let pieces = 0;
    for await (const layout of mapOrdered([...versions, ...others], AT_ONCE, (each) => this.#layout(each))) {
      pieces += layout?.pieces.length ?? 0;
      if (pieces > MOST_KEPT) break;
      if (layout !== null) found.push(layout);
    }
    return found;
  }

  /** Versions before those that `of` answers: hardly anything of them comes back, but later ones rest on them. */
  async *before(near: readonly NearBlob[], found: readonly Layout[]): AsyncGenerator<Layout> {
    const seen = new Set(found.map(({ hash }) => hash));
    for (const each of near) {
      if (!each.isVersion || seen.has(each.hash)) continue;
      const layout = await this.#layout(each);
      if (layout !== null) yield layout;
    }
  }

  /** What a blob consists of that was written a moment ago, as finely as what it rests on is known. */
  async remember(layout: Layout): Promise<void> {
    const lists = new Map<Hash, readonly Cut[]>();
    for (const hash of sourcesOf(layout)) {
      const pieces = (await this.#layouts.get(hash)?.layout)?.pieces;
      // It is whole where its parts are its own.
      if (pieces?.[0]?.source.kind === "blob" && pieces[0].source.hash === hash) lists.set(hash, pieces);
    }
    const fine = refinedBy(layout, lists);
    this.#keep(layout.hash, { layout: Promise.resolve(fine), pieces: fine.pieces.length });
  }

  /** The parts that the format of a blob tells of; null where its bytes are not on this machine. */
  regionsOf(layout: Layout, local: LocalBytes): Promise<readonly Region[] | null> {
    let known = this.#regions.get(layout);
    known ??= local.access(layout).then((access) => access && regionsOf(access));
    this.#regions.set(layout, known);
    return known;
  }

  #layout({ hash, size }: { hash: Hash; size: number }): Promise<Layout | null> {
    const known = this.#layouts.get(hash);
    const layout = known?.layout ?? layoutIn(this.#kept, hash, size);
    const entry = known ?? { layout, pieces: 0 };
    this.#keep(hash, entry);
    if (known === undefined)
      void layout.then(
        (found) => {
          entry.pieces = found?.pieces.length ?? 0;
          this.#makeRoom();
        },
        () => this.#layouts.delete(hash),
      );
    return layout;
  }

  #keep(hash: Hash, entry: { layout: Promise<Layout | null>; pieces: number }): void {
    this.#layouts.delete(hash);
    this.#layouts.set(hash, entry);
    this.#makeRoom();
  }

  #makeRoom(): void {
    let all = 0;
    for (const { pieces } of this.#layouts.values()) all += pieces;
    for (const [hash, { pieces }] of this.#layouts) {
      if (all <= MOST_KEPT) return;
      this.#layouts.delete(hash);
      all -= pieces;
    }
  }
}
