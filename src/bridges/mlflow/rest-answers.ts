/** What MLflow's REST API answers, as a source tells it. */
import { type Body, integer, items, metricValue, part, text } from "../../mlflow/answers.ts";
import type { Curve, Point } from "../../mlflow/state.ts";
import type { SourceRun, SourceVersion } from "./source.ts";

/** The parts of a run's document: what it is, and what it recorded. */
export function partsOfRun(answer: Body): { run: Body; info: Body; data: Body } {
  const run = part(answer, "run");
  return { run, info: part(run, "info"), data: part(run, "data") };
}

/** `experiment`: the name of the run's. */
export function toRun(
  id: string,
  { run, info, data }: ReturnType<typeof partsOfRun>,
  { experiment, metrics }: { experiment: string; metrics: Map<string, Curve> },
): SourceRun {
  const pairs = (key: string): Map<string, string> =>
    new Map(items(data, key).map((each) => [text(each, "key"), text(each, "value", "")]));
  const tags = pairs("tags");
  return {
    id,
    experimentId: experimentOf(info),
    experiment,
    name: text(info, "run_name", tags.get("mlflow.runName") ?? id),
    user: text(info, "user_id", tags.get("mlflow.user") ?? ""),
    status: text(info, "status", ""),
    start: integer(info, "start_time", 0),
    end: integer(info, "end_time", 0) || null,
    params: pairs("params"),
    tags,
    metrics,
    artifacts: text(info, "artifact_uri", ""),
    datasets: items(part(run, "inputs"), "dataset_inputs").map(toDataset),
    models: items(part(run, "outputs"), "model_outputs").map((each) => text(each, "model_id")),
  };
}

/** Its id. */
export function experimentOf(info: Body): string {
  return text(info, "experiment_id", "0");
}

export function toVersion(each: Body): SourceVersion {
  const source = text(each, "source", "");
  return {
    name: text(each, "name"),
    version: integer(each, "version", 0),
    run: text(each, "run_id", ""),
    model: text(each, "model_id", "") || (/^models:\/(m-[0-9a-f]+)$/.exec(source)?.[1] ?? ""),
    source,
    created: integer(each, "creation_timestamp", 0),
    updated: integer(each, "last_updated_timestamp", 0),
    description: text(each, "description", ""),
    stage: text(each, "current_stage", "None"),
  };
}

export function toPoint(each: Body): Point {
  return { step: integer(each, "step", 0), time: integer(each, "timestamp", 0), value: metricValue(each["value"]) };
}

function toDataset(each: Body): SourceRun["datasets"][number] {
  const dataset = part(each, "dataset");
  const context = items(each, "tags").find((tag) => tag["key"] === "mlflow.data.context");
  return {
    name: text(dataset, "name", ""),
    digest: text(dataset, "digest", ""),
    type: text(dataset, "source_type", ""),
    context: context ? text(context, "value", "") : "",
  };
}
