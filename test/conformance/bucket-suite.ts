/** The contract of `Bucket`, cell by cell: every driver and every wrapper runs through it. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../../src/base/errors.ts";
import { type BlobSource, bytesSource } from "../../src/store/bytes.ts";
import type { Bucket, ObjectRange } from "../../src/store/bucket.ts";

export interface BucketUnderTest {
  /** Empty. */
  bucket: Bucket;
  cleanup(): Promise<void>;
  /** A second, independent opening of the same place, as another machine's. */
  another?(): Promise<Bucket>;
  /** The same place, opened with a signal that is aborted already; where the medium's calls can be cancelled. */
  cancelled?(reason: MvgitError): Promise<Bucket>;
  /** For an emulator that deletes whatever version is named; never for what people use. */
  deletesAnyVersion?: true;
}

const MIB = 1024 * 1024;

export async function readAll(bucket: Bucket, name: string, range?: ObjectRange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of bucket.get(name, range)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function names(bucket: Bucket, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of bucket.list(prefix)) found.push(name);
  return found.sort();
}

/** Bytes without a pattern that a shifted or doubled chunk could hide behind. */
export function noise(size: number, seed = "noise"): Buffer {
  const block = 32;
  const bytes = Buffer.alloc(Math.ceil(size / block) * block);
  for (let at = 0; at < bytes.length; at += block)
    createHash("sha256").update(`${seed} ${at}`).digest().copy(bytes, at);
  return bytes.subarray(0, size);
}

/** Yields chunks of one buffer that is overwritten each time, as sources may. */
function reusingSource(bytes: Uint8Array, chunk: number): BlobSource {
  return {
    size: bytes.length,
    *open(from) {
      const buffer = Buffer.alloc(chunk);
      for (let at = from; at < bytes.length; at += chunk) {
        const part = bytes.subarray(at, at + chunk);
        buffer.set(part);
        yield buffer.subarray(0, part.length);
        buffer.fill(0xee);
      }
    },
  };
}

function errorCode(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "no error",
    (error: unknown) => (isMvgitError(error) ? error.code : `not an MvgitError: ${String(error)}`),
  );
}

