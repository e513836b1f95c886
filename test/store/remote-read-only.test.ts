/** A remote at a place that can neither be written nor listed, as a web server's. */
import { expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import type { ReadableBucket } from "../../src/store/bucket.ts";
import { type Acquaintance } from "../../src/store/remote/place.ts";
import { contentsOf } from "../../src/store/remote/contents.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { bytesOf, codeOf, one, sample, two } from "../conformance/blob-store/cell.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";

/** The reading half of a bucket, and how often it was asked. */
function served(bucket: MemoryBucket): ReadableBucket & { heads: number } {
  return {
    address: bucket.address,
    concurrency: bucket.concurrency,
    heads: 0,
    head(name) {
      this.heads++;
      return bucket.head(name);
    },
    get: (name, range) => bucket.get(name, range),
  };
}

async function filled(): Promise<MemoryBucket> {
  const bucket = new MemoryBucket();
  const remote = new Remote("store", bucket);
  for (const { hash, source } of [one, two]) await remote.write(hash, source);
  return bucket;
}

const KNOWN: Acquaintance = { known: "0".repeat(32), wasUsed: true, meet: () => undefined };

it("gives what is there, verified, and tells what is not", async () => {
  const bucket = await filled();
  const remote = new Remote("data", served(bucket));
  expect(remote.place.isReadOnly).toBe(true);
  expect((await bytesOf(remote.read(one.hash))).equals(one.bytes)).toBe(true);
  const absent = sample(3, "absent");
  expect(await remote.stat(absent.hash)).toBeNull();
  expect(await codeOf(remote.read(absent.hash))).toBe("blob-missing");
  bucket.put(`blobs/${two.hash.slice(0, 2)}/${two.hash.slice(2)}`, Buffer.alloc(two.bytes.length));
  expect(await codeOf(remote.read(two.hash))).toBe("blob-damaged");
});

it("asks for each of many blobs, since it cannot list", async () => {
  const place = served(await filled());
  const many = Array.from({ length: 100 }, (_, seed) => sample(3, `${seed}`).hash);
  const found = new Map<string, number | undefined>();
  for await (const { hash, stat } of new Remote("data", place).statMany([...many, one.hash]))
    found.set(hash, stat?.size);
  expect([found.size, found.get(one.hash)]).toEqual([101, 1000]);
  expect(place.heads).toBe(102);
});

it("refuses to be written, listed or collected, and says what else can be done", async () => {
  const bucket = await filled();
  const before = [...bucket.objects.keys()];
  const remote = new Remote("data", served(bucket));
  const works = [
    () => remote.write(one.hash, one.source),
    () => bytesOf(remote.writeMany([one]) as never),
    () => remote.delete(one.hash),
    () => bytesOf(remote.list() as never),
    () => remote.place.prepare(),
    () => contentsOf(remote.place).next(),
    async () => remote.place.claims,
    async () => remote.place.gcMark,
    async () => remote.place.epoch,
  ];
  for (const work of works) expect(await codeOf(work())).toBe("read-only");
  expect([...bucket.objects.keys()]).toEqual(before);
  const said = await remote.place
    .prepare()
    .catch((error: unknown) => isMvgitError(error) && [error.message, error.hint]);
  expect(said).toMatchInlineSnapshot(`
    [
      "remote 'data' can only be read: a web server serves 'memory://bucket'",
      "name another one with '--remote NAME', or make another the default with 'mvgit remote default NAME'",
    ]
  `);
});

it("is no remote where its mark is absent, or something else", async () => {
  const bucket = new MemoryBucket();
  const looked = (acquaintance?: Acquaintance): Promise<unknown> =>
    new Remote("data", served(bucket), { acquaintance }).place
      .recognise()
      .catch((error: unknown) => isMvgitError(error) && [error.code, error.message]);
  expect(await looked()).toMatchInlineSnapshot(`
    [
      "remote-missing",
      "there is no mvgit remote at 'memory://bucket': it has no 'mvgit.json'",
    ]
  `);
  expect(await looked(KNOWN)).toMatchInlineSnapshot(`
    [
      "remote-foreign",
      "remote 'data' at 'memory://bucket' is not the one that this clone knows: there is no 'mvgit.json' any more",
    ]
  `);
  for (const page of ["<!doctype html><title>Not here</title>", "<!doctype html>".padEnd(100_000)]) {
    bucket.put("mvgit.json", Buffer.from(page));
    expect(await looked()).toEqual([
      "remote-foreign",
      "'memory://bucket' is not an mvgit remote: what it answers for 'mvgit.json' is something else",
    ]);
  }
});
