/** What a recording comes to: which run is the version's, what is known of each, and where its files go. Pure. */
import { plural } from "../base/counts.ts";
import { prose } from "../base/prose.ts";
import { type Best, bestOf } from "../values/best.ts";
import type { Scalar } from "../values/document.ts";
import type { RecordedRun } from "../values/recorded-runs.ts";
import type { Metrics, Params } from "../values/recorded-values.ts";
import { POSITIONS } from "../values/run-log.ts";
import { FolderNames } from "./names.ts";
import { type Curve, type LoggedModel, pointsOf, type Recording, type TrackedRun } from "./state.ts";

/** A folder of the spool, and where in the version's folder it belongs; both relative, `/`-separated. */
interface Move {
  from: string;
  to: string;
}

export interface Outcome {
  /** In the order they began; the spool's files are not counted yet. */
  runs: RecordedRun[];
  /** Its last values, and the lines of its curves; null when there is no run. */
  chosen: { params: Params; metrics: Metrics; curves: string[] } | null;
  moves: Move[];
  /** Texts of files to write into the version's folder. */
  files: Map<string, string>;
  notes: string[];
}

/** `best` null: the one run that has no parent, or the last of them. */
export function outcomeOf(recording: Recording, best: Best | null): Outcome {
  const all = [...recording.runs.values()].filter((run) => !run.deleted);
  const notes = [...recording.notes];
  const chosen = choose(all, best, notes);
  const outcome: Outcome = {
    runs: [],
    chosen: chosen && {
      params: paramsOf(chosen.params),
      metrics: metricsOf(chosen),
      curves: curveLines(chosen.metrics),
    },
    moves: [],
    files: new Map(),
    notes,
  };
  const folders = new FolderNames();
  for (const run of all) outcome.runs.push(place(recording, run, { outcome, isChosen: run === chosen, folders }));
  const names = new FolderNames();
  for (const model of recording.models.values())
    if (!all.some((run) => run.id === model.run))
      outcome.moves.push({ from: modelFolder(model), to: `models/${names.take(model.name, model.id)}` });
  return outcome;
}

function choose(all: readonly TrackedRun[], best: Best | null, notes: string[]): TrackedRun | null {
  const at =
    best === null
      ? null
      : bestOf(
          all.map((run) => run.metrics.get(best.metric)?.last.value),
          best,
        );
  if (at !== null) return all[at] as TrackedRun;
  if (best !== null)
    notes.push(
      all.length === 0
        ? `'--best ${best.metric}' chose nothing: MLflow recorded no run`
        : `no run of MLflow has a score '${best.metric}'`,
    );
  const roots = all.filter((run) => !all.some(({ id }) => id === run.tags.get("mlflow.parentRunId")));
  const last = roots.at(-1) ?? null;
  if (last !== null && roots.length > 1)
    notes.push(
      prose`MLflow recorded ${plural(roots.length, "run")}: the last, '${last.name}', gives the version's
        scores; '--best METRIC:max' chooses by a score`,
    );
  return last;
}

function place(
  recording: Recording,
  run: TrackedRun,
  { outcome, isChosen, folders }: { outcome: Outcome; isChosen: boolean; folders: FolderNames },
): RecordedRun {
  const prefix = isChosen ? "" : `runs/${folders.take(run.name, run.id)}/`;
  outcome.moves.push({ from: `${run.experiment}/${run.id}/artifacts`, to: `${prefix}artifacts` });
  const names = new FolderNames();
  const models = [...recording.models.values()]
    .filter((model) => model.run === run.id)
    .map((model) => {
      const folder = `${prefix}models/${names.take(model.name, model.id)}`;
      outcome.moves.push({ from: modelFolder(model), to: folder });
      const registered = registeredAs(recording, (each) => each.model === model.id);
      return { id: model.id, name: model.name, registered, folder };
    });
  // Clients before MLflow 3 keep a model among the run's artifacts.
  const older = registeredAs(recording, (each) => each.run === run.id && each.model === "");
  const curves = isChosen ? [] : curveLines(run.metrics);
  if (curves.length > 0) outcome.files.set(`${prefix}curves.jsonl`, curves.map((line) => `${line}\n`).join(""));
  return {
    id: run.id,
    name: run.name,
    parent: run.tags.get("mlflow.parentRunId") ?? null,
    chosen: isChosen,
    status: run.status.toLowerCase(),
    started: new Date(run.start).toISOString(),
    seconds: run.end === null ? null : Math.max(0, (run.end - run.start) / 1000),
    params: paramsOf(run.params),
    metrics: metricsOf(run),
    tags: tagsOf(run),
    datasets: run.datasets.map(({ name, digest, type, context }) => ({ name, digest, type, context })),
    models: older === null ? models : [...models, { name: older, registered: older, folder: null }],
    artifacts: { folder: `${prefix}artifacts`, files: 0, bytes: 0 },
    curves: curves.length > 0 ? `${prefix}curves.jsonl` : null,
  };
}

function modelFolder({ experiment, id }: LoggedModel): string {
  return `${experiment}/models/${id}/artifacts`;
}

function registeredAs(recording: Recording, isIt: (version: { run: string; model: string }) => boolean): string | null {
  return [...recording.registered.values()].find((each) => each.versions.some(isIt))?.name ?? null;
}

/**
 * MLflow's settings are texts: what is written as a number or as Python writes true, false and none is taken for that.
 */
export function paramsOf(params: ReadonlyMap<string, string>): Params {
  return fromPairs([...params].map(([name, text]) => [name, typed(text)]));
}

function typed(text: string): Scalar {
  if (text === "True" || text === "true") return true;
  if (text === "False" || text === "false") return false;
  if (text === "None" || text === "null") return null;
  if (/^-?(0|[1-9][0-9]{0,15})(\.[0-9]+)?(e[+-]?[0-9]{1,3})?$/i.test(text)) {
    const number = Number(text);
    if (Number.isFinite(number) && (Number.isSafeInteger(number) || !Number.isInteger(number))) return number;
  }
  return text.slice(0, 4096);
}

function metricsOf({ metrics }: TrackedRun): Metrics {
  return fromPairs([...metrics].map(([name, { last }]) => [name, last.value]));
}

/** Without what MLflow notes for itself; the user's note is kept. */
export function tagsOf({ tags }: Pick<TrackedRun, "tags">): Record<string, string> {
  return fromPairs(
    [...tags]
      .filter(([name]) => !name.startsWith("mlflow.") || name === "mlflow.note.content")
      .map(([name, text]) => [name, text.slice(0, 4096)]),
  );
}

/** Also for names such as `__proto__`. */
function fromPairs<V>(entries: readonly (readonly [string, V])[]): Record<string, V> {
  return Object.fromEntries(entries);
}

/** Lines of metrics with more than one value: those of a step together; by time where a step stands twice. */
export function curveLines(metrics: ReadonlyMap<string, Curve>): string[] {
  const steps = new Map<number, Record<string, unknown>>();
  const single: string[] = [];
  for (const [name, curve] of metrics) {
    const points = pointsOf(curve);
    if (points.length < 2 || POSITIONS.includes(name)) continue;
    const isByStep = new Set(points.map(({ step }) => step)).size === points.length;
    for (const { step, time, value } of points) {
      if (!isByStep)
        single.push(JSON.stringify({ time: (time - (points[0] as { time: number }).time) / 1000, [name]: value }));
      else steps.set(step, { ...(steps.get(step) ?? { step }), [name]: value });
    }
  }
  return [...[...steps].toSorted(([a], [b]) => a - b).map(([, line]) => JSON.stringify(line)), ...single];
}
