import fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { BLOCK, cut } from "../../../src/encoding/cuts/cut.ts";
import { fastWindow, giveBack, takeWindow } from "../../../src/encoding/cuts/gear-window.ts";
import { gearCut, gearTable, LONGEST, SHORTEST } from "../../../src/encoding/cuts/gear.ts";
import { regionsOf } from "../../../src/encoding/cuts/regions.ts";
import type { Region } from "../../../src/encoding/types.ts";
import { accessTo, noise } from "../../support/containers.ts";

/** Of each piece: where it starts and a name for its bytes. */
async function piecesOf(bytes: Uint8Array, regions?: readonly Region[]) {
  const pieces: { start: number; length: number; name: string }[] = [];
  const parts: Buffer[] = [];
  for await (const { start, bytes: piece } of cut(accessTo(bytes), regions ?? (await regionsOf(accessTo(bytes))))) {
    pieces.push({ start, length: piece.length, name: createHash("md5").update(piece).digest("hex") });
    parts.push(Buffer.from(piece));
  }
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  return pieces;
}

/** Bytes of the second that no piece of the first has. */
async function newBytes(before: Uint8Array, after: Uint8Array): Promise<number> {
  const known = new Set((await piecesOf(before)).map(({ name }) => name));
  const fresh = (await piecesOf(after)).filter(({ name }) => !known.has(name));
  return fresh.reduce((sum, { length }) => sum + length, 0);
}

describe("gear", () => {
  it("draws its numbers and cuts as the document says", () => {
    const table = gearTable();
    expect([0, 1, 255].map((at) => ((table[at] as number) >>> 0).toString(16))).toEqual([
      "15a1b800",
      "bef0c3bf",
      "4bac1317",
    ]);
    const bytes = new Uint8Array(BLOCK);
    for (let at = 0, x = 0; at < bytes.length; at++) {
      x = (Math.imul(x, 1103515245) + 12345) | 0;
      bytes[at] = x >>> 24;
    }
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += lengths.at(-1) as number)
      lengths.push(gearCut(bytes, at, bytes.length) - at);
    expect(lengths).toHaveLength(25);
    expect(lengths.slice(0, 4)).toEqual([57266, 52294, 16126, 49503]);
  });

  it("asks about each byte of a piece what the 32 bytes up to it are, as the document says", () => {
    const table = gearTable();
    const plain = (bytes: Uint8Array): number => {
      for (let length = SHORTEST; length < Math.min(bytes.length, LONGEST); length++) {
        let sum = 0;
        for (let back = 0; back < 32; back++)
          sum = (sum + Math.imul(table[bytes[length - 1 - back] as number] as number, 2 ** back)) | 0;
        if (sum >>> (length <= 32 * 1024 ? 16 : 18) === 0) return length;
      }
      return Math.min(bytes.length, LONGEST);
    };
    for (let seed = 0; seed < 8; seed++) {
      const bytes = noise(150_000 - 17_571 * seed, seed);
      expect(gearCut(bytes, 0, bytes.length)).toBe(plain(bytes));
    }
  });

  it("cuts in a window of WebAssembly's where it does in JavaScript", () => {
    const window = fastWindow();
    if (window === null) throw new Error("there is no WebAssembly here");
    const bytes = noise(1_000_000, 6).fill(7, 300_000, 500_000);
    window.bytes.set(bytes);
    for (let start = 0; start < bytes.length; start += 7919) {
      for (const length of [1, SHORTEST, SHORTEST + 1, SHORTEST + 9, 32 * 1024, 50_001, LONGEST, LONGEST + 1]) {
        const end = Math.min(start + length, bytes.length);
        expect(window.cut(start, end)).toBe(gearCut(bytes, start, end));
      }
    }
  });

  it("cuts several at the same time, each in a window of its own, and uses those again", async () => {
    const files = [1, 2, 3, 4].map((seed) => noise(600_000, seed));
    const alone = [];
    for (const file of files) alone.push(await piecesOf(file));
    expect(await Promise.all(files.map((file) => piecesOf(file)))).toEqual(alone);
    const given = takeWindow();
    expect(takeWindow()).not.toBe(given);
    giveBack(given);
    expect(takeWindow()).toBe(given);
    giveBack(given);
  });

  it("knows nothing of what stands before a piece", () => {
    const bytes = noise(400_000, 5);
    const alone = gearCut(bytes.subarray(100_001), 0, 299_999);
    expect(gearCut(bytes, 100_001, bytes.length) - 100_001).toBe(alone);
  });

  it("cuts what is all the same at the most", async () => {
    const pieces = await piecesOf(Buffer.alloc(3 * LONGEST + 5, 7));
    expect(pieces.map(({ length }) => length)).toEqual([LONGEST, LONGEST, LONGEST, 5]);
  });
});

