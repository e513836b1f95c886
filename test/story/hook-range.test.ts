/** `mvgit hooks run --range`: what CI runs, in the clones that CI makes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeSandbox, type Sandbox, someBytes } from "../support/sandbox.ts";

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox();
  await box.git("work", ["config", "mvgit.maxFileSize", "1k"]);
});
afterEach(() => box.cleanup());

async function commit(path: string, size: number, ...options: string[]): Promise<string> {
  box.write(`work/${path}`, someBytes(size));
  await box.git("work", ["add", "-f", path]);
  await box.git("work", ["commit", "-qm", path, ...options]);
  return (await box.git("work", ["rev-parse", "HEAD"])).stdout.trim();
}

interface Report {
  checked: number;
  findings: { path: string; kind: string; commit: string }[];
}

async function check(folder: string, range: string, status: number): Promise<Report> {
  return JSON.parse(
    (await box.mv(folder, ["-C", ".", "hooks", "run", "--range", range, "--json"], status)).stdout,
  ) as Report;
}

describe("a range of commits", () => {
  it("finds what --no-verify let in, also when a later commit removed it again", async () => {
    await commit("readme", 10);
    const culprit = await commit("big", 3000, "--no-verify");
    await box.git("work", ["rm", "-q", "big"]);
    await box.git("work", ["commit", "-qm", "removed"]);
    const { checked, findings } = await check("work", "HEAD~2..HEAD", 1);
    expect(checked).toBe(2);
    expect(findings).toMatchObject([{ path: "big", kind: "too-large", commit: culprit }]);
    expect((await box.mv("work", ["hooks", "run", "--range", "HEAD~2..HEAD"], 1)).stdout).toContain("git rebase -i");
    expect((await check("work", "HEAD..HEAD", 0)).checked).toBe(0);
  });

  it("does not blame it for what the history before had, renamed or merged in", async () => {
    await commit("old", 3000);
    await box.git("work", ["checkout", "-qb", "topic"]);
    await box.git("work", ["mv", "old", "renamed"]);
    await box.git("work", ["commit", "-qm", "renamed"]);
    await box.git("work", ["checkout", "-q", "main"]);
    await commit("more", 3000);
    await box.git("work", ["checkout", "-q", "topic"]);
    await box.git("work", ["merge", "-q", "--no-edit", "main"]);
    expect((await check("work", "main..topic", 0)).findings).toEqual([]);
  });

  it("finds raw bytes that a merge brings beside a pointer, and each thing once", async () => {
    await commit("readme", 10);
    await box.git("work", ["checkout", "-qb", "topic"]);
    await commit("w", 10);
    const culprit = await commit("big", 3000);
    await box.git("work", ["checkout", "-q", "main"]);
    box.write("work/w", "x");
    await box.mv("work", ["add", "--as-is", "w"]);
    await box.git("work", ["commit", "-qm", "tracked"]);
    await box.git("work", ["merge", "-q", "--no-edit", "topic"]);
    const { findings } = await check("work", "HEAD^..HEAD", 1);
    expect(findings.map(({ path, kind }) => [path, kind])).toEqual([
      ["big", "too-large"],
      ["w", "raw-bytes"],
    ]);
    expect(findings[0]?.commit).toBe(culprit);
  });

  it("is not needed: without a name and a range what is staged is checked", async () => {
    expect((await box.mv("work", ["hooks", "run"])).stdout).toMatch(/^\d+ staged changes? checked, nothing found$/m);
    expect((await box.mv("work", ["hooks", "run", "pre-push"], 2)).stderr).toContain("hint: leave the name out");
  });

  it("that does not exist, or is no range, is a usage error", async () => {
    await commit("readme", 10);
    await box.mv("work", ["hooks", "run", "--range", "origin/nowhere..HEAD"], 2);
    await box.mv("work", ["hooks", "run", "--range", "--all"], 2);
  });
});

/** As in docs/hooks.md. */
describe("in CI", () => {
  beforeEach(async () => {
    await commit("readme", 10);
    await box.git("work", ["push", "-q", "origin", "main"]);
    await box.git("work", ["checkout", "-qb", "topic"]);
    await commit("one", 10);
    await commit("big", 3000);
    // What GitHub checks out for a pull request: the merge of both.
    await box.git("work", ["checkout", "-q", "--detach", "main"]);
    await box.git("work", ["merge", "-q", "--no-ff", "--no-edit", "topic"]);
    await box.git("work", ["push", "-q", "origin", "HEAD:refs/pull/1/merge", "topic"]);
    await box.git(".", ["init", "-q", "ci"]);
    await box.git("ci", ["remote", "add", "origin", `file://${box.dir}/host.git`]);
    await box.git("ci", ["config", "mvgit.maxFileSize", "1k"]);
  });

  it("with all of the history, as 'fetch-depth: 0' makes it", async () => {
    await box.git("ci", [
      "fetch",
      "-q",
      "origin",
      "+refs/heads/*:refs/remotes/origin/*",
      "+refs/pull/1/merge:refs/remotes/pull/1/merge",
    ]);
    await box.git("ci", ["checkout", "-q", "refs/remotes/pull/1/merge"]);
    expect((await check("ci", "origin/main..HEAD", 1)).findings).toMatchObject([{ path: "big", kind: "too-large" }]);
  });

  it("with the last commit alone, as it is by default: refused, and told what to do", async () => {
    await box.git("ci", ["fetch", "-q", "--depth=1", "origin", "+refs/pull/1/merge:refs/remotes/pull/1/merge"]);
    await box.git("ci", ["checkout", "-q", "refs/remotes/pull/1/merge"]);
    expect((await box.mv("ci", ["hooks", "run", "--range", "origin/main..HEAD"], 2)).stderr).toContain(
      "CI often clones only the last commit",
    );
    await box.git("ci", ["fetch", "-q", "--depth=1", "origin", "+refs/heads/main:refs/remotes/origin/main"]);
    expect((await box.mv("ci", ["hooks", "run", "--range", "origin/main..HEAD"], 2)).stderr).toContain(
      "this clone is shallow, and its history ends inside of the range",
    );
    await box.git("ci", ["fetch", "-q", "--unshallow", "origin"]);
    expect((await check("ci", "origin/main..HEAD", 1)).findings).toMatchObject([{ path: "big" }]);
  });

  it("deep enough for the range is enough, and so is a clone without blobs", async () => {
    await box.git("host.git", ["config", "uploadpack.allowFilter", "true"]);
    await box.git("host.git", ["config", "uploadpack.allowAnySHA1InWant", "true"]);
    await box.git(".", [
      "clone",
      "-q",
      "--depth=3",
      "--no-single-branch",
      "--branch=topic",
      `file://${box.dir}/host.git`,
      "deep",
    ]);
    await box.git(".", [
      "clone",
      "-q",
      "--filter=blob:none",
      "--no-checkout",
      "--branch=topic",
      `file://${box.dir}/host.git`,
      "partial",
    ]);
    for (const folder of ["deep", "partial"]) {
      await box.git(folder, ["config", "mvgit.maxFileSize", "1k"]);
      expect((await check(folder, "origin/main..HEAD", 1)).findings).toMatchObject([{ path: "big" }]);
    }
  });
});
