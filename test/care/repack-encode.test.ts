/**
 * Blobs that lie whole and get a recipe: beside kills, gc, pushes and other repositories, with blobs of a few pieces.
 * What the encoder makes of real ones, and how they are chosen, is in repack-large.test.ts.
 */
import { beforeEach, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import { LargeEncoding } from "../../src/care/repack/large.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import { PackBuilder } from "../../src/store/remote/packs/pack-builder.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { claimedOf } from "../../src/values/claim.ts";
import { errorCode } from "../conformance/bucket/cell.ts";
import { Mortal } from "../support/mortal-bucket.ts";
import {
  type Blob,
  brokenIn,
  collect,
  days,
  encodeAll,
  lostOf,
  namesOf,
  push,
  Repository,
  webOf,
  World,
  writeRecipe,
} from "../support/gc/world.ts";

let world: World;
let ours: Repository;
let theirs: Repository;
beforeEach(() => {
  world = new World();
  [ours, theirs] = [new Repository("ours"), new Repository("theirs")];
});

/** Versions that ours pushed as plain objects, long ago. */
async function pushedWhole(count: number): Promise<Blob[]> {
  const versions = [world.blob(6)];
  for (let number = 1; number < count; number++) versions.push(world.changed(versions.at(-1) as Blob));
  await push(world.bucket, ours, { small: [], large: [] });
  const remote = new Remote("store", world.bucket, { encoding: "whole" });
  for (const { hash, bytes } of versions) await remote.write(hash, bytesSource(bytes));
  ours.pushed(versions);
  await push(world.bucket, ours, { small: [], large: versions.map((blob) => ({ blob, base: null })) });
  world.later(days(15));
  return versions;
}

/** Everybody reads what they need, who can list and who cannot; and nothing is told that cannot be read. */
async function expectWell(why = ""): Promise<void> {
  const all = [ours, theirs];
  const lost = [...(await lostOf(world, all)), ...(await lostOf(world, all, webOf(world.bucket)))];
  expect([lost, await brokenIn(world)], why).toEqual([[], []]);
}

async function gc(...repositories: Repository[]): Promise<void> {
  world.later(days(15));
  for (const each of repositories.length > 0 ? repositories : [ours]) await collect(world.bucket, each);
}

const whole = (): number => namesOf(world, "blobs").length;
const claims = (): string[] => namesOf(world, "roots").filter((name) => name !== "roots/since");

it("lets the whole objects go by the gc after the grace period, and by no earlier one", async () => {
  await pushedWhole(4);
  const before = claims();
  expect(await encodeAll(world.bucket, ours)).toMatchObject({ encoded: { blobs: 4 }, passed: 0 });
  expect(claims()).toEqual(before);
  await expectWell();
  await collect(world.bucket, ours);
  expect(whole()).toBe(4);
  await gc();
  expect(whole()).toBe(0);
  await expectWell();
  expect(await encodeAll(world.bucket, ours)).toMatchObject({ encoded: { blobs: 0 } });
});

it("killed at any write, is gone on with, and leaves nothing that a gc could lose", { timeout: 60_000 }, async () => {
  await pushedWhole(3);
  const counting = new Mortal(world.bucket, Infinity, true);
  await encodeAll(counting, ours);
  expect(counting.writes).toBeGreaterThan(10);
  for (let at = 1; at <= counting.writes; at++)
    for (const [isDone, isGoneOn] of [
      [false, true],
      [true, true],
      [true, false],
    ] as const) {
      const why = `at write ${at}, ${isDone ? "done" : "not done"}, ${isGoneOn ? "gone on with" : "left"}`;
      world = new World();
      ours = new Repository("ours");
      await pushedWhole(3);
      expect(await errorCode(encodeAll(new Mortal(world.bucket, at, isDone), ours))).toBe("interrupted");
      await expectWell(why);
      if (isGoneOn) {
        const again = await encodeAll(world.bucket, ours);
        expect(again.passed, why).toBe(0);
      }
      await gc();
      await expectWell(why);
      await gc();
      await expectWell(why);
      if (isGoneOn) expect(whole(), why).toBe(0);
      // Of its own claims none is left that counts.
      ours.needed.clear();
      for (let times = 0; times < 3; times++) await gc();
      expect(
        namesOf(world, "blobs", "packs", "index").filter((name) => name !== INDEX_LIST),
        why,
      ).toEqual([]);
    }
});

it("no copy goes while who cannot list would not find the other", async () => {
  await pushedWhole(1);
  // Its table is there, and its name is not on the list.
  await encodeAll(new Mortal(world.bucket, 3, true), ours).catch(() => undefined);
  expect([namesOf(world, "index").length, whole()]).toEqual([2, 1]);
  const { replace } = world.bucket;
  world.bucket.replace = async (name, ...rest) => {
    if (name === INDEX_LIST) throw new MvgitError("access-denied", "not this one");
    return replace.call(world.bucket, name, ...rest);
  };
  expect(await errorCode(gc())).toBe("access-denied");
  expect(whole()).toBe(1);
  await expectWell();
  world.bucket.replace = replace;
  await gc();
  expect(whole()).toBe(0);
  await expectWell();
});

it("keeps a whole object that another repository's recipe is read from", async () => {
  const [first] = (await pushedWhole(1)) as [Blob];
  const second = world.changed(first);
  await push(world.bucket, theirs, { small: [], large: [{ blob: second, base: first }] });
  theirs.committed([first]);
  theirs.pushed([second]);
  await encodeAll(world.bucket, ours);
  await gc(ours, theirs);
  expect(whole()).toBe(1);
  await expectWell();
  // Until nobody reads that any more.
  theirs.needed.clear();
  for (let times = 0; times < 3; times++) await gc(theirs, ours);
  expect(whole()).toBe(0);
  await expectWell();
});

it("loses nothing that a push relies on which looked before a recipe was there, or between", async () => {
  for (let at = 1; ; at++) {
    world = new World();
    [ours, theirs] = [new Repository("ours"), new Repository("theirs")];
    const [first, last] = (await pushedWhole(2)) as [Blob, Blob];
    const added = [first, last].map((base) => ({ blob: world.changed(base), base }));
    let left = at;
    const { putIfAbsent } = world.bucket;
    world.bucket.putIfAbsent = async (name, source) => {
      if (--left === 0) {
        await push(world.bucket, theirs, { small: [], large: added });
        theirs.pushed(added.map(({ blob }) => blob));
      }
      return putIfAbsent.call(world.bucket, name, source);
    };
    await encodeAll(world.bucket, ours);
    world.bucket.putIfAbsent = putIfAbsent;
    if (left > 0) break;
    await expectWell(`before write ${at}`);
    for (let times = 0; times < 2; times++) await gc(theirs, ours);
    await expectWell(`before write ${at}`);
  }
});

it("refuses beside a gc, and leaves no claim", async () => {
  await pushedWhole(2);
  const before = claims();
  const { gcMark } = new Remote("store", world.bucket).place;
  const mark = await gcMark.make("of somebody else");
  expect(await errorCode(encodeAll(world.bucket, ours))).toBe("lock-held");
  expect(claims()).toEqual(before);
  await gcMark.remove(mark);
  expect(await encodeAll(world.bucket, ours)).toMatchObject({ encoded: { blobs: 2 } });
});

it("takes out a recipe that does not give the blob back, and goes on", async () => {
  const [first, second] = (await pushedWhole(2)) as [Blob, Blob];
  const remote = new Remote("store", world.bucket);
  await remote.place.recognise();
  const done = await new LargeEncoding(remote, {
    open: () => ({
      async encode({ hash, size }) {
        const builder = new PackBuilder(remote.place, remote.packed.index);
        const other = { hash, bytes: hash === first.hash ? second.bytes : second.bytes.subarray(0, size) };
        await writeRecipe(builder, other, []);
        await builder.flush();
        return 0;
      },
      close: async () => undefined,
    }),
    isDry: false,
    signal: new AbortController().signal,
  }).run([first, second].map(({ hash, bytes }) => ({ hash, size: bytes.length, hasVersions: true, near: () => [] })));
  expect(done).toMatchObject({ encoded: { blobs: 1 }, passed: 1 });
  await expectWell();
  for (let times = 0; times < 2; times++) await gc();
  expect(namesOf(world, "blobs").length).toBe(1);
  await expectWell();
});

it("passes over what was encoded meanwhile, or is gone", async () => {
  const [first, second] = (await pushedWhole(2)) as [Blob, Blob];
  const item = ({ hash, bytes }: Blob) => ({ hash, size: bytes.length, hasVersions: true, near: () => [] });
  await encodeAll(world.bucket, ours);
  ours.needed.delete(claimedOf(second));
  const remote = new Remote("store", world.bucket);
  await remote.place.recognise();
  const open = () => ({ encode: () => Promise.reject(new Error("asked")), close: async () => undefined });
  const signal = new AbortController().signal;
  const done = await new LargeEncoding(remote, { open, isDry: false, signal }).run([item(first), item(world.blob(3))]);
  expect(done).toMatchObject({ encoded: { blobs: 0 }, passed: 2 });
});
