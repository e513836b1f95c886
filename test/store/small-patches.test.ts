/** Small blobs that are stored as patches of earlier versions: what that takes, how they are read, what is wrong. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { silent } from "../../src/base/progress.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import type { Stored, WriteAnswer, WriteItem } from "../../src/store/blob-store.ts";
import { packName } from "../../src/store/remote/layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import type { Encoding } from "../../src/values/settings.ts";
import { bytesOf } from "../conformance/blob-store/cell.ts";
import { noise } from "../conformance/noise.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { Mortal } from "../support/mortal-bucket.ts";

const KIB = 1024;

/** A file of records, each with numbers of its own; each 100th is another one in each version. */
function records(name: number, version: number, kib = 10): Buffer {
  const key = `${name} ${version} ${kib}`;
  const made = known.get(key) ?? recordsOf(name, version, kib);
  known.set(key, made);
  return made;
}

const known = new Map<string, Buffer>();

function recordsOf(name: number, version: number, kib: number): Buffer {
  const all = Array.from({ length: kib * 16 }, (_, at) => {
    const value = Math.imul(at * 31 + name, 0x9e3779b1 + (at % 100 === 7 ? version : 0)) >>> 0;
    return `{"id":${at},"place":"${value.toString(36)}","value":${value % 1000}},\n`;
  });
  return Buffer.from(all.join(""));
}

function all(version: number, count = 20): Buffer[] {
  return Array.from({ length: count }, (_, name) => records(name, version));
}

/** Tells what was asked for, without hashes. */
class Counted extends MemoryBucket {
  asked: string[] = [];

  override async *get(...args: Parameters<MemoryBucket["get"]>): ReturnType<MemoryBucket["get"]> {
    this.asked.push(args[0].replace(/\/.*/, ""));
    yield* super.get(...args);
  }
}

/** One clone's cache, and a bucket. */
class Machine {
  readonly cache = new MemoryStore("the cache");
  readonly bucket: MemoryBucket;
  readonly encoding: Encoding;

  constructor(bucket: MemoryBucket = new Counted(), encoding: Encoding = "compact") {
    this.bucket = bucket;
    this.encoding = encoding;
  }

  remote(): Remote {
    return new Remote("store", this.bucket, { local: this.cache, encoding: this.encoding });
  }

  item(bytes: Buffer, near: Buffer | undefined): WriteItem {
    const hash = this.cache.keep(bytes);
    const read: NonNullable<WriteItem["look"]>["read"] = (range) => this.cache.read(hash, range);
    const look = { read, passed: () => undefined, looking: () => silent.task("") };
    const item: WriteItem = { hash, source: this.cache.source(hash, bytes.length), isAbsent: true, look };
    return near === undefined ? item : { ...item, near: [{ hash: hashBytes(near), size: near.length }] };
  }

  async push(blobs: readonly Buffer[], near: readonly Buffer[] = []): Promise<Stored[]> {
    const answers: WriteAnswer[] = [];
    const items = blobs.map((bytes, at) => this.item(bytes, near[at]));
    for await (const answer of this.remote().writeMany(items)) answers.push(answer);
    return answers.map((answer) => {
      if ("error" in answer) throw answer.error;
      const { size } = answer.item.source;
      return answer.stored ?? { bytes: size, known: 0, shorter: 0 };
    });
  }

  get bytes(): number {
    let sum = 0;
    for (const { bytes } of this.bucket.objects.values()) sum += bytes.length;
    return sum;
  }

  names(folder: string): string[] {
    return [...this.bucket.objects.keys()].filter((name) => name.startsWith(`${folder}/`));
  }

