/** A file store as MLflow 3 lays it out, written by hand: a model with three versions, its runs, aliases and stages. */
import type { Sandbox } from "../sandbox.ts";

const EXPERIMENT = "129613742770628390";
export const RUN = [
  "e277cbefff20487a8afd3e9d7253b6a9",
  "c100356887cc44bebfceacf187cd5921",
  "70d173ecca8b441984209b5380e849ec",
] as const;
const MODEL = "m-26c949411f294209b58380c34bb59ab5";
const START = 1_795_000_000_000;

const yaml = (values: Record<string, string | number | null>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${value === null || typeof value === "number" ? value : JSON.stringify(value)}\n`)
    .join("");

/** In `mlruns` of the sandbox. `commit`: of the code of the first run. */
export function makeFileStore(box: Sandbox, commit: string): void {
  const run = (at: number, files: Record<string, string>, status = 3): void => {
    const id = RUN[at] as string;
    const folder = `mlruns/${EXPERIMENT}/${id}`;
    box.write(
      `${folder}/meta.yaml`,
      yaml({
        artifact_uri: `/elsewhere/${EXPERIMENT}/${id}/artifacts`,
        end_time: START + at * 1000 + 500,
        experiment_id: EXPERIMENT,
        lifecycle_stage: "active",
        run_id: id,
        run_name: `train ${at}`,
        start_time: START + at * 1000,
        status,
        user_id: "ada",
      }),
    );
    for (const [path, text] of Object.entries(files)) box.write(`${folder}/${path}`, text);
  };
  box.write(
    `mlruns/${EXPERIMENT}/meta.yaml`,
    yaml({ experiment_id: EXPERIMENT, lifecycle_stage: "active", name: "spam filter" }),
  );
  run(0, {
    "params/C": "0.5",
    "params/api_key": "hunter2-hunter2",
    "metrics/loss": "1 1.0 0\n2 0.5 1\n3 nan 2\n",
    "metrics/val/acc": "3 0.8 0\n",
    "tags/team": "mail",
    "tags/mlflow.source.git.commit": commit,
    "artifacts/model/model.bin": "weights 0",
    "artifacts/report.txt": "report",
  });
  run(1, {
    "params/C": "1.5",
    "metrics/val/acc": "3 0.9 0\n",
    [`outputs/${MODEL}/meta.yaml`]: "step: 0\n",
    "artifacts/report.txt": "report",
  });
  run(2, { "metrics/val/acc": "3 0.1 0\n" });
  box.write(
    `mlruns/${EXPERIMENT}/models/${MODEL}/meta.yaml`,
    yaml({ model_id: MODEL, name: "classifier", artifact_location: "/elsewhere", source_run_id: RUN[1] }),
  );
  box.write(`mlruns/${EXPERIMENT}/models/${MODEL}/artifacts/model.bin`, "weights 1");
  box.write(
    "mlruns/models/Spam Detector/meta.yaml",
    `${yaml({ name: "Spam Detector", last_updated_timestamp: START + 9000 })}aliases:\n  champion: '2'\n`,
  );
  box.write("mlruns/models/Spam Detector/aliases/champion", "2");
  const version = (number: number, values: Record<string, string | number | null>): void =>
    box.write(
      `mlruns/models/Spam Detector/version-${number}/meta.yaml`,
      yaml({
        name: "Spam Detector",
        version: number,
        creation_timestamp: START + number * 1000,
        last_updated_timestamp: START + number * 1000,
        description: null,
        current_stage: "None",
        ...values,
      }),
    );
  version(1, {
    run_id: RUN[0],
    source: `/elsewhere/${EXPERIMENT}/${RUN[0]}/artifacts/model`,
    current_stage: "Production",
  });
  version(2, { run_id: RUN[1], model_id: MODEL, source: `models:/${MODEL}`, description: "much better" });
  version(4, { run_id: RUN[2], source: "s3://bucket/none" });
}
