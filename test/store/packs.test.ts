/** Packs, recipes and their tables in a place: what is read of them, and what becomes of what is damaged there. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { isMvgitError } from "../../src/base/errors.ts";
import { CLAIM_TRUST } from "../../src/base/times.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import type { ReadableBucket } from "../../src/store/bucket.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { INDEX_LIST, packName } from "../../src/store/remote/layout.ts";
import { writeIndexList } from "../../src/store/remote/packs/index-list.ts";
import { PackBuilder } from "../../src/store/remote/packs/pack-builder.ts";
import { type MendedTable, Remote } from "../../src/store/remote/remote.ts";
import {
  bytesOf,
  codeOf,
  failing,
  failureOf,
  one,
  reason,
  type Sample,
  sample,
  two,
} from "../conformance/blob-store/cell.ts";
import { LyingBucket } from "../support/lying-bucket.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { PackedRemote } from "../support/packed-remote.ts";
import { type Recipes, writeRecipe } from "../support/recipes.ts";

/** A bucket that tells what was asked of it. */
class Counted extends MemoryBucket {
  asked: string[] = [];

  override async head(name: string): ReturnType<MemoryBucket["head"]> {
    this.asked.push(`head ${name}`);
    return super.head(name);
  }

  override async *get(...args: Parameters<MemoryBucket["get"]>): ReturnType<MemoryBucket["get"]> {
    const [name, range] = args;
    this.asked.push(`get ${name}${range ? ` ${range.end - range.start}` : ""}`);
    yield* super.get(...args);
  }

  override async *list(prefix: string): ReturnType<MemoryBucket["list"]> {
    this.asked.push(`list ${prefix}`);
    yield* super.list(prefix);
  }

  /** What is asked for in `work`, without the names' hashes. */
  async during(work: () => Promise<unknown>): Promise<string[]> {
    this.asked = [];
    await work();
    return this.asked.map((each) => each.replace(/\/[0-9a-f]{2}\/[0-9a-f]{62}/, ""));
  }
}

const many = Array.from({ length: 20 }, (_, at) => sample(100 + at, `many ${at}`));

async function written(bucket: MemoryBucket, samples: readonly Sample[]): Promise<Remote> {
  const remote = new Remote("store", bucket);
  for await (const answer of remote.writeMany(samples)) expect(answer).toMatchObject({ outcome: "written" });
  return remote;
}

function namesIn(bucket: MemoryBucket, folder: string): string[] {
  return [...bucket.objects.keys()].filter((name) => name.startsWith(`${folder}/`));
}

/** As a web server gives it. */
function served(bucket: MemoryBucket): ReadableBucket {
  return {
    address: bucket.address,
    concurrency: bucket.concurrency,
    head: (name) => bucket.head(name),
    get: (name, range) => bucket.get(name, range),
  };
}

