/** What other forms of blobs are made of: pieces, where they lie, and how they are coded. docs/format.md has bytes. */
import type { Hash } from "../values/hash.ts";

/** How stored bytes become plain ones. A delta, and a patch, need the plain bytes of a base as well. */
export type Codec = "raw" | "deflate" | "split16" | "split32" | "delta16" | "delta32" | "patch";

/** A codec that needs no base. */
export type PlainCodec = Exclude<Codec, "delta16" | "delta32" | "patch">;

/** What the table of a pack says is in it: a blob, or the recipe of one. */
export interface IndexEntry {
  /** Of the blob. */
  hash: Hash;
  kind: "blob" | "recipe";
  codec: PlainCodec;
  /** In the pack, bytes. */
  offset: number;
  /** Bytes in the pack. */
  stored: number;
  /** Bytes of the blob, or of the recipe itself, once decoded. */
  plain: number;
  /** Bytes of the blob. */
  size: number;
}

/** The object that stored bytes lie in. `own`: the pack that holds the recipe. */
export type Source = { kind: "blob"; hash: Hash } | { kind: "pack"; hash: Hash } | { kind: "own" };

/** Stored bytes: a range of a source. */
export interface StoredRange {
  /** Which of the recipe's sources. */
  source: number;
  offset: number;
  /** Bytes. */
  stored: number;
}

/** A part of a blob, in order; all parts are the blob. */
export interface Segment extends StoredRange {
  /** BLAKE3 of the plain bytes. */
  hash: Hash;
  /** Plain bytes. */
  length: number;
  codec: Codec;
  /** Of a delta: as many plain bytes as the segment's own. Of a patch: as many as `length` says. */
  base?: StoredRange & { codec: PlainCodec; length?: number };
}

/** How a blob is put together; depth 1: no source is itself made by a recipe, no base is a delta. */
export interface Recipe {
  /** Bytes of the blob. */
  size: number;
  sources: readonly Source[];
  segments: readonly Segment[];
}

/** A part of a blob, by which a later version is compared. */
export interface Cut {
  hash: Hash;
  /** Bytes. */
  length: number;
}

/** What a blob consists of, so that a later version can be compared without its bytes. */
export interface CutList {
  /** Bytes of the blob. */
  size: number;
  cuts: readonly Cut[];
}

/** A part of a file that its format keeps apart, such as a tensor. All regions together are the file, in order. */
export interface Region {
  /** Bytes from the beginning of the file. */
  start: number;
  length: number;
  /** `tensor` is cut every MiB from its start; `part` and `opaque` by their content. */
  kind: "tensor" | "part" | "opaque";
  /** Bytes of a floating-point value that it is a row of; 1 for anything else. */
  width: 1 | 2 | 4;
  /** Of a tensor: what is the same in another version of it (name, type and shape). */
  identity?: string;
}

/** A piece of a file, as a cutter gives it. */
export interface Piece {
  start: number;
  /** Valid until the next piece is asked for. */
  bytes: Uint8Array;
  region: Region;
}
