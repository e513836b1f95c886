/** What a repack writes anew, and leaves. */
import { beforeEach, describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { claimedOf } from "../../src/values/claim.ts";
import { errorCode } from "../conformance/bucket/cell.ts";
import {
  type Blob,
  brokenIn,
  collect,
  days,
  lostOf,
  namesOf,
  push,
  repackAll,
  Repository,
  World,
} from "../support/gc/world.ts";

let world: World;
let ours: Repository;
beforeEach(() => {
  world = new World();
  ours = new Repository("ours");
});

async function pushed(small: Blob[], large: { blob: Blob; base: Blob | null }[] = []): Promise<void> {
  await push(world.bucket, ours, { small, large });
  ours.pushed([...small, ...large.map(({ blob }) => blob)]);
}

function forget(...blobs: Blob[]): void {
  for (const blob of blobs) ours.needed.delete(claimedOf(blob));
}

async function gc(): Promise<void> {
  world.later(days(15));
  await collect(world.bucket, ours);
}

async function expectWell(): Promise<void> {
  expect([await lostOf(world, [ours]), await brokenIn(world)]).toEqual([[], []]);
}

const packs = (): number => namesOf(world, "packs").length;

describe("small blobs that lie whole", () => {
  const blobs = (): Blob[] => Array.from({ length: 9 }, () => world.blob(1));

  it("come into packs, and gc removes the old ones after the grace period", async () => {
    const all = blobs();
    const remote = new Remote("store", world.bucket, { encoding: "whole" });
    for (const { hash, bytes } of all) await remote.write(hash, bytesSource(bytes));
    await pushed([]);
    ours.pushed(all);
    expect(await repackAll(world.bucket, true)).toMatchObject({ whole: 9, written: { blobs: 9 }, objects: 9 });
    expect(packs()).toBe(0);
    expect(await repackAll(world.bucket)).toMatchObject({ whole: 9, written: { blobs: 9 }, passed: 0 });
    expect([packs(), namesOf(world, "blobs").length]).toEqual([1, 9]);
    await expectWell();
    // Nothing is left to do, and no claim of its own.
    expect(await repackAll(world.bucket)).toMatchObject({ whole: 0, written: { blobs: 0, bytes: 0 } });
    await gc();
    expect([packs(), namesOf(world, "blobs").length]).toEqual([1, 0]);
    await expectWell();
  });

  it("stay whole where they are few, or the mark may not be replaced", async () => {
    const remote = new Remote("store", world.bucket, { encoding: "whole" });
    const all = blobs();
    for (const { hash, bytes } of all.slice(0, 7)) await remote.write(hash, bytesSource(bytes));
    expect(await repackAll(world.bucket)).toMatchObject({ whole: 0 });
    for (const { hash, bytes } of all) await remote.write(hash, bytesSource(bytes));
    world.bucket.replace = () => Promise.reject(new MvgitError("not-supported", "no"));
    expect(await errorCode(repackAll(world.bucket))).toBe("not-supported");
    expect(packs()).toBe(0);
    expect(namesOf(world, "roots").filter((name) => name !== "roots/since")).toEqual([]);
  });
});

describe("packs", () => {
  it("of which less than half is read are written anew, with the recipes that read them", async () => {
    const first = world.blob(8);
    const second = world.changed(first);
    const third = world.changed(second);
    const [kept, ...gone] = Array.from({ length: 6 }, () => world.blob(3)) as [Blob, ...Blob[]];
    await pushed([kept, ...gone], [{ blob: first, base: null }]);
    await pushed([], [{ blob: second, base: first }]);
    await pushed([], [{ blob: third, base: second }]);
    forget(second, ...gone);
    await gc();
    const before = packs();
    const planned = await repackAll(world.bucket, true);
    // The pack of the small blobs; of the packs with a piece or a recipe, the salt and the table are more than half.
    expect(planned.sparse).toBeGreaterThan(0);
    expect(planned.saved).toBeGreaterThan(0);
    expect(packs()).toBe(before);
    const done = await repackAll(world.bucket);
    expect(done).toMatchObject({ sparse: planned.sparse, written: { blobs: planned.written.blobs }, passed: 0 });
    expect(packs()).toBeGreaterThan(before);
    await expectWell();
    await gc();
    await gc();
    // The new one, and the one with the last piece, of which more than half is read.
    expect(packs()).toBe(2);
    await expectWell();
    forget(kept, first, third);
    for (let times = 0; times < 3; times++) await gc();
    expect(namesOf(world, "packs", "index", "blobs")).toEqual([INDEX_LIST]);
  });

  it("that are small and many become few", async () => {
    const all = Array.from({ length: 17 }, () => world.blob(4));
    for (const each of all) await pushed([each]);
    const found = await repackAll(world.bucket);
    expect([found.small + found.sparse, found.written.blobs]).toEqual([17, 17]);
    expect(packs()).toBe(18);
    expect(await repackAll(world.bucket)).toMatchObject({ small: 0, written: { blobs: 0 } });
    await gc();
    expect(packs()).toBe(1);
    await expectWell();
  });

  it("of the smallest blobs, of which most is their table, stay as they are", async () => {
    const all = Array.from({ length: 40 }, (_, at) => {
      const bytes = Buffer.from(`label ${at}`);
      return { hash: hashBytes(bytes), bytes };
    });
    await pushed(all);
    expect(await repackAll(world.bucket, true)).toMatchObject({ sparse: 0, written: { blobs: 0 }, saved: 0 });
    forget(...all.slice(15));
    await gc();
    const { sparse, saved } = await repackAll(world.bucket, true);
    expect([sparse, saved > 0]).toEqual([1, true]);
    await repackAll(world.bucket);
    await gc();
    expect(packs()).toBe(1);
    expect(await repackAll(world.bucket)).toMatchObject({ sparse: 0, written: { blobs: 0 } });
    await expectWell();
  });

  it("whose bytes are damaged stay: nothing wrong is written anew", async () => {
    const [one, two] = [world.blob(4), world.blob(4)];
    const gone = Array.from({ length: 6 }, () => world.blob(4));
    await pushed([one, two, ...gone]);
    forget(...gone);
    await gc();
    const remote = new Remote("store", world.bucket);
    await remote.packed.index.refresh();
    const [located] = remote.packed.index.find(one.hash);
    const [name = ""] = namesOf(world, "packs");
    world.bucket.objects.get(name)?.bytes.fill(0, located?.entry.offset, (located?.entry.offset ?? 0) + 100);
    expect(await repackAll(world.bucket)).toMatchObject({ sparse: 1, written: { blobs: 1 }, passed: 1 });
    expect(packs()).toBe(2);
  });
});

it("a repack that is killed at any write is gone on with by the next one", async () => {
  for (let at = 0; ; at++) {
    world = new World();
    ours = new Repository("ours");
    const all = Array.from({ length: 16 }, () => world.blob(4));
    for (const each of all) await pushed([each]);
    let left = at;
    const { putIfAbsent } = world.bucket;
    world.bucket.putIfAbsent = async (...args) => {
      if (left-- <= 0) throw new Error("killed");
      return putIfAbsent.apply(world.bucket, args);
    };
    const isKilled = await repackAll(world.bucket).then(
      () => false,
      () => true,
    );
    world.bucket.putIfAbsent = putIfAbsent;
    await expectWell();
    await repackAll(world.bucket);
    await expectWell();
    await gc();
    await gc();
    expect(packs(), `after ${at} writes`).toBe(1);
    await expectWell();
    if (!isKilled) break;
    expect(at).toBeLessThan(20);
  }
});
