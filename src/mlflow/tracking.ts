/** MLflow's experiments and runs. */
import {
  type Body,
  integer,
  items,
  metricValue,
  missing,
  page,
  pairs,
  part,
  Refusal,
  runOf,
  sentMetric,
  setAll,
  setNamed,
  text,
  texts,
} from "./answers.ts";
import { numberOf } from "../values/package.ts";
import { type Attributes, type Lookup, parseFilter, sortBy } from "./search.ts";
import { type Experiment, MOST, type Point, pointsOf, type Recording, type TrackedRun } from "./state.ts";

/** Answers one request; `id` is what stands in its path, "" for none. */
export type Endpoint = (recording: Recording, body: Body, id: string) => object;

export const TRACKING: Readonly<Record<string, Endpoint>> = {
  "GET experiments/get-by-name": (recording, body) => ({
    experiment: sentExperiment(
      named(recording, text(body, "experiment_name")) ?? missing("Experiment", text(body, "experiment_name")),
    ),
  }),
  "GET experiments/get": (recording, body) => ({ experiment: sentExperiment(experimentOf(recording, body)) }),
  "POST experiments/create": createExperiment,
  "POST experiments/update": (recording, body) => (
    void (experimentOf(recording, body).name = text(body, "new_name")),
    {}
  ),
  "POST experiments/set-experiment-tag": (recording, body) => (
    setNamed(experimentOf(recording, body).tags, { key: text(body, "key"), value: text(body, "value", "") }),
    {}
  ),
  "POST experiments/delete": (recording, body) => (void (experimentOf(recording, body).deleted = true), {}),
  "POST experiments/restore": (recording, body) => (void (experimentOf(recording, body).deleted = false), {}),
  "POST experiments/search": searchExperiments,
  "GET experiments/search": searchExperiments,
  "POST runs/create": createRun,
  "GET runs/get": (recording, body) => ({ run: sentRun(runOf(recording, body)) }),
  "POST runs/update": updateRun,
  "POST runs/delete": (recording, body) => (void (runOf(recording, body).deleted = true), {}),
  "POST runs/restore": (recording, body) => (void (runOf(recording, body).deleted = false), {}),
  "POST runs/log-parameter": (recording, body) => (addParam(runOf(recording, body), body), {}),
  "POST runs/log-metric": (recording, body) => (addMetric(recording, runOf(recording, body), body), {}),
  "POST runs/set-tag": (recording, body) => (setTag(runOf(recording, body), body), {}),
  "POST runs/delete-tag": (recording, body) => (runOf(recording, body).tags.delete(text(body, "key")), {}),
  "POST runs/log-batch": logBatch,
  "POST runs/log-inputs": logInputs,
  "POST runs/outputs": (recording, body) => (
    runOf(recording, body).outputs.push(...items(body, "models").map((each) => text(each, "model_id"))),
    {}
  ),
  "POST runs/log-model": () => ({}),
  "POST runs/search": searchRuns,
  "GET metrics/get-history": getHistory,
};

function named(recording: Recording, name: string): Experiment | undefined {
  return [...recording.experiments.values()].find((each) => each.name === name);
}

function experimentOf(recording: Recording, body: Body): Experiment {
  const id = text(body, "experiment_id", "0");
  return recording.experiments.get(id) ?? missing("Experiment", id);
}

function sentExperiment({ id, name, created, deleted, tags }: Experiment): object {
  return {
    experiment_id: id,
    name,
    artifact_location: `mlflow-artifacts:/${id}`,
    lifecycle_stage: deleted ? "deleted" : "active",
    creation_time: created,
    last_update_time: created,
    tags: pairs(tags),
  };
}

function createExperiment(recording: Recording, body: Body): object {
  const name = text(body, "name").slice(0, 500);
  if (named(recording, name)) throw new Refusal("RESOURCE_ALREADY_EXISTS", `Experiment '${name}' already exists.`);
  if (recording.experiments.size >= MOST.experiments) throw new Refusal("RESOURCE_EXHAUSTED", "Too many experiments.");
  const made = recording.addExperiment(name);
  setAll(made.tags, body, "tags");
  return { experiment_id: made.id };
}

const EXPERIMENTS: Attributes = {
  name: "text",
  experiment_id: "text",
  creation_time: "number",
  last_update_time: "number",
};

