/** Where earlier versions of small blobs lie in a remote, for patches of them. */
import { entryAt, entryCount } from "../../../encoding/index-table.ts";
import type { Hash } from "../../../values/hash.ts";
import type { NearBlob, WriteItem } from "../../blob-store.ts";
import { readAll } from "../../bytes.ts";
import { isLack } from "../../lack.ts";
import { SMALL_BLOB } from "../../write-many.ts";
import { LEAST_PATCHED, type PatchBase } from "../packs/small-patch.ts";
import { layoutOfRecipe } from "./layout.ts";
import { type Kept, lookSinceClaimed } from "./layouts.ts";
import { SourceCheck } from "./sources.ts";

/** Objects of their own that are asked for in one call: each costs a request. */
const MOST_WHOLE = 32;

/** As `PatchBase`, without the bytes. */
type Place = Pick<PatchBase, "hash" | "source" | "offset" | "stored" | "codec" | "length">;

/** Of one call of `writeMany`. Throws what the place and its bucket throw. */
export class SmallBases {
  readonly #kept: Kept;
  readonly #sources: SourceCheck;
  /** Numbers of entries by where they begin, of packs. */
  readonly #offsets = new Map<Hash, ReadonlyMap<number, number>>();
  #whole = 0;

  constructor(kept: Kept) {
    this.#kept = kept;
    this.#sources = new SourceCheck(kept);
  }

  /** What the item may be told as a patch of: null where there is nothing, or not on this machine. */
  async of({ near, isAbsent, source: { size } }: WriteItem): Promise<PatchBase | null> {
    const { local } = this.#kept;
    const [closest] = near ?? [];
    if (local === null || closest === undefined || !isAbsent || size < LEAST_PATCHED || size > SMALL_BLOB) return null;
    if (closest.size < LEAST_PATCHED || closest.size > SMALL_BLOB) return null;
    await lookSinceClaimed(this.#kept);
    const place = await this.#placeOf(closest);
    if (place === null || (await local.stat(place.hash))?.size !== place.length) return null;
    if (place.source.kind === "pack" && !(await this.#sources.has(place.source))) return null;
    const file = local.fileOf?.(place.hash);
    return { ...place, ...(file !== undefined && { file }), read: () => this.#read(place) };
  }

  /** By its preferred form alone: gc lets the others go. */
  async #placeOf({ hash, size }: NearBlob): Promise<Place | null> {
    const { packed } = this.#kept;
    const [best] = packed.index.find(hash);
    if (best === undefined) return this.#wholePlace({ hash, size });
    if (best.entry.size !== size) return null;
    const { offset, stored, codec, plain: length, kind } = best.entry;
    if (kind === "blob")
      return { hash, source: { kind: "pack", hash: best.table.pack }, offset, stored, codec, length };
    const found = await packed.recipeOf(hash);
    return found && this.#under(layoutOfRecipe(hash, found.recipe, found.pack));
  }

  async #wholePlace({ hash, size }: NearBlob): Promise<Place | null> {
    if (this.#whole++ >= MOST_WHOLE || (await this.#kept.whole.stat(hash))?.size !== size) return null;
    return { hash, source: { kind: "blob", hash }, offset: 0, stored: size, codec: "raw", length: size };
  }

  /** Of a blob that is one patch itself: what it rests on, where that is a blob with a name. */
  #under({ pieces }: ReturnType<typeof layoutOfRecipe>): Place | null {
    const [base] = pieces.length === 1 ? pieces.map((piece) => piece.base) : [];
    if (base?.length === undefined || base.length < LEAST_PATCHED || base.length > SMALL_BLOB) return null;
    const { source, offset, stored, codec, length } = base;
    const hash = source.kind === "blob" ? source.hash : this.#blobAt(source.hash, offset, stored);
    return hash && { hash, source, offset, stored, codec, length };
  }

  /** The blob that the pack's table says is there. */
  #blobAt(pack: Hash, offset: number, stored: number): Hash | null {
    const table = this.#kept.packed.index.tableOf(pack);
    if (table === undefined) return null;
    let offsets = this.#offsets.get(pack);
    if (offsets === undefined) {
      const all = Array.from({ length: entryCount(table.bytes) }, (_, number) => number);
      offsets = new Map(all.map((number) => [entryAt(table.bytes, number).offset, number]));
      this.#offsets.set(pack, offsets);
    }
    const number = offsets.get(offset);
    const entry = number === undefined ? null : entryAt(table.bytes, number);
    return entry?.kind === "blob" && entry.stored === stored ? entry.hash : null;
  }

  async #read({ hash, length }: Place): Promise<Uint8Array | null> {
    try {
      return await readAll((this.#kept.local as NonNullable<Kept["local"]>).read(hash), length);
    } catch (error) {
      // What is wrong with the copy on this machine is found, and told, by who needs it.
      if (!isLack(error)) throw error;
      return null;
    }
  }
}
