/** gc, fsck, doctor and trust, with the real Git. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ageBlobs } from "../support/aged-cache.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(2);

beforeEach(async () => {
  box = await makeSandbox({ hooks: true });
});
afterEach(() => box.cleanup());

/** Adds new bytes as `w.bin` and answers their hash. */
async function addBytes(text: string, folder = "work"): Promise<string> {
  box.write(`${folder}/w.bin`, text);
  return JSON.parse((await box.mv(folder, ["add", "--as-is", "w.bin", "--json"])).stdout).added[0].hash as string;
}

function blob(hash: string): string {
  return join(box.dir, "work/.git/mvgit/blobs", hash.slice(0, 2), hash.slice(2));
}

describe("gc", () => {
  it("keeps what history, reflog, stash, index, other work trees and files need, and removes the rest", async () => {
    const committed = await addBytes("committed");
    await box.git("work", ["commit", "-qm", "one"]);
    const amended = await addBytes("amended away");
    await box.git("work", ["commit", "-qm", "two"]);
    const final = await addBytes("final");
    await box.git("work", ["commit", "-q", "--amend", "-m", "two"]);
    const stashed = await addBytes("stashed");
    await box.git("work", ["stash", "-q"]);
    await box.git("work", ["worktree", "add", "-q", "--detach", "../linked"]);
    const linked = await addBytes("only in the other index", "linked");
    const forgotten = await addBytes("added, then added again");
    const indexed = await addBytes("indexed");
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    const look = JSON.parse((await box.mv("work", ["gc", "--dry-run", "--json"])).stdout);
    expect(look.removed.blobs).toBe(1);
    expect(fs.existsSync(blob(forgotten))).toBe(true);
    await box.mv("work", ["gc"]);
    for (const hash of [committed, amended, final, stashed, linked, indexed])
      expect(fs.existsSync(blob(hash))).toBe(true);
    expect(fs.existsSync(blob(forgotten))).toBe(false);
  });

  it("keeps what was used within the grace period", async () => {
    const first = await addBytes("one");
    await addBytes("two");
    expect((await box.mv("work", ["gc"])).stdout).toContain("removed 0 blobs");
    expect(fs.existsSync(blob(first))).toBe(true);
  });

  it("removes nothing when it cannot tell what is needed", async () => {
    const forgotten = await addBytes("one");
    await addBytes("two");
    ageBlobs(join(box.dir, "work/.git/mvgit"));
    box.write("work/broken.mvgit", "mvgit: 1\nblake3: short\n");
    expect((await box.mv("work", ["gc"], 24)).stderr).toContain("'broken.mvgit'");
    expect(fs.existsSync(blob(forgotten))).toBe(true);
  });
});

describe("fsck", () => {
  it("finds damaged and missing blobs in cache and remote, with who needs them", async () => {
    for (const name of ["1", "2", "3"]) box.write(`work/data/${name}`, `row ${name}`);
    await box.mv("work", ["add", "data"]);
    const hash = await addBytes("weights");
    await box.git("work", ["commit", "-qm", "one"]);
    await box.mv("work", ["push"]);
    expect((await box.mv("work", ["fsck"])).stdout).toContain("6 blobs");
    fs.chmodSync(blob(hash), 0o644);
    fs.writeFileSync(blob(hash), "Weights");
    expect((await box.mv("work", ["fsck"], 24)).stdout).toMatch(/damaged: blob .* needed by 'w.bin'/);
    // It is not there any more, and it is known why.
    expect((await box.mv("work", ["fsck"], 24)).stdout).toMatch(/damaged: blob .* needed by 'w.bin'.*; set aside as '/);
    await box.mv("work", ["fetch"]);
    await box.mv("work", ["fsck", "--all"]);
    fs.rmSync(join(box.dir, "store/blobs", hash.slice(0, 2), hash.slice(2)));
    expect((await box.mv("work", ["fsck", "--remote"], 23)).stdout).toContain("in remote 'store'");
    await box.mv("work", ["push"]);
    await box.mv("work", ["fsck", "--remote", "store"]);
  });
});

it("doctor says what is in order, and what is not with its mend", async () => {
  expect((await box.mv("work", ["doctor", "--remote"])).stdout).toContain("ok  hook pre-push: runs");
  fs.rmSync(join(box.dir, "work/.git/hooks/pre-push"));
  expect((await box.mv("work", ["doctor"], 1)).stdout).toContain(
    "NO  hook pre-push: missing\n      run 'mvgit hooks install'",
  );
});

it("trust puts committed places in force until they change", async () => {
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
  const config = (folder: string): string => `[mvgit-remote "team"]\n\turl = ${box.dir}/${folder}\n`;
  box.write("work/.mvgit/config", config("store"));
  expect((await box.mv("work", ["remote", "list"])).stdout).toContain("no remote is configured");
  expect((await box.mv("work", ["fetch"], 1)).stderr).toContain("needs your consent");
  await box.mv("work", ["trust"]);
  expect((await box.mv("work", ["remote", "list"])).stdout).toContain("team");
  box.write("work/.mvgit/config", config("elsewhere"));
  expect((await box.mv("work", ["trust", "--list"])).stdout).toContain("not in force");
  expect((await box.mv("work", ["remote", "list"])).stdout).toContain("no remote is configured");
});
