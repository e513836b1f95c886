/** Downloads from any service: what a driver's answers lead to. */
import { crc32c } from "@node-rs/crc32";
import { describe, expect, it } from "vitest";
import { isMvgitError } from "../../../src/base/errors.ts";
import { WrongBytes } from "../../../src/store/bucket.ts";
import { crcText } from "../../../src/store/cloud/crc32c.ts";
import type { Answered } from "../../../src/store/cloud/download.ts";
import { downloadRange } from "../../../src/store/cloud/parallel.ts";
import { noise } from "../../conformance/noise.ts";
import { allOf, chunksOf, TestReader } from "./reader.ts";

const BYTES = noise(100);

async function failure(reader: TestReader, range?: { start: number; end: number; of?: number }): Promise<Error> {
  const caught: unknown = await allOf(downloadRange(reader, range)).catch((error: unknown) => error);
  if (!isMvgitError(caught)) throw new Error(`not an MvgitError: ${String(caught)}`);
  return caught;
}

/** Ends well after 30 bytes, and has no more when it is asked for the rest. */
const short = (answer: Answered, nth: number): Answered => ({
  ...answer,
  bytes: chunksOf(BYTES.subarray(0, nth === 1 ? 30 : 0)),
});

describe("a download", () => {
  it("gives the whole object, or the bytes of a range", async () => {
    expect((await allOf(downloadRange(new TestReader(BYTES)))).equals(BYTES)).toBe(true);
    const range = { start: 10, end: 20, of: 100 };
    expect((await allOf(downloadRange(new TestReader(BYTES), range))).equals(BYTES.subarray(10, 20))).toBe(true);
    expect(await allOf(downloadRange(new TestReader(Buffer.alloc(0))))).toHaveLength(0);
  });

  it("goes on after a cut at the byte where it stopped, of the same version", async () => {
    const cutOnce = (answer: Answered, nth: number): Answered =>
      nth === 1 ? { ...answer, bytes: chunksOf(BYTES, 30) } : answer;
    const reader = new TestReader(BYTES, cutOnce);
    expect((await allOf(downloadRange(reader))).equals(BYTES)).toBe(true);
    expect(reader.asked).toEqual([
      { start: 0, end: null, version: null },
      { start: 30, end: 100, version: "1" },
    ]);
  });

  it("asks again where an answer was no answer", async () => {
    const reader = new TestReader(BYTES, (answer, nth) => (nth === 1 ? null : answer));
    expect((await allOf(downloadRange(reader))).equals(BYTES)).toBe(true);
  });

  it.each([
    ["another version", (answer: Answered, nth: number) => ({ ...answer, version: String(nth) }), "replaced"],
    ["no version", (answer: Answered) => ({ ...answer, version: null }), "something else"],
    ["no length", (answer: Answered) => ({ ...answer, total: Number.NaN }), "how long the object is"],
    ["another sum", (answer: Answered) => ({ ...answer, sum: crcText(1) }), "do not fit their CRC32C"],
    ["too many bytes", (answer: Answered) => ({ ...answer, total: 99 }), "more bytes than the object has"],
    ["too few", short, "has only 30 of 100"],
  ])("refuses %s", async (_, spoil, words) => {
    const cutFirst = (answer: Answered, nth: number): Answered =>
      nth === 1 && words === "replaced" ? { ...spoil(answer, nth), bytes: chunksOf(BYTES, 30) } : spoil(answer, nth);
    expect((await failure(new TestReader(BYTES, cutFirst))).message).toContain(words);
  });

  it("refuses an object of another size than asked for, and another range", async () => {
    expect(await failure(new TestReader(BYTES), { start: 0, end: 10, of: 99 })).toBeInstanceOf(WrongBytes);
    expect(await failure(new TestReader(BYTES), { start: 200, end: 210 })).toBeInstanceOf(WrongBytes);
    const other = (answer: Answered): Answered => ({ ...answer, range: { start: 1, end: 11, total: 100 } });
    const error = await failure(new TestReader(BYTES, other), { start: 0, end: 10 });
    expect(error.message).toContain("another range than was asked for");
  });

  it("holds the sum of all parts against the whole, when they are read at once", async () => {
    const large = Buffer.alloc(20 * 1024 * 1024, BYTES);
    const summed = (sum: string) => (answer: Answered) => ({ ...answer, sum, bytes: once(answer, large) });
    const range = { start: 0, end: large.length };
    const right = new TestReader(large, summed(crcText(crc32c(large))));
    expect((await allOf(downloadRange(right, range))).equals(large)).toBe(true);
    expect(right.asked).toHaveLength(3);
    expect(await failure(new TestReader(large, summed(crcText(1))), range)).toBeInstanceOf(WrongBytes);
  });
});

async function* once({ range }: Answered, bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(range?.start, range?.end);
}
