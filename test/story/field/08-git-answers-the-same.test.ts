/**
 * Whatever a user's environment and configuration say to Git, mvgit sees every pointer. All whims are tried with
 * MVGIT_TESTS=thorough, a sample always.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ageBlobs } from "../../support/aged-cache.ts";
import { check } from "../../support/checker.ts";
import { gitMatrix, hostileGit, setWhims, wasStarted } from "../../support/hostile-git.ts";
import { makeSandbox, type Sandbox, someBytes } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

const SAMPLE = ["GIT_LITERAL_PATHSPECS", "log.diffMerges=off", "core.ignoreStat", "GIT_SHALLOW_FILE"];

let box: Sandbox;
let restore: () => void;

async function commit(name: string, bytes: string): Promise<void> {
  box.write(`work/${name}`, bytes);
  await box.mv("work", ["add", "--as-is", name]);
  await box.git("work", ["commit", "-qm", name]);
}

/**
 * Pointers that only a root commit, only a merge itself, and only a branch that a merge gave up ever had; none was
 * pushed.
 */
drawTests(3);

beforeAll(async () => {
  box = await makeSandbox({ hooks: true });
  await commit("root.bin", "root");
  box.write("work/data/a", "in a folder");
  await box.mv("work", ["add", "data"]);
  await box.git("work", ["commit", "-qm", "data"]);
  await box.git("work", ["checkout", "-qb", "given-up"]);
  await commit("given/up.bin", "given up");
  await box.git("work", ["checkout", "-qb", "side", "main"]);
  await commit("side/s.bin", "side");
  await box.git("work", ["checkout", "-q", "main"]);
  await commit("w.bin", "weights");
  await box.git("work", ["merge", "-q", "-s", "ours", "-m", "ours", "given-up"]);
  await box.git("work", ["merge", "-q", "--no-commit", "--no-ff", "side"]);
  await commit("merge/m.bin", "only in the merge");
  await box.git("work", ["branch", "-qD", "side", "given-up"]);
  await box.mv("work", ["rm", "merge/m.bin", "root.bin"]);
  await box.git("work", ["commit", "-qm", "removed"]);
  await box.mv("work", ["checkout"]);
  await box.git("work", ["reflog", "expire", "--expire=now", "--all"]);
  // A blob that nothing needs.
  box.write("work/x.bin", "of nobody");
  await box.mv("work", ["add", "x.bin"]);
  await box.mv("work", ["rm", "--keep", "x.bin"]);
  fs.rmSync(join(box.dir, "work/x.bin"));
  box.write("order", "");
  restore = box.keep();
}, 120_000);
beforeEach(() => restore());
afterAll(() => box.cleanup());

