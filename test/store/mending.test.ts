/** What a repair does to a remote in which objects are damaged or gone: at no moment is less there than before. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isMvgitError, MvgitError } from "../../src/base/errors.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { WrongBytes } from "../../src/store/bucket.ts";
import { bytesSource } from "../../src/store/bytes.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import type { MissingPack } from "../../src/store/remote/packs/pack-check.ts";
import { Remote } from "../../src/store/remote/remote.ts";
import { bytesOf, codeOf, one, type Sample, sample } from "../conformance/blob-store/cell.ts";
import { MemoryBucket } from "../support/memory-bucket.ts";
import { Mortal } from "../support/mortal-bucket.ts";
import { writeRecipe } from "../support/recipes.ts";

const many = Array.from({ length: 20 }, (_, at) => sample(100 + at, `many ${at}`));
const [first, second] = [many.slice(0, 10), many.slice(10)];

async function written(bucket: MemoryBucket, samples: readonly Sample[]): Promise<Remote> {
  const remote = new Remote("store", bucket);
  for await (const answer of remote.writeMany(samples)) expect(answer).toMatchObject({ outcome: "written" });
  return remote;
}

function namesIn(bucket: MemoryBucket, folder: string): string[] {
  return [...bucket.objects.keys()].filter((name) => name.startsWith(`${folder}/`) && name !== INDEX_LIST);
}

/** A copy, of which each may be changed. */
function copyOf(bucket: MemoryBucket): MemoryBucket {
  const copy = new MemoryBucket();
  for (const [name, { bytes }] of bucket.objects) copy.put(name, Buffer.from(bytes));
  return copy;
}

function flip(bucket: MemoryBucket, name: string, from: number): void {
  const { bytes } = bucket.objects.get(name) as { bytes: Uint8Array };
  bucket.put(
    name,
    Buffer.from(bytes).map((byte, at) => (at === from ? byte ^ 1 : byte)),
  );
}

async function isRight(bucket: MemoryBucket, { hash, bytes }: Pick<Sample, "hash" | "bytes">): Promise<boolean> {
  try {
    return (await bytesOf(new Remote("store", bucket).read(hash))).equals(bytes);
  } catch (error) {
    if (isMvgitError(error)) return false;
    throw error;
  }
}

/** Runs `work` in copies of the bucket, killed before and after each of its writes, and looks at each. */
async function atEachWrite(
  bucket: MemoryBucket,
  work: (bucket: MemoryBucket) => Promise<unknown>,
  look: (left: MemoryBucket, at: number) => Promise<void>,
): Promise<number> {
  const whole = new Mortal(copyOf(bucket), Infinity, true);
  await work(whole);
  for (let at = 1; at <= whole.writes; at++)
    for (const isDone of [false, true]) {
      const left = copyOf(bucket);
      await expect(work(new Mortal(left, at, isDone))).rejects.toMatchObject({ code: "interrupted" });
      await look(left, at);
      await work(left);
      await look(left, at);
    }
  return whole.writes;
}