  /** Somebody who has nothing reads exactly these bytes, in each way. */
  async reads(blobs: readonly Buffer[]): Promise<void> {
    const remote = new Remote("store", this.bucket);
    const known = new Map(blobs.map((bytes) => [hashBytes(bytes), bytes]));
    const wanted = [...known].map(([hash, { length }]) => ({ hash, size: length }));
    let given = 0;
    for await (const { wanted: each, source } of remote.sources(wanted)) {
      expect((await bytesOf(source.open(0))).equals(known.get(each.hash) as Buffer)).toBe(true);
      given++;
    }
    expect(given).toBe(wanted.length);
    for (const [hash, bytes] of known) {
      expect((await bytesOf(remote.read(hash))).equals(bytes)).toBe(true);
      const range = { start: bytes.length >> 1, end: bytes.length - 1 };
      if (range.end > range.start)
        expect((await bytesOf(remote.read(hash, range))).equals(bytes.subarray(range.start, range.end))).toBe(true);
    }
  }

  /** What the blob is a patch of: where that lies; null where it is none. */
  async base(bytes: Buffer): Promise<{ object: string; offset: number } | null> {
    const remote = this.remote();
    await remote.packed.index.refresh();
    const found = await remote.packed.recipeOf(hashBytes(bytes));
    const under = found?.recipe.segments[0]?.base;
    const source = under && found.recipe.sources[under.source];
    if (under === undefined || source === undefined || source.kind === "own") return null;
    const object = source.kind === "blob" ? blobName(source.hash) : packName(source.hash);
    return { object, offset: under.offset };
  }
}

/** Puts other bytes at a place of an object. */
function spoil({ bucket }: Machine, name: string, start: number): void {
  const bytes = Buffer.from(bucket.objects.get(name)?.bytes as Uint8Array);
  bucket.put(name, bytes.fill(0x55, start, start + 200));
}

describe("a second version of small files", () => {
  it("costs what changed in each, in one pack, and every version comes back", async () => {
    const machine = new Machine();
    await machine.push(all(1));
    const first = machine.bytes;
    const taken = await machine.push(all(2), all(1));
    const added = machine.bytes - first;
    expect(added).toBeLessThan(first / 5);
    // What a push tells of is what was added, but for the pack's own form and the tables.
    const told = taken.reduce((sum, { bytes }) => sum + bytes, 0);
    expect([told <= added, added - told < 2 * 20 * 60 + 1000]).toEqual([true, true]);
    expect(taken.every(({ bytes, shorter }, at) => bytes + shorter === (all(2)[at] as Buffer).length)).toBe(true);
    expect(machine.names("packs")).toHaveLength(2);
    await machine.reads([...all(1), ...all(2)]);
  });

  it("is what the third rests on only where it rests on nothing itself", async () => {
    const machine = new Machine();
    await machine.push(all(1));
    await machine.push(all(2), all(1));
    await machine.push(all(3), all(2));
    const [base] = all(2);
    const under = await machine.base(base as Buffer);
    expect(under).not.toBeNull();
    expect(await machine.base(all(3)[0] as Buffer)).toEqual(under);
    await machine.reads(all(3));
  });

  it("stays by itself where little of it stood before, or it is too short", async () => {
    const machine = new Machine();
    const short = (version: number): Buffer => records(1, version).subarray(0, 4095);
    await machine.push([...all(1), short(1), noise(50 * KIB, "one")]);
    await machine.push(
      [...all(50).map((_, at) => records(at + 100, 1)), short(2), noise(50 * KIB, "two")],
      [...all(1), short(1), noise(50 * KIB, "one")],
    );
    const bases = await Promise.all(
      [records(100, 1), short(2), noise(50 * KIB, "two")].map((each) => machine.base(each)),
    );
    expect(bases).toEqual([null, null, null]);
  });

  it("is asked for by two ranges where it is alone, and by few where there are many", async () => {
    const bucket = new Counted();
    const machine = new Machine(bucket);
    const [one, two] = [all(1, 300), all(2, 300)];
    await machine.push(one);
    await machine.push(two, one);
    const remote = new Remote("store", bucket);
    await remote.packed.index.refresh();
    bucket.asked = [];
    await bytesOf(remote.read(hashBytes(two[150] as Buffer)));
    expect(bucket.asked).toEqual(["packs", "packs"]);
    const other = new Remote("store", bucket);
    const wanted = two.map((bytes) => ({ hash: hashBytes(bytes), size: bytes.length }));
    await other.packed.index.refresh();
    bucket.asked = [];
    for await (const { source } of other.sources(wanted)) await bytesOf(source.open(0));
    expect(bucket.asked.length).toBeLessThan(30);
  });

  it.each([
    ["to a remote of plain blobs", (machine: Machine) => new Machine(machine.bucket, "whole")],
    [
      "from a machine that has not the first",
      (machine: Machine) => (all(1).forEach((bytes) => machine.cache.blobs.delete(hashBytes(bytes))), machine),
    ],
    [
      "from one that has other bytes of it",
      (machine: Machine) => (
        all(1).forEach((bytes) => machine.cache.blobs.set(hashBytes(bytes), Buffer.alloc(bytes.length))),
        machine
      ),
    ],
    [
      "where the pack of the first is gone",
      (machine: Machine) => (machine.names("packs").forEach((name) => machine.bucket.objects.delete(name)), machine),
    ],
  ])("is pushed %s by itself", async (_, change) => {
    const machine = new Machine();
    await machine.push(all(1));
    const items = all(2).map((bytes, at) => {
      const near = all(1)[at] as Buffer;
      return { bytes, near };
    });
    const other = change(machine);
    const cached = new Map(other.cache.blobs);
    const written = items.map(({ bytes, near }) => other.item(bytes, near));
    for (const [hash, bytes] of cached) other.cache.blobs.set(hash, bytes);
    for await (const answer of other.remote().writeMany(written)) expect(answer).toMatchObject({ outcome: "written" });
    for (const bytes of all(2)) expect(await other.base(bytes)).toBeNull();
    await other.reads(all(2));
  });
});

