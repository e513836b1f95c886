/** Google Cloud Storage when things go wrong, beyond the fault plan: what can be mended is, what cannot is named. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../../../../src/base/errors.ts";
import type { InspectableBucket } from "../../../../src/store/bucket.ts";
import { bytesSource } from "../../../../src/store/bytes.ts";
import { readAll } from "../../../conformance/bucket/cell.ts";
import { noise } from "../../../conformance/noise.ts";
import { openOn } from "../../../support/gcs-open.ts";
import { WaitlessClock } from "../../../support/watch.ts";
import { type GcsServer, startGcsServer } from "../../../support/gcs-server.ts";

const MIB = 1024 * 1024;
const SMALL = noise(1000);
const LARGE = noise(9 * MIB + 5);

let server: GcsServer;
let bucket: InspectableBucket;
let clock: WaitlessClock;

beforeEach(async () => {
  server = await startGcsServer({ pageSize: 2 });
  clock = new WaitlessClock();
  bucket = await openOn(server.url, { clock });
});
afterEach(() => server.close());

const stored = (name: string) => server.objects.get(`bucket/team/store/${name}`)?.bytes;
const place = (name: string, bytes: Buffer) => server.put("bucket", `team/store/${name}`, bytes);

async function failure(promise: Promise<unknown>): Promise<MvgitError> {
  const error: unknown = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!isMvgitError(error)) throw new Error(`not an MvgitError: ${String(error)}`);
  return error;
}

async function listed(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of bucket.list("")) names.push(name);
  return names;
}

describe("an upload across processes", () => {
  class Kept extends Map<string, string> {
    readonly store = {
      get: async (key: string) => this.get(key) ?? null,
      set: async (key: string, uri: string) => void this.set(key, uri),
      delete: async (key: string) => void super.delete(key),
    };
  }

  async function killedHalfway(kept: Kept): Promise<void> {
    const killed = new AbortController();
    const first = await openOn(server.url, { sessions: kept.store, signal: killed.signal });
    const source = {
      size: LARGE.length,
      async *open(): AsyncGenerator<Uint8Array> {
        const before = server.received();
        for (let at = 0; at < 8 * MIB; at += MIB) yield LARGE.subarray(at, at + MIB);
        // The system has taken them; the server is to have heard them too.
        while (server.received() - before < 6 * MIB) await new Promise((resolve) => setTimeout(resolve, 5));
        killed.abort(new MvgitError("interrupted", "killed"));
        yield LARGE.subarray(8 * MIB);
      },
    };
    expect((await failure(first.putIfAbsent("object", source))).code).toBe("interrupted");
    expect(kept.size).toBe(1);
    expect(stored("object")).toBeUndefined();
  }

  it("goes on with what the session holds", async () => {
    const kept = new Kept();
    await killedHalfway(kept);
    const before = server.received();
    expect(await (await openOn(server.url, { sessions: kept.store })).putIfAbsent("object", bytesSource(LARGE))).toBe(
      "written",
    );
    expect(server.received() - before).toBeLessThan(LARGE.length - 4 * MIB);
    expect(kept.size).toBe(0);
    expect(stored("object")?.equals(LARGE)).toBe(true);
  });

  it("starts anew when the session is gone, or holds other bytes", async () => {
    const kept = new Kept();
    await killedHalfway(kept);
    server.forgetSessions();
    const second = await openOn(server.url, { sessions: kept.store });
    expect(await second.putIfAbsent("object", bytesSource(LARGE))).toBe("written");

    server.objects.clear();
    await killedHalfway(kept);
    const other = noise(LARGE.length, "other");
    expect(await second.putIfAbsent("object", bytesSource(other))).toBe("written");
    expect(stored("object")?.equals(other)).toBe(true);
  });

  it("never uses a saved session of another endpoint", async () => {
    const foreign = await startGcsServer();
    const kept = new Kept();
    await killedHalfway(kept);
    const [[key, uri] = ["", ""]] = kept;
    for (const bad of [
      uri.replace(server.url, foreign.url),
      "file:///etc/passwd",
      "no address",
      uri.replace("/upload/", "/other/"),
    ]) {
      server.objects.clear();
      kept.set(key, bad);
      expect(await (await openOn(server.url, { sessions: kept.store })).putIfAbsent("object", bytesSource(LARGE))).toBe(
        "written",
      );
    }
    expect(foreign.received()).toBe(0);
    await foreign.close();
  });
});

describe("answers", () => {
  it("that are refusals are named as the service words them, and safe to show", async () => {
    server.faults.add({ times: 1000, action: { do: "status", status: 503, text: "busy\u001b[31m" } });
    const error = await failure(bucket.head("here"));
    expect(error.code).toBe("remote-unavailable");
    expect(error.message).toBe(`cannot look for 'here': 'gs://bucket/team/store' answered 503, "busy\\x1b[31m"`);
  });

  it("waits longer each time, with jitter, and gives up", async () => {
    server.faults.add({ times: 1000, action: { do: "status", status: 503 } });
    await failure(bucket.head("a"));
    expect(clock.waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 16_000]);
  });

  it("honours retry-after, in seconds or as a date, up to a limit", async () => {
    for (const retryAfter of ["7", new Date(clock.now() + 7250 + 9000).toUTCString(), "9999"]) {
      server.faults.add({ kind: "head", action: { do: "status", status: 429, retryAfter } });
      await bucket.head("a");
      server.faults.clear();
    }
    expect(clock.waits[0]).toBe(7000);
    expect(clock.waits[1]).toBeGreaterThan(5000);
    expect(clock.waits[2]).toBe(32_000);
  });

  it("403 names the permission, and is not tried again", async () => {
    server.options.permissions = ["storage.objects.list"];
    const error = await failure(bucket.putIfAbsent("a", bytesSource(SMALL)));
    expect(error.code).toBe("access-denied");
    expect(error.message).toBe(
      "cannot write 'team/store/a' in 'gs://bucket/team/store': permission 'storage.objects.create' is missing",
    );
    expect(clock.waits).toEqual([]);
  });

  it("403 for too many requests is tried again", async () => {
    server.faults.add({ kind: "head", action: { do: "status", status: 403, text: "rateLimitExceeded" } });
    expect(await bucket.head("a")).toBeNull();
    expect(clock.waits).toHaveLength(1);
  });

  it("a bucket that is not there is no empty remote", async () => {
    const lost = await openOn(server.url, { bucket: "no-such-bucket" });
    expect((await failure(lost.head("a"))).code).toBe("remote-missing");
    expect((await failure(readAll(lost, "a"))).code).toBe("remote-missing");
    expect((await failure(lost.delete("a", "1"))).code).toBe("remote-missing");
    expect((await failure(lost.list("")[Symbol.asyncIterator]().next() as Promise<unknown>)).code).toBe(
      "remote-missing",
    );
    expect((await failure(lost.putIfAbsent("a", bytesSource(SMALL)))).code).toBe("remote-missing");
    expect((await failure(lost.putIfAbsent("a", bytesSource(LARGE)))).code).toBe("remote-missing");
  });

  it("nobody there is an error, after tries", async () => {
    const url = server.url;
    await server.close();
    const nobody = await openOn(url, { clock });
    expect((await failure(nobody.head("a"))).code).toBe("remote-unavailable");
    expect(clock.waits).toHaveLength(7);
    server = await startGcsServer();
  });

  it("403 on one object leaves the others alone", async () => {
    server.faults.add({ kind: "put", nth: 2, action: { do: "status", status: 403, text: "policy forbids it" } });
    expect(await bucket.putIfAbsent("a", bytesSource(SMALL))).toBe("written");
    expect((await failure(bucket.putIfAbsent("b", bytesSource(SMALL)))).message).toBe(
      "cannot write 'team/store/b' in 'gs://bucket/team/store': access is denied, \"policy forbids it\"",
    );
    expect(await bucket.putIfAbsent("c", bytesSource(SMALL))).toBe("written");
    expect(await listed()).toEqual(["a", "c"]);
  });

  it("412 for an object that is there means present, also after all bytes were sent", async () => {
    const racing = (name: string, other: Buffer) => ({
      size: LARGE.length,
      *open(): Generator<Uint8Array> {
        yield LARGE.subarray(0, MIB);
        if (stored(name) === undefined) place(name, other);
        yield LARGE.subarray(MIB);
      },
    });
    expect(await bucket.putIfAbsent("large", racing("large", LARGE))).toBe("present");
    expect(await bucket.putIfAbsent("cut", racing("cut", LARGE.subarray(1)))).toMatchObject({
      found: { size: LARGE.length - 1 },
    });
    place("small", SMALL);
    expect(await bucket.putIfAbsent("small", bytesSource(SMALL))).toBe("present");
  });

  it("412 for what is not there is asked about, and sent again", async () => {
    server.faults.add({ kind: "begin", action: { do: "status", status: 412 } });
    server.faults.add({ kind: "complete", action: { do: "status", status: 412 } });
    expect(await bucket.putIfAbsent("large", bytesSource(LARGE))).toBe("written");
    server.lies.tell({ do: "says-present" });
    expect(await bucket.putIfAbsent("small", bytesSource(SMALL))).toBe("written");
    expect([stored("large")?.length, stored("small")?.length]).toEqual([LARGE.length, SMALL.length]);
    server.lies.tell({ do: "says-present", times: Infinity });
    expect((await failure(bucket.putIfAbsent("never", bytesSource(SMALL)))).code).toBe("remote-unavailable");
    expect((await failure(bucket.putIfAbsent("never", bytesSource(LARGE)))).code).toBe("remote-unavailable");
  });

  it.each([
    ["small", SMALL],
    ["large", LARGE],
  ])(
    "a %s upload of which other bytes are kept is deleted, as the version that it was, and sent again",
    async (_, bytes) => {
      for (const lie of ["keeps-part", "keeps-other"] as const) {
        server.objects.clear();
        server.lies.tell({ do: lie });
        expect(await bucket.putIfAbsent("object", bytesSource(bytes))).toBe("written");
        expect(stored("object")?.equals(bytes)).toBe(true);
        expect(server.counts.get("delete")).toBe(1);
        server.counts.clear();
      }
    },
  );

  it("what a cut upload left is never present", async () => {
    for (const left of [0, 1, SMALL.length - 1]) {
      server.objects.clear();
      server.lies.tell({ do: "leftover", bytes: left });
      expect(await bucket.putIfAbsent("object", bytesSource(SMALL))).toMatchObject({ found: { size: left } });
      server.objects.clear();
      server.lies.tell({ do: "leftover", bytes: left });
      // Its session tells what became of it, so that it is known to be this upload's own.
      expect(await bucket.putIfAbsent("object", bytesSource(LARGE))).toBe("written");
      expect(stored("object")?.equals(LARGE)).toBe(true);
    }
  });
});

describe("bytes that are not the object's", () => {
  it("wrong ones are found by their sum, before the last chunk", async () => {
    place("a", SMALL);
    server.faults.add({ kind: "get", action: { do: "wrong-bytes" } });
    const chunks: Uint8Array[] = [];
    const reading = (async () => {
      for await (const chunk of bucket.get("a")) chunks.push(chunk);
    })();
    expect((await failure(reading)).message).toContain("CRC32C");
    expect(chunks).toEqual([]);
  });

  it("two objects are never put together", async () => {
    place("a", LARGE);
    server.faults.add({ kind: "get", action: { do: "cut-body", after: MIB } });
    const other = noise(LARGE.length, "other");
    const reading = (async () => {
      let replaced = false;
      for await (const _ of bucket.get("a")) {
        if (!replaced) place("a", other);
        replaced = true;
      }
    })();
    expect((await failure(reading)).code).toBe("object-missing");
  });
});

describe("silence", () => {
  const impatient = (inactivityMs: number) =>
    openOn(server.url, { clock, inactivityMs, retry: { tries: 2, totalMs: 300_000, baseMs: 1, capMs: 1 } });

  it("of one's own side is no fault of the other", async () => {
    place("a", LARGE);
    const quick = await impatient(400);
    const chunks: Buffer[] = [];
    for await (const chunk of quick.get("a")) {
      if (chunks.length === 1) await new Promise((resolve) => setTimeout(resolve, 900));
      chunks.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(chunks).equals(LARGE)).toBe(true);
    expect(server.counts.get("get")).toBe(1);
  });
});

describe("a listing", () => {
  it("that repeats a page is an error, not endless", async () => {
    const looping = await startGcsServer({ pageSize: 1 });
    looping.put("bucket", "team/store/a", SMALL);
    looping.put("bucket", "team/store/b", SMALL);
    looping.repeatPages = true;
    const asked = await openOn(looping.url);
    const all = (async () => {
      for await (const _ of asked.list("")) continue;
    })();
    expect((await failure(all)).message).toContain("repeats a page");
    await looping.close();
  });

  it("that is cut in the middle of a page is asked for again, and no short listing when it stays so", async () => {
    for (const name of ["a", "b", "c"]) place(name, SMALL);
    for (const after of [0, 1, 100]) {
      server.faults.clear();
      server.faults.add({ kind: "list", nth: 2, action: { do: "cut-body", after } });
      expect(await listed()).toEqual(["a", "b", "c"]);
    }
    server.faults.add({ kind: "list", nth: 2, times: 1000, action: { do: "cut-body", after: 50 } });
    expect((await failure(listed())).code).toBe("remote-unavailable");
  });

  it("that fails later on is no short listing", async () => {
    for (const name of ["a", "b", "c"]) place(name, SMALL);
    server.faults.add({ kind: "list", nth: 2, times: 1000, action: { do: "status", status: 500 } });
    expect((await failure(listed())).code).toBe("remote-unavailable");
  });

  it("shows no other prefix, and no mark of a folder", async () => {
    server.put("bucket", "team/storeroom/x", SMALL);
    server.put("bucket", "team/store/", Buffer.alloc(0));
    place("a", SMALL);
    expect(await listed()).toEqual(["a"]);
  });
});

it(
  "a download that is cut at the same byte each time is of an object that has no more; elsewhere each time, it " +
    "goes on",
  async () => {
    place("a", SMALL);
    for (let nth = 1; nth <= 6; nth++) server.faults.add({ kind: "get", nth, action: { do: "cut-body", after: 100 } });
    expect((await readAll(bucket, "a")).equals(SMALL)).toBe(true);
    server.faults.clear();
    server.faults.add({ kind: "get", nth: 1, action: { do: "cut-body", after: 100 } });
    server.faults.add({ kind: "get", nth: 2, times: 1000, action: { do: "cut-body", after: 0 } });
    expect((await failure(readAll(bucket, "a"))).message).toContain("ends at byte 100 of 1000, each time");
  },
);
