/** A single file that may be run keeps that from end to end, as the files of a folder do. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const at = (path: string): string => join(box.dir, path);
const isExec = (path: string): boolean => (fs.statSync(at(path)).mode & 0o111) !== 0;
const states = async (): Promise<Record<string, string>> => {
  const { tracked } = JSON.parse((await box.mv("work", ["status", "--json"])).stdout) as {
    tracked: { path: string; state: string }[];
  };
  return Object.fromEntries(tracked.map(({ path, state }) => [path, state]));
};

shareSandbox(async () => {
  box = await makeSandbox();
  for (const path of ["tool", "plain"]) box.write(`work/${path}`, `#!/bin/sh\necho ${path}\n`);
  fs.chmodSync(at("work/tool"), 0o755);
  await box.mv("work", ["add", "tool", "plain"]);
  await box.git("work", ["commit", "-qm", "first"]);
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  return box;
});

it("the pointer says it, of such a file alone; a clone, an export and a move keep it", async () => {
  expect(box.read("work/tool.mvgit").toString()).toMatch(/^mvgit: 1\nblake3: .*\nmode: x\nsize: 20\n$/);
  expect(box.read("work/plain.mvgit").toString()).not.toContain("mode");
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["init", "--no-hooks", "--remote", "../store"]);
  await box.mv("clone", ["pull"]);
  expect([isExec("clone/tool"), isExec("clone/plain")]).toEqual([true, false]);
  expect((await box.mv("clone", ["status", "--check"])).stdout).toContain("all clean");
  await box.mv("work", ["export", "HEAD", "--only", "tool", "--only", "plain", "-o", "../out"]);
  expect([isExec("out/tool"), isExec("out/plain")]).toEqual([true, false]);
  await box.mv("work", ["mv", "tool", "moved"]);
  fs.rmSync(at("work/moved"));
  await box.mv("work", ["checkout"]);
  expect(isExec("work/moved")).toBe(true);
});

it("of a version's weights too: export and get know it from the pointer", async () => {
  await box.mv("work", ["run", "m", "--weights", "out.sh", "--", "sh", "-c", "echo hi > out.sh; chmod +x out.sh"]);
  expect(box.read("work/out.sh.mvgit").toString()).toContain("mode: x");
  await box.mv("work", ["push"]);
  await box.mv("work", ["export", "m@v1", "-o", "../out"]);
  expect(isExec("out/out.sh")).toBe(true);
  await box.git("work", ["push", "-q", "--follow-tags", "origin", "main"]);
  await box.mv(".", ["get", "host.git", "m@v1", "-o", "got"], -1);
  await box.mv("work", ["run", "m"]);
});

it("a change of it is a change: status, diff, add, checkout", async () => {
  fs.chmodSync(at("work/plain"), 0o755);
  fs.chmodSync(at("work/tool"), 0o644);
  expect(await states()).toEqual({ plain: "modified", tool: "modified" });
  expect((await box.mv("work", ["diff"])).stdout).toMatch(/plain[^]*tool/);
  // Either is the user's own change, and stays until it is undone.
  await box.mv("work", ["checkout"]);
  expect(await states()).toEqual({ plain: "modified", tool: "modified" });
  expect((await box.mv("work", ["checkout", "--force", "tool"])).stdout).toBe(
    "checked out: 1 file changed in mode alone\nchanged in mode: 'tool'\n",
  );
  expect(await states()).toEqual({ plain: "modified", tool: "clean" });
  expect([isExec("work/plain"), isExec("work/tool")]).toEqual([true, true]);
  expect((await box.mv("work", ["add", "plain"])).stdout).toContain("changed  plain");
  expect(box.read("work/plain.mvgit").toString()).toContain("mode: x");
  await box.git("work", ["commit", "-qm", "runs"]);
  await box.git("work", ["checkout", "-q", "HEAD~1"]);
  await box.mv("work", ["checkout", "--force"]);
  expect([isExec("work/plain"), isExec("work/tool")]).toEqual([false, true]);
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout"]);
  expect([isExec("work/plain"), isExec("work/tool")]).toEqual([true, true]);
});

it("with bytes that the cache lacks, a change of the mode alone fetches nothing", async () => {
  fs.rmSync(at("work/.git/mvgit/blobs"), { recursive: true });
  fs.rmSync(at("store"), { recursive: true });
  fs.chmodSync(at("work/tool"), 0o644);
  await box.mv("work", ["checkout", "--force", "tool"]);
  expect(isExec("work/tool")).toBe(true);
});

it("a merge takes the side that changed it, of the bytes and of the bit", async () => {
  await box.git("work", ["checkout", "-q", "-b", "other"]);
  fs.chmodSync(at("work/plain"), 0o755);
  await box.mv("work", ["add", "plain"]);
  await box.git("work", ["commit", "-qm", "runs"]);
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout"]);
  for (const path of ["tool", "plain"]) box.write(`work/${path}`, `other bytes of ${path}`);
  await box.mv("work", ["add", "tool", "plain"]);
  await box.git("work", ["commit", "-qm", "bytes"]);
  await box.git("work", ["merge", "-q", "other", "-m", "both"]);
  await box.mv("work", ["checkout"]);
  expect([isExec("work/plain"), isExec("work/tool")]).toEqual([true, true]);
  expect(await states()).toEqual({ plain: "clean", tool: "clean" });
  expect(box.read("work/plain").toString()).toBe("other bytes of plain");
});

it.each([["mode: f\n"], ["mode: x\nmode: x\n"], ["files: 1\nmode: x\n"]])(
  "a pointer has no other mode: %j",
  async (line) => {
    const [first, hash] = box.read("work/plain.mvgit").toString().split("\n") as [string, string];
    box.write("work/plain.mvgit", `${first}\n${hash}\n${line}size: 20\n`);
    expect(await states()).toMatchObject({ plain: "malformed" });
  },
);
