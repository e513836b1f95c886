/**
 * What a run lays out in `mlflow/MODEL` makes room for itself alone: what the training, or anybody else, wrote there
 * stays.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runProgram } from "../../support/cli.ts";
import { makeSandbox, type Sandbox } from "../../support/sandbox.ts";
import { packageOf } from "../../support/trainer.ts";
import { drawTests } from "../../support/thorough.ts";

drawTests(2);

let box: Sandbox;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("client.mjs", CLIENT);
});
afterEach(() => box.cleanup());

/**
 * Records a run with these artifacts, `path=text`, as MLflow's client does; before that it does what a line of shell
 * says.
 */
const CLIENT = `import { execSync } from "node:child_process";
const [shell, ...artifacts] = process.argv.slice(2);
execSync(shell, { stdio: "inherit" });
const url = process.env.MLFLOW_TRACKING_URI;
const send = (path, method, body) => fetch(url + "/api/2.0/" + path, { method, body });
const ask = async (path, body) => (await send("mlflow/" + path, "POST", JSON.stringify(body))).json();
const { run } = await ask("runs/create", { experiment_id: "0", start_time: 1, run_name: "r" });
for (const each of artifacts) {
  const [path, text] = each.split("=");
  const answer = await send("mlflow-artifacts/artifacts/0/" + run.info.run_id + "/artifacts/" + path, "PUT", text);
  if (answer.status !== 200) process.exit(1);
}
await ask("runs/update", { run_id: run.info.run_id, status: "FINISHED", end_time: 2 });
`;

const run = async (shell: string, ...artifacts: string[]): Promise<string> =>
  (await box.mv("work", ["run", "spam", "--", process.execPath, "../client.mjs", shell, ...artifacts])).stderr;

function files(): Record<string, string> {
  const root = join(box.dir, "work/mlflow/spam");
  const all = fs.readdirSync(root, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    all
      .map((each) => join(each.parentPath, each.name))
      .sort()
      .map((file) => [file.slice(root.length + 1), fs.readFileSync(file, "utf8")]),
  );
}

it("what the training wrote there stays, and is part of the version; what mvgit laid out before goes", async () => {
  await run("true", "report.txt=one", "old.txt=old");
  expect(files()).toEqual({ "artifacts/old.txt": "old", "artifacts/report.txt": "one" });
  const told = await run(
    "mkdir -p mlflow/spam/mine && echo kept > mlflow/spam/mine/best.ckpt && echo beside > " +
      "mlflow/spam/artifacts/beside.txt && echo rewritten > mlflow/spam/artifacts/old.txt",
    "report.txt=two",
  );
  expect(told).not.toContain("report-2");
  const expected = {
    "artifacts/beside.txt": "beside\n",
    "artifacts/old.txt": "rewritten\n",
    "artifacts/report.txt": "two",
    "mine/best.ckpt": "kept\n",
  };
  expect(files()).toEqual(expected);
  expect((await packageOf(box, "spam@v2")).weights).toMatchObject([{ path: "mlflow/spam", files: 4 }]);
  expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
  // Nor does a later one take it for its own, be it ever so equal to what the version has.
  await run("echo beside > mlflow/spam/artifacts/beside.txt", "report.txt=three");
  expect(files()).toEqual({
    "artifacts/beside.txt": "beside\n",
    "artifacts/report.txt": "three",
    "mine/best.ckpt": "kept\n",
  });
});

it("an artifact whose place is taken gets a free name, and a note", async () => {
  await run("true", "report.txt=one");
  const told = await run(
    "echo own > mlflow/spam/artifacts/report.txt; echo file > mlflow/spam/artifacts/plots",
    "report.txt=two",
    "plots/a.txt=a",
  );
  expect(told).toContain("MLflow's 'artifacts/report.txt' is 'artifacts/report-2.txt' in this version");
  expect(told).toContain("MLflow's 'artifacts/plots/a.txt' is 'artifacts/plots-2/a.txt'");
  expect(files()).toEqual({
    "artifacts/report.txt": "own\n",
    "artifacts/report-2.txt": "two",
    "artifacts/plots": "file\n",
    "artifacts/plots-2/a.txt": "a",
  });
  const linked = await run("ln -s /etc mlflow/spam/artifacts/etc", "etc/x.txt=x");
  expect(linked).toContain("it holds symbolic links");
  expect(fs.readlinkSync(join(box.dir, "work/mlflow/spam/artifacts/etc"))).toBe("/etc");
  expect(files()).toMatchObject({ "artifacts/report.txt": "own\n", "artifacts/report-2.txt": "two" });
});

it(
  "a folder that the training made itself in the first run is laid out into; one that stood there before is " +
    "left alone",
  async () => {
    await run("mkdir -p mlflow/spam && echo own > mlflow/spam/own.txt", "report.txt=one");
    expect(files()).toEqual({ "artifacts/report.txt": "one", "own.txt": "own\n" });
    box.write("work/mlflow/ham/theirs.txt", "theirs");
    const { stderr } = await box.mv("work", [
      "run",
      "ham",
      "--",
      process.execPath,
      "../client.mjs",
      "true",
      "report.txt=one",
    ]);
    expect(stderr).toContain("'mlflow/ham' is not tracked by mvgit and in the way");
    expect(box.read("work/mlflow/ham/theirs.txt").toString()).toBe("theirs");
  },
);

it("the user's changes that nothing holds stay; all comes back where the folder cannot be taken in", async () => {
  await run("true", "report.txt=one", "old.txt=old");
  box.write("work/mlflow/spam/artifacts/old.txt", "changed by hand");
  await run("true", "report.txt=two");
  expect(files()).toEqual({ "artifacts/old.txt": "changed by hand", "artifacts/report.txt": "two" });
  const told = await run("mkdir mlflow/spam/.git", "report.txt=three");
  expect(told).toContain("MLflow's artifacts are not part of this version");
  expect(files()).toMatchObject({ "artifacts/old.txt": "changed by hand", "artifacts/report.txt": "two" });
});

it("a file or a link called 'mlflow' stops no run, and no artifact is lost", async () => {
  for (const make of ["echo x > mlflow", "rm mlflow; ln -s /tmp mlflow"]) {
    await runProgram("sh", ["-c", make], { cwd: join(box.dir, "work"), env: box.env });
    expect(await run("true")).not.toContain("artifacts");
    expect(await run("true", "report.txt=one")).toContain(
      "MLflow's artifacts are not part of this version, and kept in",
    );
  }
});
