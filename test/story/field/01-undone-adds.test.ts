/** Files whose bytes no commit names, since an add was undone: nothing removes or replaces them unasked. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ageBlobs } from "../../support/aged-cache.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let restore: () => void;

/** One commit with `old.bin`; `w.bin` and `ds` are added on top of it, and in no commit. */
beforeAll(async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  box.write("work/old.bin", "old");
  await box.mv("work", ["add", "old.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  await box.mv("work", ["push"]);
  box.write("work/w.bin", "weights");
  box.write("work/ds/a", "a");
  box.write("work/ds/deep/b", "b");
  await box.mv("work", ["add", "w.bin", "ds"]);
  restore = box.keep();
});
beforeEach(() => restore());
afterAll(() => box.cleanup());

function expectAllThere(): void {
  expect(box.read("work/w.bin").toString()).toBe("weights");
  expect(box.read("work/ds/a").toString()).toBe("a");
  expect(box.read("work/ds/deep/b").toString()).toBe("b");
}

describe("an add that was undone", () => {
  it.each([
    ["git restore --staged .", [["restore", "--staged", "."]]],
    ["git reset", [["reset", "-q"]]],
    ["git reset --hard", [["reset", "-q", "--hard"]]],
    [
      "git stash, dropped",
      [
        ["stash", "-q"],
        ["stash", "drop", "-q"],
      ],
    ],
    ["git rm --cached", [["rm", "-q", "--cached", "-f", "w.bin.mvgit", "ds.mvgit"]]],
    [
      "git reset, then git clean",
      [
        ["reset", "-q", "--hard"],
        ["clean", "-qfdn"],
      ],
    ],
  ])("by '%s': checkout and pull leave the files and name them, and status has a word for it", async (_, undone) => {
    for (const args of undone) await box.git("work", args);
    for (const command of [["checkout"], ["pull"]]) {
      const { stdout } = await box.mv("work", command);
      expect(stdout).toContain("left 'ds', 'w.bin' alone");
      expectAllThere();
    }
    const { stdout } = await box.mv("work", ["status"]);
    expect(stdout).toMatch(/^left {2}ds {2}\((left from another branch|its pointer is not in Git's index)/m);
    expect(stdout).toMatch(/^left {2}w\.bin /m);
    expect(JSON.parse((await box.mv("work", ["--json", "status"])).stdout)).toMatchObject({
      left: [{ path: "ds" }, { path: "w.bin" }],
      clean: false,
    });
  });

  it("with the pointers gone as well: they stay, and 'add' tracks them again", async () => {
    await box.git("work", ["reset", "-q"]);
    for (const name of ["w.bin.mvgit", "ds.mvgit"]) fs.rmSync(join(box.dir, "work", name));
    const { stdout } = await box.mv("work", ["checkout"]);
    expect(stdout).toContain("left 'ds', 'w.bin' alone");
    expect((await box.mv("work", ["status"])).stdout).toContain("left from another branch");
    await box.mv("work", ["add", "w.bin", "ds"]);
    expect((await box.mv("work", ["status"])).stdout).toContain("3 tracked paths, all clean");
    expectAllThere();
  });

  it("with 'mvgit.autoCheckout' a change of branches leaves them, and names what it does to the rest", async () => {
    await box.git("work", ["reset", "-q", "--hard"]);
    await box.git("work", ["checkout", "-q", "-b", "other"]);
    await box.git("work", ["rm", "-q", "old.bin.mvgit"]);
    await box.git("work", ["commit", "-qm", "without"]);
    await box.git("work", ["checkout", "-q", "main"]);
    await box.git("work", ["config", "mvgit.autoCheckout", "true"]);
    const { stderr } = await box.git("work", ["checkout", "-q", "other"]);
    expect(stderr).toContain("removed 'old.bin'");
    expect(stderr).toContain("left 'ds', 'w.bin' alone");
    expectAllThere();
  });

  it("on a branch without a commit", async () => {
    await box.git(".", ["init", "-q", "fresh"]);
    box.write("fresh/w.bin", "weights");
    await box.mv("fresh", ["add", "w.bin"]);
    await box.git("fresh", ["rm", "-q", "--cached", "-f", "w.bin.mvgit"]);
    fs.rmSync(join(box.dir, "fresh/w.bin.mvgit"));
    expect((await box.mv("fresh", ["checkout"])).stdout).toContain("left 'w.bin' alone");
    expect(box.read("fresh/w.bin").toString()).toBe("weights");
  });

  it("of a second version: it is in the way as any local change; --force keeps its bytes, through gc too", async () => {
    await box.git("work", ["commit", "-qm", "two"]);
    box.write("work/w.bin", "better weights");
    box.write("work/ds/a", "better a");
    await box.mv("work", ["add", "w.bin", "ds"]);
    await box.git("work", ["reset", "-q", "--hard"]);
    const { stderr } = await box.mv("work", ["checkout"], 1);
    expect(stderr).toContain(
      "'ds/a', 'w.bin' was added with other bytes than its pointer now names, and no commit names those",
    );
    expect(box.read("work/w.bin").toString()).toBe("better weights");
    await box.mv("work", ["pull"], 1);
    const forced = await box.mv("work", ["--json", "checkout", "--force"]);
    expect(box.read("work/w.bin").toString()).toBe("weights");
    ageBlobs(join(box.dir, "work/.git/mvgit"), 21);
    await box.mv("work", ["gc"]);
    const { displaced } = JSON.parse(forced.stdout) as { displaced: { path: string; hash: string }[] };
    expect(displaced.map(({ path }) => path)).toEqual(["ds/a", "w.bin"]);
    expect((await box.mv("work", ["cat", "--hash", displaced[1]?.hash as string])).stdout).toBe("better weights");
  });

  it("of a file in a tracked folder: it stays beside the others, and is named", async () => {
    await box.git("work", ["commit", "-qm", "two"]);
    box.write("work/ds/more", "more");
    await box.mv("work", ["add", "ds"]);
    await box.git("work", ["reset", "-q", "--hard"]);
    expect((await box.mv("work", ["checkout"])).stdout).toContain("left 'ds/more' alone");
    expect(box.read("work/ds/more").toString()).toBe("more");
  });

  it("where the folder is a file in the commit: nothing is replaced", async () => {
    await box.git("work", ["rm", "-q", "--cached", "-f", "w.bin.mvgit"]);
    for (const name of ["w.bin.mvgit", "w.bin"]) fs.rmSync(join(box.dir, "work", name));
    box.write("work/w.bin/inner", "inner");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["reset", "-q", "--hard"]);
    box.write("work/w.bin.mvgit", box.read("work/old.bin.mvgit"));
    await box.git("work", ["add", "-f", "w.bin.mvgit"]);
    expect((await box.mv("work", ["checkout"], 1)).stderr).toContain(
      "'w.bin' stands where a tracked file or folder belongs",
    );
    expect(box.read("work/w.bin/inner").toString()).toBe("inner");
  });
});

describe("what a commit names goes as before", () => {
  it("and is named: of another branch, of a stash, of a commit that was amended away", async () => {
    await box.git("work", ["checkout", "-q", "-b", "side"]);
    await box.git("work", ["commit", "-qm", "two"]);
    await box.git("work", ["checkout", "-q", "main"]);
    const { stdout } = await box.mv("work", ["checkout"]);
    expect(stdout).toContain("removed 'ds/a', 'ds/deep/b', 'w.bin'");
    expect(box.exists("work/ds")).toBe(false);
    await box.git("work", ["checkout", "-q", "side"]);
    expect((await box.mv("work", ["checkout"])).stdout).toContain("3 files made");
    box.write("work/w.bin", "amended");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["commit", "-q", "--amend", "-m", "two again"]);
    await box.git("work", ["reset", "-q", "--hard", "HEAD@{1}"]);
    expect((await box.mv("work", ["checkout"])).stdout).toContain("replaced 'w.bin'");
    box.write("work/w.bin", "stashed");
    await box.mv("work", ["add", "w.bin"]);
    await box.git("work", ["stash", "-q"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").toString()).toBe("weights");
    await box.git("work", ["stash", "pop", "-q", "--index"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/w.bin").toString()).toBe("stashed");
  });

  it("also at another path, and where the reflog is gone", async () => {
    await box.git("work", ["commit", "-qm", "two"]);
    await box.mv("work", ["mv", "w.bin", "v.bin"]);
    await box.git("work", ["commit", "-qm", "three"]);
    await box.git("work", ["checkout", "-q", "-b", "side", "HEAD~2"]);
    fs.rmSync(join(box.dir, "work/.git/logs"), { recursive: true });
    expect((await box.mv("work", ["checkout"])).stdout).toContain("removed 'ds/a', 'ds/deep/b', 'v.bin'");
  });

  it("the first ten of many names are shown, and how many more there are", async () => {
    for (let i = 0; i < 12; i++) box.write(`work/ds/f${i}`, `f${i}`);
    await box.mv("work", ["add", "ds"]);
    await box.git("work", ["commit", "-qm", "two"]);
    await box.git("work", ["checkout", "-q", "-b", "side", "HEAD~1"]);
    expect((await box.mv("work", ["checkout"])).stdout).toMatch(/^removed ('[^']+', ){9}'[^']+' and 5 more$/m);
  });
});

describe("rm", () => {
  it("of what no commit names: says where the bytes are, which gc keeps for its grace period", async () => {
    ageBlobs(join(box.dir, "work/.git/mvgit"), 21);
    const { displaced } = JSON.parse((await box.mv("work", ["--json", "rm", "w.bin", "ds"])).stdout) as {
      displaced: { path: string; hash: string }[];
    };
    expect(displaced.map(({ path }) => path).toSorted()).toEqual(["ds/a", "ds/deep/b", "w.bin"]);
    await box.mv("work", ["gc"]);
    for (const { hash } of displaced) await box.mv("work", ["cat", "--hash", hash]);
  });

  it("of changed bytes: --force keeps them as well", async () => {
    await box.git("work", ["commit", "-qm", "two"]);
    box.write("work/w.bin", "changed");
    const { stdout } = await box.mv("work", ["rm", "-f", "w.bin"]);
    const hash = /cat --hash ([0-9a-f]+)/.exec(stdout)?.[1] as string;
    expect((await box.mv("work", ["cat", "--hash", hash])).stdout).toBe("changed");
  });
});
