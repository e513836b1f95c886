/**
 * Runs at the same time are apart: each in a scratch work tree, from one tree and one state of the data, and each with
 * what it made itself.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import type { SweepReport } from "../../../src/versions/sweep.ts";
import { BIN, hermeticEnv } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf, startTree } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
afterEach(() => {
  box.check();
  box.cleanup();
});

/** All write the same paths, one after the other and once more at their end. */
const TRAINER = `echo "$1 $2" > out/weights.bin
sleep 0.2
[ "$1 $2" = "0.3 5" ] && { echo "out of memory"; exit 9; }
cat data/a.txt >> out/weights.bin
echo "{\\"accuracy\\": 0.$2, \\"lr\\": $1}" > metrics.json
`;
const RUN = ["run", "spam", "--data", "data", "--weights", "out/weights.bin"];

async function project(): Promise<void> {
  box = await makeSandbox();
  box.write("work/train.sh", "exit 1");
  box.write("work/data/a.txt", "1\n");
  box.write("work/out/weights.bin", "mine");
  await box.git("work", ["add", "train.sh"]);
  await box.git("work", ["commit", "-qm", "code"]);
  // What is not committed counts as well.
  box.write("work/train.sh", TRAINER);
}

/** All that is the user's. */
async function state(): Promise<unknown[]> {
  const git = async (...args: string[]): Promise<string> => (await box.git("work", args)).stdout;
  const files = fs
    .readdirSync(join(box.dir, "work"), { recursive: true, encoding: "utf8" })
    .filter((name) => !/^\.git(\/|$)/.test(name))
    .sort();
  return [
    files,
    box.read("work/out/weights.bin").toString(),
    await git("status", "--porcelain"),
    await git("ls-files", "-s"),
    await git("rev-parse", "HEAD"),
    await git("worktree", "list"),
    fs.readdirSync(join(box.dir, ".tmp")),
  ];
}

async function listed(): Promise<{ id: string; state: string; settings: Record<string, unknown>; status: number }[]> {
  return (
    JSON.parse((await box.mv("work", ["runs", "--json"])).stdout) as {
      runs: { id: string; state: string; settings: Record<string, unknown>; status: number }[];
    }
  ).runs;
}

it(
  "a sweep of eight, four at a time: seven versions with their own bytes and numbers, one kept, and the work " +
    "tree as it was",
  async () => {
    await project();
    const before = await state();
    const sweep = ["--json", ...RUN, "--grid", "lr=0.1,0.3", "--grid", "depth=2,3,4,5", "-j", "4"];
    const command = ["--", "sh", "train.sh", "{lr}", "{depth}"];
    const ran = await box.mv("work", [...sweep, ...command], 1);
    const report = JSON.parse(ran.stdout) as SweepReport;
    expect(await state()).toEqual(before);
    expect([report.failed, report.runs.length, report.label]).toEqual([1, 8, null]);
    const made = report.runs.filter((each) => each.label !== null);
    expect(made.map(({ label }) => label).sort()).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `spam@v${number}`));
    const head = (await box.git("work", ["rev-parse", "HEAD"])).stdout;
    for (const {
      label,
      settings: { lr, depth },
    } of (made as { label: string; settings: Record<string, number> }[]).slice(2, 5)) {
      const pack = await packageOf(box, label);
      expect([pack.params, pack.metrics, pack.run?.command.slice(2)], label).toEqual([
        { lr, depth },
        { accuracy: Number(`0.${depth}`), lr },
        [String(lr), String(depth)],
      ]);
      expect((await box.mv("work", ["cat", `${label}:out/weights.bin`])).stdout).toBe(`${lr} ${depth}\n1\n`);
      expect([
        await startTree(box, "work", label),
        (await box.git("work", ["rev-parse", `${label}~1`])).stdout,
      ]).toEqual([pack.code.tree, head]);
    }
    const [kept] = await listed();
    expect(kept).toMatchObject({ state: "failed", status: 9, settings: { lr: 0.3, depth: 5 } });
    expect(ran.stderr).toMatch(
      /\[8\/8\] lr=0.3 depth=5: the command ended with status 9; it is kept as run .*\n {4}out of memory/,
    );
    await box.mv("work", ["save", "--run", kept?.id as string]);
    expect((await box.mv("work", ["cat", "spam@v8:out/weights.bin"])).stdout).toBe("0.3 5\n");
    expect(await state()).toEqual(before);
    // Once more it goes on with what lacks: the one that failed.
    const again = JSON.parse((await box.mv("work", [...sweep, "--continue", ...command], 1)).stdout) as SweepReport;
    expect(again.runs.map(({ label, state: how }) => label ?? how)).toEqual(
      report.runs.map(({ label, state: how }) => label ?? how),
    );
    expect((await box.git("work", ["tag", "--list", "spam@v*"])).stdout.trim().split("\n")).toHaveLength(8);
  },
);

