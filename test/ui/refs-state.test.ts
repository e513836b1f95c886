/** Whether refs changed, by the times of files: every way in which Git changes one shows, and reading shows nothing. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { gitFolderAround, type GitPlace, RefsState } from "../../src/ui/refs-state.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { commit } from "../support/track.ts";

let box: Sandbox;
beforeAll(async () => {
  box = await makeSandbox({ inMemory: true });
  await commit(box);
  await box.git("work", ["branch", "a/b/c"]);
  await box.git("work", ["worktree", "add", "-q", "../linked"]);
});
afterAll(() => box.cleanup());

const place = (folder: string): GitPlace =>
  gitFolderAround(join(box.dir, folder)) ?? { commonDir: "", gitDir: "", top: null };

const changes: [string, string[]][] = [
  ["a tag", ["tag", "-m", "x", "one"]],
  ["a tag that is made anew", ["tag", "-f", "-m", "y", "one"]],
  ["a branch in a folder that was there", ["branch", "a/b/d"]],
  ["a branch in a new folder", ["branch", "x/y/z"]],
  ["a branch that moves", ["commit", "-qm", "next", "--allow-empty", "--no-verify"]],
  ["a note", ["notes", "add", "-m", "x"]],
  ["all refs in one file", ["pack-refs", "--all", "--prune"]],
  ["a packed ref that goes", ["tag", "-d", "one"]],
  ["another branch", ["checkout", "-q", "a/b/d"]],
  ["a setting", ["config", "mvgit.x", "y"]],
];
it("every change of refs shows, and no look at them", async () => {
  const state = new RefsState(place("work"));
  for (const [name, args] of changes) {
    const before = state.look(0).state;
    await box.git("work", ["for-each-ref"]);
    await box.git("work", ["status", "--porcelain"]);
    expect(state.look(0).state).toBe(before);
    await box.git("work", args);
    expect(state.look(0).state, name).not.toBe(before);
  }
});

it("another ref of a linked work tree's own shows, also where refs are in tables", () => {
  const linked = place("linked");
  const state = new RefsState(linked);
  const before = state.look(0).state;
  fs.mkdirSync(join(linked.gitDir, "reftable"));
  fs.writeFileSync(join(linked.gitDir, "reftable/tables.list"), "0x000000000001-0x000000000001-a.ref\n");
  expect(state.look(0).state).not.toBe(before);
});

it("nothing is kept under a state that a later change may share", () => {
  const state = new RefsState(place("work"));
  const now = fs.statSync(join(box.dir, "work/.git/refs/heads")).mtimeMs;
  expect([state.look(now + 100).settled, state.look(now + 60_000).settled]).toEqual([false, true]);
});

it("finds the folder of a work tree, from inside of it, of a linked one and a bare one", () => {
  fs.mkdirSync(join(box.dir, "work/deep/er"), { recursive: true });
  const git = join(box.dir, "work/.git");
  const [top, linked, bare] = ["work", "linked", "host.git"].map((name) => join(box.dir, name)) as [
    string,
    string,
    string,
  ];
  expect(place("work/deep/er")).toEqual({ commonDir: git, gitDir: git, top });
  expect(place("linked")).toEqual({ commonDir: git, gitDir: join(git, "worktrees/linked"), top: linked });
  expect(place("host.git")).toEqual({ commonDir: bare, gitDir: bare, top: null });
  expect(gitFolderAround("/")).toBeNull();
});
