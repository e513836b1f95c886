/** Status never reads an unchanged file, and never calls a changed one clean. What is read is counted, not timed. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Spy, spyOn } from "../support/spy.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let spy: Spy;
const at = (path: string): string => join(box.dir, path);
/** A single file, a large one (read in chunks), and files of a folder. */
const FILES = ["w.bin", "large.bin", "data/1", "data/sub/2"];
const large = Buffer.alloc(3_000_000, "x");

shareSandbox(async () => {
  box = await makeSandbox();
  for (const path of FILES) box.write(`work/${path}`, path === "large.bin" ? large : "aaaa");
  await box.mv("work", ["add", "w.bin", "large.bin", "data"]);
  spy = spyOn(box.dir);
  Object.assign(box.env, spy.env);
  return box;
});

/** Which of the files a command read. */
async function readBy(...args: string[]): Promise<string[]> {
  spy.opened();
  await box.mv("work", args);
  return spy
    .opened()
    .map((path) => path.slice(box.dir.length + "/work/".length))
    .filter((path) => FILES.includes(path))
    .toSorted();
}

/** Lets the stat cache learn the files as they are, past the tick of the clock in which nothing is trusted. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50));
  await box.mv("work", ["status", "--check"]);
}

describe("nothing changed", () => {
  it("status, add, checkout and push read none of the files", async () => {
    await settle();
    for (const args of [["status", "--check"], ["add", "w.bin", "large.bin", "data"], ["checkout"], ["push"], ["ls"]]) {
      expect(await readBy(...args), args.join(" ")).toEqual([]);
    }
  });

  it("'touch' costs one reading of that file, once", async () => {
    await settle();
    const later = new Date(Date.now() - 5000);
    for (const path of ["large.bin", "data/sub/2"]) fs.utimesSync(at(`work/${path}`), later, later);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readBy("status", "--check")).toEqual(["data/sub/2", "large.bin"]);
    expect(await readBy("status", "--check")).toEqual([]);
    expect(await readBy("add", "large.bin", "data")).toEqual([]);
  });

  it("a file that a checkout made is known without reading", async () => {
    for (const path of FILES) fs.rmSync(at(`work/${path}`));
    await box.mv("work", ["checkout"]);
    expect(await readBy("status", "--check")).toEqual([]);
  });

  it("a stat cache that is gone, cut, or of another format costs one reading, and lies to nobody", async () => {
    await settle();
    const folder = at("work/.git/mvgit/stat");
    const damage: (() => void)[] = [
      () => fs.rmSync(folder, { recursive: true }),
      () => fs.readdirSync(folder).forEach((name) => fs.truncateSync(join(folder, name), 40)),
      () =>
        fs
          .readdirSync(folder)
          .forEach((name) => fs.writeFileSync(join(folder, name), "mvgit-stat 99\n\u0000\u0001garbage")),
      () =>
        fs
          .readdirSync(folder)
          .forEach((name) =>
            fs.writeFileSync(join(folder, name), fs.readFileSync(join(folder, name)).fill(0xff, 30, 60)),
          ),
    ];
    for (const [index, each] of damage.entries()) {
      each();
      expect((await readBy("status", "--check")).length, String(index)).toBeGreaterThan(0);
      expect(await readBy("status", "--check")).toEqual([]);
    }
  });
});

describe("a change of the same size", () => {
  const change: Record<string, (file: string, bytes: Buffer) => void> = {
    "written in place, times restored": (file, bytes) => {
      const { atime, mtime } = fs.statSync(file);
      fs.writeFileSync(file, bytes);
      fs.utimesSync(file, atime, mtime);
    },
    "another file renamed over it, with its times": (file, bytes) => {
      const { atime, mtime } = fs.statSync(file);
      fs.writeFileSync(`${file}.tmp`, bytes);
      fs.utimesSync(`${file}.tmp`, atime, mtime);
      fs.renameSync(`${file}.tmp`, file);
    },
    "removed and made again": (file, bytes) => {
      const { atime, mtime } = fs.statSync(file);
      fs.rmSync(file);
      fs.writeFileSync(file, bytes);
      fs.utimesSync(file, atime, mtime);
    },
  };
  const other = (path: string): Buffer =>
    path === "large.bin" ? Buffer.concat([large.subarray(1), Buffer.from("y")]) : Buffer.from("bbbb");

  it.each(Object.keys(change))("%s: is seen", async (how) => {
    await settle();
    for (const path of FILES) (change[how] as (file: string, bytes: Buffer) => void)(at(`work/${path}`), other(path));
    const { tracked } = JSON.parse((await box.mv("work", ["status", "--json"])).stdout);
    expect(
      tracked.map((each: { path: string; state: string; changes?: { modified: number } }) => [
        each.path,
        each.state,
        each.changes?.modified,
      ]),
    ).toEqual([
      ["data", "modified", 2],
      ["large.bin", "modified", undefined],
      ["w.bin", "modified", undefined],
    ]);
  });

  it("right after add, within the same tick of the clock: is seen, ten times out of ten", async () => {
    const script = [
      "for i in 0 1 2 3 4 5 6 7 8 9; do printf aaa$i > w.bin; printf bbb$i > data/1; mvgit add -q w.bin " +
        ("data; " + "printf AAA$i > w.bin; printf BBB$i > data/1"),
      "mvgit status; done",
    ].join("; ");
    const { runProgram } = await import("../support/cli.ts");
    const { stdout } = await runProgram("/bin/sh", ["-c", script], {
      cwd: at("work"),
      env: { ...box.env, NODE_OPTIONS: "" },
    });
    expect(stdout.match(/^modified {2}(w\.bin|data)/gm)?.length, stdout).toBe(20);
  });
});

describe("a file that changes while it is read", () => {
  it.each([["vanish"], ["shrink"], ["grow"], ["change"]] as const)(
    "%s: the user is told, and what is stored is its hash",
    async (disturb) => {
      for (const path of ["w.bin", "large.bin", "data/1"]) {
        const file = at(`work/${path}`);
        box.write(`work/${path}`, path === "large.bin" ? Buffer.alloc(3_000_000, "z") : "zzzzz");
        const pointer = box.read(`work/${path.split("/")[0]}.mvgit`).toString();
        Object.assign(box.env, spyOn(box.dir, { file, disturb }).env);
        const { stderr } = await box.mv("work", ["add", path.split("/")[0] as string], 1);
        expect(stderr, path).toMatch(/changed while it was read|vanished/);
        expect(box.read(`work/${path.split("/")[0]}.mvgit`).toString()).toBe(pointer);
      }
      Object.assign(box.env, { SPY_THEN: "", SPY_FILE: "" });
      expect(fs.readdirSync(at("work/.git/mvgit/tmp"))).toEqual([]);
      await box.mv("work", ["fsck", "--all"]);
    },
  );
});