describe("a damaged blob is there until its right bytes are", () => {
  it("so others that are read from what of it is right never break, and the next repair ends the work", async () => {
    const bucket = new MemoryBucket();
    const { base, made } = await writeRecipe(new Remote("store", bucket));
    // Where the recipe takes nothing from.
    flip(bucket, blobName(base.hash), 1_500_000);
    expect([await isRight(bucket, base), await isRight(bucket, made)]).toEqual([false, true]);
    const repair = async (at: MemoryBucket): Promise<void> => {
      const found = await new Remote("store", at).found(base.hash);
      await found?.mend(bytesSource(base.bytes));
      expect(await isRight(at, base)).toBe(true);
    };
    const writes = await atEachWrite(bucket, repair, async (left) => expect(await isRight(left, made)).toBe(true));
    expect(writes).toBeGreaterThan(0);
  });

  it("of another size as well, by a push that only writes", async () => {
    const bucket = new MemoryBucket();
    const { base, made } = await writeRecipe(new Remote("store", bucket));
    bucket.put(blobName(base.hash), Buffer.concat([base.bytes, Buffer.from("more")]));
    const write = (at: MemoryBucket): Promise<unknown> =>
      new Remote("store", at).write(base.hash, bytesSource(base.bytes));
    expect(await isRight(bucket, made)).toBe(true);
    await atEachWrite(bucket, write, async (left) => expect(await isRight(left, made)).toBe(true));
    expect(await write(bucket)).toBe("replaced");
    expect(await isRight(bucket, base)).toBe(true);
  });

  it("by wrong bytes, or beside somebody who mended it, nothing is replaced", async () => {
    const bucket = new MemoryBucket();
    const { base } = await writeRecipe(new Remote("store", bucket));
    flip(bucket, blobName(base.hash), 7);
    const found = await new Remote("store", bucket).found(base.hash);
    const before = bucket.objects.get(blobName(base.hash));
    expect(await codeOf(found?.mend(bytesSource(Buffer.alloc(base.bytes.length))) as Promise<void>)).toBe(
      "blob-damaged",
    );
    expect(bucket.objects.get(blobName(base.hash))).toBe(before);
    bucket.put(blobName(base.hash), base.bytes);
    const mended = bucket.objects.get(blobName(base.hash));
    await found?.mend(bytesSource(base.bytes));
    expect(bucket.objects.get(blobName(base.hash))).toBe(mended);
  });

  it("where nothing is replaced in one step it goes once the source was found right", async () => {
    const bucket = new MemoryBucket();
    const { base } = await writeRecipe(new Remote("store", bucket));
    flip(bucket, blobName(base.hash), 7);
    const replace = bucket.replace.bind(bucket);
    bucket.replace = async (name, ...rest) => {
      if (name.startsWith("blobs/")) throw new MvgitError("not-supported", "no");
      await replace(name, ...rest);
    };
    const found = await new Remote("store", bucket).found(base.hash);
    expect(await codeOf(found?.mend(bytesSource(Buffer.alloc(base.bytes.length))) as Promise<void>)).toBe(
      "blob-damaged",
    );
    expect(bucket.objects.has(blobName(base.hash))).toBe(true);
    await found?.mend(bytesSource(base.bytes));
    expect(await isRight(bucket, base)).toBe(true);
  });

  it("in a pack too: whole before its entry goes", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const [pack] = namesIn(bucket, "packs") as [string];
    flip(bucket, pack, 30);
    const [bad] = (
      await Promise.all(first.map(async (each) => ({ each, right: await isRight(bucket, each) })))
    ).flatMap(({ each, right }) => (right ? [] : [each])) as [Sample];
    const repair = async (at: MemoryBucket): Promise<void> => {
      await (await new Remote("store", at).found(bad.hash))?.mend(bad.source);
      expect(await isRight(at, bad)).toBe(true);
    };
    await atEachWrite(bucket, repair, async (left) => {
      for (const each of first) if (each !== bad) expect(await isRight(left, each)).toBe(true);
      expect(await new Remote("store", left).stat(bad.hash)).toEqual({ size: bad.bytes.length });
    });
  });
});

