/**
 * A conflict inside a folder is a conflict of those files: what merged stays merged, whatever side is taken for them.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { BIN } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let again: () => void;

/**
 * `main` and `other` both changed f5 and f6, one removed f7 which the other changed; f1 and f2 are changed by one each.
 */
beforeAll(async () => {
  box = await makeSandbox({ inProcess: true });
  for (let at = 1; at <= 7; at++) box.write(`work/data/f${at}.txt`, `base ${at}`);
  await commit("base");
  await box.git("work", ["branch", "other"]);
  for (const [at, text] of [
    [1, "ours 1"],
    [5, "ours 5"],
    [6, "ours 6"],
  ] as const)
    box.write(`work/data/f${at}.txt`, text);
  fs.rmSync(join(box.dir, "work/data/f7.txt"));
  await commit("ours");
  await box.git("work", ["checkout", "-q", "other"]);
  await box.mv("work", ["checkout", "-q"]);
  for (const at of [2, 5, 6, 7]) box.write(`work/data/f${at}.txt`, `theirs ${at}`);
  await commit("theirs");
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout", "-q"]);
  again = box.keep();
});
beforeEach(() => again());
afterAll(() => box.cleanup());

async function commit(message: string): Promise<void> {
  await box.mv("work", ["add", "-q", "data"]);
  await box.git("work", ["commit", "-qam", message]);
}

function data(): Record<string, string> {
  const folder = join(box.dir, "work/data");
  return Object.fromEntries(
    fs
      .readdirSync(folder)
      .sort()
      .map((name) => [name.replace(/\.txt$/, ""), fs.readFileSync(join(folder, name), "utf8")]),
  );
}

const MERGED = { f1: "ours 1", f2: "theirs 2", f3: "base 3", f4: "base 4" };

it("git merge names the files; each is decided by a side or by bytes, and the last one makes the pointer", async () => {
  const { stdout } = await box.git("work", ["merge", "other"], 1);
  expect(stdout).toContain("3 files of 'data' in conflict, the others merged");
  const told = [
    /data\/f5\.txt {2}\(changed by both\)/,
    /data\/f6\.txt {2}\(changed by both\)/,
    /data\/f7\.txt {2}\(deleted by ours, changed by theirs\)/,
  ];
  expect(stdout).toMatch(new RegExp(told.map(({ source }) => source).join("\\n.*")));
  expect((await box.mv("work", ["status"])).stdout).toContain(
    "3 files to decide: 'data/f5.txt', 'data/f6.txt', 'data/f7.txt'",
  );
  // The whole folder as it stands here lacks what theirs brought.
  expect((await box.mv("work", ["add", "data"], 21)).stderr).toContain("data/f7.txt");
  expect((await box.mv("work", ["checkout", "--ours", "data/f1.txt"], 1)).stderr).toContain("is not in conflict");
  expect((await box.mv("work", ["checkout", "--theirs", "data/f5.txt"])).stderr).toContain(
    "'data' waits for 'data/f6.txt', 'data/f7.txt'",
  );
  expect((await box.git("work", ["status", "--short"])).stdout).toBe("UU data.mvgit\n");
  box.write("work/data/f6.txt", "mine");
  await box.mv("work", ["add", "data/f6.txt"]);
  await box.mv("work", ["checkout", "--ours", "data"]);
  expect(data()).toEqual({ ...MERGED, f5: "theirs 5", f6: "mine" });
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  await box.git("work", ["commit", "-qm", "merged"]);
  box.check();
});

