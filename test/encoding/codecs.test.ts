import { readFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseCodec, encodePiece } from "../../src/encoding/codecs/choose.ts";
import { decode, encode } from "../../src/encoding/codecs/codecs.ts";
import { distances16, moved16 } from "../../src/encoding/codecs/differences.ts";
import { isOneKeyPacked, layOut, oneKey, takeUp } from "../../src/encoding/codecs/groups.ts";
import { layOutNear16, moveNear16 } from "../../src/encoding/codecs/near-words.ts";
import { Scratch } from "../../src/encoding/codecs/scratch.ts";
import { words16 } from "../../src/encoding/codecs/words.ts";
import { Malformed } from "../../src/encoding/malformed.ts";
import type { Codec } from "../../src/encoding/types.ts";
import { bf16, finetuned, fp32, normals, random, same, toBytes } from "./numbers.ts";

const CODECS: readonly Codec[] = ["raw", "deflate", "split16", "split32", "delta16", "delta32", "patch"];

/** Decoded again: the same bytes, or words on what differs. */
async function roundTrip(codec: Codec, plain: Uint8Array, base: Uint8Array): Promise<Uint8Array> {
  const stored = await encode(codec, plain, base);
  const decoded = await decode(codec, stored, { length: plain.length, base });
  if (!same(decoded, plain)) throw new Error(`${codec} of ${plain.length} bytes is not what it was`);
  return stored;
}

async function refusalOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return "";
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

/** Words that a float has for what is no common number: both zeros, denormals, infinities, NaNs with payloads. */
const oddWords = [0, 0x8000, 1, 0x8001, 0x7f, 0x7f80, 0xff80, 0x7f81, 0xffff, 0x7fc1, 0x7c00, 0xfc00, 0x7c01, 0x7fff];
const hostileBytes = fc
  .array(fc.oneof(fc.constantFrom(...oddWords), fc.nat(0xffff)), { maxLength: 300 })
  .map((words) => toBytes(Uint16Array.from(words)));

/** Words of two bytes and their base: nearly all next to it, some anywhere. */
const nearBytes = fc
  .array(fc.tuple(fc.nat(0xffff), fc.oneof({ weight: 30, arbitrary: fc.nat(2) }, fc.nat(0xffff))), { maxLength: 400 })
  .map((words) => {
    const base = Uint16Array.from(words, ([word]) => word);
    const moved = base.map((word, at) => moved16(word, words[at]?.[1] as number));
    return { plain: toBytes(moved), base: toBytes(base) };
  });

it("delta16 of words that are near: in one pass as in several, and what is not so is refused", async () => {
  await fc.assert(
    fc.asyncProperty(nearBytes, fc.nat(0xffff), async ({ plain, base }, damage) => {
      const [words, known] = [words16(plain), words16(base)];
      const scratch = new Scratch();
      const fused = layOutNear16(plain, base, scratch);
      const distances = new Uint32Array(words.length);
      distances16(words, known, distances);
      const keys = oneKey(words.length);
      const whole = layOut(distances, keys, 2, scratch);
      if (isOneKeyPacked(whole.packedKeys)) expect(fused).toEqual(whole);
      const back = new Uint8Array(plain.length);
      moveNear16(back, base, fused);
      expect(back).toEqual(plain);
      if (words.length === 0) return;
      const packed = Uint8Array.from(fused.packed, (byte, at) => (at === damage % fused.packed.length ? damage : byte));
      const both = [
        () => moveNear16(back, base, { ...fused, packed }),
        () => takeUp({ ...fused, packed }, keys, scratch),
      ];
      const [here, there] = both.map((act) => {
        try {
          act();
          return null;
        } catch (error) {
          return error instanceof Malformed;
        }
      });
      expect(here).toBe(there);
    }),
  );
});

