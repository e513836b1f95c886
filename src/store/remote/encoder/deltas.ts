/** Which stored bytes a changed block of a tensor may be told as a difference from. */
import type { Region } from "../../../encoding/types.ts";
import { isDelta } from "../../../encoding/coded.ts";
import { type Layout, nameOf, pieceAt, type StoredAt, type StoredPiece } from "./layout.ts";
import type { LocalBytes } from "./local.ts";
import type { DeltaBase, NewPiece } from "./parts.ts";
import type { SourceCheck } from "./sources.ts";

/** A piece, and the blob that it is of. */
export interface Holder {
  layout: Layout;
  piece: StoredPiece;
}

/** What is known of bases. */
interface About {
  local: LocalBytes;
  /** The parts that the format of a blob tells of; null where its bytes are not here. */
  regionsIn(layout: Layout): Promise<readonly Region[] | null>;
  sources: Pick<SourceCheck, "has">;
  /** More blobs, of which some may rest on. */
  before: AsyncIterator<Layout>;
}

/** The same tensor in the blobs that are like the new one, the closest first. */
export class DeltaBases {
  readonly #layouts: readonly Layout[];
  readonly #about: About;
  readonly #tensors = new Map<Layout, Promise<ReadonlyMap<string, Region>>>();
  /** By where they begin. */
  #stored: Map<string, Holder[]> | null = null;

  constructor(layouts: readonly Layout[], about: About) {
    this.#layouts = layouts;
    this.#about = about;
  }

  /** Null for what has none: no tensor of that name, type and shape, or its bytes are not on this machine. */
  async of(piece: NewPiece): Promise<DeltaBase | null> {
    const { identity, width, start, length } = piece.region;
    if (identity === undefined || width === 1) return null;
    for (const layout of this.#layouts) {
      const tensor = (await this.#tensorsOf(layout)).get(identity);
      if (tensor?.length !== length || tensor.width !== width) continue;
      const base = await this.#baseAt(layout, tensor.start + piece.start - start, piece.length);
      if (base !== null) return base;
    }
    return null;
  }

  #tensorsOf(layout: Layout): Promise<ReadonlyMap<string, Region>> {
    let known = this.#tensors.get(layout);
    known ??= this.#about.regionsIn(layout).then((regions) => byIdentity(regions ?? []));
    this.#tensors.set(layout, known);
    return known;
  }

  async #baseAt(layout: Layout, start: number, length: number): Promise<DeltaBase | null> {
    const piece = layout.pieces[pieceAt(layout, start)] as StoredPiece;
    if (piece.start !== start || piece.length !== length) return null;
    const plain = piece.base === undefined ? { layout, piece } : await this.#holderOf(piece.base);
    if (plain?.piece.length !== length || isDelta(plain.piece.codec)) return null;
    const { source, offset, stored, codec } = plain.piece;
    if (!(await this.#about.sources.has(source))) return null;
    const span = await this.#about.local.span(plain.layout, plain.piece);
    return span && { at: { source, offset, stored, codec }, span };
  }

  /** The blob of which stored bytes are a piece, and not as a difference: a base of a base is no base. */
  async #holderOf(at: StoredAt): Promise<Holder | undefined> {
    for await (const holder of this.holders(at)) if (holder.piece.stored === at.stored) return holder;
    return undefined;
  }

  /** Pieces that begin where these stored bytes do, and are no difference: of each blob that is like the new one. */
  async *holders(at: StoredAt): AsyncGenerator<Holder> {
    const place = placeOf(at);
    if (this.#stored === null) {
      this.#stored = new Map();
      for (const layout of this.#layouts) this.#hold(layout);
    }
    for (let told = 0; ;) {
      const found = this.#stored.get(place) ?? [];
      for (; told < found.length; told++) yield found[told] as Holder;
      const { value, done } = await this.#about.before.next();
      if (done) return;
      this.#hold(value);
    }
  }

  #hold(layout: Layout): void {
    for (const piece of layout.pieces) {
      if (isDelta(piece.codec)) continue;
      const place = placeOf(piece);
      const known = this.#stored?.get(place);
      if (known === undefined) this.#stored?.set(place, [{ layout, piece }]);
      else known.push({ layout, piece });
    }
  }
}

function byIdentity(regions: readonly Region[]): ReadonlyMap<string, Region> {
  const found = new Map<string, Region>();
  for (const region of regions) if (region.identity !== undefined) found.set(region.identity, region);
  return found;
}

function placeOf({ source, offset }: StoredAt): string {
  return `${nameOf(source)} ${offset}`;
}
