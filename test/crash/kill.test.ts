/** Killed at every step that changes the disk: run again, it converges, and nothing of the user's is lost. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { mvgit, runProgram } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

/** A repository with a file and a folder, not added yet. */
async function prepare(): Promise<void> {
  box = await makeSandbox();
  box.write("work/w.bin", "weights");
  for (let i = 0; i < 5; i++) box.write(`work/data/${i}`, `row ${i}`);
}

/** Runs with a fault at step `at`: true when the command ended before it. */
async function runFaulty(args: readonly string[], fault: string, folder = "work"): Promise<boolean> {
  const env = { ...box.env, MVGIT_FAULT: fault };
  const ran = await runProgram(
    "/bin/sh",
    [
      "-c",
      '"$@"; status=$?; [ $status = 137 ] && exit 37; exit $status',
      "sh",
      process.execPath,
      join(import.meta.dirname, "../../bin/mvgit"),
      ...args,
    ],
    { cwd: join(box.dir, folder), env },
  );
  return ran.status === 0;
}

function userFiles(folder: string): string[] {
  return ["w.bin", "data/0", "data/4"].map((path) => fs.readFileSync(join(box.dir, folder, path), "utf8"));
}

/**
 * Killed at each step; out of space at every other, and failing at those between, so that each step fails in one of
 * these ways. All three at each with MVGIT_EVERY_STEP=1.
 */
const FAILING = process.env["MVGIT_EVERY_STEP"] === "1" ? 1 : 2;

describe.each([
  ["kill", 1, 1],
  ["ENOSPC", 1, FAILING],
  ["EIO", FAILING, FAILING],
] as const)("%s, from step %i on, one in %i", (fault, first, every) => {
  it("of add", async () => {
    await prepare();
    for (let at = first; ; at += every) {
      const done = await runFaulty(["add", "w.bin", "data"], `${fault}@${at}`);
      expect(userFiles("work")).toEqual(["weights", "row 0", "row 4"]);
      if (done) {
        expect(at).toBeGreaterThan(10);
        break;
      }
      const ran = await mvgit(["add", "w.bin", "data"], { cwd: join(box.dir, "work"), env: box.env });
      expect(ran.status, `after ${fault}@${at}: ${ran.stderr}`).toBe(0);
      expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
      expect(fs.readdirSync(join(box.dir, "work")).toSorted()).toEqual([
        ".git",
        ".gitattributes",
        ".gitignore",
        ".mvgit",
        "data",
        "data.mvgit",
        "w.bin",
        "w.bin.mvgit",
      ]);
      expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/tmp"))).toEqual([]);
      for (const path of ["w.bin.mvgit", "data.mvgit", ".gitignore", ".git/mvgit"])
        fs.rmSync(join(box.dir, "work", path), { recursive: true, force: true });
      await box.git("work", ["read-tree", "--empty"]);
    }
  }, 600_000);

  it("of push, then of checkout", async () => {
    await prepare();
    await box.mv("work", ["add", "w.bin", "data"]);
    await box.git("work", ["commit", "-qm", "one"]);
    for (let at = first; !(await runFaulty(["push"], `${fault}@${at}`)); at += every) {
      await box.mv("work", ["push"]);
      fs.rmSync(join(box.dir, "store"), { recursive: true });
      fs.mkdirSync(join(box.dir, "store"));
      await box.mv("work", ["remote", "accept"]);
    }
    await box.mv("work", ["push", "--verify"]);
    for (let at = first; ; at += every) {
      for (const path of ["w.bin", "data", ".git/mvgit"])
        fs.rmSync(join(box.dir, "work", path), { recursive: true, force: true });
      const done = await runFaulty(["checkout"], `${fault}@${at}`);
      await box.mv("work", ["checkout"]);
      expect(userFiles("work")).toEqual(["weights", "row 0", "row 4"]);
      if (done) break;
    }
  }, 600_000);
});
