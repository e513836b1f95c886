/** gc of a remote whose blobs lie in packs and behind recipes. */
import { beforeEach, describe, expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import { PackBuilder } from "../../src/store/remote/packs/pack-builder.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { claimedOf } from "../../src/values/claim.ts";
import { errorCode } from "../conformance/bucket/cell.ts";
import { type Blob, brokenIn, collect, days, lostOf, namesOf, push, Repository, World } from "../support/gc/world.ts";

let world: World;
let ours: Repository;
beforeEach(() => {
  world = new World();
  ours = new Repository("ours");
});

async function pushed(
  blobs: { small?: Blob[]; large?: { blob: Blob; base: Blob | null }[] },
  by = ours,
): Promise<void> {
  const { small = [], large = [] } = blobs;
  await push(world.bucket, by, { small, large });
  by.pushed([...small, ...large.map(({ blob }) => blob)]);
}

function forget(...blobs: Blob[]): void {
  for (const blob of blobs) ours.needed.delete(claimedOf(blob));
}

/** Collects until nothing more goes, with a grace period in between. */
async function collectAll(): Promise<void> {
  for (let times = 0; times < 4; times++) {
    world.later(days(15));
    await collect(world.bucket, ours);
  }
}

describe("a version that rests on an older one", () => {
  const large = (): { first: Blob; second: Blob; third: Blob } => {
    const first = world.blob(8);
    const second = world.changed(first);
    return { first, second, third: world.changed(second) };
  };

  it("keeps the whole blob and the packs that it is read from, and lets them go after itself", async () => {
    const { first, second, third } = large();
    await pushed({ large: [{ blob: first, base: null }] });
    await pushed({ large: [{ blob: second, base: first }] });
    await pushed({ large: [{ blob: third, base: second }] });
    expect(namesOf(world, "packs")).toHaveLength(2);
    forget(first, second);
    await collectAll();
    // The pack of the second holds a piece of the third.
    expect(namesOf(world, "blobs", "packs")).toHaveLength(3);
    expect(await collect(world.bucket, ours)).toMatchObject({ needed: 1, sources: { blobs: 1 } });
    expect([await lostOf(world, [ours]), await brokenIn(world)]).toEqual([[], []]);
    expect(
      await errorCode(new Remote("store", world.bucket).stat(second.hash).then((each) => expect(each).toBeNull())),
    ).toBe("no error");
    forget(third);
    await collectAll();
    expect(namesOf(world, "blobs", "packs", "index")).toEqual([INDEX_LIST]);
  });

  it("is left alone while it is young, with all that it rests on, whoever needs it", async () => {
    const { first, second } = large();
    await pushed({ large: [{ blob: first, base: null }] });
    world.later(days(20));
    await pushed({ large: [{ blob: second, base: first }] });
    forget(first, second);
    for (const each of [...world.bucket.objects.keys()])
      if (each.startsWith("roots/")) world.bucket.objects.delete(each);
    const before = namesOf(world, "blobs", "packs", "index");
    await collect(world.bucket, ours, { unclaimed: true });
    expect(namesOf(world, "blobs", "packs", "index")).toEqual(before);
  });

  it("whose recipe cannot be read stops gc before anything goes", async () => {
    const { first, second } = large();
    const other = world.blob(2);
    await pushed({ large: [{ blob: first, base: null }], small: [other] });
    await pushed({ large: [{ blob: second, base: first }] });
    forget(first, other);
    world.later(days(15));
    const remote = new Remote("store", world.bucket);
    await remote.packed.index.refresh();
    const [found] = remote.packed.index.find(second.hash);
    const name = namesOf(world, "packs").find((each) =>
      each.replaceAll("/", "").endsWith(found?.table.pack.slice(2) ?? "?"),
    );
    const pack = world.bucket.objects.get(name ?? "");
    pack?.bytes.fill(0, found?.entry.offset, (found?.entry.offset ?? 0) + 40);
    const before = namesOf(world, "blobs", "packs", "index");
    await expect(collect(world.bucket, ours)).rejects.toMatchObject({
      code: "blob-damaged",
      message: expect.stringMatching(/^nothing was removed: .*recipe in 'packs\//),
    });
    expect(namesOf(world, "blobs", "packs", "index")).toEqual(before);
    forget(second);
    await collectAll();
    expect(namesOf(world, "blobs", "packs", "index")).toEqual([INDEX_LIST]);
  });
});

describe("small blobs in one pack", () => {
  it("go one by one from its table, and the pack with the last", async () => {
    const [one, two, three] = [world.blob(1), world.blob(1), world.blob(1)];
    await pushed({ small: [one, two, three] });
    forget(one);
    world.later(days(15));
    const dry = await collect(world.bucket, ours, { dryRun: true, now: world.now });
    expect(dry).toMatchObject({ needed: 2, removed: { blobs: 1, bytes: 0 }, packs: { removed: 0 } });
    expect(await collect(world.bucket, ours)).toMatchObject({ needed: 2, removed: { blobs: 1, bytes: 0 } });
    const remote = new Remote("store", world.bucket);
    expect([await remote.stat(one.hash), await remote.stat(two.hash)]).toEqual([null, { size: two.bytes.length }]);
    forget(two, three);
    world.later(days(15));
    const bytes = [...world.bucket.objects].reduce(
      (sum, [name, each]) => sum + (/^(packs|index)\/../.test(name) && name !== INDEX_LIST ? each.bytes.length : 0),
      0,
    );
    const planned = await collect(world.bucket, ours, { dryRun: true, now: world.now });
    expect(planned.removed).toEqual({ blobs: 2, bytes });
    const { removed, packs } = await collect(world.bucket, ours);
    expect([removed, packs.removed]).toEqual([{ blobs: 2, bytes }, 1]);
    expect(namesOf(world, "packs", "index")).toEqual([INDEX_LIST]);
    expect(Buffer.from(world.bucket.objects.get(INDEX_LIST)?.bytes ?? []).toString()).toBe("mvgit-index 1\n");
  });

  it("that other repositories need stay", async () => {
    const theirs = new Repository("theirs");
    const [one, two] = [world.blob(1), world.blob(1)];
    await pushed({ small: [one, two] });
    await pushed({ small: [one] }, theirs);
    forget(one, two);
    await collectAll();
    expect(await lostOf(world, [theirs])).toEqual([]);
    expect(await new Remote("store", world.bucket).stat(two.hash)).toBeNull();
  });

  it("a pack of which nobody ever heard goes when it is old: its push was killed", async () => {
    await pushed({ small: [world.blob(1)] });
    const builder = new PackBuilder(new Remote("store", world.bucket).place, null);
    await builder.addPiece(world.blob(1).bytes);
    const place = new Remote("store", world.bucket).place;
    await place.look();
    await new PackBuilder(place, null).flush();
    const before = namesOf(world, "packs");
    world.bucket.put("packs/ab/" + "c".repeat(62), Buffer.from("a pack"));
    world.later(days(1));
    await collect(world.bucket, ours);
    expect(namesOf(world, "packs")).toHaveLength(before.length + 1);
    world.later(days(14));
    await collect(world.bucket, ours);
    expect(namesOf(world, "packs")).toEqual(before);
  });
});

describe("several copies of a blob", () => {
  /** The blob once more, as a repack or another pusher leaves it. */
  async function again(blob: Blob): Promise<void> {
    const { place } = new Remote("store", world.bucket);
    await place.look();
    const builder = new PackBuilder(place, null);
    await builder.addBlob({ hash: blob.hash, codec: "raw", stored: blob.bytes, plain: blob.bytes.length });
    await builder.flush();
  }

  it("stay while they are young, and then the newest old one stays, in a pack before whole", async () => {
    const blob = world.blob(2);
    await pushed({ small: [blob] });
    const [first] = namesOf(world, "packs");
    world.bucket.put(blobName(blob.hash), blob.bytes);
    world.later(days(20));
    await again(blob);
    world.later(days(1));
    await collect(world.bucket, ours);
    // Of the two old ones the whole one went; the new one is young.
    expect(namesOf(world, "blobs")).toEqual([]);
    expect(namesOf(world, "packs")).toHaveLength(2);
    world.later(days(14));
    expect(await collect(world.bucket, ours)).toMatchObject({ needed: 1, doubtful: 0, packs: { removed: 1 } });
    expect(namesOf(world, "packs")).toHaveLength(1);
    expect(namesOf(world, "packs")).not.toContain(first);
    expect(await lostOf(world, [ours])).toEqual([]);
  });

  it("all stay where the newest cannot be read", async () => {
    const blob = world.blob(2);
    await pushed({ small: [blob] });
    const [first] = namesOf(world, "packs");
    await again(blob);
    const newest = namesOf(world, "packs").find((each) => each !== first) ?? "";
    world.bucket.objects.get(newest)?.bytes.fill(0, 30, 60);
    world.later(days(15));
    expect(await collect(world.bucket, ours)).toMatchObject({ doubtful: 1, removed: { blobs: 0, bytes: 0 } });
    expect(namesOf(world, "packs")).toHaveLength(2);
    expect(await lostOf(world, [ours])).toEqual([]);
  });
});

it("what only a newer mvgit can follow is left alone, with all else", async () => {
  const blob = world.blob(1);
  await pushed({ small: [blob] });
  forget(blob);
  world.later(days(15));
  const hash = "c".repeat(62);
  for (const name of [`packs/ab/${hash}.v2`, "index/list2", `recipes/ab/${hash}`, `sparse/ab/${hash}`, "chunks/x"]) {
    world.bucket.put(name, Buffer.from("x"));
    await expect(collect(world.bucket, ours)).rejects.toMatchObject({ code: "format-newer", hint: "update mvgit" });
    world.bucket.objects.delete(name);
  }
  for (const name of ["README", "notes/a.txt", "blobs/ab/x"]) world.bucket.put(name, Buffer.from("somebody's"));
  await collect(world.bucket, ours);
  expect(namesOf(world, "packs")).toEqual([]);
  expect(world.bucket.objects.has("README")).toBe(true);
});

it("a table that cannot be read stops gc before anything goes", async () => {
  const [one, two] = [world.blob(1), world.blob(1)];
  await pushed({ small: [one] });
  await pushed({ small: [two] });
  forget(one);
  world.later(days(15));
  const [name = ""] = namesOf(world, "index").filter((each) => each !== INDEX_LIST);
  const table = world.bucket.objects.get(name);
  table?.bytes.fill(1, 30, 40);
  const before = [...world.bucket.objects.keys()];
  const error = await collect(world.bucket, ours).catch((each: unknown) => each);
  expect(isMvgitError(error, "blob-damaged") && error.message).toMatch(/^nothing was removed: 'index\//);
  expect([...world.bucket.objects.keys()].filter((each) => !before.includes(each))).toEqual(["gc/mark"]);
});

it("a claim that its push may take back stands for no other one", async () => {
  const blob = world.blob(4);
  await pushed({ large: [{ blob, base: null }] });
  world.later(days(15));
  // A push of another clone that is about to meet the mark of this gc.
  const { claims } = new Remote("store", world.bucket).place;
  const names = await claims.write(ours.id, new Set([claimedOf(blob)]));
  expect(await collect(world.bucket, ours)).toMatchObject({ claims: { removed: 1, written: 1 } });
  await claims.withdraw(names);
  world.later(days(15));
  await collect(world.bucket, new Repository("theirs"), { unclaimed: true });
  expect(await lostOf(world, [ours])).toEqual([]);
});

it("cut lists go with their blobs", async () => {
  const blob = world.blob(8);
  await pushed({ large: [{ blob, base: null }] });
  const name = `chunks/${blob.hash.slice(0, 2)}/${blob.hash.slice(2)}`;
  await world.bucket.putIfAbsent(name, bytesSource(Buffer.from("cuts")));
  world.later(days(15));
  await collect(world.bucket, ours);
  expect(namesOf(world, "chunks")).toEqual([name]);
  forget(blob);
  await collectAll();
  expect(namesOf(world, "chunks", "blobs")).toEqual([]);
});
