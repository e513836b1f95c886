/** Merges of what versions and stages leave in the tree, by Git itself: merge, rebase and cherry-pick. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox, shareSandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
const release = async (folder: string, version: number, weights: string): Promise<void> => {
  box.write(`${folder}/.mvgit/models/spam.curves.jsonl`, `{"loss":${weights.length},"of":"${weights}"}\n`);
  await makeVersion({ cwd: join(box.dir, folder), env: box.env }, { model: "spam", version, weights });
};
const publish = async (folder: string, status = 0): Promise<void> =>
  void (await box.git(folder, ["push", "-q", "--atomic", "--no-verify", "origin", "HEAD", "--tags"], status));
const stagesFile = (folder: string): string => box.read(`${folder}/stages.yaml`).toString();
const commitEdit = async (folder: string, from: string, to: string): Promise<void> => {
  expect(stagesFile(folder)).toContain(from);
  box.write(`${folder}/stages.yaml`, stagesFile(folder).replace(from, to));
  await box.git(folder, ["commit", "-qam", `ask for '${to}'`]);
};

shareSandbox(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const version of [1, 2]) await release("work", version, `weights ${version}`);
  await box.mv("work", ["push"]);
  await publish("work");
  await box.mv("work", ["promote", "spam@v1", "production"]);
  await box.git(".", ["clone", "-q", "host.git", "other"]);
  await box.mv("other", ["init", "--no-hooks"]);
  await box.mv("other", ["remote", "add", "store", "../store"]);
  for (const folder of ["work", "other"]) await box.git(folder, ["config", "pull.rebase", "false"]);
  return box;
});

describe("stages.yaml", () => {
  it.each([
    ["merge", "--no-rebase"],
    ["rebase", "--rebase"],
  ])("moves of two people never conflict: %s", async (_, how) => {
    await box.mv("work", ["promote", "spam@v2", "production"]);
    await box.mv("work", ["promote", "spam@v2", "canary"]);
    expect((await box.mv("other", ["promote", "spam@v2", "staging"])).stdout).toContain("'git pull' first");
    await box.mv("other", ["rollback", "spam", "production"], 21);
    await box.mv("other", ["rollback", "spam", "production"]);
    await box.git("other", ["pull", "-q", how, "--no-edit"]);
    expect(stagesFile("other")).toMatch(
      /spam:\n {2}canary: 2 {2}# event 1\n {2}production: 1 {2}# event 3\n {2}staging: 2 {2}# event 1\n/,
    );
    expect((await box.mv("other", ["stage", "check"])).stdout).not.toContain("behind");
    await publish("other");
  });

  it("an edit for review comes through a merge with moves of other stages", async () => {
    await box.git("work", ["checkout", "-q", "-b", "review"]);
    await commitEdit("work", "production: 1", "production: 2");
    await box.git("work", ["checkout", "-q", "main"]);
    await box.mv("work", ["promote", "spam@v2", "staging"]);
    await box.git("work", ["merge", "-q", "--no-edit", "review"]);
    expect(stagesFile("work")).toContain("production: 2  # event 1\n  staging: 2  # event 1\n");
    expect((await box.mv("work", ["stage", "apply", "--no-commit"])).stdout).toContain(
      "spam#production is v2 (was v1)",
    );
  });

  it("an edit of a stage that was moved meanwhile is a conflict that says what to do", async () => {
    await box.git("work", ["checkout", "-q", "-b", "review"]);
    await commitEdit("work", "production: 1  # event 1", "production: 1");
    await commitEdit("work", "production: 1", "production: 2");
    await box.git("work", ["checkout", "-q", "main"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    await box.mv("work", ["rollback", "spam", "production"]);
    const { stdout, stderr } = await box.git("work", ["merge", "-q", "--no-edit", "review"], 1);
    expect(stdout + stderr).toContain("both sides changed 'spam#production'");
    // Nothing but the stage in question is between the markers.
    expect(stagesFile("work")).toMatch(
      /^<<<<<<< ours\n {2}production: 1 {2}# event \d+\n=======\n {2}production: 2\n>>>>>>> theirs\n/m,
    );
    await box.mv("work", ["stage", "check", "--write"]);
    await box.git("work", ["commit", "-qam", "merged"]);
    await box.mv("work", ["stage", "check"]);
  });
});

describe("a version that two people made", () => {
  it.each([
    ["merge", "--no-rebase"],
    ["rebase", "--rebase"],
  ])("the higher number is what the branch shows, its curves with it: %s", async (_, how) => {
    await release("work", 3, "mine");
    await publish("work");
    await release("other", 3, "theirs");
    await publish("other", 1);
    expect((await box.mv("other", ["renumber", "spam"])).stdout).toContain("spam@v4");
    // The weights themselves are a true conflict, which nobody can decide by a number.
    await box.git("other", ["pull", "-q", how, "--no-edit"], 1);
    expect(
      (await box.git("other", ["status", "--porcelain"])).stdout.split("\n").filter((line) => /^(UU|AA)/.test(line)),
    ).toEqual(["UU weights.bin.mvgit"]);
    expect(box.read("other/.mvgit/models/spam.yaml").toString()).toContain("version: 4\n");
    expect(box.read("other/.mvgit/models/spam.curves.jsonl").toString()).toContain("theirs");
  });

  it("cherry-pick", async () => {
    await release("work", 3, "mine");
    await box.git("work", ["checkout", "-q", "-b", "side", "HEAD~1"]);
    await release("work", 4, "mine");
    await box.git("work", ["checkout", "-q", "main"]);
    await box.git("work", ["cherry-pick", "side"]);
    expect(box.read("work/.mvgit/models/spam.yaml").toString()).toContain("version: 4\n");
    await box.git("work", ["checkout", "-q", "side"]);
    await box.git("work", ["cherry-pick", "--empty=keep", "main~1"], -1);
    expect(box.read("work/.mvgit/models/spam.yaml").toString()).toContain("version: 4\n");
  });
});

it("init adds the attributes that an older mvgit did not write, once", async () => {
  box.write("work/.gitattributes", "*.txt text\n*.mvgit merge=mvgit diff=mvgit text eol=lf\n");
  for (let time = 0; time < 2; time++) await box.mv("work", ["init", "--no-hooks"]);
  expect(box.read("work/.gitattributes").toString()).toBe(
    "*.txt text\n*.mvgit merge=mvgit diff=mvgit text eol=lf\n/stages.yaml merge=mvgit text eol=lf\n" +
      "/.mvgit/models/* merge=mvgit text eol=lf\n.gitignore merge=mvgit-ignore\n",
  );
});
