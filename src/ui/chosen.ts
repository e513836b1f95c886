/** Which versions go into an export, and the documents cut down to them. */
import type { HistoryReport } from "../registry/history.ts";
import type { LineageReport } from "../registry/lineage/report.ts";
import type { LogLine, LogReport } from "../registry/log.ts";
import type { ModelLine } from "../registry/models.ts";
import { nameOf } from "../registry/versions.ts";
import type { ModelName, StageName } from "../values/label.ts";

export interface Choice {
  /** Empty: all. */
  models: readonly ModelName[];
  /** Only versions that were in one of these stages; empty: all. */
  stages: readonly StageName[];
  /** Milliseconds since 1970: only versions made since; null: all. */
  since: number | null;
}

/** What an export holds of one model. */
export interface ChosenModel {
  log: LogReport;
  /** The newest first. */
  versions: LogLine[];
}

export function chosenOf(log: LogReport, history: HistoryReport | null, { stages, since }: Choice): ChosenModel {
  const held = new Set(
    (history?.events ?? [])
      .filter(({ stage }) => stages.includes(stage))
      .flatMap(({ version }) => (version === null ? [] : [version])),
  );
  const versions = log.versions.filter(
    ({ version, time }) => (stages.length === 0 || held.has(version)) && (since === null || Date.parse(time) >= since),
  );
  return { log: { ...log, versions, total: versions.length }, versions };
}

/** The model in a few words, as far as its versions were chosen; none where none was. */
export function modelIn(line: ModelLine, chosen: ChosenModel | undefined): ModelLine[] {
  if (chosen === undefined) return [];
  const here = new Set(chosen.versions.map(({ version }) => version));
  const score = line.score && { ...line.score, values: line.score.values.filter(({ version }) => here.has(version)) };
  return [{ ...line, versions: here.size, hidden: 0, newest: chosen.versions[0] ?? null, score }];
}

/** The moves of the stages that were chosen. */
export function historyIn(history: HistoryReport, { stages }: Choice): HistoryReport {
  return stages.length === 0
    ? history
    : { ...history, events: history.events.filter(({ stage }) => stages.includes(stage)) };
}

/** Without the versions that were not chosen, and what only they had to do with. */
export function lineageIn(lineage: LineageReport, labels: ReadonlySet<string>): LineageReport {
  const nodes = lineage.nodes.filter((node) => node.kind !== "version" || labels.has(node.id));
  const left = new Set(nodes.map(({ id }) => id));
  const edges = lineage.edges.filter(({ from, to }) => left.has(from) && left.has(to));
  const tied = new Set([lineage.label, ...edges.flatMap(({ from, to }) => [from, to])]);
  return { ...lineage, nodes: nodes.filter(({ id }) => tied.has(id)), edges };
}

/** The pairs that an export compares: each version with the one that it came from, as far as both are in it. */
export function pairsOf({ versions }: ChosenModel): [before: string, after: string][] {
  const here = new Set(versions.map(({ version }) => version));
  return versions.flatMap((line) =>
    line.from !== null && here.has(line.from)
      ? [[nameOf({ model: line.model, version: line.from }), nameOf(line)] as [string, string]]
      : [],
  );
}
