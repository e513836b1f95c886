import fc from "fast-check";
import { expect, it } from "vitest";
import { decodePatch, encodeIfPatch, encodePatch } from "../../src/encoding/codecs/patch.ts";
import { Malformed } from "../../src/encoding/malformed.ts";
import { deflateRawSync } from "node:zlib";
import { random, same } from "./numbers.ts";

/** A text of lines, each with a number of its own. */
function lines(count: number, change: (at: number) => string | null = String): Buffer {
  const all = Array.from({ length: count }, (_, at) => change(at));
  return Buffer.from(all.flatMap((line) => (line === null ? [] : [`${line},a place,${line}\n`])).join(""));
}

/** Cuts of a base, put together anew, with other bytes between. */
const edited = fc
  .tuple(
    fc.uint8Array({ maxLength: 600 }),
    fc.array(fc.tuple(fc.nat(600), fc.nat(300), fc.uint8Array({ maxLength: 20 })), { maxLength: 8 }),
  )
  .map(([base, cuts]) => ({
    base,
    plain: Buffer.concat(cuts.flatMap(([start, length, other]) => [base.subarray(start, start + length), other])),
  }));

it("gives back bytes of any base, of any length", async () => {
  await fc.assert(
    fc.asyncProperty(edited, async ({ base, plain }) => {
      const stored = await encodePatch(plain, base);
      expect(same(await decodePatch(stored, plain.length, base), plain)).toBe(true);
    }),
  );
});

it("of lines that are new, gone, longer and moved takes what is new", async () => {
  const base = lines(40_000);
  const half = 20_000;
  const changed = lines(40_000, (at) => {
    if (at % 1000 === 7) return null;
    return at % 1000 === 500 ? `${at} and more` : String(at < half ? at + half : at - half);
  });
  const stored = await encodePatch(changed, base);
  expect(stored.length).toBeLessThan(3000);
  expect(deflateRawSync(changed).length).toBeGreaterThan(100_000);
  expect(same(await decodePatch(stored, changed.length, base), changed)).toBe(true);
});

it("is given up where less than half is the base's", async () => {
  const [base, other] = [random(40_000, 1), random(40_000, 2)];
  expect(await encodeIfPatch(other, base)).toBeNull();
  expect(await encodeIfPatch(Buffer.concat([base.subarray(0, 19_000), other.subarray(0, 20_000)]), base)).toBeNull();
  expect(
    await encodeIfPatch(Buffer.concat([base.subarray(0, 21_000), other.subarray(0, 20_000)]), base),
  ).not.toBeNull();
});

it.each([
  ["a run of more bytes than there are", [0, 11, 0], "more bytes"],
  ["bytes that are more", [11], "more bytes"],
  ["a run of no bytes", [0, 0, 0], "more bytes"],
  ["a run that begins before the base", [0, 5, 1], "outside of the base"],
  ["a run that ends behind the base", [0, 10, 22], "outside of the base"],
  ["what follows", [0, 10, 0, 0], "follows"],
  ["a number without end", [0x80, 0x80, 0x80, 0x80, 0x80, 0x80], "too long"],
  ["no end", [0, 5], "cut short"],
  ["nothing", [], "cut short"],
])("%s is refused", async (_, told, words) => {
  const decoding = decodePatch(deflateRawSync(Buffer.from(told)), 10, Buffer.alloc(20));
  await expect(decoding).rejects.toThrow(Malformed);
  await expect(decoding).rejects.toThrow(words);
});
