/**
 * A run that failed, was interrupted or killed is listed with what it left, and a version can be made of it; a log is
 * taken as it is.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { ageBlobs } from "../../support/aged-cache.ts";
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

const TRAINER = `echo '{"params": {"depth": 3}}' >> "$MVGIT_LOG"
for i in 1 2; do echo "{\\"step\\": $i, \\"loss\\": 0.$i}" >> "$MVGIT_LOG"; echo "checkpoint $i" > weights.bin; done
exit 7
`;
const RUN = ["run", "spam", "--data", "data", "--weights", "weights.bin"];

async function project(): Promise<void> {
  box = await makeSandbox({ inProcess: true });
  box.write("work/train.sh", TRAINER);
  box.write("work/params.yaml", "lr: 0.1\n");
  box.write("work/data/a.txt", "1\n");
  await box.git("work", ["add", "train.sh", "params.yaml"]);
  await box.git("work", ["commit", "-qm", "code"]);
}

interface Listed {
  id: string;
  state: string;
  status: number | null;
  scores: Record<string, number>;
  why: string;
}

async function listed(): Promise<Listed[]> {
  return (JSON.parse((await box.mv("work", ["runs", "--json"])).stdout) as { runs: Listed[] }).runs;
}

it("of a failed one checkpoint, settings and curves are a version on the branch, which says how it ended", async () => {
  await project();
  const ran = await box.mv("work", [...RUN, "--", "sh", "train.sh"], 7);
  const [run] = await listed();
  expect(run).toMatchObject({
    state: "failed",
    status: 7,
    scores: { loss: 0.2 },
    why: "the command ended with status 7",
  });
  const { id } = run as Listed;
  expect(ran.stderr).toContain(`'mvgit save --run ${id}'`);
  const shown = JSON.parse(
    (await box.mv("work", ["runs", "show", id.slice(0, 5), "--plot", "loss", "--json"])).stdout,
  ) as Record<string, unknown>;
  expect(shown).toMatchObject({
    params: { lr: 0.1, depth: 3 },
    savable: true,
    plot: {
      points: [
        { x: 1, y: 0.1 },
        { x: 2, y: 0.2 },
      ],
    },
    weights: [{ path: "weights.bin", size: 13 }],
  });
  // Nobody sees it in a log of all refs, and gc of Git and of mvgit leave it whole, though the file is another one now.
  expect((await box.git("work", ["rev-list", "--count", "--all"])).stdout).toBe("1\n");
  box.write("work/weights.bin", "other bytes");
  ageBlobs(join(box.dir, "work/.git/mvgit"));
  await box.git("work", ["gc", "-q", "--prune=now"]);
  await box.mv("work", ["gc", "--emptied"]);
  box.write("work/weights.bin", "checkpoint 2\n");
  expect((await box.mv("work", ["save", "--run", id, "-m", "good enough"])).stdout).toContain("spam@v1");
  const pack = await packageOf(box, "HEAD");
  expect(pack).toMatchObject({
    message: "good enough",
    run: { status: 7, id, command: ["sh", "train.sh"] },
    params: { lr: 0.1, depth: 3 },
    metrics: { loss: 0.2 },
  });
  expect(pack.notes).toContain("the command ended with status 7");
  expect(await startTree(box, "work", "spam@v1")).toBe(pack.code.tree);
  expect((await box.mv("work", ["cat", "spam@v1:weights.bin"])).stdout).toBe("checkpoint 2\n");
  expect([
    (await box.git("work", ["status", "--porcelain"])).stdout,
    (await box.git("work", ["for-each-ref", "refs/mvgit"])).stdout,
    await listed(),
  ]).toEqual(["", "", []]);
  await box.mv("work", ["save", "--run", id], 1);
});

it("weights that it did not write are asked for again by the next run, and never put into Git", async () => {
  await project();
  await box.mv(
    "work",
    ["run", "spam", "--data", "data", "--weights", "weights.bin", "--weights", "head.bin", "--", "sh", "train.sh"],
    7,
  );
  const [{ id }] = (await listed()) as [Listed];
  await box.mv("work", ["save", "--run", id]);
  expect(await packageOf(box, "HEAD")).toMatchObject({
    weights: [{ path: "weights.bin" }],
    environment: { outputs: { lacking: ["head.bin"] } },
  });
  await box.mv("work", ["run", "spam", "--", "sh", "-c", "echo 1 > weights.bin; echo 2 > head.bin"]);
  const pack = await packageOf(box, "HEAD");
  expect([pack.weights.map(({ path }) => path), pack.environment["outputs"]]).toEqual([
    ["head.bin", "weights.bin"],
    undefined,
  ]);
  expect((await box.git("work", ["ls-files", "head.bin"])).stdout).toBe("");
});

it(
  "where the work tree went on meanwhile, the version has the code of the run, beside the branch, and touches " +
    "nothing",
  async () => {
    await project();
    await box.mv("work", [...RUN, "--", "sh", "train.sh"], 7);
    const [{ id }] = (await listed()) as [Listed];
    box.write("work/train.sh", "exit 0 # mended\n");
    box.write("work/weights.bin", "something else");
    const state = async (): Promise<string[]> => [
      (await box.git("work", ["status", "--porcelain"])).stdout,
      (await box.git("work", ["rev-parse", "HEAD"])).stdout,
      box.read("work/weights.bin").toString(),
    ];
    const before = await state();
    expect((await box.mv("work", ["save", "spam", "--run", id])).stderr).toContain(
      "'git merge spam@v1' brings it here",
    );
    expect(await state()).toEqual(before);
    expect((await box.git("work", ["show", "spam@v1:train.sh"])).stdout).toBe(TRAINER);
    expect((await box.git("work", ["rev-parse", "spam@v1~1"])).stdout).toBe(before[1]);
    expect((await box.mv("work", ["cat", "spam@v1:weights.bin"])).stdout).toBe("checkpoint 2\n");
    await box.mv("work", ["push", "--all"]);
    await box.mv("work", ["audit", "spam", "--verify"]);
  },
);

it("weights of an isolated run that the store does not take stay there, and can be saved from there", async () => {
  await project();
  const ran = await box.mv(
    "work",
    [
      "run",
      "spam",
      "--isolated",
      "--data",
      "data",
      "--weights",
      "link.bin",
      "--",
      "sh",
      "-c",
      "echo '{\"loss\": 1}' >> $MVGIT_LOG; echo hours > w.bin; ln -s w.bin link.bin",
    ],
    1,
  );
  const [, dir = ""] = /stays in '([^']+)'/.exec(ran.stderr) ?? [];
  expect(await listed()).toMatchObject([
    { state: "finished", status: 0, why: expect.stringContaining("symbolic link") },
  ]);
  const log = /--log (\S+)'/.exec(ran.stderr)?.[1] ?? "";
  await box.mv("work", ["-C", dir, "save", "spam", "--weights", "w.bin", "--log", log]);
  expect((await box.mv("work", ["cat", "spam@v1:w.bin"])).stdout).toBe("hours\n");
  expect(await packageOf(box, "spam@v1")).toMatchObject({ metrics: { loss: 1 } });
  await box.git("work", ["worktree", "remove", "--force", dir]);
});

it("a command that fails at once leaves no weights, and nothing of the work tree is taken for its own", async () => {
  await project();
  box.write("work/weights.bin", "of before");
  await box.mv("work", [...RUN, "--", "sh", "-c", "exit 1"], 1);
  const [{ id }] = (await listed()) as [Listed];
  await box.mv("work", ["save", "--run", id]);
  const { weights, notes } = await packageOf(box, "spam@v1");
  expect([weights, notes.join()]).toEqual([
    [],
    expect.stringContaining("'weights.bin' are not written by the command"),
  ]);
  expect(box.read("work/weights.bin").toString()).toBe("of before");
  expect((await box.mv("work", ["runs", "rm", id], 1)).stderr).toContain("no run");
});

it("a log that the user named is taken as it is, from where it stood, and stays", async () => {
  await project();
  box.env["MVGIT_LOG"] = "mine.jsonl";
  box.write("work/mine.jsonl", '{"loss": 99, "old": 1}\n');
  box.write("work/.git/info/exclude", "mine.jsonl\n");
  await box.mv("work", [...RUN, "--", "sh", "-c", "sh train.sh; true"]);
  expect(await packageOf(box, "spam@v1")).toMatchObject({ metrics: { loss: 0.2 }, params: { depth: 3 } });
  expect(box.read("work/mine.jsonl").toString().split("\n")[0]).toBe('{"loss": 99, "old": 1}');
  delete box.env["MVGIT_LOG"];
  box.write("kept/run.jsonl", '{"step": 1, "f1": 0.5}\n{"step": 2, "f1": 0.75, "params": {"seed": 4}}\n');
  await box.mv("work", ["save", "other", "--weights", "weights.bin", "--log", "../kept/run.jsonl"]);
  const curves = (await box.git("work", ["show", "other@v1:.mvgit/models/other.curves.jsonl"])).stdout;
  expect(
    curves
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { f1: number }).f1),
  ).toEqual([0.5, 0.75]);
  await box.mv("work", ["save", "third", "--weights", "weights.bin", "--log", "../none.jsonl"], 2);
  // So is one of the work tree, where files of scores are named.
  box.write("work/logs/run.jsonl", '{"step": 1, "f1": 0.5}\n{"step": 2, "f1": 0.75, "params": {"seed": 4}}\n');
  await box.mv("work", ["save", "third", "--weights", "weights.bin", "--metrics", "logs/run.jsonl"]);
  expect((await box.git("work", ["show", "third@v1:.mvgit/models/third.curves.jsonl"])).stdout).toBe(curves);
});

it("while one is in progress the next is refused, also when mvgit alone was killed; then it is told", async () => {
  await project();
  // Data that changed is taken in, and its pointer put back when mvgit was killed.
  await box.mv("work", ["add", "data"]);
  await box.git("work", ["commit", "-qm", "data"]);
  box.write("work/data/a.txt", "2\n");
  box.write(
    "work/wait.sh",
    "echo '{\"loss\": 4}' >> $MVGIT_LOG; echo ready; while [ ! -e ../go ]; do sleep 0.05; done; echo late > " +
      "weights.bin\n",
  );
  const child = spawn(process.execPath, [join(BIN, "mvgit"), ...RUN, "--", "sh", "wait.sh"], {
    cwd: join(box.dir, "work"),
    env: { ...hermeticEnv(box.dir), ...box.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const [{ id, state }] = (await listed()) as [Listed];
  expect(state).toBe("running");
  for (const args of [
    ["run", "other", "--weights", "o.bin", "--", "true"],
    ["save", "spam", "--weights", "weights.bin"],
  ]) {
    const refused = await box.mv("work", args, 25);
    expect(refused.stderr).toMatch(
      new RegExp(`run ${id} of 'spam' \\(sh wait.sh\\), since .* UTC, is in progress here[^]*--isolated`),
    );
  }
  await box.mv("work", ["runs", "rm", id], 25);
  expect((await box.mv("work", ["add", "weights.bin"], 25)).stderr).toContain(
    "cannot take in 'weights.bin', which that run writes",
  );
  expect((await box.mv("work", ["checkout"])).stderr).toContain(`run ${id} of 'spam'`);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  expect((await box.mv("work", ["run", "other", "--weights", "o.bin", "--", "true"], 25)).stderr).toMatch(
    /its mvgit was killed, and its command goes on as process \d+/,
  );
  box.write("go", "");
  await expect.poll(async () => (await listed())[0]?.state, { timeout: 60_000, interval: 200 }).toBe("killed");
  box.write("work/data/a.txt", "3\n");
  const next = await box.mv("work", [...RUN, "--", "sh", "-c", "echo new > weights.bin"]);
  expect(next.stderr).toContain(`run ${id} of 'spam' was killed`);
  // What stands there now is no more what it wrote.
  box.write("work/weights.bin", "late\n");
  await box.mv("work", ["save", "--run", id]);
  const pack = await packageOf(box, "spam@v2");
  expect(pack).toMatchObject({
    run: { id, status: 137, command: ["sh", "wait.sh"] },
    params: { lr: 0.1 },
    metrics: { loss: 4 },
    data: [{ path: "data" }],
  });
  expect(pack.notes.join()).toMatch(/mvgit was killed while the command ran.*'weights.bin' are those that stood there/);
  expect((await box.mv("work", ["cat", "spam@v2:weights.bin"])).stdout).toBe("late\n");
  expect((await box.mv("work", ["cat", "spam@v2:data/a.txt"])).stdout).toBe("2\n");
  expect(await startTree(box, "work", "spam@v2")).toBe(pack.code.tree);
  await box.mv("work", ["runs", "rm", "--all"]);
  expect(await listed()).toEqual([]);
});