describe("a file in pieces", () => {
  it("has them all, none empty, none too long, whatever the regions and however the bytes come", async () => {
    const region = fc.record({ length: fc.integer({ min: 1, max: 3 * BLOCK }), isTensor: fc.boolean() });
    const parts = fc.array(fc.integer({ min: 0, max: 9 * BLOCK }), { minLength: 1, maxLength: 5 });
    const whole = noise(12 * BLOCK, 9);
    await fc.assert(
      fc.asyncProperty(fc.array(region, { maxLength: 4 }), parts, async (drawn, lengths) => {
        let size = 0;
        const regions = drawn.map(({ length, isTensor }): Region => {
          size += length;
          return { start: size - length, length, kind: isTensor ? "tensor" : "part", width: 1 };
        });
        const bytes = whole.subarray(0, size);
        let at = 0;
        for await (const piece of cut(inParts(bytes, lengths), regions)) {
          expect(piece.start).toBe(at);
          expect(Buffer.compare(piece.bytes, bytes.subarray(at, at + piece.bytes.length))).toBe(0);
          expect(piece.bytes.length).toBeGreaterThan(0);
          expect(piece.bytes.length).toBeLessThanOrEqual(piece.region.kind === "tensor" ? BLOCK : LONGEST);
          at += piece.bytes.length;
        }
        expect(at).toBe(size);
      }),
      { numRuns: 25 },
    );
  });

  it("is none where it is empty, and one of a byte", async () => {
    expect(await piecesOf(Buffer.alloc(0))).toEqual([]);
    expect(await piecesOf(Buffer.from("x"))).toMatchObject([{ start: 0, length: 1 }]);
  });

  it("is said to have changed where its bytes are more or less than its regions", async () => {
    const [region] = await regionsOf(accessTo(noise(100_000)));
    for (const size of [0, 99_999, 100_001, 7_000_000])
      await expect(drain(cut(accessTo(noise(size)), [region as Region]))).rejects.toMatchObject({
        code: "changed-while-reading",
      });
  });

  it("closes what it reads from when it is left", async () => {
    let isClosed = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield noise(BLOCK);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of cut(source(), [{ start: 0, length: 50 * BLOCK, kind: "opaque", width: 1 }])) break;
    expect(isClosed).toBe(true);
  });
});

describe("a later version", () => {
  const before = noise(3 * BLOCK, 3);

  it("has old pieces again behind what was put in, taken out or changed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: before.length }),
        fc.integer({ min: 0, max: 2000 }),
        fc.integer({ min: 0, max: 2000 }),
        async (at, added, removed) => {
          const after = Buffer.concat([before.subarray(0, at), noise(added, 77), before.subarray(at + removed)]);
          expect(await newBytes(before, after)).toBeLessThan(6 * LONGEST);
        },
      ),
      { numRuns: 10 },
    );
    expect(await newBytes(before, Buffer.concat([noise(17, 4), before]))).toBeLessThan(2 * LONGEST);
  });

  it("costs little more than what changed, where one MiB of three did", async () => {
    const after = Buffer.from(before);
    noise(BLOCK, 100).copy(after, BLOCK);
    expect((await newBytes(before, after)) - BLOCK).toBeLessThan(2 * LONGEST);
  });
});

async function* inParts(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

async function drain(pieces: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of pieces);
}
