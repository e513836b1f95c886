/** A stage's move killed at every step: run again, it is made once, here and at the host, and nothing is left over. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { killAtEveryStep } from "../support/crash.ts";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

async function prepare(): Promise<void> {
  box = await makeSandbox({ inProcess: true, inMemory: true });
  for (const version of [1, 2, 3])
    await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: "spam", version });
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
}

const events = async (folder: string): Promise<string[]> =>
  (await box.git(folder, ["for-each-ref", "--format=%(objectname) %(refname) %(subject)", "refs/tags/spam#*"])).stdout
    .trimEnd()
    .split("\n");

/** The newest subject, after it was seen that everything agrees. */
async function settled(moves: number): Promise<string> {
  const here = (await events("work")).toSorted((a, b) => numberOf(a) - numberOf(b));
  expect(here.map(numberOf)).toEqual(Array.from({ length: moves }, (_, index) => index + 1));
  expect(fs.readdirSync(join(box.dir, "work/.git/mvgit")).filter((name) => /move|lock/.test(name))).toEqual([]);
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  return (here.at(-1) as string).replace(/^\S+ \S+ /, "");
}

function numberOf(line: string): number {
  return Number(/#(\d+) /.exec(line)?.[1]);
}

/** Kills a move at every step, after `moves`; then it is made. */
async function killMove(args: readonly string[], moves: number, subject: string, isHosted = true): Promise<void> {
  await killAtEveryStep(box, { args, least: 15, most: isHosted ? 12 : 8 }, async (told) => {
    await box.mv("work", args);
    expect(await settled(moves + 1), told).toBe(`spam production: ${subject}`);
    if (!isHosted) return;
    expect(await events("host.git"), told).toEqual(await events("work"));
    expect(box.read("work/stages.yaml").toString(), told).toContain(
      `production: ${subject.slice(1, 2)}  # event ${moves + 1}\n`,
    );
  });
}

describe("killed at every step", () => {
  it("of promote, then of rollback", async () => {
    await prepare();
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    await killMove(["promote", "spam@v3", "production", "-m", "good"], 2, "v3 (was v2)");
    await killMove(["rollback", "spam", "production"], 3, "v2 (was v3)");
    expect((await box.mv("work", ["stage", "check"])).stdout).toContain("same");
  }, 300_000);

  it("without a Git host", async () => {
    await prepare();
    await box.git("work", ["remote", "remove", "origin"]);
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await killMove(["promote", "spam@v2", "production"], 1, "v2 (was v1)", false);
    await killMove(["rollback", "spam", "production"], 2, "v1 (was v2)", false);
  }, 300_000);

  it("of a note and of a retraction: it is said once, here and at the host", async () => {
    await prepare();
    const said = async (folder: string): Promise<string> =>
      (await box.git(folder, ["for-each-ref", "--format=%(objectname) %(refname) %(subject)", "refs/tags/spam@v2#*"]))
        .stdout;
    let made = "";
    for (const [args, subject] of [
      [["note", "spam@v2", "good"], "note"],
      [["retract", "spam@v2", "-m", "bad"], "retracted"],
    ] as const) {
      await killAtEveryStep(box, { args, least: 5, most: 8 }, async (told) => {
        await box.mv("work", args);
        const lines = (await said("work")).split("\n").filter((line) => line !== "");
        expect(lines, told).toHaveLength(made.split("\n").length);
        expect(lines.at(-1), told).toMatch(new RegExp(`spam v2: ${subject}$`));
        expect(await said("host.git"), told).toBe(await said("work"));
      });
      made = await said("work");
    }
  }, 300_000);

  it("of renumber: the version has one new number, on the branch", async () => {
    await prepare();
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    for (const folder of ["work", "other"])
      await makeVersion({ cwd: join(box.dir, folder), env: box.env }, { model: "spam", version: 4, weights: folder });
    await box.git("work", ["push", "-q", "--no-verify", "origin", "spam@v4"]);
    await killAtEveryStep(box, { args: ["renumber", "spam"], folder: "other", least: 4, most: 8 }, async (told) => {
      await box.mv("other", ["renumber", "spam"]);
      await box.git("other", ["fetch", "-q", "--tags"]);
      const tags =
        (await box.git("other", ["tag", "--points-at", "HEAD"])).stdout +
        (await box.git("other", ["tag", "--list", "spam@*"])).stdout;
      expect(tags, told).toBe("spam@v5\nspam@v1\nspam@v2\nspam@v3\nspam@v4\nspam@v5\n");
      expect((await box.git("other", ["status", "--porcelain"])).stdout, told).toBe("");
    });
  }, 300_000);
});
