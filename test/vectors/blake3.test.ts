import { describe, expect, it } from "vitest";
import { type HashEngine, openHashing } from "../../src/hashing/hasher.ts";
import { BLAKE3_VECTORS, vectorInput } from "./blake3-vectors.ts";

const ENGINES: readonly HashEngine[] = ["native", "wasm"];
const PORTIONS = [1, 63, 1023, 1025, 4099, 65_537];

function streamed(engine: HashEngine, input: Uint8Array, portion: number): string {
  const hasher = openHashing(engine).newHasher();
  for (let from = 0; from < input.length; from += portion) hasher.update(input.subarray(from, from + portion));
  return hasher.digest();
}

describe.each(ENGINES)("official BLAKE3 vectors, %s", (engine) => {
  it("has all 35 of them", () => expect(BLAKE3_VECTORS).toHaveLength(35));

  it.each(BLAKE3_VECTORS)("%i bytes at once", (length, hash) => {
    expect(openHashing(engine).hashBytes(vectorInput(length))).toBe(hash);
  });

  it.each(PORTIONS)("in portions of %i bytes", (portion) => {
    for (const [length, hash] of BLAKE3_VECTORS) {
      if (length / portion < 20_000) expect(streamed(engine, vectorInput(length), portion)).toBe(hash);
    }
  });
});

describe("inputs above 1 MiB", () => {
  const MIB = 1024 * 1024;
  const lengths = [MIB - 1, MIB, MIB + 1, 3 * MIB + 17, 9 * MIB + 1];
  it.each(lengths)("%i bytes: both implementations agree, in one update and in many", (length) => {
    const input = vectorInput(length);
    const expected = openHashing("native").hashBytes(input);
    expect(openHashing("wasm").hashBytes(input)).toBe(expected);
    expect(streamed("wasm", input, MIB)).toBe(expected);
    expect(streamed("wasm", input, 65_537)).toBe(expected);
    expect(streamed("native", input, 99_991)).toBe(expected);
  });
});
