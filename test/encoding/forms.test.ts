import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCutList, parseCutList } from "../../src/encoding/cut-list.ts";
import { formatTable, parseTable } from "../../src/encoding/index-table.ts";
import { formatRecipe, parseRecipe, recipeLength } from "../../src/encoding/recipe.ts";
import type { IndexEntry, Recipe, Segment } from "../../src/encoding/types.ts";
import { cutList, hashOf, holdsOnly, recipe, refusal, resummed, table } from "./forms.ts";

const forms = [
  { name: "a pack's table", draw: table, format: formatTable, parse: parseTable },
  { name: "a recipe", draw: recipe, format: formatRecipe, parse: parseRecipe },
  { name: "a cut list", draw: cutList, format: formatCutList, parse: parseCutList },
] as {
  name: string;
  draw: fc.Arbitrary<unknown>;
  format: (value: unknown) => Buffer;
  parse: (bytes: Uint8Array) => unknown;
}[];

describe.each(forms)("$name", ({ draw, format, parse }) => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(draw, (value) => {
        expect(parse(format(value))).toEqual(value);
      }),
    );
  });

  it("is refused when it is cut short, goes on, or has a bit changed", () => {
    fc.assert(
      fc.property(draw, (value) => holdsOnly(format(value), parse)),
      { numRuns: 2 },
    );
  });

  it("has one form: with any byte changed and a sum that fits, it is refused or says just those bytes", () => {
    fc.assert(
      fc.property(draw, fc.nat(), fc.nat(255), (value, at, byte) => {
        const changed = resummed(format(value), (body) => (body[at % body.length] = byte));
        let parsed: unknown;
        if (refusal(() => (parsed = parse(changed))) === "") expect(format(parsed).equals(changed)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("is told apart when a later format wrote it", () => {
    fc.assert(
      fc.property(draw, (value) => {
        const newer = resummed(format(value), (body) => body.write("2", 7));
        expect(refusal(() => parse(newer))).toBe("newer: it is of format 2");
      }),
      { numRuns: 5 },
    );
  });

  it("is not what any bytes are", () => {
    const [sample] = fc.sample(draw, { seed: 1, numRuns: 1 });
    const magic = format(sample).subarray(0, 8);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(refusal(() => parse(bytes))).not.toBe("");
        expect(refusal(() => parse(Buffer.concat([magic, bytes])))).not.toBe("");
        expect(refusal(() => parse(resummed(Buffer.concat([magic, bytes, Buffer.alloc(32)]), () => {})))).not.toBe("");
      }),
    );
  });
});

describe("a pack's table", () => {
  const blob: IndexEntry = { hash: hashOf(1), kind: "blob", codec: "raw", offset: 8, stored: 5, plain: 5, size: 5 };
  const made: IndexEntry = { ...blob, kind: "recipe", offset: 13, stored: 90, plain: 90, size: 7_000_000 };
  const tableWith = (...entries: IndexEntry[]) => formatTable({ pack: 500, entries });

  it("holds ten thousand entries, in whatever order they come", () => {
    const entries = Array.from({ length: 10_000 }, (_, at) => ({ ...blob, hash: hashOf(at), offset: 8 + 5 * at }));
    const bytes = formatTable({ pack: 2_000_000, entries });
    expect(parseTable(bytes).entries).toHaveLength(10_000);
    expect(formatTable({ pack: 2_000_000, entries: entries.toReversed() }).equals(bytes)).toBe(true);
  });

  it("holds an empty blob, a blob beside its recipe, and nothing", () => {
    const empty = { ...blob, hash: hashOf(2), stored: 0, plain: 0, size: 0 };
    expect(parseTable(tableWith(blob, made, empty)).entries).toHaveLength(3);
    expect(parseTable(formatTable({ pack: 8 + 52 + 12, entries: [] }))).toEqual({ pack: 72, entries: [] });
  });

  it.each<[string, IndexEntry[]]>([
    ["lies outside", [{ ...blob, offset: 7 }]],
    ["lies outside", [{ ...blob, offset: 500 - 12 - 112 - 4 }]],
    ["lies outside", [{ ...blob, offset: 500 }]],
    ["in order", [blob, blob]],
    ["in order", [blob, { ...blob, offset: 13 }]],
    ["two lengths", [{ ...blob, stored: 4 }]],
    ["longer than", [{ ...blob, codec: "deflate", stored: 0 }]],
    ["two sizes", [{ ...blob, size: 6 }]],
    ["too large", [{ ...blob, codec: "deflate", plain: 4_194_305, size: 4_194_305 }]],
    ["coded as none", [{ ...made, codec: "split16" }]],
    ["length that none", [{ ...made, stored: 0, plain: 0 }]],
    ["length that none", [{ ...made, codec: "deflate", plain: 2 ** 26 + 1 }]],
    ["size that none", [{ ...made, size: 0 }]],
  ])("is none that %s", (words, entries) => expect(refusal(() => tableWith(...entries))).toContain(words));

  /** Bytes of a pack that is full of pieces, and of entries. */
  const LONGEST = 8 + 2 ** 26 + 20 + 60 * 2 ** 20 + 32 + 12;

  it("is none of a pack of a size that none has", () => {
    expect(refusal(() => formatTable({ pack: 71, entries: [] }))).toContain("a size that none");
    expect(refusal(() => formatTable({ pack: LONGEST + 1, entries: [] }))).toContain("a size that none");
    // Its object may have lost the entries that made it so long.
    expect(refusal(() => formatTable({ pack: LONGEST, entries: [] }))).toBe("");
  });

  it.each([
    ["too large", 20 + 36 + 7, 0xff],
    ["a kind that none", 20 + 32, 2],
    ["a codec has a number", 20 + 33, 7],
    ["where no base can be", 20 + 33, 4],
    ["where no base can be", 20 + 33, 6],
    ["mean nothing", 20 + 34, 1],
    ["its count", 16, 2],
    ["its count", 19, 0xff],
  ])("is none of which %s is said", (words, at, byte) => {
    const changed = resummed(tableWith(blob), (body) => (body[at] = byte));
    expect(refusal(() => parseTable(changed))).toContain(words);
  });
});

describe("a recipe", () => {
  const segment: Segment = { hash: hashOf(1), length: 9, codec: "raw", source: 0, offset: 8, stored: 9 };
  const base = { codec: "raw", source: 0, offset: 100, stored: 9 } as const;
  const own: Recipe = { size: 9, sources: [{ kind: "own" }], segments: [segment] };
  const whole: Recipe = { size: 9, sources: [{ kind: "blob", hash: hashOf(2) }], segments: [segment] };
  const withSegment = (change: Partial<Segment>): Recipe => ({ ...own, segments: [{ ...segment, ...change }] });

  it("holds ten thousand segments", () => {
    const segments = Array.from({ length: 10_000 }, (_, at) => ({ ...segment, hash: hashOf(at), offset: 8 + 9 * at }));
    const bytes = formatRecipe({ ...own, size: 90_000, segments });
    expect(bytes).toHaveLength(recipeLength({ ...own, segments }));
    expect(parseRecipe(bytes).segments).toEqual(segments);
  });

  it("may begin at the beginning of a whole blob, far behind it, and not in a pack's first bytes", () => {
    expect(refusal(() => formatRecipe({ ...whole, segments: [{ ...segment, offset: 0 }] }))).toBe("");
    expect(refusal(() => formatRecipe({ ...whole, segments: [{ ...segment, offset: 2 ** 52 }] }))).toBe("");
    expect(refusal(() => formatRecipe(withSegment({ offset: 0 })))).toContain("outside of its pack");
  });

  it.each<[string, Recipe]>([
    ["empty blob", { ...own, size: 0, segments: [] }],
    ["not as long", { ...own, size: 10 }],
    ["not as long", { ...own, segments: [segment, segment] }],
    ["twice", { ...own, sources: [{ kind: "own" }, { kind: "own" }] }],
    ["no segment uses", { ...own, sources: [{ kind: "own" }, { kind: "pack", hash: hashOf(3) }] }],
    ["a length that none", { ...own, size: 2 ** 22 + 1, segments: [{ ...segment, length: 2 ** 22 + 1 }] }],
    ["a length that none", { ...own, segments: [{ ...segment, length: 0, stored: 0 }, segment] }],
    ["two lengths", withSegment({ stored: 8 })],
    ["longer than they can be", withSegment({ codec: "deflate", stored: 9 + 1025 })],
    ["not named", withSegment({ source: 1 })],
    ["left out", withSegment({ codec: "delta16", stored: 3 })],
    ["left out", withSegment({ base })],
    ["two lengths", withSegment({ codec: "delta16", stored: 3, base: { ...base, stored: 8 } })],
    ["not named", withSegment({ codec: "delta16", stored: 3, base: { ...base, source: 1 } })],
    ["how long it is", withSegment({ codec: "delta16", stored: 3, base: { ...base, length: 9 } })],
    ["how long it is", withSegment({ codec: "patch", stored: 3, base })],
    ["two lengths", withSegment({ codec: "patch", stored: 3, base: { ...base, length: 8 } })],
    ["a base has a length", withSegment({ codec: "patch", stored: 3, base: { ...base, stored: 0, length: 0 } })],
    [
      "a base has a length",
      withSegment({ codec: "patch", stored: 3, base: { ...base, codec: "deflate", length: 2 ** 22 + 1 } }),
    ],
    ["whole blob", { ...whole, segments: [{ ...segment, codec: "deflate", stored: 3 }] }],
    ["outside of its source", withSegment({ offset: 2 ** 26 })],
    ["outside of its source", { ...whole, segments: [{ ...segment, offset: 2 ** 53 - 9 }] }],
  ])("is none where one is told of as %s", (words, wrong) => {
    expect(refusal(() => formatRecipe(wrong))).toContain(words);
  });

  it("takes no room for what its numbers claim", () => {
    const sources = resummed(formatRecipe(own), (body) => body.writeUInt32LE(0xffffffff, 16));
    const segments = resummed(formatRecipe(own), (body) => body.writeUInt32LE(0xffffffff, 20 + 33));
    for (const each of [sources, segments]) expect(refusal(() => parseRecipe(each))).toBe("it is cut short");
    const long = Buffer.alloc(2 ** 26 + 1);
    expect(refusal(() => parseRecipe(long))).toBe("it is too long");
  });

  it("names its own pack by nothing", () => {
    const named = resummed(formatRecipe(own), (body) => (body[25] = 1));
    expect(refusal(() => parseRecipe(named))).toContain("own pack has a name");
  });
});

describe("a cut list", () => {
  it("holds ten thousand cuts", () => {
    const cuts = Array.from({ length: 10_000 }, (_, at) => ({ hash: hashOf(at % 7), length: 1 + at }));
    const list = { size: 50_005_000, cuts };
    expect(parseCutList(formatCutList(list))).toEqual(list);
  });

  it.each([
    ["a length that none", { size: 0, cuts: [{ hash: hashOf(1), length: 0 }] }],
    ["a length that none", { size: 2 ** 22 + 1, cuts: [{ hash: hashOf(1), length: 2 ** 22 + 1 }] }],
    ["not as long", { size: 4, cuts: [{ hash: hashOf(1), length: 5 }] }],
  ])("is none where %s is told", (words, list) => expect(refusal(() => formatCutList(list))).toContain(words));
});
