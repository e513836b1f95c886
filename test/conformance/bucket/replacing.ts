/** Cells of `replace`. */
import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import type { Bucket } from "../../../src/store/bucket.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import { noise } from "../noise.ts";
import {
  type Cell,
  cell,
  errorCode,
  expectInvisible,
  halfSource,
  MIB,
  names,
  put,
  readAll,
  reusingSource,
  versionOf,
} from "./cell.ts";

const reason = new MvgitError("interrupted", "stopped");

function replace(bucket: Bucket, name: string, version: string, text: string): Promise<void> {
  return bucket.replace(name, version, bytesSource(Buffer.from(text)));
}

/** Nothing but the object itself, with these bytes. */
async function expectText(bucket: Bucket, name: string, text: string): Promise<void> {
  expect((await readAll(bucket, name)).toString()).toBe(text);
  expect(await names(bucket, "")).toEqual([name]);
}

export const REPLACING: readonly Cell[] = [
  cell("replace, absent", async (bucket) => {
    expect(await errorCode(replace(bucket, "none", "1", "new"))).toBe("object-missing");
    await expectInvisible(bucket, "none");
    await put(bucket, "a", "x");
    const version = await versionOf(bucket, "a");
    await bucket.delete("a", version);
    expect(await errorCode(replace(bucket, "a", version, "new"))).toBe("object-missing");
    await expectInvisible(bucket, "a");
  }),
  cell("replace, present", async (bucket, place) => {
    await put(bucket, "a", "first");
    let version = await versionOf(bucket, "a");
    for (const bytes of [Buffer.from("other"), Buffer.alloc(0), noise(300_000), noise(9 * MIB), noise(17 * MIB)]) {
      await bucket.replace("a", version, reusingSource(bytes, 30_001));
      const found = await bucket.head("a");
      expect(found?.size).toBe(bytes.length);
      expect(found?.version).not.toBe(version);
      expect((await readAll(await place.another(), "a")).equals(bytes)).toBe(true);
      version = found?.version ?? "";
    }
    expect(await names(bucket, "")).toEqual(["a"]);
  }),
  cell("replace, another version", async (bucket, place) => {
    await put(bucket, "a", "first");
    const version = await versionOf(bucket, "a");
    await replace(await place.another(), "a", version, "later");
    for (const text of ["mine!", "of another size"])
      expect(await errorCode(replace(bucket, "a", version, text))).toBe("object-exists");
    await expectText(bucket, "a", "later");
  }),
  cell("replace, partial", async (bucket, place) => {
    await put(bucket, "a", "first");
    const killed = new MvgitError("interrupted", "killed");
    const dying = (await place.another()).replace("a", await versionOf(bucket, "a"), halfSource(noise(100), killed));
    await expect(dying).rejects.toBe(killed);
    await expectText(bucket, "a", "first");
    await replace(bucket, "a", await versionOf(bucket, "a"), "second");
    await expectText(bucket, "a", "second");
  }),
  cell(
    "replace, repeated",
    async (bucket, place) => {
      await put(bucket, "a", "first");
      const version = await versionOf(bucket, "a");
      const writers = await Promise.all(Array.from({ length: 8 }, () => place.another()));
      const told = await Promise.all(writers.map((each, at) => errorCode(replace(each, "a", version, `number ${at}`))));
      const winners = told.flatMap((code, at) => (code === "no error" ? [at] : []));
      expect(told.filter((code) => code !== "no error" && code !== "object-exists")).toEqual([]);
      if (place.replacesAnyVersion) expect(winners.length).toBeGreaterThan(0);
      else await expectText(bucket, "a", `number ${winners.join(" and ")}`);
    },
    30_000,
  ),
  cell("replace, beside readers", async (bucket, place) => {
    const before = noise(300_000);
    const after = noise(200_000);
    await bucket.putIfAbsent("a", bytesSource(before));
    const version = await versionOf(bucket, "a");
    const reader = await place.another();
    let isOver = false;
    const reading = (async () => {
      for (let times = 0; !isOver || times < 2; times++) {
        const read = await readAll(reader, "a");
        expect(read.equals(before) || read.equals(after)).toBe(true);
        expect((await reader.head("a"))?.size).toBeGreaterThan(0);
        // Some media answer at once, and would let nobody else work.
        await setImmediate();
      }
    })();
    await bucket.replace("a", version, bytesSource(after)).finally(() => (isOver = true));
    await reading;
    expect((await readAll(reader, "a")).equals(after)).toBe(true);
  }),
  cell("replace, inexact source", async (bucket) => {
    await put(bucket, "a", "first");
    const version = await versionOf(bucket, "a");
    const bytes = noise(100);
    for (const chunks of [[bytes.subarray(0, -1)], [bytes, Buffer.from("x")]])
      expect(await errorCode(bucket.replace("a", version, { size: 100, open: () => chunks }))).toBe("blob-damaged");
    await expectText(bucket, "a", "first");
    expect(await versionOf(bucket, "a")).toBe(version);
  }),
  cell("replace, failing source", async (bucket) => {
    await put(bucket, "a", "first");
    const version = await versionOf(bucket, "a");
    const own = new MvgitError("remote-unavailable", "the other remote does not answer");
    await expect(bucket.replace("a", version, halfSource(noise(300_000), own))).rejects.toBe(own);
    await expectText(bucket, "a", "first");
    await replace(bucket, "a", version, "second");
  }),
  cell("replace, cancelled", async (bucket, place) => {
    await put(bucket, "a", "first");
    const version = await versionOf(bucket, "a");
    const stopped = await place.cancelled(AbortSignal.abort(reason));
    await expect(replace(stopped, "a", version, "second")).rejects.toBe(reason);
    const stop = new AbortController();
    const stopping = function* (): Generator<Uint8Array> {
      yield Buffer.from("seco");
      stop.abort(reason);
      yield Buffer.from("nd");
    };
    const halfway = (await place.cancelled(stop.signal)).replace("a", version, { size: 6, open: stopping });
    await expect(halfway).rejects.toBe(reason);
    const again = await place.cancelled(new AbortController().signal);
    expect(["first", "second"]).toContain((await readAll(again, "a")).toString());
    await replace(again, "a", await versionOf(again, "a"), "third");
    await expectText(again, "a", "third");
  }),
];
