/** Packs and recipes on every driver: the contract of a blob store, and what there is to packs alone. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bucket, ReadableBucket } from "../../src/store/bucket.ts";
import { bytesSource, readAll } from "../../src/store/bytes.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { bytesOf, codeOf, one, type Sample, sample, type StoreUnderTest } from "../conformance/blob-store/cell.ts";
import { names } from "../conformance/bucket/cell.ts";
import { describeStore } from "../conformance/store-suite.ts";
import { closeDrivers, type DriverPlace, DRIVERS } from "../support/driver-places.ts";
import { damagePacked, PackedRemote } from "../support/packed-remote.ts";
import { writeRecipe } from "../support/recipes.ts";
import { openOnWeb } from "../support/web-open.ts";
import { startWebServer } from "../support/web-server.ts";

const small = Array.from({ length: 40 }, (_, at) => sample(at * 100, `small ${at}`));
const [first, second] = [small.slice(0, 20), small.slice(20)] as [Sample[], Sample[]];

async function written(bucket: Bucket, samples: readonly Sample[]): Promise<Remote> {
  const remote = new Remote("store", bucket);
  for await (const answer of remote.writeMany(samples)) expect(answer).toMatchObject({ outcome: "written" });
  return remote;
}

/** All of them in each way in which a remote is read. */
async function expectAll(bucket: ReadableBucket, samples: readonly Sample[]): Promise<void> {
  const remote = new Remote("store", bucket);
  const wanted = samples.map(({ hash, bytes }) => ({ hash, size: bytes.length }));
  const sizes: unknown[] = [];
  for await (const { hash, stat } of remote.statMany(wanted.map(({ hash }) => hash)))
    sizes.push({ hash, size: stat?.size });
  expect(sizes).toEqual(wanted);
  const bytes = new Map(samples.map((each) => [each.hash, each.bytes]));
  for await (const { wanted: each, source } of remote.sources(wanted))
    expect((await bytesOf(source.open(0))).equals(bytes.get(each.hash) as Buffer), each.hash).toBe(true);
  for (const { hash, bytes: all } of samples.slice(-3)) {
    const [start, end] = [Math.floor(all.length / 3), all.length - 1];
    expect((await bytesOf(remote.read(hash, { start, end }))).equals(all.subarray(start, end))).toBe(true);
  }
}

/** Puts other bytes in an object's place. */
async function spoil(bucket: Bucket, name: string): Promise<void> {
  const found = await bucket.head(name);
  const bytes = (await readAll(bucket.get(name), found?.size ?? 0)) as Buffer;
  await bucket.replace(name, found?.version ?? "", bytesSource(Buffer.from(bytes).fill(1, 20, 60)));
}

afterAll(closeDrivers);

