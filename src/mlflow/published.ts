/**
 * Versions and stages as a recording, so that what MLflow asks of runs, models and aliases has one set of answers: a
 * model is an experiment and a registered model, a version its run and model version, a stage an alias. Pure.
 */
import { hashBytes } from "../hashing/hasher.ts";
import type { Scalar } from "../values/document.ts";
import type { Package, PackageFile } from "../values/package.ts";
import type { RecordedRun, RecordedRuns } from "../values/recorded-runs.ts";
import { modelUri } from "./models.ts";
import { MOST, Recording, type RegisteredModel, type TrackedRun } from "./state.ts";

export interface PublishedVersion {
  pack: Package;
  /** Of the package file's bytes. */
  packageHash: string;
  commit: string;
  recorded: RecordedRuns | null;
  /** Why it is retracted; null where it is not. */
  retracted: string | null;
}

export interface Published {
  /** By model and number. */
  versions: readonly PublishedVersion[];
  stages: readonly { model: string; stage: string; version: number }[];
}

/** Whose files are asked for: a run's, or a logged model's. */
export interface Root {
  of: PublishedVersion;
  /** What a tracker recorded of it; null for the version itself, where none did. */
  run: RecordedRun | null;
  /** Of a logged model its folder in the version's folder; "" for the model of the version, whatever it is. */
  model: string | null;
}

export interface PublishedRecording {
  recording: Recording;
  /** By the ids of runs and of logged models. */
  roots: Map<string, Root>;
}

/** `now`: milliseconds since 1970, for what has no time of its own. */
export function recordingOf({ versions, stages }: Published, now: () => number): PublishedRecording {
  const recording = new Recording(now);
  const found: PublishedRecording = { recording, roots: new Map() };
  const everything = recording.experiments.get("0");
  if (everything) everything.holdsAll = true;
  for (const version of versions) {
    const registered = registeredOf(recording, version.pack.model);
    const run = addRuns(found, version);
    const uri = addModels(found, version);
    registered.versions.push({
      version: version.pack.version,
      run,
      model: "",
      source: uri,
      created: Date.parse(version.pack.time),
      description: version.pack.message,
      tags: ownTags(version),
      retracted: version.retracted !== null,
    });
  }
  for (const model of recording.registered.values()) model.created = model.versions[0]?.created ?? now();
  for (const { model, stage, version } of stages) recording.registered.get(model)?.aliases.set(stage, version);
  return found;
}

/** 32 hexadecimal digits that are the same for the same package and part of it. */
function idOf({ packageHash }: PublishedVersion, part = ""): string {
  return part === "" ? packageHash.slice(0, 32) : hashBytes(Buffer.from(`${packageHash}\0${part}`)).slice(0, 32);
}

/** 18 digits by the model's name, as MLflow's own ids look. */
function experimentIdOf(model: string): string {
  return String(10n ** 17n + (BigInt(`0x${hashBytes(Buffer.from(model)).slice(0, 16)}`) % (8n * 10n ** 17n)));
}

function registeredOf(recording: Recording, name: string): RegisteredModel {
  const known = recording.registered.get(name);
  if (known !== undefined) return known;
  recording.addExperiment(name, experimentIdOf(name));
  const made: RegisteredModel = {
    name,
    created: 0,
    description: "",
    tags: new Map(),
    aliases: new Map(),
    versions: [],
  };
  recording.registered.set(name, made);
  return made;
}

/** The version's own run, and the others that were recorded with it; answers the id of the first. */
function addRuns({ recording, roots }: PublishedRecording, version: PublishedVersion): string {
  const id = idOf(version);
  const runs = version.recorded?.runs ?? [];
  const chosen = runs.find((run) => run.chosen) ?? null;
  const ids = new Map(runs.map((run) => [run.id, run === chosen ? id : idOf(version, `run ${run.id}`)]));
  recording.runs.set(id, runOfVersion(version, { id, chosen, parent: ids.get(chosen?.parent ?? "") }));
  roots.set(id, { of: version, run: chosen, model: null });
  for (const run of runs) {
    const own = ids.get(run.id) as string;
    know(recording, run.id, own);
    if (own === id || recording.runs.size >= MOST.runs) continue;
    recording.runs.set(own, runRecorded(version, { id: own, run, parent: ids.get(run.parent ?? "") }));
    roots.set(own, { of: version, run, model: null });
  }
  return id;
}

/** What two runs or models are called, none is. */
function know({ alsoKnown, runs, models }: Recording, id: string, own: string): void {
  if (runs.has(id) || models.has(id)) return;
  alsoKnown.set(id, alsoKnown.has(id) && alsoKnown.get(id) !== own ? "" : own);
}

