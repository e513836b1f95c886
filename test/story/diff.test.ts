/** What `diff` reads, and what it says where a path changes its kind, with the real Git. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { diff } from "../../src/files/diff.ts";
import { joinRenames } from "../../src/files/diff/renames.ts";
import type { RepoPath } from "../../src/base/paths.ts";
import type { Hash } from "../../src/values/hash.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { testWatch } from "../support/watch.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
});
afterEach(() => box.cleanup());

/** Bytes that a diff had to read of the work tree, and what it found. */
async function looked(...operands: string[]): Promise<{ read: number; changes: string[] }> {
  const watch = testWatch();
  const { changes } = await diff(await box.open("work", watch), { operands, separator: null });
  return {
    read: watch.done.bytes,
    changes: changes.map(({ what, from, path }) => `${what} ${from === undefined ? "" : `${from} `}${path}`),
  };
}

it("never reads a file that did not change, and one that was only touched once", async () => {
  box.write("work/w.bin", "weights");
  box.write("work/data/a", "12345");
  box.write("work/data/b", "b");
  await box.mv("work", ["add", "w.bin", "data"]);
  await box.git("work", ["commit", "-qm", "one"]);
  expect(await looked()).toEqual({ read: 0, changes: [] });
  expect(await looked("HEAD")).toEqual({ read: 0, changes: [] });
  box.write("work/w.bin", "weights");
  box.write("work/data/a", "12345");
  await systemClock.sleep(50);
  expect(await looked()).toEqual({ read: 12, changes: [] });
  expect(await looked()).toEqual({ read: 0, changes: [] });
  // Of another size: known to differ without reading; new and of no removed one's size: nothing to find out.
  box.write("work/w.bin", "longer weights");
  box.write("work/data/new", "of another size");
  expect(await looked()).toEqual({ read: 0, changes: ["added data/new", "modified w.bin"] });
});

it("tells a file that became a folder, and a folder that became a file", async () => {
  box.write("work/x", "file");
  box.write("work/y/1", "one");
  await box.mv("work", ["add", "x", "y"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["rm", "x", "y"]);
  box.write("work/x/inner", "inner");
  box.write("work/y", "now a file");
  expect((await looked("HEAD")).changes).toEqual(["removed x", "removed y/1"]);
  await box.mv("work", ["add", "x", "y"]);
  await box.git("work", ["commit", "-qm", "two"]);
  const expected = ["removed x", "added x/inner", "added y", "removed y/1"];
  expect((await looked("HEAD~1", "HEAD")).changes).toEqual(expected);
  expect((await looked("HEAD~1")).changes).toEqual(expected);
});

it("leaves out what sparse checkout leaves out, and does not follow a link", async () => {
  box.write("work/in/a.bin", "a");
  box.write("work/out/b.bin", "b");
  await box.mv("work", ["add", "in/a.bin", "out/b.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.git("work", ["sparse-checkout", "set", "--no-cone", "/in/", "/.gitignore"]);
  await box.mv("work", ["checkout"]);
  expect((await looked()).changes).toEqual([]);
  await box.git("work", ["sparse-checkout", "disable"]);
  await box.mv("work", ["checkout"]);
  const { rmSync, symlinkSync } = await import("node:fs");
  rmSync(join(box.dir, "work/in/a.bin"));
  symlinkSync(join(box.dir, "work/out/b.bin"), join(box.dir, "work/in/a.bin"));
  expect((await looked()).changes).toEqual(["removed in/a.bin"]);
});

it("pairs each removed file with one added file of the same bytes, one of the same name first", async () => {
  const file = (hash: string, size = 1) => ({ hash: hash as Hash, size, mode: "file" as const });
  const removed = (path: string, hash: string, size = 1) => ({
    path: path as RepoPath,
    before: file(hash, size),
    after: null,
  });
  const added = (path: string, hash: string | null, size = 1) => ({
    path: path as RepoPath,
    before: null,
    after: { ...file("", size), hash: hash as Hash | null },
  });
  const asked: string[] = [];
  const joined = await joinRenames(
    [
      removed("a/1", "h"),
      removed("a/2", "h"),
      removed("empty", "e", 0),
      added("b/2", "h"),
      added("b/3", "h"),
      added("b/4", "h"),
      added("c/unread", null),
      added("c/other", null, 9),
      added("empty2", "e", 0),
    ],
    async (path) => {
      asked.push(path);
      return "other" as Hash;
    },
  );
  expect(joined.map(({ from, path }) => `${from ?? ""}>${path}`)).toEqual([
    ">empty",
    "a/2>b/2",
    "a/1>b/3",
    ">b/4",
    ">c/unread",
    ">c/other",
    ">empty2",
  ]);
  expect(asked).toEqual(["c/unread"]);
});