describe("a table of which the end of the pack is damaged too", () => {
  async function broken(): Promise<{ bucket: MemoryBucket; table: string; pack: string }> {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const [table] = namesIn(bucket, "index") as [string];
    const [pack] = namesIn(bucket, "packs") as [string];
    await written(bucket, second);
    bucket.put(table, Buffer.from("cut"));
    bucket.put(pack, (bucket.objects.get(pack) as { bytes: Uint8Array }).bytes.subarray(0, -1));
    return { bucket, table, pack };
  }

  it("is taken out, its bytes are kept, and what it told of can be pushed again", async () => {
    const { bucket, table } = await broken();
    expect(await codeOf(new Remote("store", bucket).stat(one.hash))).toBe("blob-damaged");
    const epoch = await new Remote("store", bucket).place.epoch.read();
    const remote = new Remote("store", bucket);
    const mended = await remote.mendTables();
    expect(mended).toMatchObject([{ name: table, how: "given up", blobs: null }]);
    const kept = mended[0]?.kept ?? "";
    expect(kept.startsWith(`damaged/${table.replace(/index|\//g, "")}.`)).toBe(true);
    expect(Buffer.from(bucket.objects.get(kept)?.bytes ?? []).toString()).toBe("cut");
    // Whoever saw something there before looks again.
    expect(await remote.place.epoch.read()).not.toBe(epoch);
    expect(await remote.stat((first[0] as Sample).hash)).toBeNull();
    for (const each of second) expect(await isRight(bucket, each)).toBe(true);
    await written(bucket, first);
    for (const each of first) expect(await isRight(bucket, each)).toBe(true);
    expect(await remote.mendTables()).toEqual([]);
  });

  it("is there, or kept, whenever the repair is killed; nothing else is less than before", async () => {
    const { bucket, table } = await broken();
    await atEachWrite(
      bucket,
      (at) => new Remote("store", at).mendTables(),
      async (left) => {
        expect(
          [...namesIn(left, "index"), ...namesIn(left, "damaged")].some(
            (name) => left.objects.get(name)?.bytes.length === 3,
          ),
        ).toBe(true);
        for (const each of second) expect(await isRight(left, each)).toBe(true);
        if (!left.objects.has(table)) expect(await new Remote("store", left).stat(one.hash)).toBeNull();
      },
    );
  });

  it("is made anew from what this machine kept, where it kept it", async () => {
    const folder = fs.mkdtempSync(join(tmpdir(), "mvgit-tables-"));
    try {
      const { bucket, table } = await broken();
      const whole = copyOf(bucket);
      const right = new MemoryBucket();
      await written(right, first);
      // The same pack in another bucket: what a machine knew of this one before.
      const [known] = namesIn(right, "index") as [string];
      for (const [name, { bytes }] of right.objects) whole.put(name, bytes);
      const opened = (): Remote => new Remote("store", whole, { tables: folder });
      expect(await opened().stat((first[0] as Sample).hash)).toEqual({ size: 100 });
      whole.put(known, Buffer.from("cut"));
      const pack = known.replace("index", "packs");
      flip(whole, pack, (whole.objects.get(pack)?.bytes.length as number) - 3);
      // A look at the damaged one does not forget it.
      expect(await codeOf(opened().stat(one.hash))).toBe("blob-damaged");
      const mended = await opened().mendTables();
      expect(mended.find(({ name }) => name === known)).toMatchObject({ how: "from here", kept: null });
      expect(mended.find(({ name }) => name === table)).toMatchObject({ how: "given up" });
      expect(whole.objects.get(known)?.bytes).toEqual(right.objects.get(known)?.bytes);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("stays where the network, a newer mvgit or somebody else may be the reason", async () => {
    for (const spoil of [
      // Bytes that the medium does not vouch for.
      (bucket: MemoryBucket, { pack }: { pack: string }) => {
        const get = bucket.get.bind(bucket);
        bucket.get = async function* (name, range) {
          if (name === pack) throw new WrongBytes("remote-unavailable", "cut on the way");
          yield* get(name, range);
        };
      },
      // Other bytes each time.
      (bucket: MemoryBucket, { table }: { table: string }) => {
        const get = bucket.get.bind(bucket);
        let count = 0;
        bucket.get = async function* (name, range) {
          if (name === table) yield Buffer.from(`${++count % 10}ut`);
          else yield* get(name, range);
        };
      },
      (bucket: MemoryBucket, { pack }: { pack: string }) => {
        const { bytes } = bucket.objects.get(pack) as { bytes: Uint8Array };
        const newer = Buffer.concat([bytes, Buffer.from("2")]);
        bucket.put(pack, newer);
      },
      (bucket: MemoryBucket) => {
        bucket.failure = new MvgitError("remote-unavailable", "no answer");
      },
    ]) {
      const { bucket, table, pack } = await broken();
      const remote = new Remote("store", bucket);
      await remote.packed.index.refresh();
      spoil(bucket, { table, pack });
      const mended = await remote.mendTables().catch((error: unknown) => {
        expect(isMvgitError(error, "remote-unavailable")).toBe(true);
        return [];
      });
      expect(mended).toEqual([]);
      expect(bucket.objects.has(table)).toBe(true);
      expect(namesIn(bucket, "damaged")).toEqual([]);
    }
  });
});

describe("a pack that was removed, though its table was not", () => {
  async function without(): Promise<{ bucket: MemoryBucket; pack: string; table: string }> {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    const [pack] = namesIn(bucket, "packs") as [string];
    await written(bucket, second);
    bucket.objects.delete(pack);
    return { bucket, pack, table: pack.replace("packs", "index") };
  }

  async function sizes(bucket: MemoryBucket, told: MissingPack[]): Promise<(number | null)[]> {
    const all: (number | null)[] = [];
    const remote = new Remote("store", bucket).checked((each) => told.push(each));
    for await (const { stat } of remote.statMany(many.map(({ hash }) => hash))) all.push(stat?.size ?? null);
    return all;
  }

  it("is told to who relies on it, and what it held counts as absent, or as what else is there", async () => {
    const { bucket, pack } = await without();
    await new Remote("store", bucket).whole.write((first[3] as Sample).hash, (first[3] as Sample).source);
    const told: MissingPack[] = [];
    expect(await sizes(bucket, told)).toEqual(
      many.map(({ bytes }, at) => (at >= 10 || at === 3 ? bytes.length : null)),
    );
    expect(told.map(({ pack: hash, blobs }) => [hash, blobs.length])).toEqual([[pack.replace(/packs|\//g, ""), 10]]);
  });

  it("costs one request for each of a few packs, and one listing for many", async () => {
    const bucket = new MemoryBucket();
    const asked: string[] = [];
    const groups = Array.from({ length: 12 }, (_, at) =>
      Array.from({ length: 8 }, (__, n) => sample(50, `${at} ${n}`)),
    );
    for (const each of groups) await written(bucket, each);
    const [head, list] = [bucket.head.bind(bucket), bucket.list.bind(bucket)];
    bucket.head = (name) => (asked.push(`head ${name.slice(0, 5)}`), head(name));
    bucket.list = (prefix) => (asked.push(`list ${prefix}`), list(prefix));
    for (const [groupCount, expected] of [
      [3, ["head packs", "head packs", "head packs"]],
      [12, ["list packs/"]],
    ] as const) {
      const remote = new Remote("store", bucket);
      const hashes = groups.slice(0, groupCount).flatMap((each) => each.map(({ hash }) => hash));
      const look = async (): Promise<string[]> => {
        asked.length = 0;
        for await (const { stat } of remote.checked(() => expect.unreachable()).statMany(hashes))
          expect(stat).not.toBeNull();
        return asked.filter((each) => each.includes("packs"));
      };
      expect(await look()).toEqual(expected);
      expect(await look()).toEqual([]);
    }
  });

  it("is pushed again by a store that is written to after that, and its table is taken out by a repair", async () => {
    const { bucket, table } = await without();
    const remote = new Remote("store", bucket);
    for await (const _ of remote.checked(() => undefined).statMany(many.map(({ hash }) => hash))) continue;
    for await (const answer of remote.writeMany(first.map((each) => ({ ...each, isAbsent: true }))))
      expect(answer).toMatchObject({ outcome: "written" });
    for (const each of many) expect(await isRight(bucket, each)).toBe(true);
    const mended = await new Remote("store", bucket).mendTables();
    expect(mended).toMatchObject([{ name: table, how: "no pack" }]);
    expect(mended[0]?.blobs?.length).toBe(10);
    expect([bucket.objects.has(table), bucket.objects.has(mended[0]?.kept ?? "")]).toEqual([false, true]);
    for (const each of many) expect(await isRight(bucket, each)).toBe(true);
  });

  it("while no pack at all is there, a disk may not be mounted: no table is taken out that can be read", async () => {
    const bucket = new MemoryBucket();
    await written(bucket, first);
    await written(bucket, second);
    const tables = namesIn(bucket, "index");
    for (const name of namesIn(bucket, "packs")) bucket.objects.delete(name);
    expect(await new Remote("store", bucket).mendTables()).toEqual([]);
    expect(namesIn(bucket, "index")).toEqual(tables);
    bucket.put(tables[0] as string, Buffer.from("cut"));
    expect(await new Remote("store", bucket).mendTables()).toMatchObject([{ name: tables[0], how: "no pack" }]);
  });
});
