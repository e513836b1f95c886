/**
 * The real client of MLflow, which knows nothing of mvgit, under `mvgit run`. MVGIT_MLFLOW_PYTHON names a Python that
 * has mlflow and scikit-learn.
 */
import * as fs from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readRuns, type RecordedRun } from "../../src/values/recorded-runs.ts";
import type { Package } from "../../src/values/package.ts";
import { BIN, ROOT, runProgram } from "../support/cli.ts";
import { makeSandbox, type Sandbox } from "../support/sandbox.ts";
import { packageOf } from "../support/trainer.ts";

const python = process.env["MVGIT_MLFLOW_PYTHON"];
let box: Sandbox;
afterEach(() => box.cleanup());

async function train(
  what: string,
  ...options: string[]
): Promise<{ pack: Package; runs: RecordedRun[]; stderr: string }> {
  box = await makeSandbox();
  box.write("work/train.py", fs.readFileSync(join(ROOT, "test/support/mlflow/train.py")));
  Object.assign(box.env, { WHAT: what, MLFLOW_DISABLE_TELEMETRY: "true", PYTHONDONTWRITEBYTECODE: "1" });
  const { stderr } = await box.mv("work", ["run", "spam", ...options, "--", python as string, "train.py"]);
  const bytes = (await box.git("work", ["show", "spam@v1:.mvgit/models/spam.runs.jsonl"])).stdout;
  return { pack: await packageOf(box, "spam@v1"), runs: readRuns(Buffer.from(bytes))?.runs ?? [], stderr };
}

describe.skipIf(!python)(
  `MLflow's own client${python ? "" : " (skipped: MVGIT_MLFLOW_PYTHON is not set)"}`,
  { timeout: 180_000 },
  () => {
    it("logs by hand: settings, curves, tags, files and folders, and reads them back", async () => {
      const { pack, runs } = await train("manual");
      expect(pack).toMatchObject({
        params: { lr: 0.1, layers: "[1, 2]", api_key: "${API_KEY}" },
        metrics: { loss: 0.2, accuracy: 0.9, odd: "nan" },
        notes: [],
      });
      expect(runs).toMatchObject([
        { name: "first", status: "finished", tags: { team: "mail" }, artifacts: { folder: "artifacts", files: 4 } },
      ]);
      expect(box.read("work/mlflow/spam/artifacts/plots/deep/b ü%.txt").toString()).toBe("plot b");
      expect((await box.git("work", ["show", "spam@v1:.mvgit/models/spam.curves.jsonl"])).stdout).toMatch(
        /^\{"step":0,"loss":1\}\n/,
      );
    });

    it("logs by itself what scikit-learn does", async () => {
      const { pack, runs } = await train("autolog");
      expect(pack.params).toMatchObject({ C: 0.5, solver: "lbfgs", fit_intercept: true, class_weight: null });
      expect(pack.metrics["training_accuracy_score"]).toBeGreaterThan(0.5);
      expect(runs[0]?.datasets).toMatchObject([{ context: "train" }]);
      expect(runs[0]?.models).toMatchObject([{ folder: "models/model" }]);
      expect(box.exists("work/mlflow/spam/models/model/MLmodel")).toBe(true);
      expect(pack.notes).toEqual([]);
    });

    it("logs from a thread in the background, and nothing is lost", async () => {
      const { pack } = await train("async");
      expect(pack).toMatchObject({ params: { late: 1 }, metrics: { loss: 0.002 } });
      expect(
        (await box.git("work", ["show", "spam@v1:.mvgit/models/spam.curves.jsonl"])).stdout.trimEnd().split("\n"),
      ).toHaveLength(500);
    });

    it("searches with nested runs, of which the best is chosen", async () => {
      const { pack, runs } = await train("search", "--best", "accuracy:max");
      expect(pack).toMatchObject({ params: { depth: 2 }, metrics: { accuracy: 0.92 } });
      expect(runs.map(({ name, parent, chosen }) => [name, parent === runs[0]?.id, chosen])).toEqual([
        ["search", false, false],
        ["depth 1", true, false],
        ["depth 2", true, true],
        ["depth 3", true, false],
      ]);
    });

    it("logs, registers, loads and names a model", async () => {
      const { pack, runs } = await train("model");
      expect(runs[0]?.models).toMatchObject([
        { name: "classifier", registered: "spam-detector", folder: "models/classifier" },
      ]);
      expect(runs[0]?.datasets).toMatchObject([{ name: "mails", context: "training" }]);
      expect(pack.weights.map(({ path }) => path)).toEqual(["mlflow/spam"]);
      expect(pack.notes).toEqual([]);
    });

    for (const store of ["a SQLite store", "a file store"]) {
      it(`gives ${store} of its own to the import, whole`, async () => {
        box = await makeSandbox();
        const script = `import mlflow, mlflow.sklearn
from sklearn.linear_model import LogisticRegression
mlflow.set_experiment("spam filter")
for at in range(2):
    with mlflow.start_run(run_name=f"train {at}"):
        mlflow.log_param("C", 0.5 + at)
        for step in range(3): mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_text("report", "reports/report.txt")
        model = LogisticRegression(C=0.5 + at).fit([[0], [1]], [0, 1])
        mlflow.sklearn.log_model(model, name="classifier", registered_model_name="Spam Detector")
mlflow.MlflowClient().set_registered_model_alias("Spam Detector", "champion", 2)
`;
        box.write("fill.py", script);
        const uri = store === "a SQLite store" ? `sqlite:///${box.dir}/mlflow.db` : `${box.dir}/mlruns`;
        const env = {
          ...box.env,
          MLFLOW_TRACKING_URI: uri,
          MLFLOW_ALLOW_FILE_STORE: "true",
          MLFLOW_DISABLE_TELEMETRY: "true",
        };
        const ran = await runProgram(python as string, ["fill.py"], { cwd: box.dir, env });
        expect(ran.status, ran.stderr).toBe(0);
        box.env["PATH"] = [BIN, dirname(process.execPath), dirname(python as string), "/usr/bin", "/bin"].join(
          delimiter,
        );
        const imported = await box.mv("work", [
          "import",
          "mlflow",
          store === "a SQLite store" ? "../mlflow.db" : "../mlruns",
        ]);
        expect(imported.stdout).toContain("made 2 versions");
        expect((await box.mv("work", ["stages"])).stdout).toContain("spam-detector#champion  v2");
        await box.git("work", ["checkout", "-q", "spam-detector@v2"]);
        await box.mv("work", ["checkout"]);
        expect(box.exists("work/mlflow/spam-detector/models/classifier/MLmodel")).toBe(true);
        expect(box.read("work/mlflow/spam-detector/artifacts/reports/report.txt").toString()).toBe("report");
        expect((await box.mv("work", ["show", "spam-detector@v2"])).stdout).toMatch(/C +1\.5/);
      });
    }
  },
);
