/** What property tests of stored forms draw: right values, and bytes with one thing wrong. */
import fc from "fast-check";
import { expect } from "vitest";
import { isDelta } from "../../src/encoding/coded.ts";
import { PACK_FOOT, PACK_HEAD, tableLength } from "../../src/encoding/index-table.ts";
import { MOST_IN_PACK, MOST_PIECE } from "../../src/encoding/limits.ts";
import { Malformed } from "../../src/encoding/malformed.ts";
import type { Codec, CutList, IndexEntry, PlainCodec, Recipe, Segment, Source } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";

/** Different hashes for different numbers. */
export function hashOf(number: number): Hash {
  return hashBytes(Buffer.from(String(number)));
}

const hash = fc.nat(0xffffffff).map(hashOf);
const plainCodec = fc.constantFrom<PlainCodec>("raw", "deflate", "split16", "split32");
const anyCodec = fc.constantFrom<Codec>("raw", "deflate", "split16", "split32", "delta16", "delta32", "patch");

function storedOf(codec: Codec, plain: number, share: number): number {
  return codec === "raw" ? plain : Math.max(1, Math.floor(plain * share));
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

/** A table's contents: entries one after the other, in order. */
export const table = fc
  .uniqueArray(
    fc.record({ hash, isRecipe: fc.boolean(), codec: plainCodec, plain: fc.nat(MOST_PIECE), share, size: fc.nat() }),
    { maxLength: 12, selector: (each) => `${each.hash} ${each.isRecipe}` },
  )
  .map((drawn) => {
    let offset = PACK_HEAD;
    const entries: IndexEntry[] = drawn.map((each) => {
      const codec = each.isRecipe && each.codec !== "raw" ? "deflate" : each.codec;
      const plain = each.isRecipe ? each.plain + 1 : each.plain;
      const stored = storedOf(codec, plain, each.share);
      const at = offset;
      offset += stored;
      const kind = each.isRecipe ? "recipe" : "blob";
      return { hash: each.hash, kind, codec, offset: at, stored, plain, size: each.isRecipe ? each.size + 1 : plain };
    });
    entries.sort((a, b) => (`${a.hash} ${a.kind}` < `${b.hash} ${b.kind}` ? -1 : 1));
    return { pack: offset + tableLength(entries.length) + PACK_FOOT, entries };
  });

/** A cut list. */
export const cutList: fc.Arbitrary<CutList> = fc
  .array(fc.record({ hash, length: fc.integer({ min: 1, max: MOST_PIECE }) }), { maxLength: 12 })
  .map((cuts) => ({ cuts, size: cuts.reduce((sum, { length }) => sum + length, 0) }));

interface DrawnRange {
  offset: number;
  share: number;
  source: number;
}

const drawnRange = fc.record({ offset: fc.nat(MOST_IN_PACK - MOST_PIECE - 1), share, source: fc.nat() });

/** A recipe of one to twelve segments, which uses all of its sources. */
export const recipe: fc.Arbitrary<Recipe> = fc
  .tuple(
    fc.uniqueArray(hash, { minLength: 1, maxLength: 4 }),
    fc.array(
      fc.record({
        hash,
        length: fc.integer({ min: 1, max: MOST_PIECE }),
        baseLength: fc.integer({ min: 1, max: MOST_PIECE }),
        codec: anyCodec,
        baseCodec: plainCodec,
        range: drawnRange,
        baseRange: drawnRange,
      }),
      { minLength: 1, maxLength: 12 },
    ),
  )
  .map(([hashes, drawn]) => {
    const all: Source[] = [
      ...hashes.map((each): Source => ({ kind: "pack", hash: each })),
      ...hashes.map((each): Source => ({ kind: "blob", hash: each })),
      { kind: "own" },
    ];
    const used: Source[] = [];
    const rangeOf = <C extends Codec>(codec: C, length: number, { offset, share: part, source }: DrawnRange) => {
      const candidates = codec === "raw" ? all : all.filter(({ kind }) => kind !== "blob");
      const chosen = candidates[source % candidates.length] as Source;
      if (!used.includes(chosen)) used.push(chosen);
      const range = { source: used.indexOf(chosen), offset: offset + PACK_HEAD, stored: storedOf(codec, length, part) };
      return { codec, ...range };
    };
    const segments = drawn.map(({ hash: name, length, baseLength, codec, baseCodec, range, baseRange }): Segment => {
      const segment: Segment = { hash: name, length, ...rangeOf(codec, length, range) };
      const plain = codec === "patch" ? baseLength : length;
      if (isDelta(codec)) segment.base = rangeOf(baseCodec, plain, baseRange);
      if (codec === "patch" && segment.base !== undefined) segment.base.length = plain;
      return segment;
    });
    return { size: drawn.reduce((sum, { length }) => sum + length, 0), sources: used, segments };
  });

/** Holds that a parser refuses every beginning of the bytes, every one with a bit changed, and one that goes on. */
export function holdsOnly(bytes: Buffer, parse: (bytes: Buffer) => unknown): void {
  const taken: string[] = [];
  const refuse = (what: string, changed: Buffer): void => {
    if (refusal(() => parse(changed)) === "") taken.push(what);
  };
  for (let length = 0; length < bytes.length; length++) refuse(`cut to ${length}`, bytes.subarray(0, length));
  refuse("going on", Buffer.concat([bytes, Buffer.alloc(1)]));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    refuse(`bit ${bit}`, changed);
  }
  expect(taken).toEqual([]);
}

/** The bytes, changed and with the sum that they then have: only what stands in them can be found wrong. */
export function resummed(bytes: Buffer, change: (body: Buffer) => void): Buffer {
  const body = Buffer.from(bytes.subarray(0, -32));
  change(body);
  return Buffer.concat([body, Buffer.from(hashBytes(body), "hex")]);
}

/** The words of `Malformed`; empty where nothing was thrown. Any other error is handed on. */
export function refusal(act: () => unknown): string {
  try {
    act();
    return "";
  } catch (error) {
    if (error instanceof Malformed) return error.isNewer ? `newer: ${error.message}` : error.message;
    throw error;
  }
}
