/** All of the pure forms together: a file in regions, pieces, codecs, a recipe and a pack, and from its bytes back. */
import { chooseCodec, encodePiece } from "../../src/encoding/codecs/choose.ts";
import { decode } from "../../src/encoding/codecs/codecs.ts";
import { isDelta } from "../../src/encoding/coded.ts";
import { cut } from "../../src/encoding/cuts/cut.ts";
import { regionsOf } from "../../src/encoding/cuts/regions.ts";
import { PACK_FOOT, PACK_HEAD } from "../../src/encoding/index-table.ts";
import { demand } from "../../src/encoding/malformed.ts";
import {
  checkPackBeginning,
  PACK_BEGINNING,
  PackForm,
  parsePackTable,
  tableLengthOf,
} from "../../src/encoding/pack.ts";
import { formatRecipe, parseRecipe } from "../../src/encoding/recipe.ts";
import type { Codec, Piece, Recipe, Region, Segment, Source, StoredRange } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";
import { accessTo } from "../support/containers.ts";

/** A version that is there whole: what a later one may rest on. */
interface Earlier {
  hash: Hash;
  bytes: Buffer;
  /** Where its pieces begin, by their hashes. */
  pieces: ReadonlyMap<Hash, number>;
  tensors: ReadonlyMap<string, Region>;
}

/** One pack, and what its recipe is of. */
export interface Packed {
  pack: Buffer;
  blob: Hash;
  /** How often each codec was used. */
  codecs: Map<Codec, number>;
}

/** What a version says to the next one. */
export async function earlier(bytes: Buffer): Promise<Earlier> {
  const pieces = new Map<Hash, number>();
  const tensors = new Map<string, Region>();
  for await (const { bytes: piece, start, region } of piecesOf(bytes)) {
    pieces.set(hashBytes(piece), start);
    if (region.identity !== undefined) tensors.set(region.identity, region);
  }
  return { hash: hashBytes(bytes), bytes, pieces, tensors };
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Piece> {
  yield* cut(accessTo(bytes), await regionsOf(accessTo(bytes)));
}

/** A file of at least a byte as a pack with its recipe; what an earlier version has is taken from there. */
export async function pack(bytes: Buffer, before: Earlier | null): Promise<Packed> {
  const form = new PackForm();
  const stored: Uint8Array[] = [];
  const add = (piece: Uint8Array): number => {
    stored.push(Buffer.from(piece));
    return form.add(piece);
  };
  const used: Source[] = [];
  const numberOf = (source: Source): number => {
    const found = used.findIndex((each) => each.kind === source.kind);
    return found >= 0 ? found : used.push(source) - 1;
  };
  const codecs = new Map<Codec, number>();
  const segments: Segment[] = [];
  const whole: Source | null = before && { kind: "blob", hash: before.hash };
  for await (const piece of piecesOf(bytes)) {
    const [hash, length] = [hashBytes(piece.bytes), piece.bytes.length];
    const known = before?.pieces.get(hash);
    if (known !== undefined && whole !== null) {
      segments.push({ hash, length, codec: "raw", source: numberOf(whole), offset: known, stored: length });
      continue;
    }
    const base = before && baseOf(piece, before);
    const beside = base === null ? {} : { base: before?.bytes.subarray(base, base + length) as Buffer };
    const choice = await chooseCodec([{ plain: piece.bytes, ...beside }], piece.region.width);
    const coded = await encodePiece(choice, piece.bytes, beside.base);
    codecs.set(coded.codec, (codecs.get(coded.codec) ?? 0) + 1);
    const range = { source: numberOf({ kind: "own" }), offset: add(coded.stored), stored: coded.stored.length };
    const segment: Segment = { hash, length, codec: coded.codec, ...range };
    if (isDelta(coded.codec) && whole !== null)
      segment.base = { codec: "raw", source: numberOf(whole), offset: base as number, stored: length };
    segments.push(segment);
  }
  const recipe = formatRecipe({ size: bytes.length, sources: used, segments });
  const coded = await encodePiece("deflate", recipe);
  const codec = coded.codec === "deflate" ? "deflate" : "raw";
  const lengths = { offset: add(coded.stored), stored: coded.stored.length, plain: recipe.length, size: bytes.length };
  const blob = hashBytes(bytes);
  const { end } = form.finish([{ hash: blob, kind: "recipe", codec, ...lengths }]);
  return { pack: Buffer.concat([PACK_BEGINNING, ...stored, end]), blob, codecs };
}

/** Where in the earlier version the same part of the same tensor begins. */
function baseOf({ region, start, bytes }: Piece, before: Earlier): number | null {
  const tensor = region.identity === undefined ? undefined : before.tensors.get(region.identity);
  if (tensor?.length !== region.length) return null;
  const from = tensor.start + start - region.start;
  return from + bytes.length <= before.bytes.length ? from : null;
}

/** The blob of the pack's only recipe; throws `Malformed` for what does not keep to the forms or its hashes. */
export async function unpack(packed: Buffer, before: Pick<Earlier, "bytes" | "hash"> | null): Promise<Buffer> {
  checkPackBeginning(packed.subarray(0, PACK_HEAD));
  const length = tableLengthOf(packed.subarray(-PACK_FOOT), packed.length);
  const table = packed.subarray(packed.length - PACK_FOOT - length, packed.length - PACK_FOOT);
  const [entry] = parsePackTable(table, packed.length).entries;
  demand(entry?.kind === "recipe", "there is no recipe");
  const stored = packed.subarray(entry.offset, entry.offset + entry.stored);
  const recipe = parseRecipe(await decode(entry.codec, stored, { length: entry.plain }));
  demand(recipe.size === entry.size, "two sizes");
  const blob = Buffer.concat(await cook(recipe, packed, before?.bytes ?? Buffer.alloc(0)));
  demand(hashBytes(blob) === entry.hash, "another hash");
  return blob;
}

async function cook({ sources, segments }: Recipe, own: Buffer, whole: Buffer): Promise<Uint8Array[]> {
  const take = ({ source, offset, stored }: StoredRange): Uint8Array => {
    const from = sources[source]?.kind === "own" ? own : whole;
    return from.subarray(offset, offset + stored);
  };
  return Promise.all(
    segments.map(async (segment) => {
      const { hash, length, codec, base } = segment;
      const known = base === undefined ? {} : { base: await decode(base.codec, take(base), { length }) };
      const plain = await decode(codec, take(segment), { length, ...known });
      demand(hashBytes(plain) === hash, "another hash");
      return plain;
    }),
  );
}
