/**
 * A place that a branch names, and that this clone does not know, gets no byte and no credential without its user's
 * consent.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGcsServer } from "../../support/gcs-server.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
let server: Awaited<ReturnType<typeof startGcsServer>>;
let restore: () => void;

beforeAll(async () => {
  server = await startGcsServer({ buckets: ["team", "evil"] });
  box = await makeSandbox({ hooks: true, inProcess: true });
  box.env["STORAGE_EMULATOR_HOST"] = server.url;
  await box.git("work", ["config", "--remove-section", "mvgit-remote.store"]);
  await box.git("work", ["config", "--unset-all", "mvgit.remote"]);
  await box.mv("work", ["remote", "add", "store", "gs://team/models"]);
  await commit("first");
  await box.git("work", ["push", "-q", "origin", "main"]);
  await box.git("host.git", ["symbolic-ref", "HEAD", "refs/heads/main"]);
  restore = box.keep();
});
beforeEach(() => {
  for (const name of server.objects.keys()) if (name.startsWith("evil/")) server.objects.delete(name);
  server.counts.clear();
});
afterEach(() => restore());
afterAll(async () => {
  box.cleanup();
  await server.close();
});

async function commit(text: string, folder = "work"): Promise<void> {
  box.write(`${folder}/w.bin`, text);
  await box.mv(folder, ["add", "--as-is", "w.bin"]);
  await box.git(folder, ["add", "-A"]);
  await box.git(folder, ["commit", "-qm", text]);
}

let branches = 0;

/** A branch with this `.mvgit/config`, and new bytes. */
async function branch(config: string, folder = "work"): Promise<void> {
  await box.git(folder, ["checkout", "-qb", "branch"]);
  box.write(`${folder}/.mvgit/config`, config);
  await commit(`private ${++branches}`, folder);
}

const remote = (name: string, url: string, more = ""): string => `[mvgit-remote "${name}"]\n\turl = ${url}\n${more}`;
const chosen = (name: string): string => `[mvgit]\n\tremote = ${name}\n`;
const stolen = (): string[] => [...server.objects.keys()].filter((name) => name.startsWith("evil/"));
const asked = (): number => [...server.counts.values()].reduce((sum, count) => sum + count, 0);

describe("a branch that names", () => {
  it.each<[string, string, string]>([
    [
      "another bucket",
      chosen("store") + remote("store", "gs://evil/models"),
      "remote 'store', which this clone knows at 'gs://team/models', is to be at 'gs://evil/models'",
    ],
    ["another prefix", chosen("store") + remote("store", "gs://team/models2"), "is to be at 'gs://team/models2'"],
    [
      "another default",
      chosen("backup") + remote("store", "gs://team/models") + remote("backup", "gs://evil/x"),
      "the default remote is to be 'backup'",
    ],
    [
      "another only remote",
      remote("other", "gs://evil/x"),
      "remote 'other', which this clone does not know, is to be at 'gs://evil/x'",
    ],
    [
      "the bucket twice",
      chosen("store") + remote("store", "gs://team/models") + remote("store", "gs://evil/models"),
      "gs://evil/models",
    ],
    [
      "an endpoint",
      chosen("store") + remote("store", "gs://team/models", "\tendpoint = http://127.0.0.1:1\n"),
      "needs your consent",
    ],
  ])("%s: push, the hook, fetch and status --remote are refused before anything is asked", async (_, config, words) => {
    await branch(config);
    for (const args of [
      ["push", "--all"],
      ["status", "--remote"],
    ]) {
      const { stderr } = await box.mv("work", args, 1);
      expect(stderr).toContain(words);
      expect(stderr).toContain("mvgit trust");
    }
    expect((await box.git("work", ["push", "-q", "origin", "branch"], 1)).stderr).toContain(words);
    fs.rmSync(join(box.dir, "work/.git/mvgit/blobs"), { recursive: true });
    for (const args of [["pull"], ["cat", "HEAD~1:w.bin"], ["gc", "--remote", "--offline"]])
      await box.mv("work", args, 1);
    expect(asked()).toBe(0);
    expect((await box.git("host.git", ["for-each-ref", "--format=%(refname)"])).stdout).toBe("refs/heads/main\n");
  });

  it("a bucket beside the known one: the known one is used on, the new one is not, even by name", async () => {
    await branch(chosen("store") + remote("store", "gs://team/models") + remote("backup", "gs://evil/x"));
    await box.mv("work", ["push", "--remote", "backup"], 1);
    expect(stolen()).toEqual([]);
    expect((await box.mv("work", ["push"])).stdout).toContain("(gs://team/models)");
  });

  it("a place that its user accepts is used from then on; another is not; consent can be taken back", async () => {
    await branch(chosen("store") + remote("store", "gs://evil/models"));
    const { stdout } = await box.mv("work", ["trust", "--list"]);
    expect(stdout).toContain(
      "mvgit-remote.store.url = gs://evil/models  (remote 'store', which this clone knows at 'gs://team/models',",
    );
    expect(stdout).toContain("not in force");
    await box.mv("work", ["trust"]);
    expect((await box.git("work", ["push", "-q", "origin", "branch"])).stderr).toMatch(
      /pushed \d blobs? to remote 'store' \(gs:\/\/evil\/models\)/,
    );
    await box.git("work", ["checkout", "-q", "main"]);
    expect((await box.mv("work", ["push"])).stdout).toContain("(gs://team/models)");
    box.write("work/.mvgit/config", chosen("store") + remote("store", "gs://evil/more"));
    await box.mv("work", ["push"], 1);
    await box.git("work", ["checkout", "-q", "--", ".mvgit/config"]);
    await box.mv("work", ["trust", "--revoke"]);
    await box.mv("work", ["push"], 1);
  });
});