function searchExperiments(recording: Recording, body: Body): object {
  const test = parseFilter(text(body, "filter", ""), EXPERIMENTS);
  const isSeen = inView(body);
  const lookup =
    (each: Experiment): Lookup =>
    (kind, name) => {
      if (kind === "tag") return each.tags.get(name);
      return { name: each.name, experiment_id: each.id }[name] ?? each.created;
    };
  const found = [...recording.experiments.values()].filter((each) => isSeen(each) && test(lookup(each)));
  const { items: experiments, next } = page(
    sortBy(found, texts(body, "order_by"), { lookup, attributes: EXPERIMENTS }),
    body,
  );
  return { experiments: experiments.map(sentExperiment), ...next };
}

/** Whether what was deleted, or was not, is asked for. */
function inView(body: Body, key = "view_type"): (each: { deleted: boolean }) => boolean {
  const view = text(body, key, "ACTIVE_ONLY");
  return ({ deleted }) => view === "ALL" || deleted === (view === "DELETED_ONLY");
}

function createRun(recording: Recording, body: Body): object {
  const experiment = experimentOf(recording, body);
  if (recording.runs.size >= MOST.runs) throw new Refusal("RESOURCE_EXHAUSTED", "Too many runs.");
  const id = recording.newId();
  const tags = new Map<string, string>();
  setAll(tags, body, "tags");
  const name = text(body, "run_name", "") || tags.get("mlflow.runName") || `run-${recording.runs.size + 1}`;
  tags.set("mlflow.runName", name);
  const run: TrackedRun = {
    id,
    name,
    experiment: experiment.id,
    user: text(body, "user_id", ""),
    status: "RUNNING",
    start: integer(body, "start_time", recording.now()),
    end: null,
    deleted: false,
    params: new Map(),
    metrics: new Map(),
    tags,
    datasets: [],
    outputs: [],
  };
  recording.runs.set(id, run);
  return { run: sentRun(run) };
}

function updateRun(recording: Recording, body: Body): object {
  const run = runOf(recording, body);
  run.status = text(body, "status", run.status).slice(0, 20);
  if (body["end_time"] !== undefined) run.end = integer(body, "end_time", recording.now());
  if (typeof body["run_name"] === "string" && body["run_name"] !== "") run.name = text(body, "run_name");
  return { run_info: infoOf(run) };
}

function addParam(run: TrackedRun, body: Body): void {
  const [key, value] = [text(body, "key"), text(body, "value", "")];
  const before = run.params.get(key);
  if (before !== undefined && before !== value)
    throw new Refusal(
      "INVALID_PARAMETER_VALUE",
      `Changing param values is not allowed. Param with key='${key}' was already logged with ` +
        (`value='${before}' ` + `for run ID='${run.id}'. Attempted logging new value '${value}'.`),
    );
  setNamed(run.params, { key, value });
}

function addMetric(recording: Recording, run: TrackedRun, body: Body): void {
  const name = text(body, "key").slice(0, 1000);
  if (!run.metrics.has(name) && run.metrics.size >= MOST.names)
    throw new Refusal("RESOURCE_EXHAUSTED", `More than ${MOST.names} metrics are not recorded.`);
  recording.addPoint(run, name, {
    step: integer(body, "step", 0),
    time: integer(body, "timestamp", recording.now()),
    value: metricValue(body["value"]),
  });
}

function setTag(run: TrackedRun, body: Body): void {
  const [key, value] = [text(body, "key"), text(body, "value", "")];
  setNamed(run.tags, { key, value });
  if (key === "mlflow.runName" && value !== "") run.name = value;
}

function logBatch(recording: Recording, body: Body): object {
  const run = runOf(recording, body);
  for (const each of items(body, "params")) addParam(run, each);
  for (const each of items(body, "metrics")) addMetric(recording, run, each);
  for (const each of items(body, "tags")) setTag(run, each);
  return {};
}