/** Runs the suite; `open` gives a fresh, empty place each time. */
export function describeBucket(label: string, open: () => Promise<BucketUnderTest>): void {
  describe(`the bucket contract: ${label}`, () => {
    let place: BucketUnderTest;
    let bucket: Bucket;

    beforeEach(async () => {
      place = await open();
      bucket = place.bucket;
    });
    afterEach(() => place.cleanup());

    const put = (name: string, text: string) => bucket.putIfAbsent(name, bytesSource(Buffer.from(text)));

    describe("what is absent", () => {
      it("has no head", async () => expect(await bucket.head("blobs/aa/none")).toBeNull());
      it("cannot be read", async () =>
        expect(await errorCode(readAll(bucket, "blobs/aa/none"))).toBe("object-missing"));
      it("cannot be read in part, nor in no part", async () => {
        expect(await errorCode(readAll(bucket, "none", { start: 1, end: 2 }))).toBe("object-missing");
        expect(await errorCode(readAll(bucket, "none", { start: 0, end: 0 }))).toBe("object-missing");
      });
      it("is not listed", async () => expect(await names(bucket, "")).toEqual([]));
      it("is deleted successfully", async () => {
        await put("one", "1");
        const version = (await bucket.head("one"))?.version ?? "";
        await bucket.delete("one", version);
        await bucket.delete("one", version);
        expect(await bucket.head("one")).toBeNull();
      });
    });

    describe("what is present", () => {
      it("has size, version and time", async () => {
        expect(await put("a/b", "bytes")).toBe("written");
        const stat = await bucket.head("a/b");
        expect(stat).toMatchObject({ size: 5, version: expect.stringMatching(/./), created: expect.any(Number) });
        expect(await bucket.head("a/b")).toEqual(stat);
      });
      it("is read whole and in part", async () => {
        await put("a", "0123456789");
        expect((await readAll(bucket, "a")).toString()).toBe("0123456789");
        expect((await readAll(bucket, "a", { start: 0, end: 1 })).toString()).toBe("0");
        expect((await readAll(bucket, "a", { start: 9, end: 10 })).toString()).toBe("9");
        expect((await readAll(bucket, "a", { start: 3, end: 7 })).toString()).toBe("3456");
        expect((await readAll(bucket, "a", { start: 0, end: 10 })).toString()).toBe("0123456789");
        expect(await readAll(bucket, "a", { start: 4, end: 4 })).toHaveLength(0);
      });
      it("cannot be read past its end", async () => {
        await put("a", "0123456789");
        expect(await errorCode(readAll(bucket, "a", { start: 5, end: 11 }))).toBe("remote-unavailable");
        expect(await errorCode(readAll(bucket, "a", { start: 10, end: 11 }))).toBe("remote-unavailable");
        expect(await errorCode(readAll(bucket, "a", { start: 11, end: 11 }))).toBe("remote-unavailable");
      });
      it("may be empty", async () => {
        expect(await put("empty", "")).toBe("written");
        expect(await bucket.head("empty")).toMatchObject({ size: 0 });
        expect(await readAll(bucket, "empty")).toHaveLength(0);
        expect(await names(bucket, "")).toEqual(["empty"]);
      });
      it("may be large, from a source that reuses its chunks", async () => {
        const bytes = noise(20 * MIB + 17);
        expect(await bucket.putIfAbsent("large", reusingSource(bytes, 300_001))).toBe("written");
        expect((await readAll(bucket, "large")).equals(bytes)).toBe(true);
        const range = { start: 3, end: 18 * MIB + 1 };
        expect((await readAll(bucket, "large", range)).equals(bytes.subarray(range.start, range.end))).toBe(true);
      });
      it("keeps its first bytes when put again", async () => {
        await put("a", "first");
        const before = await bucket.head("a");
        expect(await put("a", "later")).toBe("present");
        expect((await readAll(bucket, "a")).toString()).toBe("first");
        expect(await bucket.head("a")).toEqual(before);
      });
      it("is told, and left alone, when it has another size than what is to be put", async () => {
        await put("a", "first");
        const before = await bucket.head("a");
        for (const text of ["", "a longer text"]) expect(await put("a", text)).toEqual({ found: before });
        expect(await bucket.putIfAbsent("a", bytesSource(noise(9 * MIB)))).toEqual({ found: before });
        expect((await readAll(bucket, "a")).toString()).toBe("first");
      });
      it("is not read as an object of another size", async () => {
        await put("a", "0123456789");
        const part = { start: 2, end: 4 };
        expect((await readAll(bucket, "a", { ...part, of: 10 })).toString()).toBe("23");
        for (const of of [9, 11])
          expect(await errorCode(readAll(bucket, "a", { ...part, of }))).toBe("remote-unavailable");
        expect(await errorCode(readAll(bucket, "a", { start: 0, end: 9 * MIB, of: 9 * MIB }))).toBe(
          "remote-unavailable",
        );
      });
      it("is kept by a delete of another version", async () => {
        await put("a", "first");
        const version = (await bucket.head("a"))?.version ?? "";
        await bucket.delete("a", version);
        await put("a", "second");
        if (place.deletesAnyVersion) return;
        expect(await errorCode(bucket.delete("a", version))).toBe("object-exists");
        expect((await readAll(bucket, "a")).toString()).toBe("second");
      });
      it("is seen by another machine at once", async () => {
        if (!place.another) return;
        await put("a", "bytes");
        const other = await place.another();
        expect((await readAll(other, "a")).toString()).toBe("bytes");
        expect(await names(other, "")).toEqual(["a"]);
      });
    });

    it.each([10, 9 * MIB])("lets one of eight writers of %i bytes win", async (size) => {
      const bytes = noise(size);
      const writers = await Promise.all(Array.from({ length: 8 }, () => place.another?.() ?? bucket));
      const outcomes = await Promise.all(writers.map((each) => each.putIfAbsent("race", bytesSource(bytes))));
      expect(outcomes.filter((outcome) => outcome === "written")).toHaveLength(1);
      expect((await readAll(bucket, "race")).equals(bytes)).toBe(true);
    });

    describe.each([100, 10 * MIB])("a source of %i bytes", (size) => {
      const bytes = noise(size);
      const failing = (open: BlobSource["open"]) => bucket.putIfAbsent("bad", { size, open });
      const nothingVisible = async () => {
        expect(await bucket.head("bad")).toBeNull();
        expect(await names(bucket, "")).toEqual([]);
      };

      it("that ends early leaves nothing visible", async () => {
        expect(await errorCode(failing(() => [bytes.subarray(0, -1)]))).toBe("blob-damaged");
        await nothingVisible();
      });
      it("that runs over leaves nothing visible", async () => {
        expect(await errorCode(failing(() => [bytes, Buffer.from("x")]))).toBe("blob-damaged");
        await nothingVisible();
      });
      it("that throws passes its own error on", async () => {
        const own = new MvgitError("changed-while-reading", "the file changed");
        const throws = function* (): Generator<Uint8Array> {
          yield bytes.subarray(0, -1);
          throw own;
        };
        await expect(failing(throws)).rejects.toBe(own);
        await nothingVisible();
        expect(await bucket.putIfAbsent("bad", bytesSource(bytes))).toBe("written");
      });
    });

    describe("a listing", () => {
      it("has 2,500 names, each once, with sizes", async () => {
        const all = Array.from({ length: 2500 }, (_, at) => `blobs/${String(at % 7)}/${at}`).sort();
        for (let at = 0; at < all.length; at += 500)
          await Promise.all(all.slice(at, at + 500).map((name) => put(name, name)));
        expect(await names(bucket, "")).toEqual(all);
        expect(await names(bucket, "blobs/3/")).toEqual(all.filter((name) => name.startsWith("blobs/3/")));
        for await (const { name, size, version } of bucket.list("blobs/1/1"))
          expect([size, typeof version]).toEqual([name.length, "string"]);
      }, 60_000);
      it("takes a prefix that is no whole component", async () => {
        for (const name of ["ab/c", "abc", "b"]) await put(name, "x");
        expect(await names(bucket, "ab")).toEqual(["ab/c", "abc"]);
        expect(await names(bucket, "zz/none")).toEqual([]);
      });
    });

    it("takes every character that a name may have", async () => {
      const every = "-._/0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ/abcdefghijklmnopqrstuvwxyz/.a/a./-/_/..a";
      expect(await put(every, "odd")).toBe("written");
      expect((await readAll(bucket, every)).toString()).toBe("odd");
      expect(await names(bucket, "")).toEqual([every]);
      await bucket.delete(every, (await bucket.head(every))?.version ?? "");
      expect(await bucket.head(every)).toBeNull();
    });

    it("stops for a signal, with its reason, and leaves nothing", async () => {
      if (!place.cancelled) return;
      const reason = new MvgitError("interrupted", "stopped");
      const stopped = await place.cancelled(reason);
      await expect(stopped.head("a")).rejects.toBe(reason);
      await expect(readAll(stopped, "a")).rejects.toBe(reason);
      await expect(names(stopped, "")).rejects.toBe(reason);
      await expect(stopped.putIfAbsent("a", bytesSource(noise(100)))).rejects.toBe(reason);
      await expect(stopped.putIfAbsent("a", bytesSource(noise(9 * MIB)))).rejects.toBe(reason);
      expect(await bucket.head("a")).toBeNull();
    });
  });
}
