/** Deflate without looking for what repeats: what any inflate reads, and as short as zlib's own of that kind. */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { deflateByHuffman } from "../../src/encoding/codecs/huffman.ts";
import { random } from "./numbers.ts";

/** Bytes of which low ones are the more likely, the larger `slope` is. */
function sloping(length: number, { seed, values, slope }: { seed: number; values: number; slope: number }): Uint8Array {
  return random(length, seed).map((byte) => Math.floor(values * (byte / 256) ** slope));
}

const drawn = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 30_000, max: 140_000 })),
  seed: fc.nat(),
  values: fc.integer({ min: 1, max: 256 }),
  slope: fc.double({ min: 0, max: 12, noNaN: true }),
});

it("gives what zlib inflates to the same bytes, and is no longer than zlib's", () => {
  fc.assert(
    fc.property(drawn, ({ length, ...kind }) => {
      const bytes = sloping(length, kind);
      const deflated = deflateByHuffman(bytes);
      expect(Buffer.compare(inflateRawSync(deflated), bytes)).toBe(0);
      const zlibs = deflateRawSync(bytes, { level: 1, strategy: constants.Z_HUFFMAN_ONLY, memLevel: 9 });
      // zlib has a code of no description for what is short.
      expect(deflated.length).toBeLessThanOrEqual(zlibs.length * 1.02 + 64);
    }),
    { numRuns: 60 },
  );
});

it("keeps codes as short as the format allows, where counts are those of Fibonacci", () => {
  const counts = [1, 1];
  while (counts.length < 25) counts.push((counts.at(-1) as number) + (counts.at(-2) as number));
  const bytes = Buffer.concat(counts.map((count, byte) => Buffer.alloc(count, byte)));
  for (const each of [bytes, bytes.toReversed(), Buffer.alloc(100_000, 7)])
    expect(Buffer.compare(inflateRawSync(deflateByHuffman(each)), each)).toBe(0);
});

it("takes another code where other bytes begin", () => {
  const halves = [
    sloping(327_680, { seed: 1, values: 16, slope: 1 }),
    sloping(327_680, { seed: 2, values: 16, slope: 1 }),
  ];
  const shifted = Buffer.concat([halves[0] as Uint8Array, (halves[1] as Uint8Array).map((byte) => byte + 128)]);
  const one = deflateByHuffman(halves[0] as Uint8Array).length;
  expect(deflateByHuffman(shifted).length).toBeLessThan(2 * one + 200);
});
