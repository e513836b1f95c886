import fc from "fast-check";
import { expect, it } from "vitest";
import { kernel } from "../../src/encoding/kernel/kernel.ts";
import type { Kernel } from "../../src/encoding/kernel/types.ts";
import { plainKernel } from "../../src/encoding/kernel/plain.ts";
import { stripKernel } from "../../src/encoding/kernel/strips.ts";

const strips = stripKernel() as Kernel;

it("the loops in WebAssembly are used where there is any", () => {
  expect(strips).not.toBeNull();
  expect(kernel()).not.toBe(plainKernel);
});

/** Numbers as good as random, from a seed; `few`: of so many different ones. */
function bytesOf(seed: number, length: number, few = 256): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((state >>> 16) & 0xff) % few;
  });
}

/** Lengths in words: of nothing, of a round and beside one, of a strip and beside one, of several strips. */
const lengths = fc.oneof(
  fc.nat(100),
  fc
    .constantFrom(8 * 1024, 16 * 1024, 32 * 1024, 64 * 1024)
    .chain((strip) => fc.integer({ min: strip - 3, max: strip + 70 })),
);
const inputs = fc.record({ seed: fc.nat(), words: lengths, shift: fc.nat(3) });

/** What both make of it, which must be the same. */
function both<T extends Record<string, Uint8Array | Uint32Array | number>>(work: (kernel: Kernel) => T): T {
  const [fast, plain] = [work(strips), work(plainKernel)];
  for (const [name, value] of Object.entries(fast))
    expect([name, shown(value)]).toEqual([name, shown(plain[name] as T[string])]);
  return fast;
}

/** To be compared at once: of large arrays each element would take its time. */
function shown(value: Uint8Array | Uint32Array | number): string | number {
  return typeof value === "number"
    ? value
    : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
}

function planesOf(all: Uint8Array, width: number): Uint8Array[] {
  const words = all.length / width;
  return Array.from({ length: width }, (_, at) => all.subarray(at * words, (at + 1) * words));
}

it.each([2, 4])("words of %i bytes go apart as they do in JavaScript, and together again", (width) => {
  fc.assert(
    fc.property(inputs, ({ seed, words, shift }) => {
      // From any beginning in memory.
      const bytes = bytesOf(seed, shift + words * width).subarray(shift);
      const whole = both((one) => {
        const all = new Uint8Array(width * words);
        one.apart(bytes, planesOf(all, width));
        return { all };
      });
      const planes = planesOf(whole.all, width);
      const { made } = both((one) => {
        const made = new Uint8Array(shift + bytes.length).subarray(shift);
        one.together(planes, made);
        return { made };
      });
      expect(Buffer.compare(made, bytes)).toBe(0);
    }),
    { numRuns: 30 },
  );
});

it("bytes are counted, and their codes written, as in JavaScript", () => {
  fc.assert(
    fc.property(inputs, fc.constantFrom(1, 2, 20, 256), fc.nat(7), ({ seed, words: length }, few, kept) => {
      const bytes = bytesOf(seed, length, few);
      both((one) => {
        const counts = new Uint32Array(257).fill(3);
        one.count(bytes, counts);
        return { counts };
      });
      const codes = Uint32Array.from(bytesOf(seed, 256), (byte) => (byte % 13) << 16);
      codes.forEach((code, at) => (codes[at] = code | ((seed ^ Math.imul(at, 77)) & ((1 << (code >>> 16)) - 1))));
      both((one) => {
        const sink = { bytes: new Uint8Array(8 + length * 2), at: 1, bits: seed & ((1 << kept) - 1), kept };
        one.putCodes(bytes, codes, sink);
        return { ...sink, bytes: sink.bytes.subarray(0, sink.at) };
      });
    }),
    { numRuns: 40 },
  );
});

it("words near those of a base are packed, and moved back, as in JavaScript", () => {
  fc.assert(
    fc.property(inputs, fc.constantFrom(0, 1, 2, 30), ({ seed, words, shift }, far) => {
      const base = bytesOf(seed, shift + words * 2).subarray(shift);
      const moves = bytesOf(seed + 1, words);
      const bytes = Uint8Array.from(base, (byte, at) => {
        const move = moves[at >>> 1] as number;
        if (move < far) return byte ^ (move * 37 + at);
        return (at & 1) === 0 && byte > 1 && byte < 254 ? byte + (move % 3) - 1 : byte;
      });
      const { packed, low, high } = both((one) => {
        const near = {
          packed: new Uint8Array(Math.ceil(words / 4)),
          low: new Uint8Array(words + 1),
          high: new Uint8Array(words + 1),
        };
        const count = one.packNear16(bytes, base, near);
        return { packed: near.packed, low: near.low.subarray(0, count), high: near.high.subarray(0, count) };
      });
      const moved = (near: { packed: Uint8Array; low: Uint8Array; high: Uint8Array }) => (one: Kernel) => {
        const made = new Uint8Array(bytes.length);
        const count = one.moveNear16(made, base, near);
        return { count, made: count === near.low.length ? made : new Uint8Array() };
      };
      expect(Buffer.compare(both(moved({ packed, low, high })).made, bytes)).toBe(0);
      // Damaged, it takes as many, and gives as much.
      both(moved({ packed: packed.map((byte, at) => byte ^ (at % 5 === 0 ? seed : 0)), low, high }));
      both(moved({ packed, low: low.map((byte) => ~byte), high: high.map((byte) => ~byte) }));
    }),
    { numRuns: 40 },
  );
});
