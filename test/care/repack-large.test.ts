/** What a repack makes of large blobs that were pushed whole: chosen by history, through the real encoder. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { gcRemote } from "../../src/care/gc-remote.ts";
import { addRemote } from "../../src/care/remote.ts";
import { remoteRepack, type RepackReport } from "../../src/care/remote-repack.ts";
import { remoteRepackText } from "../../src/cli/render/care/remote-repack.ts";
import { push } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { blobName } from "../../src/store/blob-layout.ts";
import { FolderBucket } from "../../src/store/buckets/folder/bucket.ts";
import { bell, bf16, moved, safetensors } from "../store/encoder/weights.ts";
import { folderRemote } from "../support/aged-remote.ts";
import { noise } from "../support/containers.ts";
import { codeOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { cloneOf, damage, track } from "../support/track.ts";
import { testWatch } from "../support/watch.ts";

const disk = vi.hoisted(() => ({ free: null as number | null }));
vi.mock("../../src/base/system-errors.ts", async (original) => ({
  ...(await original<typeof import("../../src/base/system-errors.ts")>()),
  freeAt: () => disk.free,
}));

const MIB = 1024 * 1024;
const VERSIONS = 3;
/** The first of the versions stays: no codec makes noise shorter. */
const [ENCODED, WHOLE] = [VERSIONS + 1, 1];
const STORE = "store";

let box: Sandbox;
const versions: Buffer[] = [];
/** Weights, and others that are near. */
const weights: Buffer[] = [];

/** Each with another 20 KiB changed. */
function nextVersion(number: number): Buffer {
  if (number === 0) return noise(3 * MIB, 99);
  const bytes = Buffer.from(versions[number - 1] as Buffer);
  bytes.set(noise(20 * 1024, number), number * 300_000);
  return bytes;
}

function storedIn(place: string): number {
  const names = fs.readdirSync(join(box.dir, place), { recursive: true, encoding: "utf8" });
  const files = names.map((name) => fs.statSync(join(box.dir, place, name))).filter((each) => each.isFile());
  return files.reduce((sum, { size }) => sum + size, 0);
}

const repack = async (folder = "work", watch = testWatch()): Promise<RepackReport> =>
  remoteRepack(await box.open(folder, watch), { dryRun: false });
const look = async (folder = "work"): Promise<RepackReport> => remoteRepack(await box.open(folder), { dryRun: true });
const blobs = (folder = "work"): string => join(box.dir, folder, ".git/mvgit/blobs");
const emptyCache = (): void => fs.rmSync(blobs(), { recursive: true, force: true });
const isWhole = (bytes: Buffer): boolean => box.exists(`${STORE}/${blobName(hashBytes(bytes))}`);
/** What is left in the folder where blobs are borrowed. */
const borrowed = (folder = "work"): string[] => {
  const tmp = join(box.dir, folder, ".git/mvgit/tmp");
  return fs.existsSync(tmp) ? fs.readdirSync(tmp) : [];
};

const words = (report: RepackReport): string =>
  remoteRepackText(report)
    .replaceAll(box.dir, "")
    .replaceAll(/\d+(?:\.\d+)? [KM]iB/g, "SIZE");

/** By somebody who has nothing. */
async function expectAllRight(): Promise<void> {
  const remote = await (await box.open()).remote();
  for (const bytes of [...versions, ...weights]) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of remote.read(hashBytes(bytes))) chunks.push(Buffer.from(chunk));
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  }
}

async function gc(): Promise<void> {
  folderRemote(box).age(15);
  await gcRemote(await box.open(), { dryRun: false, offline: true, unclaimed: true });
}

shareSandbox(async () => {
  box = await makeSandbox({ inMemory: true });
  const values = bell(MIB, 7);
  const spread = (share: number): Buffer =>
    safetensors([{ name: "w", shape: [1024, 1024], bytes: bf16(share === 0 ? values : moved(values, share, 8)) }]);
  weights.push(spread(0), spread(0.001));
  for (let number = 0; number < VERSIONS; number++) versions.push(nextVersion(number));
  await box.git("work", ["config", "mvgit.encoding", "whole"]);
  for (const [number, bytes] of versions.entries())
    await track(
      box,
      { "w.bin": bytes, ...(number < 2 && { "model/a.safetensors": weights[number] as Buffer }) },
      number < 2 ? ["w.bin", "model"] : ["w.bin"],
    );
  await push(await box.open(), { paths: [], all: true });
  await box.git("work", ["config", "--unset", "mvgit.encoding"]);
  return box;
}, 60_000);
afterEach(() => {
  disk.free = null;
  vi.restoreAllMocks();
});

