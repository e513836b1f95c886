/** MLflow scripts under `mvgit run`: what they recorded is in the version, and comes back. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readRuns, type RecordedRuns } from "../../src/values/recorded-runs.ts";
import { BIN, hermeticEnv, ROOT } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { packageOf } from "../support/trainer.ts";
import { drawTests } from "../support/thorough.ts";

drawTests(2);

let box: Sandbox;
afterEach(() => box.cleanup());

const PLAY = [process.execPath, join(ROOT, "test/support/mlflow/play.mjs")];
const runsOf = async (revision: string): Promise<RecordedRuns> =>
  readRuns(
    Buffer.from((await box.git("work", ["show", `${revision}:.mvgit/models/spam.runs.jsonl`])).stdout),
  ) as RecordedRuns;

describe("a recorded session of MLflow's client", () => {
  it("becomes one version: runs, curves, artifacts, models; 'show' prints and draws it", async () => {
    box = await makeSandbox();
    const ran = await box.mv("work", ["run", "spam", "--best", "accuracy:max", "--", ...PLAY]);
    expect(ran.stdout).toBe("spam@v1  accuracy 0.92\n");
    const pack = await packageOf(box, "spam@v1");
    expect(pack).toMatchObject({ params: { depth: 2 }, metrics: { accuracy: 0.92 } });
    expect(pack.notes).toEqual([expect.stringMatching(/play\.mjs' is outside of the work tree/)]);
    expect(pack.weights).toMatchObject([{ path: "mlflow/spam", files: 8 }]);
    const { runs, best } = await runsOf("spam@v1");
    expect(best).toBe("accuracy:max");
    expect(runs.map(({ name, chosen, status }) => [name, chosen, status])).toEqual([
      ["search", false, "finished"],
      ["depth 1", false, "finished"],
      ["depth 2", true, "finished"],
      ["depth 3", false, "finished"],
      ["run-5", false, "finished"],
    ]);
    expect(runs[4]).toMatchObject({
      datasets: [{ name: "mails", context: "training" }],
      models: [
        {
          id: expect.stringMatching(/^m-[0-9a-f]{32}$/),
          name: "classifier",
          registered: "spam-detector",
          folder: "runs/run-5/models/classifier",
        },
      ],
    });
    expect(box.read("work/mlflow/spam/artifacts/report.txt").toString()).toBe("artifact 2");
    expect(box.read("work/mlflow/spam/runs/depth-1/curves.jsonl").toString()).toBe(
      '{"step":0,"accuracy":0.5}\n{"step":1,"accuracy":0.51}\n{"step":2,"accuracy":0.52}\n',
    );
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/runs"))).toEqual([]);

    const shown = (await box.mv("work", ["show", "spam"])).stdout;
    for (const part of [
      "1 artifact (10 B) in mlflow/spam/artifacts",
      "runs by accuracy:max",
      "*   depth 2",
      "accuracy 0.92, depth=2",
    ])
      expect(shown).toContain(part);
    const drawn = (await box.mv("work", ["show", "spam", "--plot", "accuracy"])).stdout;
    expect(drawn).toContain("accuracy  0.9 -> 0.92, lowest 0.9, highest 0.92\n0.92 |");
    expect(Math.max(...drawn.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(drawn).toMatch(/^[\x20-\x7e\n]*$/);
    expect((await box.mv("work", ["show", "spam", "--plot", "nothing"], 2)).stderr).toContain("it has: accuracy");
  });

  it(
    "comes back in a clone, and the next run chooses by the same score, takes nothing of it for data, and " +
      "replaces it",
    async () => {
      box = await makeSandbox();
      await box.mv("work", ["run", "spam", "--best", "accuracy:min", "--", ...PLAY]);
      await box.mv("work", ["push"]);
      await box.git("work", ["push", "-q", "origin", "main", "spam@v1"]);
      await box.git(".", ["clone", "-q", "host.git", "clone"]);
      await box.mv("clone", ["init", "--no-hooks", "--remote", "../store"]);
      await box.mv("clone", ["pull"]);
      expect(box.read("clone/mlflow/spam/artifacts/report.txt").toString()).toBe("artifact 1");
      const ran = await box.mv("work", ["run", "spam"]);
      const pack = await packageOf(box, "spam@v2");
      expect([pack.data, pack.weights.map(({ path }) => path), pack.params]).toEqual([
        [],
        ["mlflow/spam"],
        { depth: 1 },
      ]);
      expect(ran.stderr).toMatch(/^running as the last run did: .+\nwarning: .+ is outside of the work tree, .+\n$/);
    },
  );

  it("is recorded again by reproduce, and compared", async () => {
    box = await makeSandbox();
    await box.mv("work", ["run", "spam", "--best", "accuracy:min", "--", ...PLAY]);
    const { verdict, scores, weights } = JSON.parse(
      (await box.mv("work", ["reproduce", "spam@v1", "--json"], -1)).stdout,
    ) as { verdict: string; scores: object[]; weights: { path: string; found: string | null }[] };
    expect(scores).toMatchObject([{ name: "accuracy" }]);
    expect([verdict, weights.map(({ path, found }) => [path, found !== null])]).toEqual([
      "identical",
      [["mlflow/spam", true]],
    ]);
    expect(fs.readdirSync(join(box.dir, "work/.git/mvgit/runs"))).toEqual([]);
  });

  it("whose artifacts no system could store together makes a version all the same, and tells where", async () => {
    box = await makeSandbox();
    box.write(
      "clash.mjs",
      `const base = process.env.MLFLOW_TRACKING_URI;
const send = (path, method, body) => fetch(base + "/api/2.0/" + path, { method, body });
const call = async (path, body) => (await send("mlflow/" + path, "POST", JSON.stringify(body))).json();
const { run } = await call("runs/create", { experiment_id: "0" });
await call("runs/log-metric", { run_id: run.info.run_id, key: "acc", value: 1, timestamp: 1 });
const folder = "mlflow-artifacts/artifacts" + run.info.artifact_uri.slice(17);
for (const name of ["A.txt", "a.txt"]) await send(folder + "/" + name, "PUT", name);
`,
    );
    await box.mv("work", ["run", "spam", "--", process.execPath, "../clash.mjs"]);
    const { notes, metrics, weights } = await packageOf(box, "spam@v1");
    expect([metrics, weights]).toEqual([{ acc: 1 }, []]);
    const note = notes.find((each) => each.includes("MLflow's artifacts are not part")) as string;
    expect(fs.readdirSync(/kept in '([^']+)'/.exec(note)?.[1] as string)).toContain("ready");
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    expect(box.exists("work/mlflow/spam")).toBe(false);
  });

  it("is kept, and its place said, when the command fails; a second run is not in its way", async () => {
    box = await makeSandbox();
    const ran = await box.mv("work", ["run", "spam", "--", ...PLAY, "fail"], 3);
    const kept = [...ran.stderr.matchAll(/what MLflow recorded is kept in '([^']+)'/g)].map(
      ([, file]) => file as string,
    );
    expect(kept.map((file) => fs.existsSync(file))).toEqual([true, true]);
    expect(fs.readFileSync(kept[0] as string, "utf8")).toContain('"key":"accuracy"');
    expect(fs.statSync(kept[0] as string).mode & 0o077).toBe(0);
    await box.mv("work", ["run", "spam", "--", ...PLAY]);
    expect((await packageOf(box, "spam@v1")).notes.join()).toContain("'--best METRIC:max' chooses");
  });

  it("is on the disk within seconds, so that it outlives mvgit and its program killed together", async () => {
    box = await makeSandbox();
    box.write("hang.mjs", `await import(${JSON.stringify(PLAY[1])}); setInterval(() => undefined, 1000);`);
    const child = spawn(process.execPath, [join(BIN, "mvgit"), "run", "spam", "--", process.execPath, "../hang.mjs"], {
      cwd: join(box.dir, "work"),
      env: { ...hermeticEnv(box.dir), ...box.env },
      detached: true,
      stdio: "ignore",
    });
    const folder = join(box.dir, "work/.git/mvgit/runs");
    const journal = (): string =>
      (fs.existsSync(folder) ? fs.readdirSync(folder, { recursive: true, encoding: "utf8" }) : [])
        .filter((name) => name.endsWith(".mlflow.jsonl"))
        .map((name) => fs.readFileSync(join(folder, name), "utf8"))
        .join("");
    try {
      await expect.poll(journal, { timeout: 30_000, interval: 100 }).toContain("registered-models/alias");
    } finally {
      process.kill(-(child.pid as number), "SIGKILL");
    }
    expect(
      journal()
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { method: string }).method),
    ).toHaveLength(30);
  });

  it("goes past a folder of the user's own, and is kept beside it", async () => {
    box = await makeSandbox();
    box.write("work/mlflow/spam/mine.txt", "mine");
    await box.mv("work", ["run", "spam", "--", ...PLAY]);
    expect(box.read("work/mlflow/spam/mine.txt").toString()).toBe("mine");
    const note = (await packageOf(box, "spam@v1")).notes.find((each) => each.includes("in the way")) as string;
    expect(fs.existsSync(/kept in '([^']+)'/.exec(note)?.[1] as string)).toBe(true);
  });

  it("is left to a server of the user's own, which is only noted", async () => {
    box = await makeSandbox();
    box.env["MLFLOW_TRACKING_URI"] = "http://user:secret-word@tracker.example";
    await box.mv("work", ["run", "spam", "--", "sh", "-c", 'echo "$MLFLOW_TRACKING_URI" > seen.txt']);
    expect(box.read("work/seen.txt").toString()).toBe("http://user:secret-word@tracker.example\n");
    expect((await packageOf(box, "spam@v1")).notes.join()).toContain("MLFLOW_TRACKING_URI was set");
  });

  it("finds the server past a proxy, and no secret of it in the version", async () => {
    box = await makeSandbox();
    box.env["http_proxy"] = "http://127.0.0.1:9";
    await box.mv("work", [
      "run",
      "spam",
      "--",
      "sh",
      "-c",
      'echo "$no_proxy" > proxies.txt; echo "$MLFLOW_TRACKING_URI" > ../uri.txt',
    ]);
    expect(box.read("work/proxies.txt").toString()).toBe("127.0.0.1\n");
    const secret = new URL(box.read("uri.txt").toString().trim()).pathname.slice(1);
    expect(secret).toHaveLength(32);
    expect((await box.git("work", ["grep", "-l", secret, "spam@v1"], -1)).stdout).toBe("");
  });
});
