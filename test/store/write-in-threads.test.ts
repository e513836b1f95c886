/** Many small blobs are written into a cache by threads, and are answered as if this thread had written them. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { WriteAnswer, WriteItem } from "../../src/store/blob-store.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { Cache } from "../../src/store/cache/cache.ts";
import { quickCache } from "../../src/store/cache/write-in-threads.ts";
import { codeOf, failing, MIB, reason, type Sample, sample } from "../conformance/blob-store/cell.ts";

let cache: Cache;
beforeEach(() => void (cache = new Cache(fs.mkdtempSync(join(tmpdir(), "mvgit-threads-")), { durable: false })));
afterEach(() => fs.rmSync(cache.folder, { recursive: true }));

const many = Array.from({ length: 600 }, (_, at) => sample(at === 450 ? MIB + 1 : at * 3, `thread ${at}`));
const [there, cut, wrong, broken, twice] = [3, 40, 200, 300, 500].map((at) => many[at] as Sample);

const outcomeOf = (answer: WriteAnswer): unknown => ("error" in answer ? answer.error : answer.outcome);

it("each item by its own outcome, in order", async () => {
  await cache.write((there as Sample).hash, (there as Sample).source);
  fs.mkdirSync(join(cache.fileOf((cut as Sample).hash), ".."), { recursive: true });
  fs.writeFileSync(cache.fileOf((cut as Sample).hash), "cut");
  const own = new MvgitError("remote-unavailable", "the remote does not answer");
  const items = many.map((each) => {
    if (each === wrong) return { hash: each.hash, source: bytesSource(Buffer.alloc(each.bytes.length)) };
    return each === broken ? { hash: each.hash, source: failing(each.bytes, 1, own) } : each;
  });
  const answers: WriteAnswer[] = [];
  for await (const answer of quickCache(cache).writeMany([...items, twice as Sample])) answers.push(answer);
  expect(answers.map(({ item }) => item)).toEqual([...items, twice]);
  const outcomes = answers.map(outcomeOf);
  const odd = new Map([
    [there, "present"],
    [cut, "replaced"],
    [wrong, expect.objectContaining({ code: "blob-damaged" })],
    [broken, own],
  ]);
  // Two threads may write one blob at once.
  expect([outcomes[500], outcomes.pop()].toSorted()).toEqual(["present", "written"]);
  outcomes[500] = "written";
  expect(outcomes).toEqual(many.map((each) => odd.get(each) ?? "written"));
  for (const each of many)
    if (each === wrong || each === broken) expect(cache.sizeOf(each.hash)).toBeNull();
    else expect(await cache.verify(each.hash)).toBe(true);
  expect(fs.readdirSync(cache.temporary.folder)).toEqual([]);
});

it("what lies among the bytes of others is taken out of them; what is wrong there is read by itself", async () => {
  const text = Buffer.from("label: cat, dog, bird\n".repeat(50));
  const deflated = deflateRawSync(text);
  const blob = { hash: hashBytes(text), source: bytesSource(text) };
  const [raw, absent, other, short] = many.slice(20, 24) as [Sample, Sample, Sample, Sample];
  const own = new MvgitError("access-denied", "not from here");
  const part = (codec: "raw" | "deflate", bytes: Uint8Array | null) => ({ codec, stored: async () => bytes });
  const unread = { size: raw.bytes.length, open: () => failing(raw.bytes, 0, own).open(0) };
  const items: WriteItem[] = [
    { hash: raw.hash, source: unread, part: part("raw", raw.bytes) },
    { ...blob, source: { size: text.length, open: unread.open }, part: part("deflate", deflated) },
    { ...absent, part: part("raw", null) },
    { ...other, part: part("raw", Buffer.alloc(other.bytes.length)) },
    { ...short, part: part("deflate", deflated.subarray(2)) },
    { ...(many[30] as Sample), part: { codec: "raw", stored: () => Promise.reject(own) } },
    ...many.slice(40, 440),
  ];
  const outcomes: unknown[] = [];
  for await (const answer of quickCache(cache).writeMany(items)) outcomes.push(outcomeOf(answer));
  expect(outcomes).toEqual(items.map((_, at) => (at === 5 ? own : "written")));
  for (const { hash } of [raw, blob, absent, other, short]) expect(await cache.verify(hash)).toBe(true);
});

it("what the items throw is thrown, and threads end", async () => {
  const items = function* (): Generator<Sample> {
    yield* many.slice(0, 500);
    throw reason;
  };
  const writing = async (): Promise<void> => {
    for await (const _ of quickCache(cache).writeMany(items()));
  };
  expect(await codeOf(writing())).toBe("interrupted");
  for await (const _ of quickCache(cache).writeMany(many)) break;
});
