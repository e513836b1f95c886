/** Moves of stages in odd repositories, and against hosts that refuse, vanish or hold strange names. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const place = (folder: string): { cwd: string; env: Record<string, string> } => ({
  cwd: join(box.dir, folder),
  env: box.env,
});
const tags = async (folder: string, pattern: string): Promise<string[]> =>
  (await box.git(folder, ["tag", "--list", pattern])).stdout.split("\n").filter(Boolean);
const publish = async (folder = "work"): Promise<void> => {
  await box.mv(folder, ["push"]);
  await box.git(folder, ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
};

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const version of [1, 2]) await makeVersion(place("work"), { model: "spam", version });
  await makeVersion(place("work"), { model: "spam-2", version: 1 });
  await publish();
  return box;
});

function hook(text: string): void {
  box.write("host.git/hooks/pre-receive", `#!/bin/sh\n${text}\n`);
  fs.chmodSync(join(box.dir, "host.git/hooks/pre-receive"), 0o755);
}

it("a host that protects its tags: told in its words, exit 22, nothing left to be pushed by accident", async () => {
  hook("while read -r old new ref; do case $ref in refs/tags/*) echo 'tags are protected' >&2; exit 1;; esac; done");
  const { stderr } = await box.mv("work", ["promote", "spam@v1", "production"], 22);
  expect(stderr).toContain("tags are protected");
  expect(stderr).toContain("the right to push tags");
  expect(await tags("work", "*#*")).toEqual([]);
  fs.rmSync(join(box.dir, "host.git/hooks/pre-receive"));
  await box.mv("work", ["promote", "spam@v1", "production"]);
  expect(await tags("host.git", "*#*")).toEqual(["spam#production#1"]);
});

it("a branch that is protected: the move holds, and a note says what becomes of stages.yaml", async () => {
  hook("while read -r old new ref; do case $ref in refs/heads/*) echo 'use a merge request' >&2; exit 1;; esac; done");
  const { stdout } = await box.mv("work", ["promote", "spam@v1", "production"]);
  expect(stdout).toContain("confirmed by 'origin'");
  expect(stdout).toMatch(/stages.yaml' could not be pushed to 'main'.*use a merge request/s);
});

it("a host that cannot be asked: exit 25, nothing was moved", async () => {
  fs.renameSync(join(box.dir, "host.git"), join(box.dir, "away.git"));
  expect((await box.mv("work", ["promote", "spam@v1", "production"], 25)).stderr).toContain(
    "cannot ask the Git host 'origin'",
  );
  expect(await tags("work", "*#*")).toEqual([]);
});

it("a host that vanishes after it took the push: the command again finds out, and moves nothing twice", async () => {
  await box.mv("work", ["promote", "spam@v1", "production"]);
  await box.mv("work", ["promote", "spam@v2", "production"]);
  // Where Git is asked for the host's refs after a push, there is none.
  box.write(
    "git-ssh",
    '#!/bin/sh\ncase "$2" in git-upload-pack*) [ -e pushed ] && exit 1;; git-receive-pack*) touch pushed;; ' +
      'esac\neval "git ${2#git-}"\n',
  );
  fs.chmodSync(join(box.dir, "git-ssh"), 0o755);
  await box.git("work", ["remote", "set-url", "origin", `ssh://h${box.dir}/host.git`]);
  box.env["GIT_SSH_COMMAND"] = join(box.dir, "git-ssh");
  box.env["GIT_SSH_VARIANT"] = "simple";
  const { stderr } = await box.mv("work", ["rollback", "spam", "production", "--no-commit"], 25);
  expect(stderr).toContain(
    "'spam#production#3' was pushed to the Git host 'origin', which does not answer whether it took it",
  );
  fs.rmSync(join(box.dir, "work/pushed"));
  expect((await box.mv("work", ["rollback", "spam", "production", "--no-commit"])).stdout).toContain(
    "is v1 already, by the rollback that was interrupted",
  );
  expect(await tags("host.git", "*#*")).toEqual(["spam#production#1", "spam#production#2", "spam#production#3"]);
});

it("fetch.prune, push.followTags and a detached HEAD of the user's change nothing", async () => {
  await makeVersion(place("work"), { model: "spam", version: 3 });
  await makeVersion(place("work"), { model: "ham", version: 1 });
  await box.mv("work", ["push", "--all"]);
  for (const [key, value] of [
    ["fetch.prune", "true"],
    ["fetch.pruneTags", "true"],
    ["push.followTags", "true"],
  ] as const)
    await box.git("work", ["config", key, value]);
  await box.git("work", ["checkout", "-q", "--detach"]);
  await box.git(".", ["clone", "-q", "host.git", "other"]);
  await box.mv("other", ["promote", "spam@v2", "production", "--no-commit"]);
  expect((await box.mv("work", ["promote", "spam@v1", "production"])).stdout).toContain("stands on no branch");
  expect(await tags("work", "spam@*")).toEqual(["spam@v1", "spam@v2", "spam@v3"]);
  expect(await tags("host.git", "*@v*")).toEqual(["spam-2@v1", "spam@v1", "spam@v2"]);
});

it("models whose names begin alike do not mix, nor do strange names at the host", async () => {
  await box.mv("work", ["promote", "spam-2@v1", "production"]);
  await box.git("host.git", ["branch", "refs/tags/spam#production#9", "main"]);
  await box.git("host.git", ["tag", "spam#production#007", "main"]);
  await box.git("host.git", ["tag", "spam#production#x", "main"]);
  const { stdout } = await box.mv("work", ["promote", "spam@v2", "production"]);
  expect(stdout).toContain("spam#production is v2, event 1");
  expect((await box.mv("work", ["stages"])).stdout).toMatch(
    /spam#production +v2.*\n.*spam-2#production +v1|spam-2#production +v1.*\n.*spam#production +v2/,
  );
});

it("a tag of somebody's own among the events is told as what it is, by every command", async () => {
  await box.mv("work", ["promote", "spam@v1", "production"]);
  await box.git("host.git", ["tag", "spam#production#2", "main"]);
  expect((await box.mv("work", ["promote", "spam@v2", "production"], 24)).stderr).toContain(
    "event 2 is not one of mvgit's",
  );
  expect((await box.mv("work", ["stages"], 24)).stdout).toContain("event 2 is not one of mvgit's");
  await box.git("host.git", ["tag", "-d", "spam#production#2"]);
  await box.git("work", ["tag", "-d", "spam#production#2"]);
  await box.mv("work", ["promote", "spam@v2", "production"]);
});

it("two clones that moved alone are told which tags have to go", async () => {
  await box.git(".", ["clone", "-q", "host.git", "other"]);
  await box.git("other", ["remote", "rename", "origin", "later"]);
  await box.git("other", ["config", "--rename-section", "remote.later", "aside.later"]);
  for (const label of ["spam@v1", "spam@v2"]) await box.mv("other", ["promote", label, "production", "--no-commit"]);
  await box.mv("work", ["promote", "spam@v1", "production", "-m", "host"]);
  await box.git("other", ["config", "--rename-section", "aside.later", "remote.later"]);
  const { stderr } = await box.mv("other", ["promote", "spam@v2", "production"], 24);
  const [, names = ""] = /'git tag -d (.*)' and run/.exec(stderr) ?? [];
  await box.git("other", ["tag", "-d", ...names.replaceAll("'", "").split(" ")]);
  expect((await box.mv("other", ["promote", "spam@v2", "production", "--no-commit"])).stdout).toContain(
    "(was v1), event 2",
  );
});

it("a shallow clone, and a host without any branch", async () => {
  await box.git(".", ["clone", "-q", "--depth", "1", "--no-tags", `file://${box.dir}/host.git`, "shallow"]);
  await box.mv("shallow", ["remote", "add", "store", "../store"]);
  await box.mv("shallow", ["promote", "spam@v1", "production", "--no-commit"]);
  expect((await box.mv("shallow", ["stages"])).stdout).toContain("v1");
  await box.git("host.git", ["update-ref", "-d", "refs/heads/main"]);
  await box.git(".", ["clone", "-q", "host.git", "unborn"]);
  await box.mv("unborn", ["remote", "add", "store", "../store"]);
  await box.git("unborn", ["fetch", "-q", "--tags"]);
  const { stdout } = await box.mv("unborn", ["promote", "spam@v2", "production"]);
  expect(stdout).toContain("no commit is checked out");
  expect((await box.git("host.git", ["for-each-ref", "refs/heads"])).stdout).toBe("");
});

it("a view that tells of a later move than this clone knows is not set back", async () => {
  await box.mv("work", ["promote", "spam@v1", "staging"]);
  await box.mv("work", ["promote", "spam-2@v1", "production"]);
  await box.git("work", ["tag", "-d", "spam-2#production#1"]);
  await box.mv("work", ["promote", "spam@v2", "staging"]);
  expect(box.read("work/stages.yaml").toString()).toContain("spam-2:\n  production: 1  # event 1\n");
});

it("SHA-256", async () => {
  const outer = box;
  box = await makeSandbox({ objectFormat: "sha256" });
  try {
    for (const version of [1, 2]) await makeVersion(place("work"), { model: "spam", version });
    await publish();
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    expect((await box.mv("work", ["rollback", "spam", "production"])).stdout).toContain("is v1 (was v2)");
  } finally {
    box.cleanup();
    box = outer;
  }
});
