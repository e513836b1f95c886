/** Merges of tracked folders and files, by Git itself. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const name of ["1", "2", "3"]) box.write(`work/data/${name}`, name);
  await box.mv("work", ["add", "data"]);
  await box.git("work", ["commit", "-qm", "base"]);
  await box.git("work", ["branch", "other"]);
});
afterEach(() => box.cleanup());

async function change(path: string, text: string): Promise<void> {
  box.write(`work/${path}`, text);
  await box.mv("work", ["add", "data"]);
  await box.git("work", ["commit", "-qm", `change ${path}`]);
}

async function onOther(path: string, text: string): Promise<void> {
  await box.git("work", ["checkout", "-q", "other"]);
  await box.mv("work", ["checkout"]);
  await change(path, text);
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout"]);
}

it("a folder that both sides changed in different files merges by path", async () => {
  await change("data/1", "ours");
  await onOther("data/2", "theirs");
  await box.git("work", ["merge", "-q", "--no-edit", "other"]);
  await box.mv("work", ["checkout"]);
  expect(box.read("work/data/1").toString()).toBe("ours");
  expect(box.read("work/data/2").toString()).toBe("theirs");
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("a true conflict leaves markers that every command explains, and a side can be chosen", async () => {
  await change("data/1", "ours");
  await onOther("data/1", "theirs");
  await box.git("work", ["merge", "-q", "--no-edit", "other"], 1);
  expect(box.read("work/data.mvgit").toString()).toContain("<<<<<<<");
  expect((await box.mv("work", ["status"])).stdout).toContain("conflicted  data");
  expect((await box.mv("work", ["checkout"], 21)).stderr).toContain("--ours data");
  await box.mv("work", ["checkout", "--theirs", "data"]);
  expect(box.read("work/data/1").toString()).toBe("theirs");
  await box.git("work", ["commit", "-qm", "merged"]);
});

it("a merge whose folders cannot be read is a conflict with markers, not a silent choice", async () => {
  box.unchecked("a manifest is removed");
  await change("data/1", "ours");
  await onOther("data/2", "theirs");
  const theirs = (await box.git("work", ["show", "other:data.mvgit"])).stdout.match(
    /blake3: (..)(.*)/,
  ) as RegExpMatchArray;
  const { rmSync } = await import("node:fs");
  rmSync(`${box.dir}/work/.git/mvgit/blobs/${theirs[1]}/${theirs[2]}`);
  await box.git("work", ["merge", "-q", "--no-edit", "other"], 1);
  expect(box.read("work/data.mvgit").toString()).toContain(">>>>>>>");
});

it("git diff shows a folder's change as a list of files", async () => {
  await change("data/new", "brand new");
  const { stdout } = await box.git("work", ["diff", "HEAD~1", "--", "data.mvgit"]);
  expect(stdout).toMatch(/^\+[0-9a-f]{16} - 9 new$/m);
  expect(stdout).not.toMatch(/^\+.* 1$/m);
});
