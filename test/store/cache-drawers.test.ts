/** What a cache does to its own files: by age, and by what is wanted. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { Cache } from "../../src/store/cache/cache.ts";
import { type BlobSource, bytesSource } from "../../src/store/bytes.ts";
import type { Hash } from "../../src/values/hash.ts";
import { ageBlobs } from "../support/aged-cache.ts";
import { StoreFolder } from "../support/store-folder.ts";

const DAY = 24 * 3600 * 1000;
let folder: StoreFolder;
let cache: Cache;

beforeEach(() => {
  folder = new StoreFolder();
  cache = new Cache(folder.path, { durable: false });
});
afterEach(() => folder.remove());

async function keep(text: string): Promise<Hash> {
  const hash = hashBytes(Buffer.from(text));
  await cache.write(hash, bytesSource(Buffer.from(text)));
  return hash;
}

const twoWeeks = (): { now: number; limit: number } => ({ now: cache.time(), limit: 14 * DAY });
const names = (): string[] => fs.readdirSync(join(folder.path, "tmp"));

it("what nobody used for long is old, and removed; what somebody used is neither", async () => {
  const [old, used] = [await keep("old"), await keep("used")];
  ageBlobs(folder.path);
  expect(await cache.write(used, bytesSource(Buffer.from("used")))).toBe("present");
  expect([cache.isOld(old, twoWeeks()), cache.isOld(used, twoWeeks())]).toEqual([true, false]);
  expect(cache.isOld(hashBytes(Buffer.from("absent")), twoWeeks())).toBe(false);
  expect([cache.removeOld(old, twoWeeks()), cache.removeOld(used, twoWeeks())]).toEqual([true, false]);
  expect(cache.removeOld(old, twoWeeks())).toBe(false);
  expect([cache.sizeOf(old), cache.sizeOf(used)]).toEqual([null, 4]);
  expect(names()).toEqual([]);
});

it("what was damaged is counted in a dry run, and gone after a real one, when it is old", async () => {
  const [old, young] = [await keep("old"), await keep("young")];
  cache.setAside(old);
  const aside = cache.asideOf(old) as string;
  fs.utimesSync(aside, new Date(0), new Date(0));
  cache.setAside(young);
  expect(cache.removeOldDamaged(twoWeeks(), { dryRun: true })).toBe(1);
  expect(fs.existsSync(aside)).toBe(true);
  expect(cache.removeOldDamaged(twoWeeks(), { dryRun: false })).toBe(1);
  expect([cache.asideOf(old), cache.asideOf(young)]).toEqual([null, expect.any(String)]);
});

it("only what is wanted stays, and what has a second name", async () => {
  const [wanted, shared, other] = [await keep("wanted"), await keep("shared"), await keep("other")];
  fs.linkSync(cache.fileOf(shared), join(folder.path, "release"));
  cache.setAside(await keep("damaged"));
  cache.keepOnly(new Set([wanted]));
  expect([wanted, shared, other].map((hash) => cache.sizeOf(hash))).toEqual([6, 6, null]);
  fs.rmSync(join(folder.path, "release"));
  cache.keepOnly(new Set());
  expect([...fs.readdirSync(cache.blobs), fs.existsSync(join(folder.path, "damaged"))]).toEqual([false]);
});

it("bytes that are wrong leave nothing, damage in the way is set aside, and what is deleted is not kept", async () => {
  const right = Buffer.alloc(2 * 1024 * 1024, "right");
  const hash = hashBytes(right);
  for (const size of [right.length, 10]) {
    const wrong = bytesSource(Buffer.alloc(size, "wrong"));
    await expect(cache.write(hash, wrong)).rejects.toMatchObject({ code: "blob-damaged" });
    expect(names()).toEqual([]);
  }
  folder.damage(hash, Buffer.from("cut"));
  expect(await cache.write(hash, bytesSource(right))).toBe("replaced");
  expect(fs.readFileSync(cache.asideOf(hash) as string, "utf8")).toBe("cut");
  const other = await keep("deleted");
  await cache.delete(other);
  expect(cache.asideOf(other)).toBeNull();
});

it("the beginning that a killed writer left is gone on with, and nothing of it is asked for again", async () => {
  const bytes = Buffer.alloc(17 * 1024 * 1024, "beginning");
  const hash = hashBytes(bytes);
  const asked: number[] = [];
  const source = (end: number): BlobSource => ({
    size: bytes.length,
    *open(from) {
      asked.push(from);
      yield bytes.subarray(from, end);
      if (end < bytes.length) throw new MvgitError("interrupted", "killed");
    },
  });
  await expect(cache.write(hash, source(1000))).rejects.toThrow("killed");
  folder.bury();
  expect(await cache.write(hash, source(bytes.length))).toBe("written");
  expect(asked).toEqual([0, 1000]);
});