it("with --best they are one version, that of the best, which lists them all and can be reproduced", async () => {
  await project();
  const ran = await box.mv(
    "work",
    [
      "--json",
      ...RUN,
      "--grid",
      "lr=0.3",
      "--grid",
      "depth=3,4,5",
      "--best",
      "accuracy",
      "--",
      "sh",
      "train.sh",
      "{lr}",
      "{depth}",
    ],
    1,
  );
  expect(JSON.parse(ran.stdout) as SweepReport).toMatchObject({
    label: "spam@v1",
    failed: 1,
    runs: [{ state: "finished", run: null }, { state: "made", label: "spam@v1" }, { state: "failed" }],
  });
  expect((await packageOf(box, "spam@v1")).metrics).toEqual({ accuracy: 0.4, lr: 0.3 });
  const lines = (await box.git("work", ["show", "spam@v1:.mvgit/models/spam.runs.jsonl"])).stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toMatchObject([
    { best: "accuracy:max" },
    { name: "lr=0.3 depth=3", chosen: false, status: "finished", metrics: { accuracy: 0.3 } },
    { chosen: true, params: { lr: 0.3, depth: 4 } },
    { status: "failed", chosen: false },
  ]);
  expect((await listed()).map((each) => each.state)).toEqual(["failed"]);
  box.env["MVGIT_LOG"] = join(box.dir, "one.jsonl");
  expect((await box.mv("work", [...RUN, "--grid", "n=1,2", "--", "sh", "train.sh", "{n}", "3"], 2)).stderr).toContain(
    "one file for every run",
  );
  delete box.env["MVGIT_LOG"];
  await box.mv("work", ["reproduce", "spam@v1"]);
  // One that has a version already may still be the best of them; and where none is to be chosen, each is one.
  const grid = async (depths: string, ...args: string[]): Promise<SweepReport> =>
    JSON.parse(
      (
        await box.mv("work", [
          "--json",
          ...RUN,
          "--grid",
          "lr=0.3",
          "--grid",
          `depth=${depths}`,
          ...args,
          "--",
          "sh",
          "train.sh",
          "{lr}",
          "{depth}",
        ])
      ).stdout,
    ) as SweepReport;
  expect(await grid("2,4", "--best", "accuracy:max", "--continue")).toMatchObject({
    label: "spam@v1",
    runs: [
      { label: null, state: "finished" },
      { label: "spam@v1", state: "made" },
    ],
  });
  expect(await grid("6", "--best", "none")).toMatchObject({ label: null, runs: [{ label: "spam@v2", state: "made" }] });
});

it("one Ctrl-C ends all, each is kept, nothing is left of their work trees; after a kill that is told", async () => {
  await project();
  const before = await state();
  box.write(
    "slow.sh",
    'echo "checkpoint $1" > out/weights.bin; touch "$2/started-$1"; while [ ! -e "$2/go" ]; do sleep 0.05; ' +
      'done; echo "{\\"accuracy\\": 1}" > metrics.json\n',
  );
  const sweep = [...RUN, "--grid", "n=1,2,3", "-j", "2", "--", "sh", join(box.dir, "slow.sh"), "{n}", box.dir];
  const start = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, [join(BIN, "mvgit"), ...sweep], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      stdio: "ignore",
      detached: true,
    });
  const began = async (): Promise<void> =>
    void (await expect
      .poll(() => box.exists("started-1") && box.exists("started-2"), { timeout: 60_000, interval: 50 })
      .toBe(true));
  const first = start();
  await began();
  // Beside it the work tree is free, also for a run there.
  await box.mv("work", [
    "run",
    "other",
    "--weights",
    "o.bin",
    "--data",
    "data",
    "--isolated",
    "--",
    "sh",
    "-c",
    "cat data/* > o.bin",
  ]);
  const ended = new Promise((resolve) => first.on("close", resolve));
  process.kill(-(first.pid as number), "SIGINT");
  expect(await ended).toBe(130);
  expect((await listed()).map((each) => each.state)).toEqual(["interrupted", "interrupted"]);
  expect(await state()).toEqual(before);
  const [{ id }] = (await listed()) as [Awaited<ReturnType<typeof listed>>[number]];
  await box.mv("work", ["save", "--run", id]);
  expect((await box.mv("work", ["cat", "spam@v1:out/weights.bin"])).stdout).toMatch(/^checkpoint [12]\n$/);
  for (const name of ["started-1", "started-2"]) fs.rmSync(join(box.dir, name));
  const second = start();
  await began();
  process.kill(-(second.pid as number), "SIGKILL");
  await new Promise((resolve) =>
    second.exitCode === null && second.signalCode === null ? second.on("close", resolve) : resolve(null),
  );
  expect((await listed()).map((each) => each.state).sort()).toEqual(["interrupted", "killed", "killed"]);
  box.write("go", "");
  await box.mv("work", sweep);
  // What the killed ones left stays for as long as they are listed.
  expect(await state()).not.toEqual(before);
  await box.mv("work", ["runs", "rm", "--all"]);
  expect(await state()).toEqual(before);
});

it("folders are made by the command, where it writes to them first, and again when it is reproduced", async () => {
  box = await makeSandbox();
  box.write("work/train.sh", "mkdir made && echo 1 > made/w.bin && echo '{\"a\": 1}' > made/scores.json\n");
  await box.git("work", ["add", "train.sh"]);
  await box.git("work", ["commit", "-qm", "code"]);
  const made = ["run", "made", "--weights", "made/w.bin", "--metrics", "made/scores.json"];
  await box.mv("work", [...made, "--isolated", "--", "sh", "train.sh"]);
  await box.mv("work", ["reproduce", "made@v1"]);
  await box.mv("work", [...made, "--", "sh", "train.sh"]);
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  expect((await box.git("work", ["ls-files", "made"])).stdout).toBe(
    "made/.gitignore\nmade/scores.json\nmade/w.bin.mvgit\n",
  );
});