/** Logged models; answers where that of the version is. */
function addModels({ recording, roots }: PublishedRecording, version: PublishedVersion): string {
  const experiment = experimentIdOf(version.pack.model);
  for (const run of version.recorded?.runs ?? []) {
    const owner = recording.runs.get(run.chosen ? idOf(version) : idOf(version, `run ${run.id}`));
    for (const { id: theirs, name, folder } of run.models) {
      if (typeof folder !== "string" || recording.models.size >= MOST.models || owner === undefined) continue;
      const id = `m-${idOf(version, `model ${folder}`)}`;
      recording.models.set(id, {
        id,
        name: String(name),
        experiment,
        run: owner.id,
        type: "",
        status: "LOGGED_MODEL_READY",
        created: owner.start,
        params: new Map(),
        tags: new Map(),
      });
      owner.outputs.push(id);
      if (typeof theirs === "string") know(recording, theirs, id);
      roots.set(id, { of: version, run, model: folder });
    }
  }
  const id = `m-${idOf(version)}`;
  roots.set(id, { of: version, run: null, model: "" });
  return modelUri({ experiment, id });
}

interface Own {
  id: string;
  parent: string | undefined;
}

function runOfVersion(
  version: PublishedVersion,
  { id, chosen, parent }: Own & { chosen: RecordedRun | null },
): TrackedRun {
  const { pack } = version;
  const start = Date.parse(chosen?.started ?? pack.run?.started ?? pack.time);
  const seconds = chosen?.seconds ?? pack.run?.seconds ?? null;
  const name = chosen?.name ?? `${pack.model}@v${pack.version}`;
  const made = trackedRun({ id, name, start, seconds, version });
  setParams(made, pack.params);
  setMetrics(made, pack.metrics);
  for (const [tag, value] of Object.entries(chosen?.tags ?? {})) made.tags.set(tag, String(value));
  for (const [tag, value] of [...ownTags(version), ...runTags(version)]) made.tags.set(tag, value);
  if (pack.message !== "") made.tags.set("mlflow.note.content", pack.message);
  if (parent !== undefined) made.tags.set("mlflow.parentRunId", parent);
  made.tags.set("mlflow.runName", name);
  for (const file of pack.data) made.datasets.push(datasetOf(file));
  return made;
}

function runRecorded(version: PublishedVersion, { id, run, parent }: Own & { run: RecordedRun }): TrackedRun {
  const made = trackedRun({ id, name: run.name, start: Date.parse(run.started), seconds: run.seconds, version });
  made.status = run.status.toUpperCase();
  setParams(made, run.params);
  setMetrics(made, run.metrics);
  for (const [tag, value] of Object.entries(run.tags)) made.tags.set(tag, String(value));
  made.tags.set("mvgit.part-of", `${version.pack.model}@v${version.pack.version}`);
  if (parent !== undefined) made.tags.set("mlflow.parentRunId", parent);
  made.tags.set("mlflow.runName", run.name);
  return made;
}

function trackedRun(about: {
  id: string;
  name: string;
  start: number;
  seconds: number | null;
  version: PublishedVersion;
}): TrackedRun {
  const { id, name, seconds, version } = about;
  const start = Number.isFinite(about.start) ? about.start : Date.parse(version.pack.time);
  return {
    id,
    name,
    experiment: experimentIdOf(version.pack.model),
    user: version.pack.author.replace(/\s*<.*$/, ""),
    status: "FINISHED",
    start,
    end: seconds === null ? start : start + Math.round(Number(seconds) * 1000),
    deleted: false,
    params: new Map(),
    metrics: new Map(),
    tags: new Map(),
    datasets: [],
    outputs: [],
  };
}

/** What a version says of itself, on its run and on its model version. */
function ownTags({ pack, packageHash, commit, retracted }: PublishedVersion): Map<string, string> {
  return new Map([
    ["mvgit.version", `${pack.model}@v${pack.version}`],
    ["mvgit.package", packageHash],
    ["mvgit.commit", commit],
    ...(retracted === null ? [] : [["mvgit.retracted", retracted] as const]),
  ]);
}

function runTags({ pack }: PublishedVersion): Map<string, string> {
  return new Map([
    ["mlflow.user", pack.author.replace(/\s*<.*$/, "")],
    ...(pack.run === null ? [] : [["mlflow.source.name", pack.run.command.join(" ")] as const]),
    ...(pack.code.commit === null ? [] : [["mlflow.source.git.commit", pack.code.commit] as const]),
  ]);
}

function setParams({ params }: TrackedRun, values: Readonly<Record<string, Scalar>>): void {
  for (const [name, value] of Object.entries(values)) params.set(name, asPython(value));
}

/** As MLflow's client writes it, from which a run reads it back. */
function asPython(value: Scalar): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return String(value);
}

function setMetrics({ metrics, end, start }: TrackedRun, values: Package["metrics"]): void {
  for (const [name, value] of Object.entries(values)) {
    const last = { step: 0, time: end ?? start, value };
    metrics.set(name, { last, points: [last], stride: 1, seen: 1 });
  }
}

/** Digests of MLflow's have at most 36 characters. */
function datasetOf({ path, hash, size }: PackageFile): TrackedRun["datasets"][number] {
  const about = { name: path, digest: hash.slice(0, 32), type: "mvgit", context: "training" };
  const dataset = {
    name: path,
    digest: about.digest,
    source_type: "mvgit",
    source: JSON.stringify({ path, hash, size }),
  };
  return { ...about, raw: { dataset, tags: [{ key: "mlflow.data.context", value: about.context }] } };
}
