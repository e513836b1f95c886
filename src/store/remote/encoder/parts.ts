/** What a new blob is planned to be: parts that lie in the remote, and parts that are to be stored. */
import type { Cut, PlainCodec, Region } from "../../../encoding/types.ts";
import type { Hash } from "../../../values/hash.ts";
import type { Layout, StoredAt, StoredPiece } from "./layout.ts";
import type { Span } from "./spans.ts";

/** Stored bytes that are, once decoded, those of a part. */
export type StoredPart = Omit<StoredPiece, "start" | "length" | "hash">;

/** Where a part of the new blob was found: in which blob, and where the remote keeps it. */
export interface Found {
  layout: Layout;
  /** In that blob, bytes from its beginning. */
  start: number;
  at: StoredPart;
}

/** A piece of the new blob, as the first reading found it; or several that were found one behind the other. */
export interface NewPiece {
  /** In the blob, bytes from its beginning. */
  start: number;
  length: number;
  hash: Hash;
  /** What of the file it is a part of. */
  region: Region;
  /** Null for one that is not in the remote. */
  found: Found | null;
  /** Where it is several cuts by content together: these. */
  cuts?: readonly Cut[];
}

/** A part of the blob that lies in the remote. */
export interface KnownPart {
  kind: "known";
  start: number;
  length: number;
  hash: Hash;
  at: StoredPart;
}

/** A base that can be used: where it lies in the remote, and its plain bytes. `length`: of these, for a patch. */
export interface DeltaBase {
  at: StoredAt & { codec: PlainCodec; length?: number };
  span: Span;
}

/** A part of the blob that is to be stored: a piece, or a part of one. */
export interface FreshPart {
  kind: "fresh";
  start: number;
  length: number;
  piece: NewPiece;
  /** What it may be told as a patch of. */
  patched?: DeltaBase;
}

/** All together are the blob, in order. */
export type Part = KnownPart | FreshPart;

/** A whole piece that is to be stored. */
export function freshPart(piece: NewPiece): FreshPart {
  return { kind: "fresh", start: piece.start, length: piece.length, piece };
}

/** Where in another blob the bytes of this one are looked for: those at `position` are at `position + shift`. */
export interface Alignment {
  layout: Layout;
  shift: number;
}