describe("versions that were pushed whole", { timeout: 60_000 }, () => {
  it("take what a push takes that stores only what is new, as a dry run said about", async () => {
    const before = storedIn(STORE);
    const planned = await look();
    expect(storedIn(STORE)).toBe(before);
    const done = await repack();
    expect(words(planned)).toMatchInlineSnapshot(`
      "would bring to the present form in remote 'store' (/store):
        4 large blobs that lay whole (SIZE): would take about SIZE
      'mvgit gc --remote' removes 4 objects after 14 days: about SIZE less in all
      1 large blob (SIZE) stays whole: hardly shorter otherwise"
    `);
    expect(words(done)).toMatchInlineSnapshot(`
      "brought to the present form in remote 'store' (/store):
        4 large blobs that lay whole (SIZE): take SIZE
      'mvgit gc --remote' removes 4 objects after 14 days: SIZE less in all
      1 large blob (SIZE) stays whole: hardly shorter otherwise"
    `);
    expect(done).toMatchObject({
      encoded: { blobs: ENCODED },
      left: { blobs: WHOLE },
      unseen: { blobs: 0, bytes: 0 },
      passed: 0,
      objects: ENCODED,
    });
    expect(planned.encoded.blobs).toBe(done.encoded.blobs);
    expect(Math.abs(planned.encoded.stored / done.encoded.stored - 1)).toBeLessThan(0.2);
    await expectAllRight();
    await gc();
    await expectAllRight();
    expect([...versions, ...weights].filter(isWhole)).toHaveLength(WHOLE);
    await addRemote(await box.open(), { name: "new", url: "../new" });
    await push(await box.open(), { paths: [], all: true, remote: "new" });
    expect(storedIn(STORE) / storedIn("new")).toBeLessThan(1.02);
    expect((await repack()).encoded.blobs).toBe(0);
  });
});

describe("where the cache lacks them", { timeout: 60_000 }, () => {
  it("they are read from the remote, a few at a time, where there is room, and are encoded as well", async () => {
    const planned = await look();
    emptyCache();
    expect(await look()).toMatchObject({ encoded: { blobs: 0 }, unseen: { blobs: ENCODED + WHOLE } });
    disk.free = 200 * MIB;
    expect(await codeOf(repack())).toBe("disk-full");
    expect(box.exists(`${STORE}/packs`)).toBe(false);
    disk.free = 400 * MIB;
    const watch = testWatch();
    const done = await repack("work", watch);
    expect(done.encoded.blobs).toBe(planned.encoded.blobs);
    expect(Math.abs(planned.encoded.stored / done.encoded.stored - 1)).toBeLessThan(0.2);
    expect(watch.told).toEqual([
      expect.stringMatching(/^5 blobs \(13\.0 MiB\) not in the cache: .* 12\.0 MiB at most/),
    ]);
    expect(borrowed()).toEqual([]);
    await expectAllRight();
  });

  it("a stop leaves nothing behind, and is gone on with", async () => {
    emptyCache();
    const watch = testWatch();
    const put = FolderBucket.prototype.putIfAbsent;
    let packs = 0;
    vi.spyOn(FolderBucket.prototype, "putIfAbsent").mockImplementation(function (this: FolderBucket, name, source) {
      if (name.startsWith("index/") && ++packs === 2) watch.stop();
      return put.call(this, name, source);
    });
    expect(await codeOf(repack("work", watch))).toBe("interrupted");
    vi.restoreAllMocks();
    expect(borrowed()).toEqual([]);
    await expectAllRight();
    const rest = await repack();
    expect(rest.encoded.blobs).toBeLessThan(ENCODED);
    expect(rest.encoded.blobs).toBeGreaterThan(0);
    await gc();
    expect([...versions, ...weights].filter(isWhole)).toHaveLength(WHOLE);
    await expectAllRight();
  });
});

it("of two copies the right one is taken: the remote's, or the cache's", async () => {
  const [, second, third] = versions as [Buffer, Buffer, Buffer];
  damage(join(box.dir, "work/.git/mvgit", blobName(hashBytes(second))), "x".repeat(3 * MIB));
  damage(join(box.dir, STORE, blobName(hashBytes(third))), "x".repeat(3 * MIB));
  box.unchecked("a blob of the cache is damaged");
  expect(await repack()).toMatchObject({ encoded: { blobs: ENCODED }, passed: 0 });
  await expectAllRight();
});

it("nothing rests on a first version that is damaged in the remote: what would stays whole", async () => {
  damage(join(box.dir, STORE, blobName(hashBytes(versions[0] as Buffer))), "x".repeat(3 * MIB));
  box.unchecked("a blob of the remote is damaged");
  const done = await repack();
  expect(done).toMatchObject({ encoded: { blobs: 2 }, passed: VERSIONS - 1 });
  const { doubtful } = await gcRemote(await box.open(), { dryRun: true, offline: true, unclaimed: true });
  expect(doubtful).toBe(0);
  expect(versions.slice(1).every(isWhole)).toBe(true);
});

it("a remote that is to keep plain blobs keeps them, and says so", async () => {
  await box.git("work", ["config", "mvgit-remote.store.encoding", "whole"]);
  const watch = testWatch();
  expect(await repack("work", watch)).toMatchObject({ encoded: { blobs: 0 }, whole: 0, objects: 0 });
  expect(watch.told).toEqual(["remote 'store' is to keep plain blobs: those that it has stay so"]);
  expect(box.exists(`${STORE}/packs`)).toBe(false);
});

it("only what a ref of this repository needs is encoded", async () => {
  await cloneOf(box, "clone");
  await box.git("clone", ["update-ref", "-d", "refs/remotes/origin/main"]);
  await box.git("clone", ["checkout", "-q", "--orphan", "other"]);
  await box.git("clone", ["rm", "-rqf", "--cached", "."]);
  await box.git("clone", ["branch", "-D", "main"], -1);
  const { stdout } = await box.git("clone", ["for-each-ref"]);
  expect(stdout).toBe("");
  expect(await repack("clone")).toMatchObject({ encoded: { blobs: 0 }, left: { blobs: 0 }, objects: 0 });
});
