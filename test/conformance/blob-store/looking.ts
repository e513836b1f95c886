/** Cells of `stat`, `statMany`, `list` and `delete`. */
import { expect } from "vitest";
import { bytesSource } from "../../../src/store/bytes.ts";
import type { Hash } from "../../../src/values/hash.ts";
import {
  type Cell,
  cell,
  codeOf,
  dieHalfway,
  errorOf,
  expectNew,
  expectInvisible,
  expectRight,
  listed,
  type Sample,
  sample,
  storeWith,
  largeOf,
  one,
  reason,
  two,
} from "./cell.ts";

/** The first characters of their hashes are the same, and the last one's comes last. */
const NEIGHBOURS = neighbours(5);

function neighbours(count: number): Sample[] {
  const found = new Map<string, Sample[]>();
  for (let at = 0; ; at++) {
    const each = sample(10, `neighbour ${at}`);
    const group = [...(found.get(each.hash.slice(0, 2)) ?? []), each];
    if (group.length === count) return group.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));
    found.set(each.hash.slice(0, 2), group);
  }
}

export const LOOKING: readonly Cell[] = [
  cell("stat, absent", async (place) => {
    const store = await storeWith(place, two);
    expect(await store.stat(one.hash)).toBeNull();
  }),
  cell("stat, present", async (place) => {
    const store = await storeWith(place, one, two);
    expect(await store.stat(one.hash)).toEqual({ size: 1000 });
    expect(await store.stat(one.hash)).toEqual({ size: 1000 });
  }),
  cell("stat, partial", async (place) => {
    const large = largeOf(place);
    for (const each of [one, large]) {
      await dieHalfway(place, each);
      await expectInvisible(place, each);
    }
  }),
  cell("stat, cancelled", async (place) => {
    await storeWith(place, one);
    const store = await place.open(AbortSignal.abort(reason));
    expect(await errorOf(store.stat(one.hash))).toBe(reason);
    expect(await errorOf(store.stat(two.hash))).toBe(reason);
  }),
  cell("stat, damaged", async (place) => {
    const store = await storeWith(place, one, two);
    await place.damage(one.hash, Buffer.from("cut"));
    await place.damage(two.hash, Buffer.alloc(2000));
    expect([await store.stat(one.hash), await store.stat(two.hash)]).toEqual([{ size: 3 }, { size: 2000 }]);
    for (const by of ["folder", "link"] as const) {
      place.obstruct?.(one.hash, by);
      if (place.obstruct) expect(await store.stat(one.hash)).toEqual({ size: -1 });
    }
  }),

  cell("statMany, order", async (place) => {
    const there = Array.from({ length: 60 }, (_, at) => sample(at, `there ${at}`));
    const store = await storeWith(place, ...there);
    const absent = Array.from({ length: 60 }, (_, at) => sample(at + 1, `absent ${at}`));
    for (const few of [1, 60]) {
      const asked = there.slice(0, few).flatMap((each, at) => [absent[at]?.hash as Hash, each.hash, each.hash]);
      const answers: [Hash, number | null][] = [];
      for await (const { hash, stat } of store.statMany(asked)) answers.push([hash, stat?.size ?? null]);
      const expected = there.slice(0, few).flatMap(({ hash, bytes }, at) => [
        [absent[at]?.hash, null],
        [hash, bytes.length],
        [hash, bytes.length],
      ]);
      expect(answers).toEqual(expected);
    }
    for await (const _ of store.statMany([])) expect.unreachable();
  }),
  cell("statMany, cancelled", async (place) => {
    await storeWith(place, one);
    for (const count of [1, 1000]) {
      const store = await place.open(AbortSignal.abort(reason));
      expect(await errorOf(store.statMany(Array.from({ length: count }, () => one.hash)))).toBe(reason);
    }
  }),

  cell("list, absent", async (place) => {
    expect((await listed(await place.open())).size).toBe(0);
  }),
  cell("list, present", async (place) => {
    const empty = sample(0);
    const store = await storeWith(place, one, two, empty);
    expect(await listed(store)).toEqual(
      new Map([
        [one.hash, 1000],
        [two.hash, 2000],
        [empty.hash, 0],
      ]),
    );
  }),
  cell("list, partial", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one);
    await dieHalfway(place, large);
    await dieHalfway(place, two);
    expect([...(await listed(store)).keys()]).toEqual([one.hash]);
  }),
  cell("list, repeated", async (place) => {
    const all = Array.from({ length: 40 }, (_, at) => sample(10, `${at}`));
    const store = await storeWith(place, ...all);
    const [gone, ...kept] = all.map(({ hash }) => hash);
    const found = new Set<Hash>();
    for await (const { hash } of store.list()) {
      if (found.size === 0) {
        await store.delete(hash === gone ? (kept.pop() as Hash) : (gone as Hash));
        await store.write(one.hash, one.source);
      }
      found.add(hash);
    }
    expect(kept.filter((hash) => !found.has(hash))).toEqual([]);
    const both = await Promise.all([listed(store), listed(store)]);
    expect(both[0]).toEqual(both[1]);
    // Those that a store may keep beside each other, and look at together.
    const beside = await storeWith(place, ...NEIGHBOURS);
    const isNeighbour = (hash: Hash): boolean => NEIGHBOURS.some((each) => each.hash === hash);
    const seen: Hash[] = [];
    for await (const { hash } of beside.list()) {
      if (!isNeighbour(hash)) continue;
      if (seen.push(hash) === 1)
        for (const each of NEIGHBOURS.slice(0, -1)) if (each.hash !== hash) await beside.delete(each.hash);
    }
    expect(seen).toContain(NEIGHBOURS.at(-1)?.hash);
  }),
  cell("list, cancelled", async (place) => {
    expect(await errorOf((await place.open(AbortSignal.abort(reason))).list())).toBe(reason);
    await storeWith(place, one);
    expect(await errorOf((await place.open(AbortSignal.abort(reason))).list())).toBe(reason);
  }),
  cell("list, damaged", async (place) => {
    const store = await storeWith(place, one, two);
    await place.damage(one.hash, Buffer.from("cut"));
    expect((await listed(store)).get(one.hash)).toBe(3);
    place.obstruct?.(one.hash, "link");
    if (place.obstruct) expect((await listed(store)).get(one.hash)).toBe(-1);
  }),

  cell("delete, absent", async (place) => {
    const store = await storeWith(place, two);
    await store.delete(one.hash);
    await expectRight(place, two);
  }),
  cell("delete, present", async (place) => {
    const store = await storeWith(place, one, two);
    await Promise.all([store.delete(one.hash), (await place.open()).delete(one.hash)]);
    await store.delete(one.hash);
    await expectInvisible(place, one);
    expect(await codeOf(store.read(one.hash))).toBe("blob-missing");
    await expectRight(place, two);
    expectNew(place, await store.write(one.hash, one.source));
    await expectRight(place, one);
  }),
  cell("delete, cancelled", async (place) => {
    await storeWith(place, one, two);
    const stopped = await place.open(AbortSignal.abort(reason));
    expect(["no error", reason]).toContain(await errorOf(stopped.delete(one.hash)));
    const store = await place.open();
    expect([null, 1000]).toContain((await store.stat(one.hash))?.size ?? null);
    await expectRight(place, two);
  }),
  cell("delete, damaged", async (place) => {
    const store = await storeWith(place, one);
    const damages = [
      () => place.damage(one.hash, Buffer.from("cut")),
      () => place.damage(one.hash, sample(1000, "other").bytes),
      () => place.obstruct?.(one.hash, "link"),
    ];
    for (const damage of damages) {
      await damage();
      await store.delete(one.hash);
      await expectInvisible(place, one);
      expectNew(place, await store.write(one.hash, bytesSource(one.bytes)));
      await expectRight(place, one);
    }
  }),

  cell("any, doubt", async (place) => {
    const store = await storeWith(place, one);
    await place.fail();
    const again = await place.open();
    for (const each of [store, again]) {
      for (const { hash } of [one, two]) {
        expect(await codeOf(each.stat(hash))).not.toMatch(/^no error$|blob-missing$/);
        expect(await codeOf(each.statMany([hash]))).not.toMatch(/^no error$|blob-missing$/);
        expect(await codeOf(each.read(hash))).not.toMatch(/^no error$|blob-missing$/);
      }
      expect(await codeOf(each.list())).not.toBe("no error");
    }
  }),
];
