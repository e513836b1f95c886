/** Stopped at steps that change the disk: run again, it converges, and nothing of the user's is lost. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hashBytes } from "../../src/hashing/hasher.ts";
import { type Crash, failAtEveryStep, type Holds, killAtEveryStep } from "../support/crash.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

/** A repository with a file and a folder, not added yet. */
async function prepare(): Promise<void> {
  box = await makeSandbox({ inProcess: true, inMemory: true });
  box.write("work/w.bin", "weights");
  for (let i = 0; i < 5; i++) box.write(`work/data/${i}`, `row ${i}`);
}

/** The same, committed. */
async function committed(): Promise<void> {
  await prepare();
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "one"]);
}

function userFiles(): string[] {
  return ["w.bin", "data/0", "data/4"].map((path) => fs.readFileSync(join(box.dir, "work", path), "utf8"));
}

/** Blobs of the remote, by their names. */
function pushed(): string[] {
  const names = fs.readdirSync(join(box.dir, "store/blobs"), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.length > 60);
}

/** Out of space at every other step of what is drawn, and failing at those between. */
const WAYS: [string, (crash: Crash, holds: Holds) => Promise<void>][] = [
  ["killed", (crash, holds) => killAtEveryStep(box, crash, holds)],
  ["out of space", (crash, holds) => failAtEveryStep(box, ["ENOSPC", 1, 2], crash, holds)],
  ["failing", (crash, holds) => failAtEveryStep(box, ["EIO", 2, 2], crash, holds)],
];

describe.each(WAYS)("%s", (_, stop) => {
  it("in add", async () => {
    await prepare();
    await stop({ args: ["add", "w.bin", "data"], least: 10 }, async (told) => {
      expect(userFiles(), told).toEqual(["weights", "row 0", "row 4"]);
      const { status, stderr } = await box.mv("work", ["add", "w.bin", "data"], -1);
      expect(status, `${told}: ${stderr}`).toBe(0);
      expect((await box.mv("work", ["status", "--check"])).stdout, told).toContain("all clean");
      expect(fs.readdirSync(join(box.dir, "work")).toSorted(), told).toEqual([
        ".git",
        ".gitattributes",
        ".gitignore",
        ".mvgit",
        "data",
        "data.mvgit",
        "w.bin",
        "w.bin.mvgit",
      ]);
      expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp")), told).toEqual([]);
    });
  }, 600_000);

  it("in push", async () => {
    await committed();
    await stop({ args: ["push"], least: 10 }, async (told) => {
      const { status, stderr } = await box.mv("work", ["push"], -1);
      expect(status, `${told}: ${stderr}`).toBe(0);
      const blobs = pushed();
      expect(blobs, told).toHaveLength(8);
      for (const name of blobs) expect(hashBytes(box.read(`store/blobs/${name}`)), told).toBe(name.replace("/", ""));
    });
    await box.mv("work", ["push", "--verify"]);
  }, 600_000);

  it("in checkout", async () => {
    await committed();
    await box.mv("work", ["push"]);
    for (const path of ["w.bin", "data", ".git/mvgit"])
      fs.rmSync(join(box.dir, "work", path), { recursive: true, force: true });
    await stop({ args: ["checkout"], least: 10 }, async (told) => {
      const { status, stderr } = await box.mv("work", ["checkout"], -1);
      expect(status, `${told}: ${stderr}`).toBe(0);
      expect(userFiles(), told).toEqual(["weights", "row 0", "row 4"]);
    });
  }, 600_000);
});
