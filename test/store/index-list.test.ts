/** The list of tables, by which whoever cannot list a place knows its packs: renewed, old, and kept by a cache. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MvgitError } from "../../src/base/errors.ts";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import type { ReadableBucket } from "../../src/store/bucket.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { Remotes } from "../../src/transfer/remotes.ts";
import { bytesOf, codeOf, errorOf, one, type Sample, sample } from "../conformance/blob-store/cell.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { makeTestFolder, type TestFolder } from "../support/test-folder.ts";
import { testWatch } from "../support/watch.ts";
import { openOnWeb } from "../support/web-open.ts";
import { startWebServer, type WebServer } from "../support/web-server.ts";

const many = Array.from({ length: 30 }, (_, at) => sample(100 + at, `many ${at}`));
const [first, second, third] = [many.slice(0, 10), many.slice(10, 20), many.slice(20)] as [
  Sample[],
  Sample[],
  Sample[],
];

let bucket: MemoryBucket;
beforeEach(() => {
  bucket = new MemoryBucket();
  // Each object later than the one before, as long as nobody does anything at the same time.
  let now = 1_700_000_000_000;
  bucket.clock = () => ++now;
});

async function written(samples: readonly Sample[], to = bucket): Promise<Remote> {
  const remote = new Remote("store", to);
  for await (const answer of remote.writeMany(samples)) expect(answer).toMatchObject({ outcome: "written" });
  return remote;
}

/** Writes, and dies before the list is renewed. */
async function writtenUnlisted(samples: readonly Sample[]): Promise<void> {
  const { replace } = bucket;
  bucket.replace = async (name, ...rest) => {
    if (name === INDEX_LIST) throw new MvgitError("remote-unavailable", "the connection is lost");
    return replace.call(bucket, name, ...rest);
  };
  await written(samples);
  bucket.replace = replace;
}

/** As a web server gives it. */
function served({ address, concurrency }: MemoryBucket = bucket, from = bucket): ReadableBucket {
  return { address, concurrency, head: (name) => from.head(name), get: (name, range) => from.get(name, range) };
}

async function seen(samples: readonly Sample[]): Promise<number> {
  const remote = new Remote("data", served());
  let count = 0;
  for await (const { stat } of remote.statMany(samples.map(({ hash }) => hash))) if (stat !== null) count++;
  return count;
}

