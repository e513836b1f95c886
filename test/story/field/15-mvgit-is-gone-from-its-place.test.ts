/** Hooks and drivers name mvgit where it was: with an environment or a version of Node it may go away from there. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
  await box.mv("work", ["hooks", "install"]);
  box.write("work/w.bin", "one");
  await box.mv("work", ["add", "-q", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
});
afterEach(() => box.cleanup());

/** As if it had been installed where now nothing is. */
async function takeAway(): Promise<void> {
  const moved = (text: string): string => text.replaceAll("/bin/mvgit'", "/gone/mvgit'");
  for (const key of ["merge.mvgit.driver", "merge.mvgit-ignore.driver", "diff.mvgit.textconv"]) {
    const { stdout } = await box.git("work", ["config", key]);
    await box.git("work", ["config", key, moved(stdout.trim())]);
  }
  const folder = join(box.dir, "work/.git/hooks");
  for (const name of fs.readdirSync(folder).filter((each) => !each.includes(".")))
    fs.writeFileSync(join(folder, name), moved(fs.readFileSync(join(folder, name), "utf8")));
  // A PATH without mvgit.
  const bin = join(box.dir, "tools");
  fs.mkdirSync(bin);
  for (const name of ["git", "sh", "dirname", "cat", "grep"])
    fs.symlinkSync(
      ["/usr/bin", "/bin"].map((each) => join(each, name)).find((each) => fs.existsSync(each)) ?? name,
      join(bin, name),
    );
  box.env["PATH"] = bin;
}

it("Git's logs show pointers as they are, and end well", async () => {
  box.write("work/w.bin", "two, longer");
  await box.mv("work", ["add", "-q", "w.bin"]);
  await box.git("work", ["commit", "-qm", "two"]);
  expect((await box.git("work", ["log", "-p", "-1"])).stdout).toMatch(/^\+file of 11 bytes/m);
  await takeAway();
  const { stdout } = await box.git("work", ["log", "-p", "-2"]);
  expect(stdout).toMatch(/^\+size: 11$/m);
  expect(stdout).toMatch(/^\+size: 3$/m);
});

it("a merge that needs it is a conflict, and says what to do", async () => {
  for (const [branch, text] of [
    ["side", "two"],
    ["main", "three"],
  ] as const) {
    if (branch === "side") await box.git("work", ["checkout", "-qb", "side"]);
    else {
      await box.git("work", ["checkout", "-q", "main"]);
      await box.mv("work", ["checkout", "-q"]);
    }
    box.write("work/w.bin", text);
    await box.mv("work", ["add", "-q", "w.bin"]);
    await box.git("work", ["commit", "-qm", text]);
  }
  await takeAway();
  const { stdout, stderr } = await box.git("work", ["merge", "-q", "side"], 1);
  expect(stderr).toContain("mvgit is gone from where it was: run 'mvgit init' where it is now, then merge again");
  expect(stdout + stderr).not.toContain("not found");
  expect((await box.git("work", ["status", "--porcelain", "w.bin.mvgit"])).stdout).toBe("UU w.bin.mvgit\n");
});

it("hooks say where it was, a push is stopped, and another mvgit puts itself in its place", async () => {
  await takeAway();
  const path = box.env["PATH"];
  const said = /the program is not found at '.*\/gone\/mvgit', nor on PATH; run 'mvgit hooks install' where it is/;
  box.write("work/a.txt", "a");
  await box.git("work", ["add", "a.txt"]);
  expect((await box.git("work", ["commit", "-qm", "a"])).stderr).toMatch(said);
  expect((await box.git("work", ["push", "-q", "origin", "HEAD:main"], 1)).stderr).toMatch(said);
  box.env["PATH"] = `${dirname(process.execPath)}:${path}`;
  const wrong = (await box.mv("work", ["doctor"], 1)).stdout;
  expect(wrong).toContain("NO  merge and diff: Git calls another mvgit, or an older one\n      run 'mvgit init'");
  expect(wrong).toContain("NO  hook pre-push: outdated");
  await box.mv("work", ["hooks", "install"]);
  expect((await box.mv("work", ["doctor"])).stdout).not.toContain("NO ");
  await box.git("work", ["push", "-q", "origin", "HEAD:main"]);
  expect((await box.git("work", ["log", "-p", "-2"])).stdout).not.toMatch(/^\+size:/m);
});