describe("small blobs", () => {
  it("of one call lie in one pack where there are eight, else each by itself", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, many.slice(0, 7));
    expect([namesIn(bucket, "blobs").length, namesIn(bucket, "packs").length]).toEqual([7, 0]);
    await written(bucket, many.slice(7, 15));
    expect([namesIn(bucket, "blobs").length, namesIn(bucket, "packs").length]).toEqual([7, 1]);
    expect(namesIn(bucket, "index").length).toBe(2);
  });

  it("are objects of their own where the setting says so, and are found in packs all the same", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, many.slice(0, 10));
    const remote = new Remote("store", bucket, { encoding: "whole" });
    const outcomes: unknown[] = [];
    for await (const answer of remote.writeMany(many)) outcomes.push("error" in answer ? answer.error : answer.outcome);
    expect(outcomes).toEqual(many.map((_, at) => (at < 10 ? "present" : "written")));
    expect([namesIn(bucket, "blobs").length, namesIn(bucket, "packs").length]).toEqual([10, 1]);
  });

  it("are asked for without a request for each", async () => {
    const bucket = new Counted();
    await written(bucket, many);
    const remote = new Remote("store", bucket);
    const all = async (): Promise<void> => {
      for await (const { stat } of remote.statMany(many.map(({ hash }) => hash))) expect(stat).not.toBeNull();
    };
    expect(await bucket.during(all)).toEqual(["head mvgit.json", "get mvgit.json 55", "list index/", "get index"]);
    expect(await bucket.during(all)).toEqual(["list index/"]);
    expect(await bucket.during(() => bytesOf(remote.read(many[3]?.hash as Sample["hash"])))).toEqual(["get packs 103"]);
  });

  it("of an older remote cost what they did, and a look for packs where one is absent", async () => {
    const bucket = new Counted();
    await written(bucket, [one]);
    const remote = new Remote("store", bucket);
    await remote.place.look();
    expect(await bucket.during(() => bytesOf(remote.read(one.hash)))).toEqual(["head blobs", "get blobs"]);
    expect(await bucket.during(() => remote.stat(one.hash))).toEqual(["head blobs"]);
    expect(await bucket.during(() => remote.stat(two.hash))).toEqual(["head blobs", "list index/"]);
  });

  it("that lie in files are read by threads, each held against its hash, or else by itself", async () => {
    const dir = fs.mkdtempSync(join(tmpdir(), "mvgit-packs-"));
    const all = Array.from({ length: 420 }, (_, at) => sample(at === 7 ? 0 : 100 + at, `filed ${at}`));
    let passed = 0;
    const items = all.map(({ hash, source, bytes }, at) => {
      const file = join(dir, String(at));
      if (at !== 9) fs.writeFileSync(file, at === 5 ? bytes.map((byte) => byte ^ 1) : bytes);
      const look = { read: () => source.open(0) as never, file, passed: (count: number) => void (passed += count) };
      return { hash, source: at === 9 ? failing(bytes, 0, reason) : source, look };
    });
    const bucket = new MemoryBucket();
    const outcomes: unknown[] = [];
    for await (const answer of new Remote("store", bucket).writeMany([...items, ...items.slice(0, 1)]))
      outcomes.push("error" in answer ? answer.error : answer.outcome);
    fs.rmSync(dir, { recursive: true });
    expect(outcomes).toEqual([...all.map((_, at) => (at === 9 ? reason : "written")), "present"]);
    expect([namesIn(bucket, "packs").length, namesIn(bucket, "blobs").length]).toEqual([1, 0]);
    // The others are told by who reads them.
    const told = all.filter((_, at) => at !== 5 && at !== 9).reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(passed).toBe(told);
    const remote = new Remote("store", bucket);
    for (const [at, { hash, bytes }] of all.entries())
      if (at !== 9) expect((await bytesOf(remote.read(hash))).equals(bytes)).toBe(true);
  });

  it("that are texts are stored shorter, and given as they were", async () => {
    const bucket = new MemoryBucket();
    const texts = Array.from({ length: 10 }, (_, at) => Buffer.from(`label ${at}: cat, dog, bird\n`.repeat(200)));
    const items = texts.map((bytes) => ({ hash: hashBytes(bytes), source: bytesSource(bytes) }));
    const remote = new Remote("store", bucket);
    for await (const answer of remote.writeMany(items)) {
      const { stored } = answer as { stored: { bytes: number; shorter: number } };
      expect(stored.bytes).toBeLessThan(500);
      expect(stored.bytes + stored.shorter).toBe(answer.item.source.size);
    }
    for (const [at, { hash }] of items.entries()) {
      expect((await bytesOf(remote.read(hash))).equals(texts[at] as Buffer)).toBe(true);
      expect((await bytesOf(remote.read(hash, { start: 7, end: 12 }))).toString()).toBe(": cat");
    }
  });
});