const tables = (): string[] => [...bucket.objects.keys()].filter((name) => /^index\/..\//.test(name));

describe("a list that lacks a table", () => {
  beforeEach(async () => {
    await written(first);
    await writtenUnlisted(second);
    expect([await seen(first), await seen(second)]).toEqual([10, 0]);
  });

  it("is renewed by the next push, whether or not that brings anything", async () => {
    const remote = new Remote("store", bucket);
    for await (const { stat } of remote.statMany(second.map(({ hash }) => hash))) expect(stat).not.toBeNull();
    await remote.settleList();
    expect(await seen(many)).toBe(20);
  });

  it("is renewed by whoever writes the next table", async () => {
    await written(third);
    expect(await seen(many)).toBe(30);
  });

  it("is not written anew where it is right, nor by who never looked", async () => {
    const version = (): string | undefined => bucket.objects.get(INDEX_LIST)?.version;
    const before = version();
    await new Remote("store", bucket).settleList();
    expect(version()).toBe(before);
    for (const isRenewed of [true, false]) {
      const remote = new Remote("store", bucket);
      await remote.stat(one.hash);
      const old = version();
      await remote.settleList();
      expect(version() !== old).toBe(isRenewed);
    }
  });

  it("and has another that is gone is as long as it should be, and older than the newest", async () => {
    const [gone] = tables();
    bucket.objects.delete(gone as string);
    const remote = new Remote("store", bucket);
    await remote.packed.index.refresh();
    await remote.settleList();
    expect(Buffer.from(bucket.objects.get(INDEX_LIST)?.bytes ?? []).toString()).toBe(
      `mvgit-index 1\n${tables()
        .map((name) => `${name.replace(/index|\//g, "")}\n`)
        .join("")}`,
    );
  });

  it("is told to who misses something: what it may be, and who mends it", async () => {
    const remote = new Remote("data", served());
    const [missing] = second as [Sample];
    expect(await errorOf(remote.read(missing.hash))).toMatchObject({
      code: "blob-missing",
      hint: expect.stringContaining("'mvgit push --repair'"),
    });
    const watch = testWatch();
    const askable = { name: "data", address: "https://host/data", open: async () => remote };
    const needs = [...first, ...second].map(({ hash, bytes }) => ({ hash, size: bytes.length }));
    const { failed, copied } = await new Remotes([askable], watch).copyTo(new MemoryStore(), needs);
    expect([failed.length, copied]).toEqual([10, 10]);
    expect(watch.told).toEqual([
      "what is shown of remote 'data' may be old (its list of packs is of 2023-11-14 22:13 UTC): " +
        "whoever keeps it renews its list of packs with 'mvgit push --repair', " +
        "and copies it there anew where it is a copy",
    ]);
    // Of a place that is listed nothing is old.
    expect(await errorOf(new Remote("store", bucket).read(one.hash))).toMatchObject({
      hint: expect.not.stringContaining("web server"),
    });
  });
});

it("a list that names tables that are not there hides nothing else, and nothing is called missing then", async () => {
  await written(first);
  await written(second);
  const copy = new MemoryBucket();
  const [kept] = tables();
  // As of a copy that is under way: what stands in the folder itself comes first.
  for (const [name, { bytes }] of bucket.objects)
    if (!/^index\/..\//.test(name) || name === kept) copy.put(name, bytes);
  const remote = new Remote("data", served(bucket, copy));
  const codes = await Promise.all(many.slice(0, 20).map(({ hash }) => codeOf(remote.stat(hash))));
  expect(codes.filter((code) => code === "no error")).toHaveLength(10);
  expect(codes.filter((code) => code === "remote-unavailable")).toHaveLength(10);
  expect(await errorOf(remote.stat(one.hash))).toMatchObject({
    message: expect.stringContaining("'index/list' names 1 table that it does not have"),
  });
  for (const [name, { bytes }] of bucket.objects) copy.put(name, bytes);
  expect(await remote.stat(one.hash)).toBeNull();
  for (const { hash } of many.slice(0, 20)) expect(await remote.stat(hash)).not.toBeNull();
});

describe("over the web", () => {
  let folder: TestFolder;
  let server: WebServer;
  beforeEach(async () => {
    folder = makeTestFolder();
    server = await startWebServer(folder.dir);
  });
  afterEach(async () => {
    await server.close();
    folder.remove();
  });

  /** Gives out what is in the bucket by now. */
  function publish(): void {
    for (const [name, { bytes }] of bucket.objects) {
      fs.mkdirSync(dirname(join(folder.dir, name)), { recursive: true });
      fs.writeFileSync(join(folder.dir, name), bytes);
    }
  }

  it("a cache on the way is asked to look again for what may have changed, and for nothing else", async () => {
    const kept = new Map<string, { status: number; body: Buffer; headers: Record<string, string> }>();
    const fresh: string[] = [];
    server.instead = (req, res) => {
      const { method = "", url = "", headers } = req;
      const file = join(folder.dir, url.replace(/^\/data/, ""));
      const isThere = fs.existsSync(file);
      if (headers["cache-control"] === "no-cache") fresh.push(url);
      if (headers["cache-control"] === "no-cache" || !kept.has(url)) {
        const body = isThere ? fs.readFileSync(file) : Buffer.alloc(0);
        kept.set(url, { status: isThere ? 200 : 404, body, headers: { "content-length": String(body.length) } });
      }
      const { status, body, headers: said } = kept.get(url) as { status: number; body: Buffer; headers: {} };
      res.writeHead(status, said).end(method === "HEAD" ? "" : body);
      return true;
    };
    const opened = (): Remote => new Remote("data", openOnWeb(server.url));
    await written([one]);
    publish();
    expect((await bytesOf(opened().read(one.hash))).equals(one.bytes)).toBe(true);
    expect(await opened().stat((first[0] as Sample).hash)).toBeNull();
    // The mark, the list, and what was not there before are others now.
    await written(first);
    publish();
    for (const { hash, bytes } of [one, ...first])
      expect((await bytesOf(opened().read(hash))).equals(bytes)).toBe(true);
    await written(second);
    publish();
    for (const { hash, bytes } of second) expect((await bytesOf(opened().read(hash))).equals(bytes)).toBe(true);
    expect(fresh.filter((url) => url.includes("/packs/"))).toEqual([]);
  });

  it("an answer that nothing changed, which nobody asked for, is none", async () => {
    await written(first);
    publish();
    server.instead = (req, res) => {
      if (req.url !== `/data/${INDEX_LIST}`) return false;
      res.writeHead(304, { etag: '"old"' }).end();
      return true;
    };
    const remote = new Remote("data", openOnWeb(server.url));
    expect(await codeOf(remote.stat((first[0] as Sample).hash))).toBe("remote-unavailable");
  });
});
