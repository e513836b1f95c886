/** `gc`: of the cache goes what nothing needs and nobody used for two weeks, and nothing else. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gc, type GcReport, type GcRequest } from "../../src/care/gc.ts";
import { add } from "../../src/files/add.ts";
import { checkout } from "../../src/files/checkout.ts";
import { remove } from "../../src/files/rm.ts";
import { hashBytes } from "../../src/hashing/hasher.ts";
import type { Hash } from "../../src/values/hash.ts";
import { ageBlobs } from "../support/aged-cache.ts";
import { refusalOf } from "../support/refusal.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { commit, track } from "../support/track.ts";

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox();
  await track(box, { "w.bin": "weights" });
  return box;
});

const gcHere = async (more: Partial<GcRequest> = {}): Promise<GcReport> =>
  gc(await box.open(), { dryRun: false, ...more });
const hashOf = (text: string): Hash => hashBytes(Buffer.from(text));
const has = async (text: string): Promise<boolean> =>
  (await box.open()).cache.has({ hash: hashOf(text), size: text.length });

/** Something that was added once, and that nothing names any more. */
async function forgotten(text = "forgotten"): Promise<void> {
  box.write("work/old.bin", text);
  await add(await box.open(), { paths: ["old.bin"] });
  await remove(await box.open(), { paths: ["old.bin"], force: true });
}

it("keeps what a pointer needs, however old it is", async () => {
  ageBlobs(join(box.dir, "work/.git/mvgit"));
  expect(await gcHere()).toEqual({ dryRun: false, needed: 1, young: 0, removed: { blobs: 0, bytes: 0 }, damaged: 0 });
});

it("keeps what an older commit, another branch or the index alone needs", async () => {
  await track(box, { "w.bin": "second" });
  await box.git("work", ["checkout", "-qb", "side"]);
  await track(box, { "side.bin": "of a branch" });
  await box.git("work", ["checkout", "-q", "main"]);
  await checkout(await box.open(), { paths: [] });
  box.write("work/staged.bin", "staged");
  await add(await box.open(), { paths: ["staged.bin"] });
  ageBlobs(join(box.dir, "work/.git/mvgit"));
  await gcHere();
  for (const text of ["weights", "second", "of a branch", "staged"]) expect(await has(text), text).toBe(true);
});

describe("what nothing needs", () => {
  it("stays while it is young, and goes when it is old", async () => {
    await forgotten();
    expect(await gcHere()).toMatchObject({ young: 1, removed: { blobs: 0 } });
    // What a removal kept aside is held by its list for as long.
    fs.rmSync(join(box.dir, "work/.git/mvgit/displaced"), { recursive: true, force: true });
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await gcHere({ dryRun: true })).toMatchObject({ dryRun: true, removed: { blobs: 1, bytes: 9 } });
    expect(await has("forgotten")).toBe(true);
    expect(await gcHere()).toMatchObject({ needed: 1, young: 0, removed: { blobs: 1, bytes: 9 } });
    expect([await has("forgotten"), await has("weights")]).toEqual([false, true]);
  });

  it("stays where it was displaced by force within two weeks", async () => {
    box.write("work/w.bin", "edited");
    await checkout(await box.open(), { paths: ["w.bin"], force: true });
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    expect(await gcHere()).toMatchObject({ removed: { blobs: 0 } });
    expect(await has("edited")).toBe(true);
  });
});

describe("it refuses, and removes nothing", () => {
  it("where a pointer cannot be read, or a folder's list of files is not here", async () => {
    box.write("work/data/1", "row");
    await track(box, {}, ["data"]);
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    const root = /blake3: (\w+)/.exec(box.read("work/data.mvgit").toString())?.[1] as Hash;
    const file = (await box.open()).cache.fileOf(root);
    fs.renameSync(file, join(box.dir, "aside"));
    expect(await refusalOf(box, () => gcHere())).toBe("blob-missing");
    fs.renameSync(join(box.dir, "aside"), file);
    box.write("work/w.bin.mvgit", "mvgit: 1\nno hash\n");
    await box.git("work", ["add", "w.bin.mvgit"]);
    await commit(box);
    expect(await refusalOf(box, () => gcHere())).toBe("pointer-malformed");
  });

  it("where a folder that is to be forgotten is not one, or this one", async () => {
    expect(await refusalOf(box, () => gcHere({ forget: ["../none"] }))).toBe("usage");
  });
});