/** Commits, pushes, collects and brings out again; answers what was wrong. */
async function mainStory(env: Record<string, string>): Promise<void> {
  const plain = { ...box.env };
  const mv = async (folder: string, args: string[], status = 0): Promise<string> => {
    Object.assign(box.env, env);
    const { stdout } = await box.mv(folder, args, status);
    for (const name of Object.keys(env)) delete box.env[name];
    Object.assign(box.env, plain);
    return stdout;
  };
  box.write("work/w.bin", "better weights");
  box.write("work/new.bin", "new");
  await mv("work", ["add", "w.bin", "new.bin"]);
  box.write("work/large.txt", someBytes(6_000_000));
  await box.git("work", ["add", "-f", "large.txt"]);
  await box.git("work", ["commit", "-qm", "large"], 1);
  await box.git("work", ["rm", "-q", "-f", "large.txt"]);
  await box.git("work", ["commit", "-qm", "better"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  expect(await mv("work", ["status", "--check"])).toContain("all clean");
  ageBlobs(join(box.dir, "work/.git/mvgit"));
  expect(JSON.parse(await mv("work", ["gc", "--json"])).removed.blobs).toBe(1);
  const at = (path: string): string => join(box.dir, path);
  expect(
    check({ repos: [at("work")], stores: [at("work/.git/mvgit")], host: { repo: at("host.git"), store: at("store") } }),
  ).toEqual([]);
  await box.git(".", ["clone", "-q", "host.git", "clone"]);
  await mv("clone", ["remote", "add", "store", "../store"]);
  await mv("clone", ["pull"]);
  expect(["w.bin", "new.bin", "side/s.bin", "data/a"].map((name) => box.read(`clone/${name}`).toString())).toEqual([
    "better weights",
    "new",
    "side",
    "in a folder",
  ]);
}

describe("the main stories", () => {
  it.each(gitMatrix(SAMPLE).map((whim) => [whim.name, whim] as const))("with %s", async (_, whim) => {
    await mainStory(setWhims(box, [whim]));
  });

  it("with all of them at once", async () => {
    await mainStory(hostileGit(box));
  });
});

it("as 'git -c' exports it to hooks, a setting counts for no more", async () => {
  const settings = ["log.diffMerges=off", "log.showRoot=false", "diff.relative=true", "core.quotePath=true"].flatMap(
    (each) => ["-c", each],
  );
  await box.git("work", ["--literal-pathspecs", ...settings, "push", "-q", "origin", "main"]);
  expect(
    check({ repos: [], stores: [], host: { repo: join(box.dir, "host.git"), store: join(box.dir, "store") } }),
  ).toEqual([]);
});

it("the hooks after a checkout and a merge see that a pointer changed", async () => {
  await box.git("work", ["checkout", "-qb", "other"]);
  await commit("w.bin", "other weights");
  const back = await box.git("work", ["--literal-pathspecs", "-c", "diff.relative=true", "checkout", "-q", "main"]);
  expect(back.stderr).toContain("mvgit:");
  await box.mv("work", ["checkout"]);
  const merged = await box.git("work", ["--literal-pathspecs", "merge", "-q", "other"]);
  expect(merged.stderr).toContain("mvgit:");
});

it("no program that a setting names is started by a read", async () => {
  const clean = box.env["GIT_CONFIG_GLOBAL"] as string;
  hostileGit(box);
  fs.rmSync(join(box.dir, "started"), { force: true });
  for (const args of [["status"], ["ls"], ["push"], ["gc"], ["diff", "HEAD~1"], ["fsck"]])
    await box.mv("work", args, -1);
  expect(clean).toBe(box.env["GIT_CONFIG_GLOBAL"]);
  expect(wasStarted(box)).toBe(false);
});

it("a commit that was replaced is pushed as it is, not as it is shown", async () => {
  const { stdout } = await box.git("work", ["rev-list", "--max-parents=0", "main"]);
  await box.git("work", ["replace", "--graft", "main"]);
  await box.git("work", ["push", "-q", "origin", "main"]);
  expect((await box.git("host.git", ["rev-list", "main"])).stdout).toContain(stdout.trim());
  expect(
    check({ repos: [], stores: [], host: { repo: join(box.dir, "host.git"), store: join(box.dir, "store") } }),
  ).toEqual([]);
});

it("a clone that pushed pointers and sees none collects nothing, until told that they went on purpose", async () => {
  await box.mv("work", ["push"]);
  await box.git("work", ["checkout", "-q", "--orphan", "empty"]);
  await box.mv("work", ["rm", "w.bin", "data", "side/s.bin"]);
  await box.git("work", ["commit", "-qm", "nothing"]);
  await box.git("work", ["branch", "-qD", "main"]);
  for (const name of ["ORIG_HEAD", "AUTO_MERGE", "logs"])
    fs.rmSync(join(box.dir, "work/.git", name), { recursive: true, force: true });
  ageBlobs(join(box.dir, "work/.git/mvgit"));
  expect((await box.mv("work", ["gc"], 1)).stderr).toMatch(
    /nothing was removed: no commit, index or work tree .* has a pointer, though it (?:knows|pushed)[^]*--emptied/,
  );
  expect((await box.mv("work", ["gc", "--remote", "--offline"], 1)).stderr).toContain("--emptied");
  expect(JSON.parse((await box.mv("work", ["gc", "--json", "--emptied"])).stdout).removed.blobs).toBeGreaterThan(3);
});

it.each(["--assume-unchanged", "--skip-worktree"])(
  "a pointer at which Git was told not to look (%s) is staged all the same",
  async (flag) => {
    await box.git("work", ["update-index", flag, "w.bin.mvgit"]);
    box.write("work/w.bin", "other weights");
    await box.mv("work", ["add", "w.bin"]);
    expect((await box.git("work", ["show", ":w.bin.mvgit"])).stdout).toBe(box.read("work/w.bin.mvgit").toString());
  },
);

it("a Git directory that is named from a subfolder is that one, wherever git is started", async () => {
  Object.assign(box.env, { GIT_DIR: "../.git", GIT_WORK_TREE: ".." });
  expect((await box.mv("work/data", ["status", "--check"])).stdout).toContain("all clean");
  await box.mv("work/data", ["push", "--all"]);
  expect(JSON.parse((await box.mv("work/data", ["gc", "--json", "--dry-run"])).stdout).needed).toBeGreaterThan(3);
});

it.each(["[core] WorkTree = ../../elsewhere", "[core]\n  worktree=../../elsewhere"])(
  "a work tree that settings put elsewhere is that one: %j",
  async (line) => {
    fs.cpSync(join(box.dir, "work"), join(box.dir, "elsewhere"), {
      recursive: true,
      filter: (name) => !name.endsWith("/.git"),
    });
    box.write(
      "work/.git/config",
      `${box
        .read("work/.git/config")
        .toString()
        .replace(/^\tbare = false$/m, "")}${line}\n`,
    );
    box.write("elsewhere/w.bin", "changed there");
    expect((await box.mv("work", ["status"])).stdout).toMatch(/^modified +w\.bin/m);
    await box.mv("work", ["push"]);
    expect(JSON.parse((await box.mv("work", ["gc", "--json", "--dry-run"])).stdout).needed).toBeGreaterThan(3);
  },
);
