/** Which pieces of a new blob lie in the remote already, as parts of blobs that are like it. */
import type { Hash } from "../../../values/hash.ts";
import type { Layout, StoredPiece } from "./layout.ts";

/** Bytes of the longest piece that the cutter gives where content decides. */
export const LONGEST_CUT = 128 * 1024;

/** A piece of a layout. */
export interface Place {
  layout: Layout;
  /** Which of its pieces. */
  index: number;
}

/** The pieces of several layouts by their hash; what was added first is preferred. */
export class KnownPieces {
  readonly #byHash = new Map<Hash, Place>();

  constructor(layouts: readonly Layout[]) {
    for (const layout of layouts)
      for (const [index, { hash }] of layout.pieces.entries())
        if (!this.#byHash.has(hash)) this.#byHash.set(hash, { layout, index });
  }

  /** `after`: where the piece before was found; what follows there is preferred, since one reading gives both. */
  find(hash: Hash, length: number, after: Place | null): Place | null {
    const next = after && { layout: after.layout, index: after.index + 1 };
    const found = next !== null && next.layout.pieces[next.index]?.hash === hash ? next : this.#byHash.get(hash);
    return found !== undefined && pieceOf(found).length === length ? found : null;
  }
}

export function pieceOf({ layout, index }: Place): StoredPiece {
  return layout.pieces[index] as StoredPiece;
}

/** Whether some pieces may be several that were cut by content, joined. */
export function hasJoints({ pieces }: Layout): boolean {
  return pieces.some(({ length }) => length > LONGEST_CUT);
}