describe("a few small files", () => {
  it("are a pack of patches where that saves much, on objects of their own", async () => {
    const machine = new Machine();
    const [one, two, three] = [records(1, 1, 900), records(1, 2, 900), records(1, 3, 900)];
    await machine.push([one, Buffer.from("another")]);
    expect([machine.names("blobs").length, machine.names("packs").length]).toEqual([2, 0]);
    const before = machine.bytes;
    const [taken] = await machine.push([two, Buffer.from("a third")], [one]);
    expect(taken?.bytes).toBeLessThan(40 * KIB);
    expect(machine.bytes - before).toBeLessThan(40 * KIB);
    expect([machine.names("blobs").length, machine.names("packs").length]).toEqual([3, 1]);
    expect(await machine.base(two)).toEqual({ object: blobName(hashBytes(one)), offset: 0 });
    await machine.push([three], [two]);
    expect(await machine.base(three)).toEqual({ object: blobName(hashBytes(one)), offset: 0 });
    await machine.reads([one, two, three]);
  });

  it("are objects as before where it saves little", async () => {
    const machine = new Machine();
    await machine.push([records(1, 1)]);
    await machine.push([records(1, 2)], [records(1, 1)]);
    expect([machine.names("blobs").length, machine.names("packs").length]).toEqual([2, 0]);
  });
});

/** Edits of bytes: what is kept of them, moved, and put between. */
const edits = fc.array(fc.tuple(fc.nat(20_000), fc.nat(9000), fc.uint8Array({ maxLength: 40 })), { maxLength: 6 });