describe.each(DRIVERS)("on $label", ({ label, lacks, make }) => {
  describe.skipIf(lacks !== "")(`with packs${lacks}`, () => {
    const open = async (): Promise<StoreUnderTest> => {
      const place = await make();
      return {
        isFar: true,
        isPacked: true,
        open: async (signal) => new PackedRemote(await place.open(signal)),
        damage: async (hash, bytes) => damagePacked(await place.open(), hash, bytes),
        fail: () => place.fail(),
        ...(place.bury && { bury: place.bury }),
        cleanup: () => place.close(),
      };
    };
    describeStore(`packs on ${label}`, open, 6);

    describe("beside that", () => {
      let place: DriverPlace;
      let bucket: Bucket;
      beforeEach(async () => {
        place = await make();
        bucket = await place.open();
      });
      afterEach(() => place.close());

      it("small blobs of one call are one pack, its table and the list, and come back in every way", async () => {
        await written(bucket, small);
        expect((await names(bucket, "packs/")).length).toBe(1);
        expect(await names(bucket, "blobs/")).toEqual([]);
        expect((await names(bucket, "index/")).length).toBe(2);
        await expectAll(await place.open(), small);
      });

      it("tables on many pages of a listing are all found", async () => {
        const [few, many] = [small.slice(0, 8), Array.from({ length: 4 }, (_, at) => sample(50 + at, `m ${at}`))];
        await written(bucket, few);
        for (const each of many) for await (const _ of new PackedRemote(bucket).writeMany([each])) continue;
        expect((await names(bucket, "index/")).length).toBe(6);
        await expectAll(await place.open(), [...few, ...many]);
        const listed: string[] = [];
        for await (const { hash } of new Remote("store", bucket).list()) listed.push(hash);
        expect(listed.toSorted()).toEqual([...few, ...many].map(({ hash }) => hash).toSorted());
      });

      it("recipes are followed: whole, in parts, and beside what they rest on", async () => {
        const { made, base } = await writeRecipe(new PackedRemote(bucket), 2048 + 256);
        await expectAll(
          await place.open(),
          [made, base].map((each) => ({ ...each, source: bytesSource(each.bytes) })),
        );
        const remote = new Remote("store", await place.open());
        for (const [start, end] of [
          [0, 1],
          [1024 * 1024 - 5, 1024 * 1024 + 200_000],
        ] as const)
          expect((await bytesOf(remote.read(made.hash, { start, end }))).equals(made.bytes.subarray(start, end))).toBe(
            true,
          );
      });

      it("the mark is raised once, by whoever is first, and what lay there before is read as before", async () => {
        const old = new Remote("store", bucket);
        await old.write(one.hash, one.source);
        const others = await Promise.all([first, second].map(async (samples) => ({ samples, on: await place.open() })));
        await Promise.all(others.map(({ samples, on }) => written(on, samples)));
        expect(await bytesOf(old.read(one.hash))).toEqual(one.bytes);
        await expectAll(await place.open(), [one, ...small]);
        const mark = JSON.parse(String(await readAll(bucket.get("mvgit.json"), 1000))) as { mvgit: number };
        expect(mark.mvgit).toBe(2);
        const list = String(await readAll(bucket.get(INDEX_LIST), 1000));
        expect(list.split("\n").length).toBe(4);
      });

      it("two who take out of one table at once both do, and lose nothing else", async () => {
        await written(bucket, small);
        const gone = [small[3], small[30]] as [Sample, Sample];
        await Promise.all(
          gone.map(async ({ hash }) => {
            const remote = new Remote("store", await place.open());
            await remote.delete(hash);
          }),
        );
        const remote = new Remote("store", await place.open());
        for (const { hash } of gone) expect(await remote.stat(hash)).toBeNull();
        await expectAll(
          bucket,
          small.filter((each) => !gone.includes(each)),
        );
      });

      it("a damaged table is made anew from its pack, and a blob with damaged bytes by who has it", async () => {
        await written(bucket, first);
        const [table = ""] = (await names(bucket, "index/")).filter((name) => name !== INDEX_LIST);
        await spoil(bucket, table);
        expect(await codeOf(new Remote("store", bucket).stat(first[1]?.hash as Sample["hash"]))).toBe("blob-damaged");
        const mended = await new Remote("store", await place.open()).mendTables();
        expect(mended.map(({ name, how, blobs }) => [name, how, blobs?.length])).toEqual([[table, "from pack", 20]]);
        await expectAll(await place.open(), first);
        const { hash, bytes, source } = first[5] as Sample;
        await damagePacked(bucket, hash, Buffer.alloc(bytes.length));
        const remote = new Remote("store", await place.open());
        expect(await codeOf(remote.read(hash))).toBe("blob-damaged");
        await (await remote.found(hash))?.mend(source);
        await expectAll(await place.open(), first);
      });

      it("what lies in a folder is read from a web server as well", async (context) => {
        if (place.folder === undefined) return context.skip("it is no folder");
        await written(bucket, small);
        const { made } = await writeRecipe(new PackedRemote(bucket), 2048 + 256);
        const server = await startWebServer(place.folder);
        try {
          const all = [...small, { ...made, source: bytesSource(made.bytes) }];
          await expectAll(openOnWeb(server.url), all);
          expect(await new Remote("data", openOnWeb(server.url)).stat(one.hash)).toBeNull();
        } finally {
          await server.close();
        }
      });
    });
  });
});
