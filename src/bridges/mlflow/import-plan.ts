/** What of MLflow becomes which version: settled before anything is read of its bytes. */
import { display } from "../../base/paths.ts";
import { asModelName, asStageName, type ModelName, type StageName } from "../../values/label.ts";
import type { MlflowSource, SourceModel, SourceRun, SourceVersion } from "./source.ts";

/** One version to be. */
export interface Wanted {
  model: ModelName;
  /** As MLflow numbers it; null for a run that is none of a registered model. */
  number: number | null;
  /** Null where its run is gone. */
  run: SourceRun | null;
  version: SourceVersion | null;
}

/** What is not taken, and why. */
export interface Left {
  name: string;
  reason: string;
  /** Rather than a matter of course. */
  refused: boolean;
}

/** Stages that are to hold versions, in the order in which that came to be. */
export interface StageWish {
  model: ModelName;
  stage: StageName;
  /** MLflow's number. */
  number: number;
  /** Milliseconds since 1970. */
  time: number;
  /** `alias 'champion'`, `stage 'Production'`. */
  what: string;
}

export interface Plan {
  wanted: Wanted[];
  stages: StageWish[];
  left: Left[];
}

/** `runs`: null for registered models; else runs of these experiments, all of them where the list is empty. */
export async function planImport(source: MlflowSource, runs: readonly string[] | null): Promise<Plan> {
  const plan: Plan = { wanted: [], stages: [], left: [] };
  if (runs === null) await planModels(source, plan);
  else await planRuns(source, runs, plan);
  return plan;
}

async function planModels(source: MlflowSource, plan: Plan): Promise<void> {
  const names = new NameTable();
  for (const model of await source.models()) {
    const name = names.nameFor(model.name);
    if ("reason" in name) {
      plan.left.push({ name: model.name, reason: name.reason, refused: true });
      continue;
    }
    for (const version of model.versions)
      plan.wanted.push({
        model: name.name,
        number: version.version,
        version,
        run: version.run === "" ? null : await source.run(version.run),
      });
    plan.stages.push(...stagesOf(model, name.name, plan.left));
  }
}

/** Stages of the old kind in the order in which they were given, then aliases, which replaced them. */
function stagesOf(model: SourceModel, name: ModelName, left: Left[]): StageWish[] {
  const old = model.versions
    .filter(({ stage }) => stage === "Production" || stage === "Staging")
    .toSorted((a, b) => a.updated - b.updated)
    .map(({ stage, version, updated }): StageWish => ({
      model: name,
      stage: stage.toLowerCase() as StageName,
      number: version,
      time: updated,
      what: `stage '${stage}'`,
    }));
  const aliases = model.aliases.flatMap(({ alias, version }): StageWish[] => {
    const stage = asStageName(asName(alias));
    if (stage === null)
      left.push({ name: `${model.name}@${alias}`, reason: "its alias cannot be the name of a stage", refused: true });
    return stage === null
      ? []
      : [{ model: name, stage, number: version, time: model.updated, what: `alias '${alias}'` }];
  });
  return [...old, ...aliases];
}

async function planRuns(source: MlflowSource, experiments: readonly string[], plan: Plan): Promise<void> {
  const names = new NameTable();
  const ids: string[] = [];
  for (const experiment of experiments.length === 0 ? [null] : experiments) {
    const found = await source.runs(experiment);
    if (found === null)
      plan.left.push({ name: experiment ?? "", reason: "there is no such experiment", refused: true });
    ids.push(...(found ?? []));
  }
  const refused = new Set<string>();
  for (const id of new Set(ids)) {
    const run = await source.run(id);
    if (run === null) continue;
    const name = names.nameFor(run.experiment);
    const why = whyNot(run);
    if ("reason" in name) {
      if (!refused.has(run.experiment)) plan.left.push({ name: run.experiment, reason: name.reason, refused: true });
      refused.add(run.experiment);
    } else if (why !== null) plan.left.push({ name: `${run.experiment}: ${run.name}`, reason: why, refused: false });
    else plan.wanted.push({ model: name.name, number: null, run, version: null });
  }
}

/** Why a run makes no version by itself; null for one that does. */
function whyNot({ status, tags }: Pick<SourceRun, "status" | "tags">): string | null {
  if (status !== "FINISHED") return `it is ${status.toLowerCase() || "of no known status"}`;
  return tags.has("mlflow.parentRunId") ? "it is a part of another run" : null;
}

/** Names of models for MLflow's names; two of them never share one. */
class NameTable {
  readonly #owners = new Map<ModelName, string>();

  nameFor(original: string): { name: ModelName } | { reason: string } {
    const name = asModelName(asName(original));
    if (name === null) return { reason: "its name cannot be that of a model" };
    const owner = this.#owners.get(name) ?? original;
    this.#owners.set(name, owner);
    return owner === original ? { name } : { reason: `its name would be that of '${display(owner)}', '${name}'` };
  }
}

/** `Spam Detector (EN)` becomes `spam-detector-en`. */
function asName(original: string): string {
  return original
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/\.{2,}/g, ".")
    .replace(/^[^a-z0-9]+|[-.]+$/g, "")
    .slice(0, 64);
}
