/** Cells of `putIfAbsent`. */
import { expect } from "vitest";
import { MvgitError } from "../../../src/base/errors.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import { noise } from "../noise.ts";
import {
  type Cell,
  cell,
  dieHalfway,
  errorCode,
  expectInvisible,
  halfSource,
  MIB,
  put,
  readAll,
  reusingSource,
} from "./cell.ts";

const reason = new MvgitError("interrupted", "stopped");
/** Of an object that goes in one piece, and of one that goes in several. */
const SIZES = [100, 10 * MIB];

export const WRITING: readonly Cell[] = [
  cell("putIfAbsent, absent", async (bucket) => {
    for (const size of [0, 300_000, ...SIZES]) {
      const bytes = noise(size);
      expect(await bucket.putIfAbsent(`${size}`, reusingSource(bytes, 30_001))).toBe("written");
      expect((await readAll(bucket, `${size}`)).equals(bytes)).toBe(true);
    }
  }),
  cell("putIfAbsent, present", async (bucket) => {
    await put(bucket, "a", "first");
    const before = await bucket.head("a");
    expect(await put(bucket, "a", "later")).toBe("present");
    expect((await readAll(bucket, "a")).toString()).toBe("first");
    expect(await bucket.head("a")).toEqual(before);
  }),
  cell("putIfAbsent, of another size", async (bucket) => {
    await put(bucket, "a", "first");
    const before = await bucket.head("a");
    for (const text of ["", "a longer text"]) expect(await put(bucket, "a", text)).toEqual({ found: before });
    expect(await bucket.putIfAbsent("a", bytesSource(noise(9 * MIB)))).toEqual({ found: before });
    expect((await readAll(bucket, "a")).toString()).toBe("first");
  }),
  cell("putIfAbsent, partial", async (bucket) => {
    for (const size of SIZES) {
      const bytes = noise(size);
      await dieHalfway(bucket, `${size}`, bytes);
      expect(await bucket.putIfAbsent(`${size}`, bytesSource(bytes))).toBe("written");
      expect((await readAll(bucket, `${size}`)).equals(bytes)).toBe(true);
    }
  }),
  cell("putIfAbsent, repeated", async (bucket, place) => {
    for (const size of [10, 9 * MIB]) {
      const bytes = noise(size);
      const name = `race-${size}`;
      const writers = await Promise.all(Array.from({ length: 8 }, () => place.another()));
      const outcomes = await Promise.all(writers.map((each) => each.putIfAbsent(name, bytesSource(bytes))));
      expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
      expect((await readAll(bucket, name)).equals(bytes)).toBe(true);
    }
  }),
  cell("putIfAbsent, inexact source", async (bucket) => {
    for (const size of SIZES) {
      const bytes = noise(size);
      for (const chunks of [[bytes.subarray(0, -1)], [bytes, Buffer.from("x")]]) {
        expect(await errorCode(bucket.putIfAbsent("bad", { size, open: () => chunks }))).toBe("blob-damaged");
        await expectInvisible(bucket, "bad");
      }
    }
  }),
  cell("putIfAbsent, failing source", async (bucket) => {
    for (const size of SIZES) {
      // What is read may be another remote that went away: no failure of the bucket's own, to be tried again.
      const own = new MvgitError("remote-unavailable", "the other remote does not answer");
      await expect(bucket.putIfAbsent("bad", halfSource(noise(size), own))).rejects.toBe(own);
      let opened = 0;
      const late = function* (): Generator<Uint8Array> {
        opened++;
        yield noise(size).subarray(0, -1);
        throw own;
      };
      await expect(bucket.putIfAbsent("bad", { size, open: late })).rejects.toBe(own);
      expect(opened).toBe(1);
      await expectInvisible(bucket, "bad");
    }
    expect(await put(bucket, "bad", "good")).toBe("written");
  }),
  cell("putIfAbsent, cancelled", async (bucket, place) => {
    const stopped = await place.cancelled(AbortSignal.abort(reason));
    for (const size of SIZES) await expect(stopped.putIfAbsent("a", bytesSource(noise(size)))).rejects.toBe(reason);
    for (const size of SIZES) {
      const stop = new AbortController();
      const stopping = function* (): Generator<Uint8Array> {
        yield noise(size).subarray(0, -1);
        stop.abort(reason);
        yield noise(size).subarray(-1);
      };
      const halfway = (await place.cancelled(stop.signal)).putIfAbsent("a", { size, open: stopping });
      await expect(halfway).rejects.toBe(reason);
      await place.cancelled(new AbortController().signal);
      await expectInvisible(bucket, "a");
    }
    await expectInvisible(bucket, "a");
  }),
];