function logInputs(recording: Recording, body: Body): object {
  const run = runOf(recording, body);
  for (const each of items(body, "datasets")) {
    const dataset = part(each, "dataset");
    const context = items(each, "tags").find((tag) => tag["key"] === "mlflow.data.context");
    const [name, digest, type] = [
      text(dataset, "name", ""),
      text(dataset, "digest", ""),
      text(dataset, "source_type", ""),
    ];
    if (run.datasets.length < 1000)
      run.datasets.push({
        name,
        digest,
        type,
        context: context ? text(context, "value", "") : "",
        raw: JSON.stringify(each).length <= MOST.text ? each : {},
      });
  }
  return {};
}

const RUNS: Attributes = {
  run_id: "text",
  run_name: "text",
  "run name": "text",
  "Run name": "text",
  "Run Name": "text",
  status: "text",
  user_id: "text",
  artifact_uri: "text",
  start_time: "number",
  created: "number",
  Created: "number",
  end_time: "number",
};

function searchRuns(recording: Recording, body: Body): object {
  const test = parseFilter(text(body, "filter", ""), RUNS);
  const experiments = texts(body, "experiment_ids");
  const isInAll = experiments.some((id) => recording.experiments.get(id)?.holdsAll === true);
  const isSeen = inView(body, "run_view_type");
  const visible = (run: TrackedRun): boolean => (isInAll || experiments.includes(run.experiment)) && isSeen(run);
  const found = [...recording.runs.values()].filter((run) => visible(run) && test(lookupOf(run)));
  const sorted = sortBy(
    found.toSorted((a, b) => b.start - a.start),
    texts(body, "order_by"),
    { lookup: lookupOf, attributes: RUNS },
  );
  const { items: runs, next } = page(sorted, body);
  return { runs: runs.map(sentRun), ...next };
}

/** What attributes are called on MLflow's pages. */
const ALSO: Readonly<Record<string, string>> = { "run name": "run_name", created: "start_time" };

function lookupOf(run: TrackedRun): Lookup {
  const { id, name, status, start, end, user } = run;
  const attributes: Record<string, string | number | undefined> = {
    run_id: id,
    run_name: name,
    status,
    start_time: start,
    end_time: end ?? undefined,
    user_id: user,
    artifact_uri: artifactUri(run),
  };
  return (kind, key) => {
    if (kind === "param") return run.params.get(key);
    if (kind === "tag") return run.tags.get(key);
    if (kind === "attribute") return attributes[ALSO[key.toLowerCase()] ?? key];
    if (kind === "dataset") return run.datasets.map((each) => each[key as "name" | "digest" | "context"]);
    const value = run.metrics.get(key)?.last.value;
    return value === undefined ? undefined : numberOf(value);
  };
}

function getHistory(recording: Recording, body: Body): object {
  const curve = runOf(recording, body).metrics.get(text(body, "metric_key"));
  return sentHistory(curve ? pointsOf(curve) : [], body);
}

/** One page of a metric's course; `body` is the request. */
export function sentHistory(all: readonly Point[], body: Body): object {
  const key = text(body, "metric_key");
  const { items: points, next } = page(all, body, 25_000);
  return {
    metrics: points.map(({ step, time, value }) => ({ key, step, timestamp: time, value: sentMetric(value) })),
    ...next,
  };
}

/** Where the client puts a run's artifacts. */
export function artifactUri({ experiment, id }: Pick<TrackedRun, "experiment" | "id">): string {
  return `mlflow-artifacts:/${experiment}/${id}/artifacts`;
}

function infoOf(run: TrackedRun): object {
  const { id, name, experiment, user, status, start, end, deleted } = run;
  return {
    run_id: id,
    run_uuid: id,
    run_name: name,
    experiment_id: experiment,
    user_id: user,
    status,
    start_time: start,
    ...(end === null ? {} : { end_time: end }),
    artifact_uri: artifactUri(run),
    lifecycle_stage: deleted ? "deleted" : "active",
  };
}

function sentRun(run: TrackedRun): object {
  const metrics = [...run.metrics].map(([key, { last }]) => ({
    key,
    value: sentMetric(last.value),
    timestamp: last.time,
    step: last.step,
  }));
  return {
    info: infoOf(run),
    data: { metrics, params: pairs(run.params), tags: pairs(run.tags) },
    inputs: { dataset_inputs: run.datasets.map((each) => each.raw) },
    outputs: { model_outputs: run.outputs.map((id) => ({ model_id: id, step: 0 })) },
  };
}
