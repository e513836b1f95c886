/** The models of a repository, each in a few words: its newest version, what its stages hold, the course of a score. */
import type { MetricValue } from "../values/package.ts";
import { isBetterUp, isOfTraining } from "../values/scores.ts";
import type { ModelName } from "../values/label.ts";
import type { NewestEvent } from "./chain.ts";
import { newestSeen } from "./held-against.ts";
import type { LogLine } from "./log-line.ts";
import type { Look } from "./look.ts";
import { byModel, isHidden, readLines, readSaidOf, type Said } from "./read-lines.ts";
import type { VersionRef } from "./versions.ts";

/** Versions of a model over which the course of its score is told. */
const COURSE = 50;

interface StageOfModel {
  stage: string;
  /** What it holds; null for nothing, and where its history cannot be trusted. */
  version: number | null;
  /** Why its history cannot be trusted. */
  problem?: string;
}

/** One score over the newest versions of a model. */
interface MainScore {
  name: string;
  /** Which way it is better, as its name tells. */
  better: "up" | "down";
  /** Why this one: a stage's policy goes by it, or most of the versions have it. */
  by: "policy" | "use";
  /** Ascending by version; those that have it. */
  values: { version: number; value: MetricValue }[];
}

export interface ModelLine {
  model: ModelName;
  /** How many there are, but those that are retracted; only the newest of them were looked at. */
  versions: number;
  /** How many are retracted. */
  hidden: number;
  /** Null where none of those that were looked at can be trusted. */
  newest: LogLine | null;
  stages: StageOfModel[];
  /** Null where no version has a score. */
  score: MainScore | null;
  /** What cannot be trusted, in words. */
  problems: string[];
}

export interface ModelsReport {
  /** By the time of their newest versions, the newest first. */
  models: ModelLine[];
}

/**
 * Of all models. Only the newest versions of each are looked at, and of stages the newest events: an overview is no
 * audit.
 */
export async function modelsOf(look: Look): Promise<ModelsReport> {
  const { refs, means } = look;
  const events = await newestSeen(look);
  const said = await readSaidOf(look, events);
  const models = [...byModel(refs)].map(([model, all]) => {
    const shown = all.filter((ref) => !isHidden(said, ref) && ref.oid !== ref.commit);
    const hidden = all.filter((ref) => isHidden(said, ref)).length;
    return { model, shown, hidden, newest: shown.slice(-COURSE) };
  });
  const found = await linesByModel(
    look,
    models.flatMap(({ newest }) => newest),
    said,
  );
  const policies = (await means.policyScores?.()) ?? [];
  const told = models.map(({ model, shown, hidden, newest }): ModelLine => {
    const { lines = [], problems = [], foreign = 0 } = found.get(model) ?? {};
    const stages = events.filter((each) => each.model === model).map(stageOf);
    const broken = stages.flatMap(({ stage, problem }) =>
      problem === undefined ? [] : [`${model}#${stage}: ${problem}`],
    );
    return {
      model,
      versions: shown.length - (newest.length === shown.length ? foreign : 0),
      hidden,
      newest: lines.at(-1) ?? null,
      stages,
      score: mainScore(lines, policies),
      problems: [...problems, ...broken],
    };
  });
  const isModel = ({ versions, hidden, problems, stages }: ModelLine): boolean =>
    versions + hidden + problems.length + stages.length > 0;
  return { models: told.filter(isModel).sort(byAge) };
}

interface OfModel {
  lines: LogLine[];
  problems: string[];
  foreign: number;
}

/** All at once, since each read of Git starts a program. */
async function linesByModel(look: Look, refs: readonly VersionRef[], said: Said): Promise<Map<ModelName, OfModel>> {
  const found = await readLines(look, refs, said);
  const models = new Map<ModelName, OfModel>();
  const of = (model: ModelName): OfModel => {
    const known = models.get(model) ?? { lines: [], problems: [], foreign: 0 };
    models.set(model, known);
    return known;
  };
  for (const line of found.lines) of(line.model).lines.push(line);
  for (const { model, text } of found.told) of(model).problems.push(text);
  for (const { model } of found.others) of(model).foreign++;
  return models;
}

function stageOf({ stage, event, problem }: NewestEvent): StageOfModel {
  return { stage, version: event?.event.version ?? null, ...(problem !== undefined && { problem }) };
}

/**
 * The first score that a policy names and the newest version has; else the one that most of the versions have, of
 * several the one that the newest version names first, and one of the training's own data after all others.
 */
function mainScore(lines: readonly LogLine[], policies: readonly string[]): MainScore | null {
  const newest = lines.at(-1);
  if (newest === undefined) return null;
  const named = policies.find((name) => Object.hasOwn(newest.metrics, name));
  const counts = new Map<string, number>();
  for (const { metrics } of lines.toReversed())
    for (const name of Object.keys(metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1] || Number(isOfTraining(a[0])) - Number(isOfTraining(b[0])));
  const name = named ?? most?.[0];
  if (name === undefined) return null;
  return {
    name,
    better: isBetterUp(name) ? "up" : "down",
    by: named === undefined ? "use" : "policy",
    values: lines.flatMap(({ version, metrics }) =>
      Object.hasOwn(metrics, name) ? [{ version, value: metrics[name] as MetricValue }] : [],
    ),
  };
}

function byAge(a: ModelLine, b: ModelLine): number {
  const time = ({ newest }: ModelLine): number => (newest === null ? Infinity : Date.parse(newest.time));
  const [x, y] = [time(a), time(b)];
  if (x !== y) return y > x ? 1 : -1;
  return a.model < b.model ? -1 : 1;
}
