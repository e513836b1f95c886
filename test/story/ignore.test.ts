/** `.mvgitignore`, in the folder and above it, with the real Git. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
});
afterEach(() => box.cleanup());

/** Adds a folder, and answers the paths that are tracked in it. */
async function added(folder: string): Promise<string[]> {
  await box.mv("work", ["add", folder]);
  const { tracked } = JSON.parse((await box.mv("work", ["ls", "-R", folder, "--json"])).stdout) as {
    tracked: { path: string }[];
  };
  return tracked.map((each) => each.path).filter((path) => path !== folder);
}

/** What Git would track there by the same rules. */
async function gitWould(folder: string): Promise<string[]> {
  const { stdout } = await box.git("work", [
    "ls-files",
    "-z",
    "-o",
    "--exclude-per-directory=.mvgitignore",
    "--",
    folder,
  ]);
  return stdout.split("\0").filter((path) => path !== "" && !path.endsWith(".mvgitignore"));
}

it("says what is left out from the top down, as .gitignore does", async () => {
  for (const path of [
    "x.log",
    "keep.log",
    "a.csv",
    "raw/a.csv",
    "raw/x.log",
    "raw/cache/1",
    "raw/cache/sub/2",
    "sub/only",
    "deep/only",
    "not/raw/a.csv",
  ])
    box.write(`work/data/set/${path}`, path);
  box.write("work/.mvgitignore", "*.log\n/data/set/raw/cache/\n!keep.log\n/only\n");
  box.write("work/data/.mvgitignore", "/set/sub\n/raw\n");
  box.write("work/data/set/.mvgitignore", "!raw/x.log\n");
  const expected = await gitWould("data/set");
  expect(expected).toEqual([
    "data/set/a.csv",
    "data/set/deep/only",
    "data/set/keep.log",
    "data/set/not/raw/a.csv",
    "data/set/raw/a.csv",
    "data/set/raw/x.log",
  ]);
  expect(await added("data/set")).toEqual(expected);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("leaves out a whole folder that a file above names, whatever the folder's own says", async () => {
  box.write("work/data/set/a", "a");
  box.write("work/data/set/.mvgitignore", "!a\n");
  box.write("work/.mvgitignore", "/data\n");
  expect(await gitWould("data/set")).toEqual([]);
  expect((await box.mv("work", ["add", "data/set"], 1)).stderr).toContain(
    "a '.mvgitignore' above it leaves the whole folder out",
  );
  box.write("work/.mvgitignore", "/data/*\n!/data/set\n");
  expect(await added("data/set")).toEqual(["data/set/a"]);
});

it("is never read through a link, in the folder or above it", async () => {
  box.write("outside", "*.csv\n");
  box.write("work/data/a.csv", "a");
  for (const place of ["work/.mvgitignore", "work/data/.mvgitignore"]) {
    fs.symlinkSync(join(box.dir, "outside"), join(box.dir, place));
    expect((await box.mv("work", ["add", "data"], 1)).stderr).toContain(
      `cannot read '${place.slice(5)}': it is a symbolic link`,
    );
    fs.rmSync(join(box.dir, place));
  }
});

it("a tracked file that is ignored later is still compared, and a changed one never replaced unasked", async () => {
  box.write("work/data/a.log", "first");
  box.write("work/data/b.csv", "b");
  await box.mv("work", ["add", "data"]);
  box.write("work/.mvgitignore", "*.log\n");
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  box.write("work/data/a.log", "other");
  expect((await box.mv("work", ["status", "--check"], 1)).stdout).toContain("1 file changed");
  expect((await box.mv("work", ["checkout"])).stdout).toContain("kept as you changed it: 'data/a.log'");
  expect(box.read("work/data/a.log").toString()).toBe("other");
  expect(await added("data")).toEqual(["data/b.csv"]);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});
