/** Repositories that are not the plain kind. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
drawTests(2);

afterEach(() => box.cleanup());

/** Commits `text` as `w.bin`. */
async function commitFile(text = "x", folder = "work"): Promise<void> {
  box.write(`${folder}/w.bin`, text);
  await box.mv(folder, ["add", "--as-is", "w.bin"]);
  await box.git(folder, ["commit", "-qm", text]);
}

/** Two versions, pushed to remote and host. */
async function publish(): Promise<void> {
  await commitFile("one");
  await commitFile("two");
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
}

it("a linked work tree shares the cache and has a stat cache of its own", async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  await commitFile();
  await box.git("work", ["worktree", "add", "-q", "../linked", "-b", "side"]);
  expect((await box.mv("linked", ["status"])).stdout).toContain("incomplete  w.bin");
  await box.mv("linked", ["checkout", "--offline"]);
  expect(box.read("linked/w.bin").toString()).toBe("x");
  await commitFile("other", "linked");
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
});

it("a SHA-256 repository works from add to pull", async () => {
  box = await makeSandbox({ objectFormat: "sha256", hooks: true });
  await publish();
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await box.mv("clone", ["init", "--remote", "../store"]);
  await box.mv("clone", ["pull"]);
  await box.mv("clone", ["fetch", "--all"]);
  expect((await box.mv("clone", ["cat", "HEAD~1:w.bin"])).stdout).toBe("one");
  await box.mv("clone", ["gc", "--dry-run"]);
});

describe("clones that have only a part of the history", () => {
  it.each([
    ["shallow", ["--depth=1"]],
    ["without blobs", ["--filter=blob:none"]],
    ["without trees", ["--filter=tree:0"]],
  ])("%s: pull, add, push", async (_, options) => {
    box = await makeSandbox({ inProcess: true });
    await publish();
    await box.git("host.git", ["config", "uploadpack.allowFilter", "true"]);
    await box.git(".", ["clone", "-q", ...options, `file://${box.dir}/host.git`, "part"]);
    await box.mv("part", ["remote", "add", "store", "../store"]);
    await box.mv("part", ["pull"]);
    expect(box.read("part/w.bin").toString()).toBe("two");
    await commitFile("three", "part");
    expect((await box.mv("part", ["push"])).stdout).toContain("pushed 1 blob");
    await box.mv("part", ["fetch", "--all"]);
    await box.git("part", ["push", "-q", "origin", "main"]);
    await box.mv("part", ["gc", "--dry-run"]);
  });
});

it("no commit yet, a detached HEAD, and a bare repository", async () => {
  box = await makeSandbox({ hooks: true, inProcess: true });
  expect((await box.mv("work", ["status"])).stdout).not.toBe("");
  await box.mv("work", ["checkout"]);
  await box.mv("work", ["gc", "--dry-run"]);
  box.write("work/w.bin", "x");
  await box.mv("work", ["add", "w.bin"]);
  await box.mv("work", ["push"]);
  expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  await box.git("work", ["commit", "-qm", "one"]);
  await box.git("work", ["checkout", "-q", "--detach"]);
  await commitFile("y");
  expect((await box.mv("work", ["push"])).stdout).toContain("pushed 1 blob");
  expect((await box.mv("host.git", ["status"], 20)).stderr).toContain("bare repository");
  expect((await box.mv("host.git", ["show", "spam@v1"], 1)).stderr).toContain("no version of 'spam' is here");
  expect((await box.mv("work/.git", ["status"], 20)).stderr).toContain("there is no work tree here");
  expect((await box.mv(".", ["status"], 20)).stderr).toContain("git init");
});

it("packed refs and objects are read as loose ones are", async () => {
  box = await makeSandbox({ inProcess: true });
  await commitFile("one");
  await box.git("work", ["tag", "-am", "v1", "v1"]);
  await commitFile("two");
  await box.git("work", ["pack-refs", "--all", "--prune"]);
  await box.git("work", ["repack", "-adq"]);
  expect(box.exists("work/.git/refs/heads/main")).toBe(false);
  expect((await box.mv("work", ["push", "--all"])).stdout).toContain("pushed 2 blobs");
  expect((await box.mv("work", ["cat", "v1:w.bin"])).stdout).toBe("one");
});

