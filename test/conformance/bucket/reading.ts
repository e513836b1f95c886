/** Cells of `head` and `get`, and those that hold for any bucket: it may be one that somebody else writes. */
import { expect } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { type Bucket, isWhole, WrongBytes } from "../../../src/store/bucket.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import { noise } from "../noise.ts";
import {
  cell,
  dieHalfway,
  errorCode,
  MIB,
  names,
  put,
  readAll,
  type ReadingCell,
  reusingSource,
  versionOf,
} from "./cell.ts";

const reason = new MvgitError("interrupted", "stopped");
const DAY = 24 * 3600 * 1000;
const stopped = AbortSignal.abort(reason);

export const READING: readonly ReadingCell[] = [
  cell("head, absent", async (bucket) => {
    expect(await bucket.head("blobs/aa/none")).toBeNull();
  }),
  cell("head, present", async (bucket, place) => {
    expect(await put(place.keeper, "a/b", "bytes")).toBe("written");
    const stat = await bucket.head("a/b");
    expect(stat).toMatchObject({ size: 5, version: expect.stringMatching(/./), created: expect.any(Number) });
    expect(await bucket.head("a/b")).toEqual(stat);
    await put(place.keeper, "empty", "");
    expect(await bucket.head("empty")).toMatchObject({ size: 0 });
    await place.keeper.delete("a/b", await versionOf(place.keeper, "a/b"));
    await put(place.keeper, "a/b", "other");
    expect((await bucket.head("a/b"))?.version).not.toBe(stat?.version);
    for (const each of ["a/b", "empty"])
      expect(Math.abs(((await bucket.head(each))?.created ?? 0) - Date.now())).toBeLessThan(DAY);
    for (const by of ["folder", "link", "pipe"] as const) {
      place.obstruct?.(by, by);
      if (place.obstruct) expect(await bucket.head(by)).toMatchObject({ size: -1 });
    }
  }),
  cell("head, partial", async (bucket, place) => {
    for (const size of [100, 10 * MIB]) {
      await dieHalfway(place.keeper, "a", noise(size));
      expect(await bucket.head("a")).toBeNull();
    }
  }),
  cell("head, cancelled", async (_, place) => {
    await expect((await place.cancelled(stopped)).head("a")).rejects.toBe(reason);
  }),

  cell("get, absent", async (bucket) => {
    expect(await errorCode(readAll(bucket, "blobs/aa/none"))).toBe("object-missing");
    expect(await errorCode(readAll(bucket, "none", { start: 1, end: 2 }))).toBe("object-missing");
    expect(await errorCode(readAll(bucket, "none", { start: 0, end: 0 }))).toBe("object-missing");
  }),
  cell("get, present", async (bucket, place) => {
    await put(place.keeper, "a", "0123456789");
    expect((await readAll(bucket, "a")).toString()).toBe("0123456789");
    expect((await readAll(bucket, "a", { start: 0, end: 1 })).toString()).toBe("0");
    expect((await readAll(bucket, "a", { start: 9, end: 10 })).toString()).toBe("9");
    expect((await readAll(bucket, "a", { start: 3, end: 7 })).toString()).toBe("3456");
    expect((await readAll(bucket, "a", { start: 0, end: 10 })).toString()).toBe("0123456789");
    expect(await readAll(bucket, "a", { start: 4, end: 4 })).toHaveLength(0);
    await put(place.keeper, "empty", "");
    expect(await readAll(bucket, "empty")).toHaveLength(0);
    const bytes = noise(20 * MIB + 17);
    expect(await place.keeper.putIfAbsent("large", reusingSource(bytes, 300_001))).toBe("written");
    const range = { start: 3, end: 18 * MIB + 1 };
    const [whole, part] = await Promise.all([readAll(bucket, "large"), readAll(bucket, "large", range)]);
    expect(whole.equals(bytes)).toBe(true);
    expect(part.equals(bytes.subarray(range.start, range.end))).toBe(true);
  }),
  cell("get, beyond the end", async (bucket, place) => {
    await put(place.keeper, "a", "0123456789");
    for (const range of [
      { start: 5, end: 11 },
      { start: 10, end: 11 },
      { start: 11, end: 11 },
    ]) {
      await expect(readAll(bucket, "a", range)).rejects.toBeInstanceOf(WrongBytes);
      expect(await errorCode(readAll(bucket, "a", range))).toBe("remote-unavailable");
    }
  }),
  cell("get, of another size", async (bucket, place) => {
    await put(place.keeper, "a", "0123456789");
    const part = { start: 2, end: 4 };
    expect((await readAll(bucket, "a", { ...part, of: 10 })).toString()).toBe("23");
    for (const range of [
      { ...part, of: 9 },
      { ...part, of: 11 },
      { start: 0, end: 9 * MIB, of: 9 * MIB },
      { start: 4, end: 4, of: 9 },
      { start: 4, end: 4, of: 4 },
    ]) {
      await expect(readAll(bucket, "a", range)).rejects.toBeInstanceOf(WrongBytes);
      expect(await errorCode(readAll(bucket, "a", range))).toBe("remote-unavailable");
    }
  }),
  cell("get, cancelled", async (_, place) => {
    await put(place.keeper, "a", "0123456789");
    await expect(readAll(await place.cancelled(stopped), "a")).rejects.toBe(reason);
    await expect(readAll(await place.cancelled(stopped), "none")).rejects.toBe(reason);
    const stop = new AbortController();
    const stopping = await place.cancelled(stop.signal);
    await place.keeper.putIfAbsent("large", bytesSource(noise(20 * MIB)));
    const reading = async (): Promise<void> => {
      for await (const _ of stopping.get("large")) stop.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
  }),

  cell("any, names", async (bucket, place) => {
    const every = "-._/0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/.a/a./-/_/..a";
    expect(await put(place.keeper, every, "odd")).toBe("written");
    expect((await readAll(bucket, every)).toString()).toBe("odd");
    expect(await names(place.keeper, "")).toEqual([every]);
    expect(await bucket.head(every)).toMatchObject({ size: 3 });
    await place.keeper.delete(every, await versionOf(place.keeper, every));
    expect(await bucket.head(every)).toBeNull();
    expect(await names(place.keeper, "")).toEqual([]);
  }),
  cell("any, another opening", async (_, place) => {
    const other = await place.another();
    const listed = async (): Promise<string[]> => names(isWhole(other) ? other : place.keeper, "");
    expect([await other.head("a"), await listed()]).toEqual([null, []]);
    await put(place.keeper, "a", "bytes");
    expect(await other.head("a")).toMatchObject({ size: 5 });
    expect((await readAll(other, "a")).toString()).toBe("bytes");
    expect(await listed()).toEqual(["a"]);
  }),
  cell("any, no place", async (_, place) => {
    const bucket = await place.nowhere?.();
    if (bucket === undefined) return;
    const reading = [
      () => bucket.head("a"),
      () => readAll(bucket, "a"),
      () => readAll(bucket, "a", { start: 0, end: 0 }),
    ];
    for (const work of [...reading, ...(isWhole(bucket) ? changesOf(bucket) : [])])
      expect(await errorCode(work())).toBe("remote-missing");
  }),
];

function changesOf(bucket: Bucket): (() => Promise<unknown>)[] {
  return [
    () => put(bucket, "a", "x"),
    () => bucket.putIfAbsent("a", bytesSource(noise(10 * MIB))),
    () => names(bucket, ""),
    () => bucket.delete("a", "1"),
    () => bucket.replace("a", "1", bytesSource(Buffer.from("x"))),
  ];
}
