/** Where the plain bytes of a blob lie in a remote: what a later version may refer to. */
import type { Codec, CutList, PlainCodec, Recipe, Source, StoredRange } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";

/** A source that has a name of its own. */
export type NamedSource = Exclude<Source, { kind: "own" }>;

/** Stored bytes: a range of an object. */
export interface StoredAt {
  source: NamedSource;
  offset: number;
  /** Bytes. */
  stored: number;
}

/** A part of a blob that lies in the remote already. */
export interface StoredPiece extends StoredAt {
  /** In the blob, bytes from its beginning. */
  start: number;
  /** Plain bytes. */
  length: number;
  /** BLAKE3 of the plain bytes. */
  hash: Hash;
  codec: Codec;
  base?: StoredAt & { codec: PlainCodec; length?: number };
}

/** A blob of the remote as pieces, in order: together they are the blob. */
export interface Layout {
  hash: Hash;
  /** Bytes of the blob. */
  size: number;
  pieces: readonly StoredPiece[];
}

/** Of a blob that is put together by a recipe. `pack`: the one that holds the recipe. */
export function layoutOfRecipe(hash: Hash, { size, sources, segments }: Recipe, pack: Hash): Layout {
  const named = sources.map((source): NamedSource => (source.kind === "own" ? { kind: "pack", hash: pack } : source));
  const at = ({ source, offset, stored }: StoredRange): StoredAt => ({
    source: named[source] as NamedSource,
    offset,
    stored,
  });
  let start = 0;
  const pieces = segments.map((segment): StoredPiece => {
    const { length, base, codec } = segment;
    const piece = { start, length, hash: segment.hash, codec, ...at(segment) };
    start += length;
    return base === undefined ? piece : { ...piece, base: { ...base, ...at(base) } };
  });
  return { hash, size, pieces };
}

/** Of a blob that is an object of its own. */
export function layoutOfCuts(hash: Hash, { size, cuts }: CutList): Layout {
  const source: NamedSource = { kind: "blob", hash };
  let start = 0;
  const pieces = cuts.map((cut): StoredPiece => {
    const piece = { ...cut, start, codec: "raw" as const, source, offset: start, stored: cut.length };
    start += cut.length;
    return piece;
  });
  return { hash, size, pieces };
}

/** The number of the piece that has the byte at `position`, which is in the blob. */
export function pieceAt({ pieces }: Layout, position: number): number {
  let low = 0;
  for (let high = pieces.length - 1; low < high;) {
    const middle = (low + high + 1) >>> 1;
    if ((pieces[middle] as StoredPiece).start <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Whether `next` lies right behind `piece` in the same object, so that one reading gives both. */
export function isBehind(next: StoredAt, piece: StoredAt): boolean {
  return (
    next.source.kind === piece.source.kind &&
    next.source.hash === piece.source.hash &&
    next.offset === piece.offset + piece.stored
  );
}

/** Which object, as text. */
export function nameOf({ kind, hash }: NamedSource): string {
  return `${kind} ${hash}`;
}