it("gives back whatever was made of whatever, one version after the other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(edits, { minLength: 8, maxLength: 10 }), fc.array(edits), async (second, third) => {
      const machine = new Machine();
      const first = second.map((_, at) => (at % 2 === 0 ? records(at, 1) : noise(20_000, `file ${at}`)));
      const made = (old: readonly Buffer[], how: typeof second): Buffer[] =>
        old.map((bytes, at) =>
          Buffer.concat([
            bytes.subarray(0, 8000),
            ...(how[at] ?? []).flatMap(([start, length, other]) => [bytes.subarray(start, start + length), other]),
          ]),
        );
      const versions = [first, made(first, second), made(made(first, second), third)];
      let near: readonly Buffer[] = [];
      for (const blobs of versions) {
        const unknown = await absentOf(machine, blobs);
        await machine.push(
          unknown.map((at) => blobs[at] as Buffer),
          near.length === 0 ? [] : unknown.map((at) => near[at] as Buffer),
        );
        near = blobs;
      }
      await machine.reads(versions.flat());
    }),
    { numRuns: 6 },
  );
});

/** As a push asks. */
async function absentOf(machine: Machine, blobs: readonly Buffer[]): Promise<number[]> {
  const absent: number[] = [];
  const hashes = blobs.map((bytes) => hashBytes(bytes));
  let at = 0;
  for await (const { stat } of machine.remote().statMany(hashes)) {
    if (stat === null && hashes.indexOf(hashes[at] as (typeof hashes)[0]) === at) absent.push(at);
    at++;
  }
  return absent;
}

it("a base that is damaged is told with the objects that may be it, one by one and among many", async () => {
  const machine = new Machine();
  await machine.push(all(1));
  await machine.push(all(2), all(1));
  const [bytes] = all(2) as [Buffer];
  const { object, offset } = (await machine.base(bytes)) as { object: string; offset: number };
  spoil(machine, object, offset + 20);
  const remote = new Remote("store", machine.bucket);
  const failure = await bytesOf(remote.read(hashBytes(bytes))).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "blob-damaged", message: expect.stringContaining(object) as unknown });
  const wanted = all(2).map((each) => ({ hash: hashBytes(each), size: each.length }));
  let right = 0;
  for await (const { wanted: each, source } of remote.sources(wanted)) {
    const read = await bytesOf(source.open(0)).catch(() => null);
    if (read !== null && hashBytes(read) === each.hash) right++;
  }
  expect(right).toBe(19);
});

it("a reading that comes wrong once comes right the second time", async () => {
  const bucket = new (class extends MemoryBucket {
    wrong = 0;

    override async *get(...args: Parameters<MemoryBucket["get"]>): ReturnType<MemoryBucket["get"]> {
      const isWrong = args[0].startsWith("packs/") && this.wrong-- > 0;
      for await (const chunk of super.get(...args)) yield isWrong ? Buffer.alloc(chunk.length, 7) : chunk;
    }
  })();
  const machine = new Machine(bucket);
  await machine.push(all(1));
  await machine.push(all(2), all(1));
  const [bytes] = all(2) as [Buffer];
  for (const wrong of [1, 2]) {
    const remote = new Remote("store", bucket);
    bucket.wrong = wrong;
    expect((await bytesOf(remote.read(hashBytes(bytes)))).equals(bytes)).toBe(true);
  }
});

it("killed at any write, a push leaves nothing that cannot be read, and the next one ends it", async () => {
  const begun = new Machine(new MemoryBucket());
  const [one, two] = [all(1, 8), all(2, 8)];
  await begun.push(one);
  for (let at = 1; ; at++)
    for (const isDone of [false, true]) {
      const under = new MemoryBucket();
      for (const [name, { bytes }] of begun.bucket.objects) under.put(name, bytes);
      const mortal = new Mortal(under, at, isDone);
      const dying = new Machine(mortal);
      for (const bytes of one) dying.cache.keep(bytes);
      const failure = await dying.push(two, one).then(
        () => null,
        (error: unknown) => error,
      );
      const after = new Machine(under);
      for (const bytes of one) after.cache.keep(bytes);
      await after.reads(one);
      const unknown = await absentOf(after, two);
      await after.push(
        unknown.map((each) => two[each] as Buffer),
        unknown.map((each) => one[each] as Buffer),
      );
      await after.reads([...one, ...two]);
      if (failure === null) return;
    }
});