describe("a clone that never met a place", () => {
  beforeEach(async () => {
    await branch(chosen("store") + remote("store", "gs://evil/models"));
    await box.git("work", ["push", "-q", "--no-verify", "origin", "branch"]);
  });

  it("believes what its host's default branch names, not what the branch does that it was made with", async () => {
    await box.git(".", ["clone", "-q", "-b", "branch", "host.git", "clone"]);
    expect((await box.mv("clone", ["pull"], 1)).stderr).toContain("is to be at 'gs://evil/models'");
    await box.git("clone", ["checkout", "-q", "main"]);
    await box.mv("clone", ["pull"]);
    expect(box.read("clone/w.bin").toString()).toBe("first");
    expect(stolen()).toEqual([]);
  });

  it("meets it by any command, and the settings of its user come first", async () => {
    await box.git(".", ["clone", "-q", "--single-branch", "-b", "main", "host.git", "clone"]);
    await box.git("clone", ["remote", "set-head", "origin", "--delete"]);
    await box.mv("clone", ["ls"]);
    await box.git("clone", ["fetch", "-q", "origin", "branch"]);
    await box.git("clone", ["checkout", "-q", "FETCH_HEAD"]);
    await box.mv("clone", ["pull"], 1);
    await box.git("clone", ["config", "mvgit-remote.store.url", "gs://team/models"]);
    expect((await box.mv("clone", ["pull"], 23)).stderr).toMatch(/does not have blob [0-9a-f]{10}/);
    expect(stolen()).toEqual([]);
  });
});

it("a branch's default does not take the place of the only remote of one's own", async () => {
  await box.git("work", ["checkout", "-q", "--orphan", "alone"]);
  box.write("work/.mvgit/config", "");
  fs.rmSync(join(box.dir, "work/.git/mvgit/destinations"));
  await box.git("work", ["config", "mvgit-remote.mine.url", join(box.dir, "store")]);
  await commit("private");
  await box.mv("work", ["push"]);
  await branch(chosen("evil") + remote("evil", "gs://evil/x"));
  await box.mv("work", ["push"], 1);
  expect(stolen()).toEqual([]);
});

it("what the user names with 'remote add' and 'remote default' needs no other consent", async () => {
  await box.mv("work", ["remote", "add", "second", "gs://evil/x"]);
  await box.mv("work", ["push", "--remote", "second"]);
  await box.mv("work", ["remote", "default", "second"]);
  expect((await box.mv("work", ["push"])).stdout).toContain("remote 'second' (gs://evil/x)");
});
