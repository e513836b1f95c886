/** Cells of `list` and `delete`. */
import { expect } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { noise } from "../noise.ts";
import { type Cell, cell, dieHalfway, errorCode, MIB, names, put, readAll, versionOf } from "./cell.ts";

const reason = new MvgitError("interrupted", "stopped");
const stopped = AbortSignal.abort(reason);

export const LOOKING: readonly Cell[] = [
  cell("list, absent", async (bucket) => {
    expect(await names(bucket, "")).toEqual([]);
    await put(bucket, "a", "x");
    expect(await names(bucket, "zz/none")).toEqual([]);
  }),
  cell(
    "list, present",
    async (bucket, { many = 1100 }) => {
      const all = Array.from({ length: many }, (_, at) => `blobs/${String(at % 7)}/${at}`).sort();
      for (let at = 0; at < all.length; at += 550)
        await Promise.all(all.slice(at, at + 550).map((name) => put(bucket, name, name)));
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
];
