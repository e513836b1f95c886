/** Cells of `head`, `get`, `list` and `delete`. */
import { expect } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { WrongBytes } from "../../../src/store/bucket.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import { noise } from "../noise.ts";
import { type Cell, cell, dieHalfway, errorCode, MIB, names, put, readAll, reusingSource, versionOf } from "./cell.ts";

const reason = new MvgitError("interrupted", "stopped");
const DAY = 24 * 3600 * 1000;
const stopped = AbortSignal.abort(reason);

export const LOOKING: readonly Cell[] = [
  cell("head, absent", async (bucket) => {
    expect(await bucket.head("blobs/aa/none")).toBeNull();
  }),
  cell("head, present", async (bucket, place) => {
    expect(await put(bucket, "a/b", "bytes")).toBe("written");
    const stat = await bucket.head("a/b");
    expect(stat).toMatchObject({ size: 5, version: expect.stringMatching(/./), created: expect.any(Number) });
    expect(await bucket.head("a/b")).toEqual(stat);
    await put(bucket, "empty", "");
    expect(await bucket.head("empty")).toMatchObject({ size: 0 });
    await bucket.delete("a/b", stat?.version ?? "");
    await put(bucket, "a/b", "other");
    expect((await bucket.head("a/b"))?.version).not.toBe(stat?.version);
    for (const each of ["a/b", "empty"])
      expect(Math.abs(((await bucket.head(each))?.created ?? 0) - Date.now())).toBeLessThan(DAY);
    for (const by of ["folder", "link", "pipe"] as const) {
      place.obstruct?.(by, by);
      if (place.obstruct) expect(await bucket.head(by)).toMatchObject({ size: -1 });
    }
  }),
  cell("head, partial", async (bucket) => {
    for (const size of [100, 10 * MIB]) {
      await dieHalfway(bucket, "a", noise(size));
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
  cell("get, present", async (bucket) => {
    await put(bucket, "a", "0123456789");
    expect((await readAll(bucket, "a")).toString()).toBe("0123456789");
    expect((await readAll(bucket, "a", { start: 0, end: 1 })).toString()).toBe("0");
    expect((await readAll(bucket, "a", { start: 9, end: 10 })).toString()).toBe("9");
    expect((await readAll(bucket, "a", { start: 3, end: 7 })).toString()).toBe("3456");
    expect((await readAll(bucket, "a", { start: 0, end: 10 })).toString()).toBe("0123456789");
    expect(await readAll(bucket, "a", { start: 4, end: 4 })).toHaveLength(0);
    await put(bucket, "empty", "");
    expect(await readAll(bucket, "empty")).toHaveLength(0);
    const bytes = noise(20 * MIB + 17);
    expect(await bucket.putIfAbsent("large", reusingSource(bytes, 300_001))).toBe("written");
    const range = { start: 3, end: 18 * MIB + 1 };
    const [whole, part] = await Promise.all([readAll(bucket, "large"), readAll(bucket, "large", range)]);
    expect(whole.equals(bytes)).toBe(true);
    expect(part.equals(bytes.subarray(range.start, range.end))).toBe(true);
  }),
  cell("get, beyond the end", async (bucket) => {
    await put(bucket, "a", "0123456789");
    for (const range of [
      { start: 5, end: 11 },
      { start: 10, end: 11 },
      { start: 11, end: 11 },
    ]) {
      await expect(readAll(bucket, "a", range)).rejects.toBeInstanceOf(WrongBytes);
      expect(await errorCode(readAll(bucket, "a", range))).toBe("remote-unavailable");
    }
  }),
  cell("get, of another size", async (bucket) => {
    await put(bucket, "a", "0123456789");
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
  cell("get, cancelled", async (bucket, place) => {
    await put(bucket, "a", "0123456789");
    await expect(readAll(await place.cancelled(stopped), "a")).rejects.toBe(reason);
    await expect(readAll(await place.cancelled(stopped), "none")).rejects.toBe(reason);
    const stop = new AbortController();
    const stopping = await place.cancelled(stop.signal);
    await stopping.putIfAbsent("large", bytesSource(noise(20 * MIB)));
    const reading = async (): Promise<void> => {
      for await (const _ of stopping.get("large")) stop.abort(reason);
    };
    await expect(reading()).rejects.toBe(reason);
  }),

  cell("list, absent", async (bucket) => {
    expect(await names(bucket, "")).toEqual([]);
    await put(bucket, "a", "x");
    expect(await names(bucket, "zz/none")).toEqual([]);
  }),
  cell(
    "list, present",
    async (bucket) => {
      const all = Array.from({ length: 2500 }, (_, at) => `blobs/${String(at % 7)}/${at}`).sort();
      for (let at = 0; at < all.length; at += 500)
        await Promise.all(all.slice(at, at + 500).map((name) => put(bucket, name, name)));
      expect(await names(bucket, "")).toEqual(all);
      expect(await names(bucket, "blobs/3/")).toEqual(all.filter((name) => name.startsWith("blobs/3/")));
      for await (const { name, size, version } of bucket.list("blobs/1/1"))
        expect([size, typeof version]).toEqual([name.length, "string"]);
      // A prefix that is no whole component.
      for (const name of ["ab/c", "abc", "b"]) await put(bucket, name, "x");
      expect(await names(bucket, "ab")).toEqual(["ab/c", "abc"]);
    },
    60_000,
  ),
  cell("list, partial", async (bucket) => {
    await put(bucket, "b", "x");
    for (const size of [100, 10 * MIB]) await dieHalfway(bucket, "a", noise(size));
    expect(await names(bucket, "")).toEqual(["b"]);
  }),
  cell("list, repeated", async (bucket) => {
    const all = Array.from({ length: 40 }, (_, at) => `blobs/${at}`);
    await Promise.all(all.map((name) => put(bucket, name, name)));
    const kept = all.filter((_, at) => at % 2 === 0);
    const found: string[] = [];
    for await (const { name } of bucket.list("blobs/")) {
      found.push(name);
      if (found.length > 1) continue;
      for (const gone of all.filter((_, at) => at % 2 === 1)) await bucket.delete(gone, await versionOf(bucket, gone));
      await put(bucket, "blobs/new", "new");
    }
    expect(kept.filter((name) => !found.includes(name))).toEqual([]);
    expect(new Set(found).size).toBe(found.length);
  }),
  cell("list, cancelled", async (bucket, place) => {
    await put(bucket, "a", "x");
    await expect(names(await place.cancelled(stopped), "")).rejects.toBe(reason);
  }),

  cell("delete, absent", async (bucket) => {
    await put(bucket, "one", "1");
    const version = await versionOf(bucket, "one");
    await bucket.delete("one", version);
    await bucket.delete("one", version);
    await bucket.delete("none", version);
    expect(await bucket.head("one")).toBeNull();
  }),
  cell("delete, present", async (bucket) => {
    for (const name of ["one", "two"]) await put(bucket, name, name);
    await bucket.delete("one", await versionOf(bucket, "one"));
    expect(await bucket.head("one")).toBeNull();
    expect(await names(bucket, "")).toEqual(["two"]);
    expect(await errorCode(readAll(bucket, "one"))).toBe("object-missing");
  }),
  cell("delete, another version", async (bucket, place) => {
    await put(bucket, "a", "first");
    const version = await versionOf(bucket, "a");
    await bucket.delete("a", version);
    await put(bucket, "a", "second");
    if (place.deletesAnyVersion) return;
    expect(await errorCode(bucket.delete("a", version))).toBe("object-exists");
    expect((await readAll(bucket, "a")).toString()).toBe("second");
  }),
  cell("delete, cancelled", async (bucket, place) => {
    for (const name of ["one", "two"]) await put(bucket, name, name);
    const version = await versionOf(bucket, "one");
    const error: unknown = await (await place.cancelled(stopped)).delete("one", version).catch((each: unknown) => each);
    expect([undefined, reason]).toContain(error);
    expect((await readAll(await place.cancelled(new AbortController().signal), "two")).toString()).toBe("two");
  }),

  cell("any, no place", async (_, place) => {
    const bucket = await place.nowhere?.();
    if (bucket === undefined) return;
    const works = [
      () => bucket.head("a"),
      () => readAll(bucket, "a"),
      () => readAll(bucket, "a", { start: 0, end: 0 }),
      () => put(bucket, "a", "x"),
      () => bucket.putIfAbsent("a", bytesSource(noise(10 * MIB))),
      () => names(bucket, ""),
      () => bucket.delete("a", "1"),
    ];
    for (const work of works) expect(await errorCode(work())).toBe("remote-missing");
  }),
];