it("a repository of another owner is Git's to refuse, and its advice is passed on", async () => {
  box = await makeSandbox({ inProcess: true });
  await commitFile();
  box.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1";
  const { stderr } = await box.mv("work", ["status"], 20);
  expect(stderr).toContain("safe.directory");
  box.write(".gitconfig", `${box.read(".gitconfig").toString()}[safe]\n\tdirectory = ${box.dir}/work\n`);
  await box.mv("work", ["status", "--check"]);
});

describe("sparse checkout", () => {
  beforeEach(async () => {
    box = await makeSandbox({ inProcess: true });
    for (const folder of ["a", "b"]) box.write(`work/${folder}/w.bin`, folder);
    await box.mv("work", ["add", "a/w.bin", "b/w.bin"]);
    await box.git("work", ["commit", "-qm", "one"]);
    await box.mv("work", ["push"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
  });

  it.each([
    ["cone", ["--cone", "a"]],
    ["patterns", ["--no-cone", "/a/", "/.mvgit/", "/.gitattributes"]],
  ])("%s: what is left out is neither deleted nor fetched, and comes with its pointer", async (_, options) => {
    await box.git(".", ["clone", "-q", "--no-checkout", "host.git", "sparse"]);
    await box.git("sparse", ["sparse-checkout", "set", ...options]);
    await box.git("sparse", ["checkout", "-q", "main"]);
    await box.mv("sparse", ["remote", "add", "store", "../store"]);
    await box.mv("sparse", ["pull"]);
    expect([box.exists("sparse/a/w.bin"), box.exists("sparse/b")]).toEqual([true, false]);
    const { stdout } = await box.mv("sparse", ["status", "--check"]);
    expect(stdout).not.toContain("deleted");
    await box.git("sparse", ["sparse-checkout", "disable"]);
    await box.mv("sparse", ["pull"]);
    expect(box.read("sparse/b/w.bin").toString()).toBe("b");
    await box.mv("sparse", ["push"]);
  });

  it(
    "what stands beside a pointer out of sight, or one that cannot be read, is no new folder: the rest of it " +
      "is not lost",
    async () => {
      for (const name of ["f1", "f2"]) box.write(`work/b/ds/${name}`, name);
      await box.mv("work", ["add", "b/ds"]);
      await box.git("work", ["commit", "-qam", "ds"]);
      await box.git("work", ["sparse-checkout", "set", "--no-cone", "/a/"]);
      box.write("work/b/ds/f1", "mine");
      for (const path of ["b/ds/f1", "b/ds"])
        expect((await box.mv("work", ["add", path], 1)).stderr).toContain(
          "cannot add to 'b/ds': sparse checkout leaves its pointer out",
        );
      await box.mv("work", ["add", "--as-is", "b/ds/f1"], 1);
      await box.git("work", ["sparse-checkout", "disable"]);
      const pointer = box.read("work/b/ds.mvgit").toString();
      for (const [text, status] of [
        [pointer.replace("mvgit: 1", "mvgit: 9"), 20],
        ["mvgit: 1\n", 24],
      ] as const) {
        box.write("work/b/ds.mvgit", text);
        await box.mv("work", ["add", "b/ds/f1"], status);
        expect(box.read("work/b/ds.mvgit").toString()).toBe(text);
      }
      box.write("work/b/ds.mvgit", pointer);
      expect((await box.mv("work", ["add", "b/ds/f1"])).stdout).toContain("changed  b/ds  2 files");
    },
  );

  it("a file whose pointer goes out of sight is kept, where Git itself does not remove it", async () => {
    await box.git("work", ["sparse-checkout", "set", "--no-cone", "/a/"]);
    await box.mv("work", ["checkout"]);
    expect(box.exists("work/b/w.bin")).toBe(true);
    await box.git("work", ["sparse-checkout", "disable"]);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("all clean");
  });
});

describe("a repository inside another", () => {
  beforeEach(async () => {
    box = await makeSandbox({ inProcess: true });
    await box.git(".", ["init", "-q", "--bare", "lib.git"]);
    await box.git(".", ["clone", "-q", "lib.git", "seed"]);
    box.write("seed/readme", "x");
    await box.git("seed", ["add", "."]);
    await box.git("seed", ["commit", "-qm", "seed"]);
    await box.git("seed", ["push", "-q", "origin", "main"]);
    await box.git("work", ["submodule", "--quiet", "add", "../lib.git", "lib"]);
    await box.git("work", ["commit", "-qm", "lib"]);
  });

  it("mvgit works inside a submodule, with a cache of the submodule's own", async () => {
    await box.mv("work/lib", ["init", "--remote", "../../lib-store"]);
    await commitFile("in lib", "work/lib");
    await box.mv("work/lib", ["push"]);
    await box.git("work/lib", ["push", "-q", "origin", "main"]);
    await commitFile("outer");
    expect(box.exists("work/.git/modules/lib/mvgit/blobs")).toBe(true);
    expect((await box.mv("work", ["status", "--check"])).stdout).toContain("1 tracked path");
    expect((await box.mv("work/lib", ["status", "--check"])).stdout).toContain("all clean");
    await box.git("work", ["add", "lib"]);
    await box.git("work", ["commit", "-qm", "newer lib"]);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git(".", ["clone", "-q", "--recurse-submodules", "host.git", "clone"]);
    await box.mv("clone/lib", ["remote", "add", "store", "../../lib-store"]);
    await box.mv("clone/lib", ["pull"]);
    expect(box.read("clone/lib/w.bin").toString()).toBe("in lib");
    await box.mv("work/lib", ["gc", "--dry-run"]);
  });

  it.each([["lib/w.bin"], ["lib"], ["vendor/deep/w.bin"], ["vendor"]])(
    "'%s' is refused from outside, naming whose it is",
    async (path) => {
      await box.git("work", ["init", "-q", "vendor"]);
      for (const file of ["lib/w.bin", "vendor/deep/w.bin"]) box.write(`work/${file}`, "x");
      const { stderr } = await box.mv("work", ["add", path], 1);
      expect(stderr).toMatch(new RegExp(`${path.split("/")[0]}'(: it)? is a repository of its own`));
      expect((await box.git("work", ["status", "--porcelain", "--", "*.mvgit", ".gitignore"])).stdout).toBe("");
    },
  );

  it("a folder that holds a repository is refused, and a path outside of the submodule too", async () => {
    box.write("work/data/x", "x");
    await box.git("work/data", ["init", "-q", "nested"]);
    expect((await box.mv("work", ["add", "data"], 1)).stderr).toContain("nested': it is a repository of its own");
    box.write("work/w.bin", "x");
    expect((await box.mv("work/lib", ["add", "../w.bin"], 1)).stderr).toContain("outside of the work tree");
  });
});

it("Git's own variables are honoured as Git does", async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/sub/w.bin", "x");
  const { env } = box;
  Object.assign(env, { GIT_DIR: join(box.dir, "work/.git"), GIT_WORK_TREE: join(box.dir, "work") });
  await box.mv(".", ["add", "work/sub/w.bin"]);
  expect((await box.mv(".", ["status", "--check"])).stdout).toContain("all clean");
  Object.assign(env, { GIT_PREFIX: "sub/" });
  await box.mv("work/sub", ["checkout", "w.bin"]);
  await box.git("work", ["commit", "-qm", "one"]);
  for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"]) delete env[name];
  env["GIT_INDEX_FILE"] = join(box.dir, "other-index");
  fs.copyFileSync(join(box.dir, "work/.git/index"), env["GIT_INDEX_FILE"]);
  box.write("work/two.bin", "y");
  await box.mv("work", ["add", "two.bin"]);
  expect((await box.git("work", ["ls-files"])).stdout).toContain("two.bin.mvgit");
  delete env["GIT_INDEX_FILE"];
  expect((await box.git("work", ["ls-files"])).stdout).not.toContain("two.bin.mvgit");
});
