/**
 * What Git does to pointers by itself (stash, rebase, cherry-pick, amend, bisect, rename, delete), and what mvgit makes
 * of it.
 */
import { describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
shareSandbox(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  box.env["GIT_EDITOR"] = "true";
  await commit("one");
  return box;
});

async function commit(text: string): Promise<void> {
  box.write("work/w.bin", text);
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-qm", text]);
}

/** The file's bytes after `mvgit checkout`, and that all is clean then. */
async function checkedOut(): Promise<string> {
  await box.mv("work", ["checkout"]);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  return box.read("work/w.bin").toString();
}

/** `side` and `main` both change the file after `one`; main is checked out. */
async function diverge(): Promise<void> {
  await box.git("work", ["checkout", "-q", "-b", "side"]);
  await commit("side");
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout"]);
  await commit("main");
}

it("stash and stash pop", async () => {
  box.write("work/w.bin", "stashed");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["stash", "-q"]);
  expect(await checkedOut()).toBe("one");
  await box.git("work", ["stash", "pop", "-q"]);
  expect(await checkedOut()).toBe("stashed");
});

it("rebase with a conflict in a pointer: a side is chosen, the rebase goes on", async () => {
  await diverge();
  await box.git("work", ["checkout", "-q", "side"]);
  await box.mv("work", ["checkout"]);
  await box.git("work", ["rebase", "-q", "main"], 1);
  expect((await box.mv("work", ["status"])).stdout).toContain("conflicted  w.bin");
  expect((await box.mv("work", ["add", "w.bin", "--json"])).stdout).toContain('"w.bin"');
  await box.git("work", ["checkout", "-q", "--merge", "--", "w.bin.mvgit"]);
  // In a rebase, "theirs" is the commit that is being replayed: Git's meaning.
  await box.mv("work", ["checkout", "--theirs", "w.bin"]);
  expect(box.read("work/w.bin").toString()).toBe("side");
  await box.git("work", ["rebase", "--continue"]);
  expect(await checkedOut()).toBe("side");
});

it("rebase --abort, cherry-pick and revert", async () => {
  await diverge();
  await box.git("work", ["rebase", "-q", "side"], 1);
  await box.git("work", ["rebase", "--abort"]);
  expect(await checkedOut()).toBe("main");
  await box.git("work", ["cherry-pick", "side"], 1);
  await box.mv("work", ["checkout", "--theirs", "w.bin"]);
  await box.git("work", ["cherry-pick", "--continue"]);
  expect(await checkedOut()).toBe("side");
  await box.git("work", ["revert", "--no-edit", "HEAD"]);
  expect(await checkedOut()).toBe("main");
});

it("amend and reset --hard", async () => {
  await commit("two");
  box.write("work/w.bin", "two, better");
  await box.mv("work", ["add", "w.bin"]);
  await box.git("work", ["commit", "-q", "--amend", "--no-edit"]);
  expect(await checkedOut()).toBe("two, better");
  await box.git("work", ["reset", "-q", "--hard", "HEAD@{1}"]);
  expect(await checkedOut()).toBe("two");
});

it("bisect run finds the version that went bad", async () => {
  for (const text of ["good 2", "good 3", "bad 4", "bad 5"]) await commit(text);
  await box.git("work", ["bisect", "start", "HEAD", "HEAD~4"]);
  const { stdout } = await box.git("work", ["bisect", "run", "sh", "-c", "mvgit checkout -q && ! grep -q bad w.bin"]);
  expect(stdout).toContain("is the first bad commit");
  expect((await box.git("work", ["log", "-1", "--format=%s", "bisect/bad"])).stdout).toBe("bad 4\n");
  await box.git("work", ["bisect", "reset"]);
  expect(await checkedOut()).toBe("bad 5");
});

describe("by Git alone", () => {
  it("a pointer renamed: the file follows with the next checkout", async () => {
    await box.git("work", ["mv", "w.bin.mvgit", "new.bin.mvgit"]);
    const { stdout } = await box.mv("work", ["status"]);
    expect(stdout).toContain("incomplete  new.bin");
    await box.mv("work", ["checkout"]);
    expect([box.exists("work/w.bin"), box.read("work/new.bin").toString()]).toEqual([false, "one"]);
    await box.git("work", ["commit", "-qm", "renamed"]);
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    expect(await checkedOut()).toBe("one");
    expect(box.exists("work/new.bin")).toBe(false);
  });

  it("a pointer deleted: the file goes with the next checkout, unless it changed", async () => {
    await box.git("work", ["rm", "-q", "w.bin.mvgit"]);
    expect((await box.mv("work", ["status"])).stdout).not.toContain("deleted");
    await box.mv("work", ["checkout"]);
    expect(box.exists("work/w.bin")).toBe(false);
    await box.git("work", ["reset", "-q", "--hard"]);
    expect(await checkedOut()).toBe("one");
    box.write("work/w.bin", "mine, and in no store");
    await box.git("work", ["rm", "-q", "w.bin.mvgit"]);
    const { stdout, stderr } = await box.mv("work", ["checkout"]);
    expect(stdout + stderr).toContain("w.bin");
    expect(box.read("work/w.bin").toString()).toBe("mine, and in no store");
  });

  it("a pointer removed from the work tree alone is told, and git brings it back", async () => {
    await box.git("work", ["update-index", "--refresh"]);
    const { rmSync } = await import("node:fs");
    rmSync(`${box.dir}/work/w.bin.mvgit`);
    expect((await box.mv("work", ["status", "--check"], 1)).stdout).toContain("unpointed  w.bin");
    await box.git("work", ["checkout", "--", "w.bin.mvgit"]);
    expect(await checkedOut()).toBe("one");
  });

  it("a file that becomes a folder in another commit, and back", async () => {
    await box.mv("work", ["rm", "w.bin"]);
    box.write("work/w.bin/part", "in a folder");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-qm", "folder"]);
    await box.git("work", ["checkout", "-q", "HEAD~1"]);
    expect(await checkedOut()).toBe("one");
    await box.git("work", ["checkout", "-q", "main"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin/part").toString()).toBe("in a folder");
  });
});