describe.each(CODECS)("%s", (codec) => {
  it("gives back any bytes, of any length and at any place in memory", async () => {
    await fc.assert(
      fc.asyncProperty(hostileBytes, hostileBytes, fc.nat(3), async (drawn, other, from) => {
        const plain = drawn.subarray(from);
        const base = Buffer.alloc(plain.length, other.length === 0 ? 7 : other);
        await roundTrip(codec, plain, base);
      }),
    );
  });

  it("gives back lengths from 0 to 9, with all values of a byte", async () => {
    for (let length = 0; length <= 9; length++) {
      for (const fill of [0, 1, 0x7f, 0x80, 0xff])
        await roundTrip(codec, Buffer.alloc(length, fill), Buffer.alloc(length, 255 - fill));
    }
  });

  it("gives back every word of 16 bits beside every kind of base, and words of 32 bits about each edge", async () => {
    const words = Uint16Array.from({ length: 0x10000 }, (_, at) => at);
    for (const base of [...oddWords, 0x3f80, 0xbf80])
      await roundTrip(codec, toBytes(words), toBytes(new Uint16Array(words.length).fill(base)));
    const edges = [0, 1, 0x7fffff, 0x800000, 0x7f800000, 0x7fffffff, 0x80000000, 0xff800000, 0xffffffff];
    const near = edges.flatMap((edge) => [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((step) => (edge + step) >>> 0));
    const pairs = near.flatMap((word) => near.map((base) => [word, base] as const));
    const of = (place: 0 | 1): Uint8Array => toBytes(Uint32Array.from(pairs, (pair) => pair[place]));
    await roundTrip(codec, of(0), of(1));
  });

  it("gives back many weights, noise, zeros, and a mix, in no more than a kibibyte more", async () => {
    const plain = bf16(normals(2 ** 17, 1));
    const inputs = [plain, random(2 ** 18, 2), new Uint8Array(2 ** 18)];
    for (const input of [...inputs, Buffer.concat([new Uint8Array(2 ** 17 + 1), plain.subarray(2 ** 17 + 1)])]) {
      for (const base of [plain, input])
        expect((await roundTrip(codec, input, base)).length).toBeLessThanOrEqual(input.length + 1024);
    }
  });

  it("refuses bytes that are cut, go on, or are of another length", async () => {
    const plain = bf16(normals(200, 3)).subarray(1);
    const base = finetuned(plain);
    const stored = await encode(codec, plain, base);
    const lengths = [0, plain.length - 1, plain.length + 1, plain.length * 1000];
    for (const length of lengths) expect(await refusalOf(decode(codec, stored, { length, base }))).not.toBe("");
    for (let cut = 0; cut < stored.length; cut++)
      expect(await refusalOf(decode(codec, stored.subarray(0, cut), { length: plain.length, base }))).not.toBe("");
    const more = Buffer.concat([stored, Buffer.alloc(1)]);
    expect(await refusalOf(decode(codec, more, { length: plain.length, base }))).not.toBe("");
  });

  it("refuses hostile bytes, or makes just as many of them as it was told", async () => {
    const plain = bf16(normals(300, 4));
    const base = finetuned(plain);
    const stored = await encode(codec, plain, base);
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(255), fc.nat(2000), async (at, byte, length) => {
        const changed = Buffer.from(stored);
        changed[at % changed.length] = byte;
        for (const expected of [plain.length, length]) {
          const known = Buffer.alloc(expected, base);
          let decoded: Uint8Array | undefined;
          const decoding = decode(codec, changed, { length: expected, base: known });
          if ((await refusalOf(decoding.then((bytes) => (decoded = bytes)))) === "")
            expect(decoded?.length).toBe(expected);
        }
      }),
      { numRuns: 100 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.nat(100), async (bytes, length) => {
        await refusalOf(decode(codec, bytes, { length, base: Buffer.alloc(length) }));
      }),
    );
  });
});

it("many pieces, coded at the same time and by every codec, do not get mixed", async () => {
  const base = bf16(normals(2 ** 16, 11));
  const pieces = Array.from({ length: 24 }, (_, at) =>
    base.map((byte, place) => (place % (9 + at) === 0 ? byte ^ 1 : byte)),
  );
  const turns = pieces.map((piece, at) => roundTrip(CODECS[at % CODECS.length] as Codec, piece, base));
  expect(await Promise.all(turns)).toHaveLength(24);
});

describe("a bomb", () => {
  const bomb = deflateRawSync(Buffer.alloc(2 ** 28));

  it.each(CODECS)("in %s makes no more than it was told", async (codec) => {
    const head = (length: number): Buffer => {
      const bytes = Buffer.alloc(5, 1);
      bytes.writeUInt32LE(length, 1);
      return bytes;
    };
    const streams = [head(bomb.length), bomb, ...[1, 2, 3, 4].flatMap(() => [head(bomb.length), bomb])];
    const before = { raw: [bomb], deflate: [bomb], split16: [Buffer.alloc(1), ...streams.slice(0, 4)] };
    const delta = Buffer.concat([Buffer.alloc(1), Buffer.alloc(1), Buffer.alloc(32, 255)]);
    const bombs: Record<Codec, Buffer[]> = {
      ...before,
      split32: [Buffer.alloc(1), ...streams.slice(0, 8)],
      delta16: [delta, ...streams.slice(0, 6)],
      delta32: [delta, ...streams],
      patch: [bomb],
    };
    const used = process.memoryUsage().rss;
    const stored = Buffer.concat(bombs[codec]);
    expect(await refusalOf(decode(codec, stored, { length: 4096, base: Buffer.alloc(4096) }))).not.toBe("");
    expect(process.memoryUsage().rss - used).toBeLessThan(2 ** 27);
  });
});

