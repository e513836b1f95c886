/** Stages: moved by event tags, against a real Git host. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { drawTests } from "../support/thorough.ts";

let box: Sandbox;
const place = (folder: string): { cwd: string; env: Record<string, string> } => ({
  cwd: `${box.dir}/${folder}`,
  env: box.env,
});
const version = (number: number, more: object = {}): Promise<void> =>
  makeVersion(place("work"), { model: "spam", version: number, ...more });
const push = async (): Promise<void> => {
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
};
const held = async (folder: string): Promise<(number | null)[]> =>
  JSON.parse((await box.mv(folder, ["stages", "--json"])).stdout).stages.map(
    (each: { version: number }) => each.version,
  );

drawTests(2);

beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  for (const number of [1, 2, 3]) await version(number);
  await push();
});
afterEach(() => box.cleanup());

describe("promote and rollback", () => {
  it("move a label everywhere, and back two versions by two rollbacks", async () => {
    const { stdout } = await box.mv("work", ["promote", "spam@v1", "production", "-m", "the first"]);
    expect(stdout).toContain("spam#production is v1, event 1, confirmed by 'origin'");
    expect(stdout).toContain("remote 'store' has all of it");
    expect(stdout).toContain("stages.yaml committed and pushed");
    await box.mv("work", ["promote", "spam@v2", "production"]);
    await box.mv("work", ["promote", "spam@latest", "production"]);
    expect(box.read("work/stages.yaml").toString()).toContain("spam:\n  production: 3  # event 3\n");
    expect((await box.mv("work", ["rollback", "spam", "production", "-m", "worse"])).stdout).toContain(
      "is v2 (was v3)",
    );
    expect((await box.mv("work", ["rollback", "spam", "production"])).stdout).toContain("is v1 (was v2)");
    expect((await box.mv("work", ["rollback", "spam", "production"], 1)).stderr).toContain(
      "nothing was in spam#production before v1",
    );
    await box.git(".", ["clone", "-q", "host.git", "clone"]);
    expect(await held("clone")).toEqual([1]);
    expect((await box.mv("clone", ["stage", "check"])).stdout).toContain("same");
    const { stdout: moves } = await box.mv("clone", ["history", "spam#production"]);
    expect(moves).toMatch(/#4 {2}v3 -> v2 .*worse/);
    expect(moves.trimEnd().split("\n")).toHaveLength(5);
  });

  it("says so when there is nothing to move, and refuses what is not there", async () => {
    await box.mv("work", ["promote", "spam@v1", "production"]);
    expect((await box.mv("work", ["promote", "spam@v1", "production"])).stdout).toContain(
      "is v1 already; nothing was moved",
    );
    expect((await box.mv("work", ["promote", "spam@v9", "production"], 1)).stderr).toContain("the newest is v3");
    expect((await box.mv("work", ["promote", "spam#staging", "production"], 1)).stderr).toContain(
      "nothing is in spam#staging",
    );
    for (const bad of ["../x", "HEAD", "a@{1}", "x..y", "a.lock", "a".repeat(1_000)])
      await box.mv("work", ["promote", "spam@v1", bad], 2);
    await box.mv("work", ["promote", "--", "-x@v1", "production"], 2);
  });

  it("does not promote what the remote lacks", async () => {
    await version(4);
    const { stderr } = await box.mv("work", ["promote", "spam@v4", "production"], 23);
    expect(stderr).toContain("spam@v4 is not all in remote 'store': 'weights.bin' lacks blob");
    await box.mv("work", ["push"]);
    // The version's tag goes along with the event.
    await box.mv("work", ["promote", "spam@v4", "production"]);
    expect((await box.git("host.git", ["tag"])).stdout).toContain("spam@v4");
  });

  it("works without a Git host", async () => {
    await box.git("work", ["remote", "remove", "origin"]);
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    await box.mv("work", ["rollback", "spam", "production", "--to", "none"]);
    expect(await held("work")).toEqual([null]);
    // What was moved alone goes to a host that comes later, with the next move.
    await box.git("work", ["remote", "add", "origin", "../host.git"]);
    await box.mv("work", ["promote", "spam@v3", "production"]);
    expect((await box.git("host.git", ["tag", "--list", "spam#*"])).stdout.split("\n")).toHaveLength(5);
  });

  it("leaves edits of stages.yaml alone, and other staged work", async () => {
    await box.mv("work", ["promote", "spam@v1", "production"]);
    box.write("work/stages.yaml", "spam:\n  production: 3\n");
    box.write("work/other.txt", "x");
    await box.git("work", ["add", "other.txt"]);
    expect((await box.mv("work", ["promote", "spam@v2", "production"])).stdout).toContain("has changes of yours");
    expect(box.read("work/stages.yaml").toString()).toBe("spam:\n  production: 3\n");
    await box.git("work", ["checkout", "-q", "stages.yaml"]);
    await box.mv("work", ["promote", "spam@v1", "production"]);
    expect((await box.git("work", ["diff", "--cached", "--name-only"])).stdout).toBe("other.txt\n");
  });
});

describe("two people", () => {
  beforeEach(async () => {
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    await box.mv("other", ["remote", "add", "store", "../store"]);
  });

  it("a rollback that does not know of a newer move is refused once, a promote says what it saw", async () => {
    await box.mv("other", ["promote", "spam@v2", "production", "-m", "mine"]);
    const { stderr } = await box.mv("work", ["rollback", "spam", "production"], 21);
    expect(stderr).toContain("A Tester moved it to v2");
    expect((await box.mv("work", ["rollback", "spam", "production"])).stdout).toContain("is v1 (was v2)");
    expect((await box.mv("other", ["promote", "spam@v3", "production"])).stderr).toContain(
      "1 newer move of spam#production came from 'origin' first",
    );
  });

  it("at once: one winner, everyone else is told, and no number is used twice", async () => {
    await box.mv("work", ["promote", "spam@v3", "staging"]);
    const runs = await Promise.all(
      ["work", "other"].flatMap((folder) =>
        ["v1", "v2"].map((to) => box.mv(folder, ["promote", `spam@${to}`, "production", "--no-commit"], -1)),
      ),
    );
    expect(runs.every(({ status }) => status === 0 || status === 21)).toBe(true);
    for (const { stderr } of runs.filter(({ status }) => status === 21))
      expect(stderr).toMatch(/moved it to v[12] first|replaced/);
    await box.git("work", ["fetch", "-q", "--tags"]);
    const { stdout } = await box.mv("work", ["history", "spam", "production", "--json"]);
    expect(JSON.parse(stdout).problems).toEqual([]);
  });
});

describe("policy", () => {
  it("is that of the host's default branch, whatever is checked out", async () => {
    box.write(
      "work/.mvgit/config",
      `${box.read("work/.mvgit/config")}[mvgit "stage.production"]\n\trequires = staging\n\tmetric = accuracy>=0.92\n`,
    );
    await box.git("work", ["commit", "-qam", "policy"]);
    await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD"]);
    await box.git("work", ["checkout", "-q", "-b", "mine", "HEAD~1"]);
    const { stderr } = await box.mv("work", ["promote", "spam@v1", "production"], 1);
    expect(stderr).toContain("it was never in 'staging'");
    expect(stderr).toContain("its accuracy is 0.91");
    await box.mv("work", ["promote", "spam@v2", "production"], 1);
    await box.mv("work", ["promote", "spam@v2", "staging"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    // What was there once is always a way back.
    await box.mv("work", ["promote", "spam@v3", "staging"]);
    await box.mv("work", ["promote", "spam@v3", "production"]);
    await box.mv("work", ["rollback", "spam", "production"]);
  });
});

describe("stages.yaml", () => {
  beforeEach(async () => {
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
  });

  it("stage check tells a view that lags from an edit", async () => {
    const check = async (text: string): Promise<string> => {
      box.write("work/stages.yaml", text);
      return (await box.mv("work", ["stage", "check"], 1)).stdout;
    };
    expect(await check("spam:\n  production: 1  # event 1\n")).toContain("behind");
    expect(await check("spam:\n  production: 1  # event 2\n")).toContain("differs");
    expect(await check("spam:\n  production: 3  # event 2\n")).toContain("differs");
    box.write("work/stages.yaml", "spam: &a\n  production: *a\n");
    await box.mv("work", ["stage", "check"], 1);
    await box.mv("work", ["stage", "check", "--write"]);
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    await box.mv("work", ["stage", "check"]);
  });

  it("stage apply makes the events for a reviewed edit, once", async () => {
    box.write(
      "work/stages.yaml",
      box.read("work/stages.yaml").toString().replace("production: 2", "production: 1") + "  staging: 3\n",
    );
    await box.git("work", ["commit", "-qam", "reviewed"]);
    const { stdout } = await box.mv("work", [
      "stage",
      "apply",
      "--no-commit",
      "--base",
      "0".repeat(40),
      "-m",
      "review 12",
    ]);
    expect(stdout).toContain("spam#production is v1 (was v2)");
    expect(stdout).toContain("spam#staging is v3");
    await box.mv("work", ["stage", "check"]);
    expect((await box.mv("work", ["stage", "apply", "--no-commit"])).stdout).toContain("is v1 already");
  });

  it("stage apply refuses an edit that was reviewed against another state", async () => {
    box.write("work/stages.yaml", box.read("work/stages.yaml").toString().replace("production: 2", "production: 1"));
    await box.git("work", ["commit", "-qam", "reviewed"]);
    await box.mv("work", ["promote", "spam@v3", "production", "--no-commit"]);
    expect((await box.mv("work", ["stage", "apply"], 21)).stderr).toContain(
      "reviewed when v2 was there, and now v3 is",
    );
    expect(await held("work")).toEqual([3]);
  });
});
