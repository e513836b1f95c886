/** What the page hashes with: the official vectors, and files in slices: their progress, cancelled, failing. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import { openHashing } from "../../src/hashing/hasher.ts";
import { type Blake3, openBlake3 } from "../../src/page/hash/blake3.ts";
import { hashBlob } from "../../src/page/hash/hash-blob.ts";
import { BLAKE3_VECTORS, vectorInput } from "../vectors/blake3-vectors.ts";

const MIB = 1024 * 1024;
let newHasher: () => Blake3;
beforeAll(async () => {
  const file = createRequire(import.meta.url).resolve("blake3-wasm/dist/wasm/web/blake3_js_bg.wasm");
  newHasher = await openBlake3(readFileSync(file));
});

it("hashes the official vectors", () => {
  for (const [length, hash] of BLAKE3_VECTORS) {
    const hasher = newHasher();
    hasher.update(vectorInput(length));
    expect(hasher.digest(), `${length} bytes`).toBe(hash);
  }
});

describe("a file", () => {
  const lengths = [0, 1, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 5];
  it.each(lengths)("of %i bytes has the hash that mvgit gives it, and tells how far it is", async (length) => {
    const bytes = new Uint8Array(vectorInput(length));
    const done: number[] = [];
    const hash = await hashBlob(new Blob([bytes]), newHasher(), { onProgress: (at) => done.push(at) });
    expect(hash).toBe(openHashing("native").hashBytes(bytes));
    expect(done).toEqual(
      [4 * MIB, 8 * MIB, 12 * MIB].slice(0, Math.ceil(length / (4 * MIB))).map((at) => Math.min(at, length)),
    );
  });

  it("is read a slice at a time, and no further once it is cancelled", async () => {
    const abort = new AbortController();
    const asked: number[] = [];
    const file = {
      size: 400 * MIB,
      slice: (from: number) => {
        asked.push(from / MIB);
        return new Blob([new Uint8Array(4 * MIB)]);
      },
    } as unknown as Blob;
    const onProgress = (at: number): void => {
      if (at >= 8 * MIB) abort.abort();
    };
    const hashing = hashBlob(file, newHasher(), { onProgress, signal: abort.signal });
    await expect(hashing).rejects.toMatchObject({ name: "AbortError" });
    expect(asked).toEqual([0, 4, 8]);
  });

  it("that cannot be read any more is a failure, in the middle too", async () => {
    const lost = new DOMException("it was changed", "NotReadableError");
    const file = {
      size: 12 * MIB,
      slice: (from: number) =>
        from === 0 ? new Blob([new Uint8Array(4 * MIB)]) : { arrayBuffer: () => Promise.reject(lost) },
    } as unknown as Blob;
    await expect(hashBlob(file, newHasher())).rejects.toBe(lost);
  });
});