describe("what codecs make of weights, in percent", () => {
  const count = 2 ** 17;
  const weights = normals(count, 5).map((value) => value * 0.02);
  const noise = normals(count, 6);
  const moved = weights.map((value, at) => value * (1 + 0.001 * (noise[at] as number)));
  const percentOf = async (codec: Codec, plain: Uint8Array, base = plain): Promise<number> =>
    (100 * (await roundTrip(codec, plain, base)).length) / plain.length;

  it("bf16 alone: 66.3", async () => expect(await percentOf("split16", bf16(weights))).toBeLessThan(66.5));
  it("fp32 alone: 83.2", async () => expect(await percentOf("split32", fp32(weights))).toBeLessThan(83.4));
  it("bf16 after a fine-tune: 6", async () =>
    expect(await percentOf("delta16", bf16(moved), bf16(weights))).toBeLessThan(5.2));
  it("fp32 after a fine-tune: 49", async () =>
    expect(await percentOf("delta32", fp32(moved), fp32(weights))).toBeLessThan(49.5));
  it("bf16 after steps of one size: groups by exponent would pay, and take too long", async () => {
    const stepped = weights.map((value, at) => value + 1e-4 * (noise[at] as number));
    expect(await percentOf("delta16", bf16(stepped), bf16(weights))).toBeLessThan(23.6);
  });
  it("bf16 where one of ten in a row moved: no groups pay", async () => {
    const some = weights.map((value, at) => (at % 10 === 0 ? value * 1.01 : value));
    expect(await percentOf("delta16", bf16(some), bf16(weights))).toBeLessThan(5);
  });
  it.each([1, 2, 3])("values that begin %d bytes late lose nothing", async (late) => {
    const from = Buffer.alloc(late);
    const shifted = Buffer.concat([from, fp32(weights)]);
    expect(await percentOf("split32", shifted)).toBeLessThan(83.4);
    expect(await percentOf("split16", Buffer.concat([from, bf16(weights)]))).toBeLessThan(66.5);
    const before = Buffer.concat([from, bf16(weights)]);
    expect(await percentOf("delta16", Buffer.concat([from, bf16(moved)]), before)).toBeLessThan(5.2);
  });
});

describe("the codec chosen", () => {
  const weights = normals(2 ** 16, 7);
  const text = readFileSync(new URL("../../docs/format.md", import.meta.url));
  const pieces = (plain: Uint8Array, base?: Uint8Array) => [{ plain, ...(base === undefined ? {} : { base }) }];

  it.each([2, 1] as const)("for bf16, told that values have %d bytes", async (width) => {
    const plain = bf16(weights);
    expect(await chooseCodec(pieces(plain), width)).toBe("split16");
    expect(await chooseCodec(pieces(finetuned(plain), plain), width)).toBe("delta16");
    expect(await chooseCodec([...pieces(finetuned(plain), plain), ...pieces(plain)], width)).toBe("split16");
    expect(await chooseCodec(pieces(plain, random(plain.length, 8)), width)).toBe("split16");
  });
  it.each([4, 1] as const)("for fp32, told that values have %d bytes", async (width) => {
    const plain = fp32(weights);
    expect(await chooseCodec(pieces(plain), width)).toBe("split32");
    expect(await chooseCodec(pieces(plain.subarray(3)), width)).toBe("split32");
    expect(await chooseCodec(pieces(fp32(weights.map((value) => value * 1.0001)), plain), width)).toBe("delta32");
  });
  it("for text", async () => expect(await chooseCodec(pieces(text), 1)).toBe("deflate"));
  it("for noise, for nothing and for no piece", async () => {
    expect(await chooseCodec(pieces(random(2 ** 18, 9)), 1)).toBe("raw");
    expect(await chooseCodec(pieces(random(2 ** 18, 9)), 2)).toBe("raw");
    expect(await chooseCodec(pieces(new Uint8Array(0)), 1)).toBe("raw");
    expect(await chooseCodec([], 4)).toBe("raw");
  });
  it("is given up for a piece that it gains nothing for", async () => {
    const noisy = random(4096, 10);
    expect(await encodePiece("split16", noisy)).toEqual({ codec: "raw", stored: noisy });
    expect(await encodePiece("deflate", new Uint8Array(0))).toMatchObject({ codec: "raw" });
    expect((await encodePiece("deflate", text)).codec).toBe("deflate");
  });
});
