/** `push`: what commits and the index need is in the remote, whole, before anybody relies on it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { push, type PushReport, type PushRequest } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { codeOf, refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { damage, storedBlobs, storedFile, track } from "../support/track.ts";
import { testWatch } from "../support/watch.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "weights", "data/1": "row 1", "data/2": "row 2" }, ["w.bin", "data"]);
  return box;
});

const pushHere = async (more: Partial<PushRequest> = {}): Promise<PushReport> =>
  push(await box.open(), { paths: [], ...more });
const weights = hashBytes(Buffer.from("weights"));

describe("the first push", () => {
  it("copies everything, and the second one nothing", async () => {
    const first = await pushHere();
    expect(first).toMatchObject({ remote: "remote 'store'", pointers: 2, present: 0, lacking: [], dryRun: false });
    expect(first.copied).toBe(first.blobs);
    expect(storedBlobs(box)).toHaveLength(first.blobs);
    expect(await pushHere()).toMatchObject({ copied: 0, lacking: [] });
  });

  it("copies only what lies below the paths that are named", async () => {
    expect(await pushHere({ paths: ["w.bin"] })).toMatchObject({ pointers: 1, blobs: 1, copied: 1, bytes: 7 });
    expect(storedBlobs(box)).toEqual([weights]);
  });

  it("as a dry run counts and copies nothing", async () => {
    const report = await pushHere({ dryRun: true });
    expect(report).toMatchObject({ dryRun: true, pointers: 2, lost: { blobs: 0 } });
    expect(report.copied).toBeGreaterThan(3);
    expect(storedBlobs(box)).toEqual([]);
  });
});

it("brings what commits had that no branch's newest one has", async () => {
  await track(box, { "w.bin": "newer weights" });
  await pushHere();
  expect(storedBlobs(box).includes(weights)).toBe(true);
});

it("takes other refs along only when it is to push all", async () => {
  await box.git("work", ["checkout", "-qb", "side"]);
  await track(box, { "side.bin": "of a branch" });
  await box.git("work", ["checkout", "-q", "main"]);
  await box.git("work", ["tag", "side-tag", "side"]);
  await box.git("work", ["branch", "-qD", "side"]);
  const side = hashBytes(Buffer.from("of a branch"));
  await pushHere();
  expect(storedBlobs(box).includes(side)).toBe(false);
  await pushHere({ all: true });
  expect(storedBlobs(box).includes(side)).toBe(true);
});

describe("a blob that cannot be had", () => {
  it("is told with its path, and keeps nothing else from being copied", async () => {
    fs.rmSync((await box.open()).cache.fileOf(weights));
    fs.rmSync(join(box.dir, "work/w.bin"));
    const { lacking, copied, blobs } = await pushHere();
    expect(lacking).toMatchObject([{ hash: weights, why: "missing", at: "cache", path: "w.bin" }]);
    expect(copied).toBe(blobs - 1);
    expect(await pushHere({ acceptLost: true })).toMatchObject({ lacking: [], givenUp: 1 });
    expect(await pushHere()).toMatchObject({ lacking: [] });
  });

  it("because it is damaged is set aside, and not copied", async () => {
    damage((await box.open()).cache.fileOf(weights), "weightX");
    fs.rmSync(join(box.dir, "work/w.bin"));
    expect((await pushHere()).lacking).toMatchObject([{ hash: weights, why: "damaged", path: "w.bin" }]);
    expect(storedBlobs(box).includes(weights)).toBe(false);
  });
});

describe("what the remote has", () => {
  it("is read when it is to be verified, and replaced when it is to be repaired", async () => {
    await pushHere();
    damage(storedFile(box, weights), "weightX");
    expect((await pushHere({ all: true, verify: true })).lacking).toMatchObject([{ hash: weights, at: "remote" }]);
    expect(await pushHere({ all: true, repair: true })).toMatchObject({ repaired: 1, lacking: [] });
    expect(fs.readFileSync(storedFile(box, weights), "utf8")).toBe("weights");
  });
});

describe("packs of the remote", () => {
  const files = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`many/${at}`, `file ${at} of many`]));
  const inStore = (folder: string): string[] =>
    (fs.readdirSync(join(box.dir, "store", folder), { recursive: true }) as string[])
      .filter((name) => name.length > 60)
      .map((name) => join(box.dir, "store", folder, name));
  const look = async (more: Partial<PushRequest>): Promise<{ report: PushReport; told: string }> => {
    const watch = testWatch();
    const report = await push(await box.open("work", watch), { paths: [], ...more });
    return { report, told: watch.told.join("\n") };
  };
  const rot = (file: string): void => {
    const bytes = fs.readFileSync(file);
    fs.rmSync(file);
    fs.writeFileSync(file, Buffer.concat([bytes.subarray(0, -1), Buffer.from("?")]));
  };

  it("that were removed are told, and what they held is pushed again", async () => {
    await track(box, files, ["many"]);
    await pushHere();
    for (const file of inStore("packs")) fs.rmSync(file);
    const { report, told } = await look({ dryRun: true });
    expect([report.copied > 8, told.startsWith("missing pack: 'packs/")]).toEqual([true, true]);
    expect(await pushHere()).toMatchObject({ copied: report.copied, lacking: [] });
    expect(await pushHere({ verify: true })).toMatchObject({ copied: 0, lacking: [], verified: report.blobs });
    expect((await look({ repair: true })).report.tables).toMatchObject([
      { how: "no pack", paths: expect.arrayContaining(["many", "w.bin"]) },
    ]);
    expect(await pushHere({ verify: true })).toMatchObject({ copied: 0, lacking: [], verified: report.blobs });
  });

  it.each<[string, number]>([
    ["empty", 0],
    ["cut", 60],
  ])("that are %s are told, and what was cut off is pushed again", async (_, size) => {
    await track(box, files, ["many"]);
    await pushHere();
    for (const file of inStore("packs")) fs.truncateSync(file, size);
    const { report, told } = await look({ dryRun: true });
    expect(report.copied).toBeGreaterThan(6);
    expect(told).toMatch(new RegExp(`^damaged pack: 'packs/.*' has ${size} bytes in remote 'store' instead of`));
    expect(await pushHere()).toMatchObject({ copied: report.copied, lacking: [] });
    expect(await pushHere({ verify: true })).toMatchObject({ copied: 0, lacking: [], verified: report.blobs });
  });

  it("of which table and end are damaged stop pushes until a repair, which names what is lost", async () => {
    await track(box, files, ["many"]);
    await pushHere();
    for (const file of [...inStore("packs"), ...inStore("index")]) rot(file);
    // Nothing of it is known on this machine.
    fs.rmSync(join(box.dir, "work/.git/mvgit/tables"), { recursive: true, force: true });
    const { cache } = await box.open();
    fs.rmSync(join(cache.fileOf(weights), "../../../tables"), { recursive: true, force: true });
    await track(box, { "new.bin": "new" });
    expect(await codeOf(pushHere())).toBe("blob-damaged");
    const lost = hashBytes(Buffer.from("file 3 of many"));
    fs.rmSync(cache.fileOf(lost));
    const { report, told } = await look({ repair: true });
    expect(told).toContain("is damaged, and so is the end of its pack");
    expect(report.tables).toMatchObject([{ how: "given up", blobs: null }]);
    expect(report.lacking).toMatchObject([{ hash: lost, path: "many", file: "many/3" }]);
    fs.rmSync(join(box.dir, "work/many/3"));
    expect(await pushHere({ acceptLost: true, verify: true })).toMatchObject({ lacking: [] });
  });
});

it("refuses an unknown remote and path, one that is gone, and one that is another's", async () => {
  expect(await refusalOf(box, () => pushHere({ remote: "none" }))).toBe("remote-unknown");
  expect(await refusalOf(box, () => pushHere({ paths: ["none"] }))).toBe("not-tracked");
  fs.rmdirSync(join(box.dir, "store"));
  expect(await refusalOf(box, () => pushHere())).toBe("remote-missing");
  box.write("store/some file", "of somebody else");
  expect(await refusalOf(box, () => pushHere())).toBe("remote-foreign");
});