it("both sides can be looked at under names of their own, which nothing takes in and no decision leaves", async () => {
  await box.git("work", ["merge", "-q", "other"], 1);
  const { stdout } = await box.mv("work", ["conflicts", "--files", "data/f5.txt"]);
  expect(stdout).toContain(".mvgit/conflict/data/f5.theirs.txt");
  const at = "work/.mvgit/conflict/data";
  expect(["base", "ours", "theirs"].map((side) => box.read(`${at}/f5.${side}.txt`).toString())).toEqual([
    "base 5",
    "ours 5",
    "theirs 5",
  ]);
  expect((await box.git("work", ["status", "--short"])).stdout).toBe("UU data.mvgit\n");
  expect((await box.mv("work", ["cat", ":3:data/f7.txt"])).stdout).toBe("theirs 7");
  expect((await box.mv("work", ["cat", ":2:data/f7.txt"], 1)).stderr).toContain("data/f7.txt");
  box.write(`${at}/f5.ours.txt`, "somebody's work");
  expect((await box.mv("work", ["checkout", "--ours", "data/f5.txt"])).stderr).toContain(
    "f5.ours.txt' was changed since it was made, and stays",
  );
  expect(fs.readdirSync(join(box.dir, at))).toEqual(["f5.ours.txt"]);
  await box.mv("work", ["conflicts", "--files"]);
  await box.git("work", ["merge", "--abort"]);
  await box.mv("work", ["conflicts"]);
  expect(fs.readdirSync(join(box.dir, at))).toEqual(["f5.ours.txt"]);
});

it("a second look puts nothing over what somebody made of the first, nor over a file of the user's own", async () => {
  await box.git("work", ["merge", "-q", "other"], 1);
  const at = "work/.mvgit/conflict/data";
  box.write(`${at}/f5.base.txt`, "notes");
  await box.mv("work", ["conflicts", "--files", "data/f5.txt"]);
  box.write(`${at}/f5.ours.txt`, "merged by hand");
  const { stdout, stderr } = await box.mv("work", ["conflicts", "--files", "data/f5.txt"]);
  expect(stderr).toContain("f5.ours.txt' was changed since it was made, and stays");
  expect(stdout).toContain(".mvgit/conflict/data/f5.ours-2.txt");
  const found = fs.readdirSync(join(box.dir, at)).map((name) => [name, box.read(`${at}/${name}`).toString()]);
  expect(Object.fromEntries(found)).toEqual({
    "f5.base.txt": "notes",
    "f5.base-2.txt": "base 5",
    "f5.ours.txt": "merged by hand",
    "f5.ours-2.txt": "ours 5",
    "f5.theirs.txt": "theirs 5",
  });
  await box.git("work", ["merge", "--abort"]);
  await box.mv("work", ["conflicts"]);
  expect(fs.readdirSync(join(box.dir, at)).toSorted()).toEqual(["f5.base.txt", "f5.ours.txt"]);
});

it("decisions are of this merge: none outlives its end, and Git's own ways back know of them", async () => {
  await box.git("work", ["merge", "-q", "other"], 1);
  await box.mv("work", ["checkout", "--theirs", "data/f5.txt"]);
  await box.git("work", ["merge", "--abort"]);
  await box.git("work", ["merge", "-q", "other"], 1);
  expect((await box.mv("work", ["conflicts"])).stdout).toContain("data/f5.txt");
  await box.mv("work", ["checkout", "-q", "--theirs", "data"]);
  await box.git("work", ["checkout", "-m", "--", "data.mvgit"]);
  expect((await box.mv("work", ["conflicts"])).stdout).toContain("data/f5.txt");
  // With its markers in the index, Git does not know the sides any more.
  await box.git("work", ["add", "data.mvgit"]);
  await box.mv("work", ["checkout", "--ours", "data/f5.txt"]);
  await box.mv("work", ["checkout", "--theirs"]);
  expect(data()).toEqual({ ...MERGED, f5: "ours 5", f6: "theirs 6", f7: "theirs 7" });
});

it("in a rebase the sides are told apart, and what merged stays", async () => {
  await box.git("work", ["checkout", "-q", "other"]);
  await box.mv("work", ["checkout", "-q"]);
  expect((await box.git("work", ["rebase", "main"], 1)).stdout).toContain(
    "ours is the branch that you rebase onto, and theirs is your own commit",
  );
  await box.mv("work", ["checkout", "--theirs"]);
  expect(data()).toEqual({ ...MERGED, f5: "theirs 5", f6: "theirs 6", f7: "theirs 7" });
});

