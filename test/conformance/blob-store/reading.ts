/** Cells of `read`, of a range and of `source`. */
import { expect } from "vitest";
import { MemoryStore } from "../../support/memory-store.ts";
import {
  bytesOf,
  type Cell,
  cell,
  codeOf,
  dieHalfway,
  errorOf,
  failureOf,
  MIB,
  readTwice,
  sample,
  storeWith,
  largeOf,
  lessLarge,
  one,
  reason,
  two,
} from "./cell.ts";

export const READING: readonly Cell[] = [
  cell("read, absent", async (place) => {
    const store = await storeWith(place, two);
    expect(await codeOf(store.read(one.hash))).toBe("blob-missing");
  }),
  cell("read, present", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one, large);
    for (const { hash, bytes } of [one, large])
      expect((await readTwice(place, () => store.read(hash))).equals(bytes)).toBe(true);
  }),
  cell("read, partial", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, two);
    for (const each of [one, large]) {
      await dieHalfway(place, each);
      expect(await codeOf(store.read(each.hash))).toBe("blob-missing");
    }
  }),
  cell("read, repeated", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, large);
    await readTwice(place, () => store.read(large.hash));
    // One that is left alone after its first chunk, and two beside it.
    for await (const _ of store.read(large.hash)) break;
    const both = await Promise.all([bytesOf(store.read(large.hash)), bytesOf(store.read(large.hash))]);
    for (const bytes of both) expect(bytes.equals(large.bytes)).toBe(true);
  }),
  cell("read, cancelled", async (place) => {
    const large = place.isPacked ? lessLarge : largeOf(place);
    await storeWith(place, one, large);
    const stopped = await place.open(AbortSignal.abort(reason));
    for (const { hash } of [one, large, two]) expect(await errorOf(stopped.read(hash))).toBe(reason);
    expect(await errorOf(stopped.read(one.hash, { start: 1, end: 2 }))).toBe(reason);
    const stop = new AbortController();
    const stopping = await place.open(stop.signal);
    const reading = async (): Promise<void> => {
      for await (const _ of stopping.read(large.hash)) stop.abort(reason);
    };
    expect([reason, place.lies && "blob-damaged"]).toContain(
      await codeOf(reading()).then((code) => (code === "interrupted" ? reason : code)),
    );
  }),
  cell("read, damaged", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one, large);
    for (const each of [one, large]) {
      const other = sample(each.bytes.length, "other");
      await place.damage(each.hash, other.bytes);
      const { code, given } = await failureOf(store.read(each.hash));
      expect(code).toBe("blob-damaged");
      expect(given).toBeLessThan(other.bytes.length);
    }
    const again = await storeWith(place, two);
    for (const bytes of [two.bytes.subarray(1), Buffer.alloc(0), Buffer.concat([two.bytes, two.bytes])]) {
      await place.damage(two.hash, bytes);
      expect(await codeOf(again.read(two.hash))).toBe("blob-damaged");
    }
    for (const by of ["folder", "link"] as const)
      for (const range of [undefined, { start: 0, end: 1 }]) {
        place.obstruct?.(two.hash, by);
        if (place.obstruct) expect(await codeOf(again.read(two.hash, range))).toBe("blob-damaged");
      }
  }),

  cell("range, absent", async (place) => {
    const store = await storeWith(place, two);
    expect(await codeOf(store.read(one.hash, { start: 0, end: 10 }))).toBe("blob-missing");
    expect(await codeOf(store.read(one.hash, { start: 10, end: 20, of: 1000 }))).toBe("blob-missing");
  }),
  cell("range, present", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one, large);
    const middle = Math.floor(large.bytes.length / 2);
    const ranges = [
      [one, 0, 1],
      [one, 999, 1000],
      [one, 0, 1000],
      [one, 10, 10],
      [large, middle - 1, middle + 1],
      [large, 1, large.bytes.length],
    ] as const;
    for (const [{ hash, bytes }, start, end] of ranges)
      for (const of of [{}, { of: bytes.length }]) {
        const found = await readTwice(place, () => store.read(hash, { start, end, ...of }));
        expect(found.equals(bytes.subarray(start, end))).toBe(true);
      }
    const other = sample(1000, "other").bytes;
    await place.damage(one.hash, other);
    expect((await bytesOf(store.read(one.hash, { start: 1, end: 9 }))).equals(other.subarray(1, 9))).toBe(true);
  }),
  cell("range, beyond the end", async (place) => {
    const store = await storeWith(place, one);
    for (const [start, end] of [
      [0, 1001],
      [1000, 1001],
      [2000, 3000],
    ] as const)
      expect(await codeOf(store.read(one.hash, { start, end }))).toBe("blob-damaged");
    expect(await store.stat(one.hash)).toEqual({ size: 1000 });
  }),
  cell("range, damaged", async (place) => {
    const store = await storeWith(place, one);
    await place.damage(one.hash, one.bytes.subarray(0, 500));
    expect(await codeOf(store.read(one.hash, { start: 0, end: 10, of: 1000 }))).toBe("blob-damaged");
  }),

  cell("source, absent", async (place) => {
    const store = await storeWith(place, two);
    for (const size of [1000, 17 * MIB])
      expect(await codeOf(readTwice(place, () => store.source(one.hash, size).open(0)))).toBe("blob-missing");
  }),
  cell("source, present", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one, large);
    for (const { hash, bytes } of [one, large]) {
      const source = store.source(hash, bytes.length);
      expect(source.size).toBe(bytes.length);
      const to = new MemoryStore();
      if (place.lies) await to.write(hash, source).catch(() => undefined);
      expect(["written", "present"]).toContain(await to.write(hash, source));
      for (const from of [0, 1, bytes.length - 1, bytes.length])
        expect((await readTwice(place, () => source.open(from))).equals(bytes.subarray(from))).toBe(true);
    }
  }),
  cell("source, damaged", async (place) => {
    const large = largeOf(place);
    const store = await storeWith(place, one, large);
    for (const each of [one, large]) {
      const { length } = each.bytes;
      for (const bytes of [sample(length, "other").bytes, each.bytes.subarray(1)]) {
        await place.damage(each.hash, bytes);
        const to = new MemoryStore();
        expect(await codeOf(to.write(each.hash, store.source(each.hash, length)))).toBe("blob-damaged");
        expect(to.blobs.size).toBe(0);
      }
    }
  }),
];
