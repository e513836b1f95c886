/** `mvgit import mlflow`: from a file store and from a server. The real program is asked in mlflow-real.test.ts. */
import * as fs from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalServer, serveLocally, bodyUpTo } from "../../src/base/loopback.ts";
import { answer } from "../../src/mlflow/recorder.ts";
import { Recording } from "../../src/mlflow/state.ts";
import type { Package } from "../../src/values/package.ts";
import { makeFileStore, RUN } from "../support/mlflow/store.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";

let box: Sandbox;
let commit: string;
beforeEach(async () => {
  box = await makeSandbox({ inProcess: true });
  box.write("work/train.py", "print(1)\n");
  await box.git("work", ["add", "."]);
  await box.git("work", ["commit", "-qm", "code"]);
  commit = (await box.git("work", ["rev-parse", "HEAD"])).stdout.trim();
  makeFileStore(box, commit);
});
afterEach(() => box.cleanup());

const packageAt = async (label: string): Promise<Package> =>
  parse((await box.git("work", ["show", `${label}:.mvgit/models/${label.replace(/@.*/, "")}.yaml`])).stdout) as Package;
const refs = async (): Promise<string> =>
  (await box.git("work", ["for-each-ref", "--format=%(objectname) %(refname)"])).stdout;

describe("a file store", () => {
  it("becomes versions and stages with MLflow's numbers, code, scores, times and authors, on no branch", async () => {
    const ran = await box.mv("work", ["import", "mlflow", "../mlruns"], 23);
    expect(ran.stdout).toContain("taken    spam-detector@v1  2 files");
    expect(ran.stdout).toContain("spam-detector#champion holds v2, alias 'champion' in MLflow");
    expect(ran.stderr).toContain(
      "cannot import 'spam-detector@v4': 1 of its artifacts could not be had, such as 's3://bucket/none'",
    );
    expect((await box.git("work", ["status", "--porcelain"])).stdout).toBe("");
    expect((await box.git("work", ["rev-parse", "HEAD"])).stdout.trim()).toBe(commit);

    const first = await packageAt("spam-detector@v1");
    expect(first).toMatchObject({
      time: "2026-11-18T11:06:41.000Z",
      author: "ada <ada>",
      from: null,
      message: "train 0",
      code: { commit, changed: false },
      notes: [],
      params: { C: 0.5, api_key: "${API_KEY}" },
      metrics: { loss: "nan", "val/acc": 0.8 },
      environment: { mlflow: { run: RUN[0], model: "Spam Detector", version: 1 } },
    });
    expect((await box.git("work", ["log", "-1", "--format=%an %aI %cn", "spam-detector@v1"])).stdout).toBe(
      "ada 2026-11-18T11:06:41+00:00 A Tester\n",
    );
    expect((await box.git("work", ["show", "spam-detector@v1:train.py"])).stdout).toBe("print(1)\n");
    expect((await box.git("work", ["show", "spam-detector@v1:.mvgit/models/spam-detector.curves.jsonl"])).stdout).toBe(
      '{"step":0,"loss":1}\n{"step":1,"loss":0.5}\n{"step":2,"loss":"nan"}\n',
    );
    expect(await packageAt("spam-detector@v2")).toMatchObject({
      from: 1,
      message: "much better",
      notes: ["MLflow did not note which code it was made with"],
    });
    expect((await box.mv("work", ["history", "spam-detector", "production"])).stdout).toMatch(
      /#1 {2}- -> v1 {2}2026-11-18 11:06 .*imported from MLflow: stage 'Production'/,
    );
    await box.mv("work", ["fsck"]);

    await box.git("work", ["checkout", "-q", "spam-detector@v2"]);
    await box.mv("work", ["checkout"]);
    expect(box.read("work/mlflow/spam-detector/models/classifier/model.bin").toString()).toBe("weights 1");
    expect(box.read("work/mlflow/spam-detector/artifacts/report.txt").toString()).toBe("report");
  });

  it("is only looked at with '--dry-run', and never changed", async () => {
    const before = [await refs(), fs.readdirSync(join(box.dir, "mlruns"), { recursive: true }).sort().join()];
    const ran = await box.mv("work", ["import", "mlflow", "../mlruns", "--dry-run"], 23);
    expect(ran.stdout).toContain("would take 4 files");
    expect(ran.stdout).toContain("spam-detector#production would hold v1");
    expect([await refs(), fs.readdirSync(join(box.dir, "mlruns"), { recursive: true }).sort().join()]).toEqual(before);
    expect((await box.mv("work", ["fsck"])).stdout).toContain("0 blobs");
  });

  it("a second time adds only what is new, and what the first could not have", async () => {
    await box.mv("work", ["import", "mlflow", ".."], 23);
    const before = await refs();
    await box.mv("work", ["import", "mlflow", ".."], 23);
    expect(await refs()).toBe(before);
    const ran = await box.mv("work", ["import", "mlflow", "..", "--partial"]);
    expect(ran.stdout).toMatch(/unchanged +spam-detector@v1/);
    expect(await packageAt("spam-detector@v4")).toMatchObject({
      from: 2,
      weights: [],
      notes: [
        "MLflow did not note which code it was made with",
        "MLflow had no artifacts of it: this version has no weights",
        "missing when it was imported: 's3://bucket/none' cannot be read as files",
      ],
    });
  });

  it("gives way to numbers and stages that are taken", async () => {
    box.write("work/w.bin", "w");
    await box.mv("work", ["save", "spam-detector", "--weights", "w.bin"]);
    await box.mv("work", ["push"]);
    await box.mv("work", ["promote", "spam-detector@v1", "champion"]);
    const ran = await box.mv("work", ["import", "mlflow", "..", "--partial"]);
    expect(ran.stdout).toContain("note: version 1 in MLflow is spam-detector@v2 here, since that number is taken");
    expect(ran.stdout).toContain("note: spam-detector#champion was left as it is: it was moved by mvgit already");
    expect((await box.mv("work", ["stages"])).stdout).toMatch(/#champion +v1/);
    expect((await packageAt("spam-detector@v2")).metrics).toEqual({ loss: "nan", "val/acc": 0.8 });
    expect((await packageAt("spam-detector@v1")).environment["mlflow"]).toBeUndefined();
  });

  it("gives runs of an experiment as versions of a model of its name; one without artifacts says so", async () => {
    fs.rmSync(join(box.dir, "mlruns/models"), { recursive: true });
    box.write(
      `mlruns/129613742770628390/${"a".repeat(32)}/meta.yaml`,
      "run_id: x\nstatus: 4\nlifecycle_stage: active\nrun_name: broken\nstart_time: 5\n",
    );
    const ran = await box.mv("work", ["import", "mlflow", "../mlruns", "--experiment", "spam filter"]);
    expect(ran.stdout).toMatch(/taken +spam-filter@v3 +0 files, 0 B +without artifacts/);
    expect(ran.stdout).toMatch(/skipped +spam filter: broken .*it is failed/);
    expect((await packageAt("spam-filter@v3")).notes).toContain(
      "MLflow had no artifacts of it: this version has no weights",
    );
    expect((await box.mv("work", ["import", "mlflow", "../mlruns", "--experiment", "nothing"], 1)).stderr).toContain(
      "there is no such experiment",
    );
  });

  it("that leads out of its folder, or is no store, is refused", async () => {
    box.write("secret.txt", "secret");
    const folder = `mlruns/129613742770628390/${RUN[0]}`;
    fs.symlinkSync(join(box.dir, "secret.txt"), join(box.dir, folder, "artifacts/link.txt"));
    fs.rmSync(join(box.dir, `mlruns/129613742770628390/${RUN[1]}/artifacts`), { recursive: true });
    fs.symlinkSync(box.dir, join(box.dir, `mlruns/129613742770628390/${RUN[1]}/artifacts`));
    box.write(
      "mlruns/models/Spam Detector/version-4/meta.yaml",
      `name: x\nversion: 4\nrun_id: ${RUN[2]}\nsource: file://${box.dir}\n`,
    );
    box.write("mlruns/models/spam detector/meta.yaml", "name: spam detector\n");
    const ran = await box.mv("work", ["import", "mlflow", "../mlruns"], 3);
    expect(ran.stdout).toMatch(/missing +spam-detector@v1/);
    expect(ran.stdout).toMatch(/missing +spam-detector@v4/);
    expect(ran.stderr).toContain("is outside of");
    expect(ran.stderr).toContain("its name would be that of 'Spam Detector', 'spam-detector'");
    expect((await box.git("work", ["grep", "-c", "secret", "spam-detector@v2"], -1)).stdout).toBe("");
    expect((await box.mv("work", ["import", "mlflow", "."], 2)).stderr).toContain("holds no runs of MLflow");
    expect((await box.mv("work", ["import", "mlflow", "../secret.txt"], 2)).stderr).toContain(
      "neither a folder, a SQLite file nor an address",
    );
    box.write("mlflow.db", "SQLite format 3\0rest");
    expect((await box.mv("work", ["import", "mlflow", "../mlflow.db"], 1)).stderr).toContain(
      "'mlflow', which is not on PATH",
    );
  });
});

describe("a server", () => {
  let server: LocalServer | null = null;
  afterEach(async () => server?.close());

  /** MLflow's API over a recording, two entries a page, with the addresses of artifacts that only a true server has. */
  async function serve(recording: Recording, files: Record<string, string>): Promise<string> {
    server = await serveLocally(async ({ method, path, query, headers, body }) => {
      if (headers.authorization !== `Basic ${Buffer.from("ada:pw").toString("base64")}`)
        return { status: 401, body: "{}" };
      const name = query.get("path") ?? "";
      if (path === "/get-artifact")
        return files[name] === undefined ? { status: 500, body: "{}" } : { status: 200, body: files[name] as string };
      if (path.endsWith("artifacts/list")) {
        const below = Object.keys(files)
          .filter((each) => each.startsWith(name === "" ? "" : `${name}/`))
          .map((each) => each.slice(name === "" ? 0 : name.length + 1).split("/"));
        const names = [...new Map(below.map((parts) => [parts[0] as string, parts.length > 1]))];
        return {
          status: 200,
          body: JSON.stringify({
            files: names.map(([each, isFolder]) => ({
              path: name === "" ? each : `${name}/${each}`,
              is_dir: isFolder,
              file_size: "3",
            })),
          }),
        };
      }
      const sent =
        method === "GET"
          ? Object.fromEntries(query)
          : (JSON.parse((await bodyUpTo(body, 1e6))?.toString() ?? "") as Record<string, unknown>);
      const { status, body: answered } = answer(recording, { method, path, body: { ...sent, max_results: 2 } });
      return { status, body: JSON.stringify(answered) };
    });
    return server.url;
  }

  function call(recording: Recording, path: string, body: Record<string, unknown>): Record<string, never> {
    const { status, body: answered } = answer(recording, { method: "POST", path: `/api/2.0/mlflow/${path}`, body });
    expect(status).toBe(200);
    return answered as Record<string, never>;
  }

  function record(): Recording {
    const recording = new Recording(() => 1_795_000_000_000);
    call(recording, "registered-models/create", { name: "it's spam" });
    for (let at = 0; at < 3; at++) {
      const { info } = call(recording, "runs/create", { experiment_id: "0", run_name: `r${at}`, user_id: "ada" })[
        "run"
      ] as unknown as { info: { run_id: string; artifact_uri: string } };
      call(recording, "runs/log-batch", {
        run_id: info.run_id,
        metrics: Array.from({ length: 5 }, (_, step) => ({
          key: "loss",
          step,
          timestamp: step,
          value: at + 1 / (step + 1),
        })),
        params: [{ key: "C", value: "1" }],
      });
      call(recording, "runs/update", { run_id: info.run_id, status: "FINISHED", end_time: 1_795_000_001_000 });
      call(recording, "model-versions/create", {
        name: "it's spam",
        run_id: info.run_id,
        source: `${info.artifact_uri}/model`,
      });
    }
    call(recording, "registered-models/alias", { name: "it's spam", alias: "champion", version: "3" });
    return recording;
  }

  it("is read page by page, with MLflow's variables as credentials", async () => {
    const url = await serve(record(), { "model/model.bin": "abc", "a b.txt": "xyz" });
    expect((await box.mv("work", ["import", "mlflow", url], 22)).stderr).toContain("MLFLOW_TRACKING_USERNAME");
    Object.assign(box.env, { MLFLOW_TRACKING_USERNAME: "ada", MLFLOW_TRACKING_PASSWORD: "pw" });
    const ran = await box.mv("work", ["import", "mlflow", url]);
    expect(ran.stdout).toContain("found 6 files; taken 6 files");
    expect(await packageAt("it-s-spam@v3")).toMatchObject({
      from: 2,
      metrics: { loss: 2.2 },
      params: { C: 1 },
      weights: [{ files: 2, size: 6 }],
    });
    expect(
      (await box.git("work", ["show", "it-s-spam@v2:.mvgit/models/it-s-spam.curves.jsonl"])).stdout.split("\n"),
    ).toHaveLength(6);
    expect((await box.mv("work", ["stages"])).stdout).toContain("it-s-spam#champion  v3");
  });

  it("lacking an artifact, or naming one badly, makes none; of no server, nothing is said to be gone", async () => {
    Object.assign(box.env, { MLFLOW_TRACKING_USERNAME: "ada", MLFLOW_TRACKING_PASSWORD: "pw" });
    const url = await serve(record(), { "..": "x" });
    const ran = await box.mv("work", ["import", "mlflow", url], 23);
    expect(ran.stdout).toMatch(/missing +it-s-spam@v1/);
    expect((await box.git("work", ["tag"])).stdout).toBe("");
    await server?.close();
    expect((await box.mv("work", ["import", "mlflow", url], 25)).stderr).toContain("the connection to");
  });
});