it("a stash that meets other changes waits for its files", async () => {
  box.write("work/data/f3.txt", "stashed 3");
  box.write("work/data/f4.txt", "stashed 4");
  await box.mv("work", ["add", "-q", "data"]);
  await box.git("work", ["stash"]);
  await box.mv("work", ["checkout", "-q"]);
  box.write("work/data/f4.txt", "meanwhile 4");
  await commit("meanwhile");
  await box.git("work", ["stash", "pop"], 1);
  expect((await box.mv("work", ["conflicts"])).stdout).toMatch(/^data\/f4\.txt/);
  await box.mv("work", ["checkout", "--theirs", "data/f4.txt"]);
  expect(data()).toMatchObject({ f3: "stashed 3", f4: "stashed 4", f1: "ours 1" });
});

it("histories that crossed, and were resolved differently, are a conflict of that file alone", async () => {
  await box.git("work", ["branch", "before"]);
  await box.git("work", ["merge", "-q", "other"], 1);
  await box.mv("work", ["checkout", "-q", "--ours"]);
  await box.git("work", ["commit", "-qm", "ours for all"]);
  await box.git("work", ["checkout", "-q", "other"]);
  await box.mv("work", ["checkout", "-q"]);
  await box.git("work", ["merge", "-q", "before"], 1);
  await box.mv("work", ["checkout", "-q", "--ours", "data/f5.txt"]);
  await box.mv("work", ["checkout", "-q", "--theirs"]);
  await box.git("work", ["commit", "-qm", "f5 as here, the others as there"]);
  await box.git("work", ["merge", "-q", "main"], 1);
  expect((await box.mv("work", ["conflicts", "--json"])).stdout).toMatch(
    /"conflicts":\[\{"path":"data\/f5\.txt"[^[]*\]/,
  );
  await box.mv("work", ["checkout", "--theirs"]);
  expect(data()).toEqual({ ...MERGED, f5: "ours 5", f6: "ours 6" });
});

it("a decision that was cut is finished by the same command, also where only files were still to come", async () => {
  for (const at of [12, 20]) {
    await box.git("work", ["reset", "-q", "--hard"]);
    await box.mv("work", ["checkout", "-q"]);
    await box.git("work", ["merge", "-q", "other"], 1);
    const env = { ...process.env, ...box.env, MVGIT_FAULT: `kill@${at}` };
    expect(
      spawnSync(process.execPath, [join(BIN, "mvgit"), "checkout", "--theirs", "data"], {
        cwd: join(box.dir, "work"),
        env,
      }).signal,
    ).toBe("SIGKILL");
    await box.mv("work", ["checkout", "--theirs", "data"]);
    expect(data()).toEqual({ ...MERGED, f5: "theirs 5", f6: "theirs 6", f7: "theirs 7" });
  }
  expect((await box.mv("work", ["checkout", "--ours", "data"], 1)).stderr).toContain("no pointer is conflicted here");
});

it("lists of files that the cache lacks are had from the remote, or missed by name", async () => {
  await box.mv("work", ["push", "-q", "--all"]);
  const blobs = join(box.dir, "work/.git/mvgit/blobs");
  await box.git("work", ["config", "mvgit-remote.store.url", join(box.dir, "away")]);
  fs.rmSync(blobs, { recursive: true });
  await box.git("work", ["merge", "-q", "other"], 1);
  expect((await box.mv("work", ["status"])).stdout).toContain("its lists of files are not in the cache");
  await box.mv("work", ["checkout", "--ours", "data/f5.txt"], -1);
  expect(box.read("work/data.mvgit").toString()).toContain("<<<<<<<");
  await box.git("work", ["config", "mvgit-remote.store.url", join(box.dir, "store")]);
  await box.mv("work", ["checkout", "--ours", "data/f5.txt"]);
  await box.mv("work", ["checkout", "--force", "--theirs", "data"]);
  expect(data()).toEqual({ ...MERGED, f5: "ours 5", f6: "theirs 6", f7: "theirs 7" });
});

it("a path that one side removed is decided as a whole, with its ignore line", async () => {
  await box.git("work", ["checkout", "-q", "-b", "gone"]);
  await box.mv("work", ["rm", "-q", "data"]);
  await box.git("work", ["commit", "-qm", "gone"]);
  await box.git("work", ["checkout", "-q", "other"]);
  await box.mv("work", ["checkout", "-q"]);
  await box.git("work", ["merge", "-q", "gone"], 1);
  expect((await box.mv("work", ["status"])).stdout).toMatch(
    /conflicted {2}data {2}\((changed by ours, deleted by theirs)\)/,
  );
  expect((await box.mv("work", ["checkout", "--ours", "data/f5.txt"], 21)).stderr).toContain("as a whole");
  await box.mv("work", ["checkout", "--ours", "data"]);
  expect((await box.git("work", ["status", "--short"])).stdout).toBe("");
  await box.git("work", ["reset", "-q", "--hard"]);
  await box.git("work", ["merge", "-q", "gone"], 1);
  expect((await box.mv("work", ["checkout", "--theirs", "data"])).stderr).toContain("'data' is not tracked any more");
  await box.mv("work", ["checkout"]);
  expect(box.exists("work/data")).toBe(false);
});

it("what Git tracks on one side, and mvgit on the other, is told, and added as it stands", async () => {
  box.write("work/x", "base");
  await box.git("work", ["add", "x"]);
  await box.git("work", ["commit", "-qm", "plain"]);
  await box.git("work", ["branch", "plain"]);
  await box.mv("work", ["add", "-q", "x"]);
  await box.git("work", ["commit", "-qm", "tracked"]);
  await box.git("work", ["checkout", "-q", "plain"]);
  box.write("work/x", "changed in Git");
  await box.git("work", ["commit", "-qam", "changed"]);
  await box.git("work", ["checkout", "-q", "main"]);
  await box.git("work", ["merge", "-q", "plain"], 1);
  expect((await box.mv("work", ["conflicts"])).stdout).toMatch(
    /^x {2}tracked by mvgit on one side, by Git on the other\n/,
  );
  await box.mv("work", ["add", "x"]);
  expect((await box.git("work", ["status", "--short"])).stdout).toBe("M  x.mvgit\n");
  expect(box.read("work/x").toString()).toBe("changed in Git");
});

it("a name that looks like an option is a name to Git's merge and diff, and in what is told", async () => {
  const change = async (text: string): Promise<void> => {
    box.write("work/-w 1", text);
    await box.mv("work", ["add", "-q", "--", "-w 1"]);
    await box.git("work", ["commit", "-qm", text]);
  };
  await change("base");
  await box.git("work", ["checkout", "-qb", "side"]);
  await change("theirs");
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout", "-q"]);
  await change("ours");
  const { stdout, stderr } = await box.git("work", ["merge", "side"], 1);
  expect(stdout + stderr).toContain("'mvgit checkout --ours './-w 1'' or '--theirs'");
  await box.mv("work", ["checkout", "--theirs", "./-w 1"]);
  expect(box.read("work/-w 1").toString()).toBe("theirs");
  expect((await box.git("work", ["diff", "HEAD"])).stdout).toContain("+file of 6 bytes");
});

it("a folder that both sides renamed is told as what it is under each name", async () => {
  await box.git("work", ["checkout", "-q", "-B", "side"]);
  await box.mv("work", ["mv", "data", "one"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.git("work", ["checkout", "-q", "main"]);
  await box.mv("work", ["checkout", "-q"]);
  await box.mv("work", ["mv", "data", "two"]);
  await box.git("work", ["commit", "-qm", "two"]);
  await box.git("work", ["merge", "-q", "side"], 1);
  expect(JSON.parse((await box.mv("work", ["conflicts", "--json"])).stdout).conflicts).toMatchObject([
    { path: "data", kind: "deleted by both" },
    { path: "one", kind: "added by theirs" },
    { path: "two", kind: "added by ours" },
  ]);
  for (const [side, path] of [
    ["--ours", "data"],
    ["--theirs", "one"],
    ["--ours", "two"],
  ] as const)
    await box.mv("work", ["checkout", side, path]);
  expect((await box.git("work", ["status", "--short"])).stdout).toBe("M  .gitignore\nA  one.mvgit\n");
});
