/** `push`: what commits and the index need is in the remote, whole, before anybody relies on it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { push, type PushReport, type PushRequest } from "../../src/files/push.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { damage, storedBlobs, storedFile, track } from "../support/track.ts";

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

it("refuses an unknown remote and path, one that is gone, and one that is another's", async () => {
  expect(await refusalOf(box, () => pushHere({ remote: "none" }))).toBe("remote-unknown");
  expect(await refusalOf(box, () => pushHere({ paths: ["none"] }))).toBe("not-tracked");
  fs.rmdirSync(join(box.dir, "store"));
  expect(await refusalOf(box, () => pushHere())).toBe("remote-missing");
  box.write("store/some file", "of somebody else");
  expect(await refusalOf(box, () => pushHere())).toBe("remote-foreign");
});