describe("a blob that a recipe puts together", () => {
  let bucket: Counted;
  let remote: Remote;
  let made: Recipes["made"];
  let base: Recipes["base"];
  beforeEach(async () => {
    bucket = new Counted();
    remote = new PackedRemote(bucket);
    ({ made, base } = await writeRecipe(remote));
  });

  it("is what it was, whole, from anywhere on and in any part", async () => {
    const { hash, bytes } = made;
    expect(await remote.stat(hash)).toEqual({ size: bytes.length });
    expect((await bytesOf(remote.read(hash))).equals(bytes)).toBe(true);
    const source = remote.source(hash, bytes.length);
    for (const from of [0, 1, 1_100_000, 1_150_700, bytes.length - 1, bytes.length])
      expect((await bytesOf(source.open(from))).equals(bytes.subarray(from))).toBe(true);
    for (let start = 0; start < bytes.length; start += 99_991)
      for (const length of [0, 1, 70_000]) {
        const end = Math.min(bytes.length, start + length);
        const part = await bytesOf(remote.read(hash, { start, end, of: bytes.length }));
        expect(part.equals(bytes.subarray(start, end))).toBe(true);
      }
  });

  it("is read in as few ranges as its sources have, and of a part only what that needs", async () => {
    const { hash } = made;
    await remote.stat(hash);
    const all = await bucket.during(() => bytesOf(remote.read(hash)));
    // The recipe with the new pieces beside it, a range of the whole blob before and one behind, the base in the first.
    expect(all.length).toBe(3);
    expect(await bucket.during(() => bytesOf(remote.read(hash, { start: 10, end: 20 })))).toEqual(["get blobs 10"]);
  });

  it("names the object that is missing or damaged, and takes another form where there is one", async () => {
    const { hash, bytes } = made;
    const [pack] = namesIn(bucket, "packs") as [string];
    const right = bucket.objects.get(pack)?.bytes as Buffer;
    for (const [name, damage, word] of [
      [pack, () => bucket.objects.delete(pack), "is missing"],
      [
        pack,
        () =>
          bucket.put(
            pack,
            right.map((byte, at) => (at === 30 ? byte ^ 1 : byte)),
          ),
        "is damaged",
      ],
      [blobName(base.hash), () => bucket.put(blobName(base.hash), Buffer.alloc(base.bytes.length)), "is damaged"],
      [blobName(base.hash), () => bucket.objects.delete(blobName(base.hash)), "is missing"],
    ] as const) {
      damage();
      const other = new PackedRemote(bucket);
      const error = await failureOf(other.read(hash));
      expect(error.code).toBe("blob-damaged");
      const said = await bytesOf(other.read(hash)).catch((caught: unknown) => (isMvgitError(caught) ? caught : null));
      expect((said as Error).message).toContain(`'${name}' ${word}`);
      expect((said as { subject: string }).subject).toBe(hash);
      bucket.put(pack, right);
      bucket.put(blobName(base.hash), base.bytes);
    }
    bucket.objects.delete(pack);
    await remote.whole.write(hash, bytesSource(bytes));
    expect((await bytesOf(new PackedRemote(bucket).read(hash))).equals(bytes)).toBe(true);
  });

  it("comes right from a medium that lies once about each object", async () => {
    const lying = new LyingBucket(undefined, /^(blobs|packs|index)\//);
    const other = new PackedRemote(lying);
    for (const [name, { bytes }] of bucket.objects) lying.put(name, bytes);
    expect((await bytesOf(other.read(made.hash))).equals(made.bytes)).toBe(true);
  });
});

describe("tables of packs", () => {
  let folder: string;
  beforeEach(() => void (folder = fs.mkdtempSync(join(tmpdir(), "mvgit-tables-"))));
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const [first, second] = [many.slice(0, 10), many.slice(10)];

  it("that are damaged hide no others, and nothing is called absent then", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const [bad] = namesIn(bucket, "index").filter((name) => name !== INDEX_LIST) as [string];
    await written(bucket, second);
    const right = bucket.objects.get(bad)?.bytes as Buffer;
    for (const bytes of [right.subarray(1), right.map((byte, at) => (at === 99 ? byte ^ 1 : byte)), Buffer.alloc(0)]) {
      bucket.put(bad, bytes);
      const remote = new Remote("store", bucket);
      for (const { hash, bytes: own } of second) {
        expect(await remote.stat(hash)).toEqual({ size: own.length });
        expect((await bytesOf(remote.read(hash))).equals(own)).toBe(true);
      }
      for (const { hash } of [first[0] as Sample, one]) {
        expect(await codeOf(remote.stat(hash))).toBe("blob-damaged");
        expect(await codeOf(remote.read(hash))).toBe("blob-damaged");
        expect(await codeOf(remote.statMany([hash]))).toBe("blob-damaged");
      }
      const said = await remote.stat(one.hash).catch((error: unknown) => (isMvgitError(error) ? error : null));
      expect((said as Error).message).toContain(`'${bad}' in remote 'store' is damaged`);
      expect(await codeOf(remote.list())).toBe("blob-damaged");
      // What is to be there can be written all the same.
      expect(await remote.write(one.hash, one.source)).not.toBe("replaced");
      expect(await remote.stat(one.hash)).toEqual({ size: one.bytes.length });
      bucket.put(bad, right);
      expect(await remote.stat((first[0] as Sample).hash)).toEqual({ size: 100 });
      await remote.delete(one.hash);
    }
  });

  it("that are damaged are made anew from their packs, but for recipes that rest on what is gone", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const { base, made } = await writeRecipe(new Remote("store", bucket));
    const tables = namesIn(bucket, "index").filter((name) => name !== INDEX_LIST);
    const before = new Map(tables.map((name) => [name, bucket.objects.get(name)?.bytes as Buffer]));
    const spoil = (): void => tables.forEach((name) => bucket.put(name, Buffer.from("cut")));
    spoil();
    bucket.objects.delete(INDEX_LIST);
    const remote = new Remote("store", bucket);
    const mended = await remote.mendTables();
    const counts = (tables: readonly MendedTable[]): number[] =>
      tables.map(({ blobs }) => blobs?.length ?? -1).toSorted((a, b) => a - b);
    expect(counts(mended)).toEqual([1, first.length]);
    for (const name of tables) expect(bucket.objects.get(name)?.bytes).toEqual(before.get(name));
    expect((await bytesOf(remote.read(made.hash))).equals(made.bytes)).toBe(true);
    expect(await remote.mendTables()).toEqual([]);
    // A reader that cannot list finds them too.
    expect(await new Remote("web", served(bucket)).stat(made.hash)).toEqual({ size: made.bytes.length });

    spoil();
    bucket.objects.delete(blobName(base.hash));
    const again = new Remote("store", bucket);
    expect(counts(await again.mendTables())).toEqual([0, first.length]);
    expect(await again.stat(made.hash)).toBeNull();
    expect(await again.stat((first[0] as Sample).hash)).toEqual({ size: 100 });
  });

  it("that a newer mvgit wrote ask for it", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const [name] = namesIn(bucket, "index").filter((each) => each !== INDEX_LIST) as [string];
    const right = bucket.objects.get(name)?.bytes as Buffer;
    bucket.put(name, Buffer.from(right.map((byte, at) => (at === 7 ? 0x32 : byte))));
    expect(await codeOf(new Remote("store", bucket).stat(one.hash))).toBe("format-newer");
  });

  it("are kept on this machine, checked when they are read again, and forgotten with what they are of", async () => {
    const bucket = new Counted();
    await written(bucket, first);
    const { hash } = first[0] as Sample;
    const opened = (): Remote => new Remote("store", bucket, { tables: folder });
    const stat = (): Promise<string[]> => bucket.during(async () => expect(await opened().stat(hash)).not.toBeNull());
    const tables = (asked: string[]): number => asked.filter((each) => each === "get index").length;
    expect(tables(await stat())).toBe(1);
    expect(tables(await stat())).toBe(0);
    const file = (): string => join(folder, fs.readdirSync(folder)[0] as string);
    const kept = (): string[] => fs.readdirSync(file());
    expect(kept().length).toBe(1);
    fs.writeFileSync(join(file(), kept()[0] as string), "damaged");
    expect(tables(await stat())).toBe(1);
    expect(tables(await stat())).toBe(0);
    // Of a table that became another one, nothing of before is believed.
    await new Remote("store", bucket).delete((first[1] as Sample).hash);
    expect(tables(await stat())).toBe(1);
    expect(kept().length).toBe(1);
    expect(await opened().stat((first[1] as Sample).hash)).toBeNull();
  });

  it("are listed for a place that nobody can list", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    await written(bucket, second);
    const remote = new Remote("data", served(bucket));
    for (const { hash, bytes } of many) expect((await bytesOf(remote.read(hash))).equals(bytes)).toBe(true);
    expect(await remote.stat(one.hash)).toBeNull();
    bucket.objects.delete(INDEX_LIST);
    const without = new Remote("data", served(bucket));
    expect(await codeOf(without.stat(one.hash))).toBe("remote-unavailable");
    bucket.put(INDEX_LIST, Buffer.from("<!doctype html>"));
    expect(await codeOf(new Remote("data", served(bucket)).stat(one.hash))).toBe("blob-damaged");
  });

  it("and the list of them are what they are whoever writes at once", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, []);
    await Promise.all([first, second].map((samples) => written(bucket, samples)));
    const text = Buffer.from(bucket.objects.get(INDEX_LIST)?.bytes ?? []).toString();
    const tables = namesIn(bucket, "index").filter((name) => name !== INDEX_LIST);
    expect(text).toBe(
      `mvgit-index 1\n${tables
        .map((name) => `${name.replace(/index|\//g, "")}\n`)
        .toSorted()
        .join("")}`,
    );
    expect(tables.length).toBe(2);
  });

  it("are not left out of the list by who began to look before they came", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const list = bucket.list.bind(bucket);
    let isOther = false;
    bucket.list = async function* (prefix) {
      for await (const each of list(prefix)) if (each.name !== INDEX_LIST) yield each;
      if (prefix !== "index/" || isOther) return;
      isOther = true;
      await written(bucket, second);
      // As a medium that lists page by page: this one is shown as it is by now.
      for await (const each of list(prefix)) if (each.name === INDEX_LIST) yield each;
    };
    await writeIndexList(new Remote("store", bucket).place);
    expect(isOther).toBe(true);
    const remote = new Remote("data", served(bucket));
    for (const { hash, bytes } of many) expect(await remote.stat(hash)).toEqual({ size: bytes.length });
  });

  it("have a list from the beginning: what no table tells of is absent for sure where nobody can list", async () => {
    const bucket = new MemoryBucket();
    const remote = new Remote("store", bucket);
    await remote.place.prepare();
    expect(await remote.place.raise()).toBe(true);
    expect(await new Remote("data", served(bucket)).stat(one.hash)).toBeNull();
  });

  it("lose what is damaged, though they lose something else at the same time", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const [damaged, other] = first as [Sample, Sample];
    const remote = new Remote("store", bucket);
    const found = await remote.found(damaged.hash);
    await new Remote("store", bucket).delete(other.hash);
    await found?.mend(damaged.source);
    expect(namesIn(bucket, "blobs")).toEqual([blobName(damaged.hash)]);
  });

  it("are not written when what they tell of was written so long ago that it may be gone", async () => {
    const bucket = new MemoryBucket();
    const remote = new Remote("store", bucket);
    await remote.place.prepare();
    let now = 0;
    const builder = new PackBuilder(remote.place, null, { clock: { ...systemClock, now: () => now } });
    const piece = await builder.addPiece(one.bytes);
    now = CLAIM_TRUST + 1;
    const { hash } = one;
    const { length } = one.bytes;
    await builder.addRecipe({ hash, size: length }, (sourceOf) => ({
      size: length,
      sources: [sourceOf(piece)],
      segments: [{ hash, length, codec: "raw", source: 0, offset: piece.offset, stored: piece.stored }],
    }));
    expect(await codeOf(builder.flush())).toBe("remote-unavailable");
    expect(await remote.stat(hash)).toBeNull();
  });
});

it("a recipe of single bytes far from each other is read by a few ranges at a time", async () => {
  const bucket = new MemoryBucket();
  const remote = new Remote("store", bucket);
  await remote.place.prepare();
  const [count, gap] = [600, 66_000];
  const old = Buffer.alloc(count * gap, 7);
  const hash = hashBytes(old);
  await remote.whole.write(hash, bytesSource(old));
  const bytes = Buffer.alloc(count, 7);
  const byte = hashBytes(bytes.subarray(0, 1));
  const builder = new PackBuilder(remote.place, null);
  await builder.addRecipe({ hash: hashBytes(bytes), size: count }, () => ({
    size: count,
    sources: [{ kind: "blob", hash }],
    segments: Array.from({ length: count }, (_, at) => {
      return { hash: byte, length: 1, codec: "raw", source: 0, offset: at * gap, stored: 1 };
    }),
  }));
  await builder.flush();
  const get = bucket.get.bind(bucket);
  let [now, most] = [0, 0];
  bucket.get = async function* (...args) {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    yield* get(...args);
    now--;
  };
  expect((await bytesOf(remote.read(hashBytes(bytes)))).equals(bytes)).toBe(true);
  expect([most > 1, most <= 256]).toEqual([true, true]);
});

it("a pack whose bytes are gone is told, and no other blob with it", async () => {
  const bucket = new MemoryBucket();
  const remote = await written(bucket, many.slice(0, 10));
  const { hash } = many[0] as Sample;
  await remote.packed.index.refresh();
  const pack = remote.packed.index.find(hash)[0]?.table.pack as Sample["hash"];
  await written(bucket, many.slice(10));
  bucket.objects.delete(packName(pack));
  for (const each of [remote, new Remote("store", bucket)]) {
    expect(await codeOf(each.read(hash))).toBe("blob-damaged");
    expect((await bytesOf(each.read((many[15] as Sample).hash))).length).toBe(115);
  }
});
