/** A stage's move killed at every step: run again, it is made once, here and at the host, and nothing is left over. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ROOT, runProgram } from "../support/cli.ts";
import { makeVersion } from "../support/versions.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
afterEach(() => box.cleanup());

async function prepare(): Promise<void> {
  box = await makeSandbox();
  for (const version of [1, 2, 3])
    await makeVersion({ cwd: join(box.dir, "work"), env: box.env }, { model: "spam", version });
  await box.mv("work", ["push"]);
  await box.git("work", ["push", "-q", "--no-verify", "origin", "HEAD", "--tags"]);
}

/** True when the command came to its end before that step. */
async function killedAt(at: number, args: readonly string[], folder = "work"): Promise<boolean> {
  const ran = await runProgram(
    "/bin/sh",
    [
      "-c",
      '"$@"; status=$?; [ $status = 137 ] && exit 37; exit $status',
      "sh",
      process.execPath,
      join(ROOT, "bin/mvgit"),
      ...args,
    ],
    { cwd: join(box.dir, folder), env: { ...box.env, MVGIT_FAULT: `kill@${at}` } },
  );
  expect([0, 37], ran.stderr).toContain(ran.status);
  return ran.status === 0;
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

describe("killed at every step", () => {
  it("of promote, then of rollback", async () => {
    await prepare();
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    let moves = 2;
    for (let at = 1, done = false; !done; at++) {
      done = true;
      for (const [args, held] of [
        [["promote", "spam@v3", "production", "-m", "good"], "v3 (was v2)"],
        [["rollback", "spam", "production"], "v2 (was v3)"],
      ] as const) {
        const ended = await killedAt(at, args);
        done &&= ended;
        if (!ended) await box.mv("work", args);
        expect(await settled(++moves), `${args[0]} killed at ${at}`).toBe(`spam production: ${held}`);
        expect(await events("host.git")).toEqual(await events("work"));
        expect(box.read("work/stages.yaml").toString()).toContain(
          `production: ${held.slice(1, 2)}  # event ${moves}\n`,
        );
      }
      if (done) expect(at).toBeGreaterThan(15);
    }
    expect((await box.mv("work", ["stage", "check"])).stdout).toContain("same");
  }, 300_000);

  it("without a Git host", async () => {
    await prepare();
    await box.git("work", ["remote", "remove", "origin"]);
    await box.mv("work", ["promote", "spam@v1", "production"]);
    await box.mv("work", ["promote", "spam@v2", "production"]);
    for (let at = 1, moves = 3, done = false; !done; at++, moves++) {
      const back = moves % 2 === 1;
      const args = back ? ["rollback", "spam", "production"] : ["promote", "spam@v2", "production"];
      done = await killedAt(at, args);
      if (!done) await box.mv("work", args);
      expect(await settled(moves), `killed at ${at}`).toBe(
        back ? "spam production: v1 (was v2)" : "spam production: v2 (was v1)",
      );
    }
  }, 300_000);

  it("of renumber: the version has one new number, on the branch", async () => {
    await prepare();
    await box.git(".", ["clone", "-q", "host.git", "other"]);
    for (const folder of ["work", "other"])
      await makeVersion({ cwd: join(box.dir, folder), env: box.env }, { model: "spam", version: 4, weights: folder });
    await box.git("work", ["push", "-q", "--no-verify", "origin", "spam@v4"]);
    const restore = box.keep();
    for (let at = 1, done = false; !done; at++) {
      done = await killedAt(at, ["renumber", "spam"], "other");
      await box.mv("other", ["renumber", "spam"]);
      await box.git("other", ["fetch", "-q", "--tags"]);
      const tags =
        (await box.git("other", ["tag", "--points-at", "HEAD"])).stdout +
        (await box.git("other", ["tag", "--list", "spam@*"])).stdout;
      expect(tags, `killed at ${at}`).toBe("spam@v5\nspam@v1\nspam@v2\nspam@v3\nspam@v4\nspam@v5\n");
      expect((await box.git("other", ["status", "--porcelain"])).stdout).toBe("");
      if (done) expect(at).toBeGreaterThan(4);
      restore();
    }
  }, 300_000);
});
