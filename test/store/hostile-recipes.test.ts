/** Recipes that a stranger wrote to take all memory: what is had of them at once is bounded. */
import { expect, it } from "vitest";
import { RecipeForm } from "../../src/encoding/recipe-form.ts";
import { formatRecipe } from "../../src/encoding/recipe.ts";
import { MOST_PLANNED } from "../../src/encoding/limits.ts";
import type { Recipe, Segment } from "../../src/encoding/types.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { PackBuilder } from "../../src/store/remote/packs/pack-builder.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";

const MIB = 1024 * 1024;
const COUNT = 20;
const SEGMENTS = 50_000;

/** As many recipes of single bytes, each in a pack of its own. */
async function hostile(bucket: MemoryBucket): Promise<{ remote: Remote; hashes: Hash[] }> {
  const remote = new Remote("store", bucket);
  await remote.place.prepare();
  const byte = Buffer.from("x");
  const hash = hashBytes(byte);
  await remote.whole.write(hash, bytesSource(byte));
  const segment: Segment = { hash, length: 1, codec: "raw", source: 0, offset: 0, stored: 1 };
  const segments = Array.from({ length: SEGMENTS }, () => segment);
  const recipe: Recipe = { size: SEGMENTS, sources: [{ kind: "blob", hash }], segments };
  const hashes = Array.from({ length: COUNT }, (_, at) => hashBytes(Buffer.from(`hostile ${at}`)));
  for (const each of hashes) {
    const builder = new PackBuilder(remote.place, null);
    await builder.addRecipe({ hash: each, size: SEGMENTS }, () => recipe);
    await builder.flush();
  }
  return { remote: new Remote("store", bucket), hashes };
}

it("many that are read at once take no more than is allowed for all of them", { timeout: 60_000 }, async () => {
  const bucket = new MemoryBucket();
  const { remote, hashes } = await hostile(bucket);
  await remote.stat(hashes[0] as Hash);
  const used = (): number => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = used();
  let most = 0;
  const get = bucket.get.bind(bucket);
  bucket.get = (...args) => {
    most = Math.max(most, used() - before);
    return get(...args);
  };
  const readings = hashes.map((hash) => remote.source(hash, SEGMENTS).open(0) as AsyncGenerator<Uint8Array>);
  const first = await Promise.all(readings.map((each) => each.next()));
  expect(first.every(({ done }) => !done)).toBe(true);
  // Each goes on with its next portion.
  for (const each of readings) for (let at = 0; at < 1100; at++) await each.next();
  await Promise.all(readings.map((each) => each.return(undefined)));
  // As objects they were more than twice as much.
  expect(most / MIB).toBeLessThan(250);
});

it("is the same read from any byte on, in order, as all of it", () => {
  const piece = (length: number, offset: number): Segment => {
    const hash = hashBytes(Buffer.from(`${length} ${offset}`));
    const at = { source: offset % 3, offset: 100 + offset, stored: length };
    if (offset % 3 !== 2) return { hash, length, codec: "raw", ...at };
    return {
      hash,
      length,
      codec: "delta16",
      ...at,
      stored: 40,
      base: { codec: "deflate", source: 1, offset, stored: 9 },
    };
  };
  const segments = Array.from({ length: 1000 }, (_, at) => piece(1 + (at % 7), 8 + at));
  const size = segments.reduce((sum, { length }) => sum + length, 0);
  const other = hashBytes(Buffer.from("pack"));
  const sources: Recipe["sources"] = [{ kind: "blob", hash: other }, { kind: "pack", hash: other }, { kind: "own" }];
  const form = new RecipeForm(formatRecipe({ size, sources, segments }));
  expect([form.size, [...form.allSources()], form.weight < MOST_PLANNED]).toEqual([size, sources, true]);
  const all = [...form.from(0)];
  expect(all.map(({ segment }) => segment)).toEqual(segments);
  for (const byte of [0, 1, 2, 777, 1024, 1025, 2000, size - 1])
    expect([...form.from(byte)]).toEqual(all.filter(({ start, segment }) => start + segment.length > byte));
});
