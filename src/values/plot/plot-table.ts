/** Versions as points and lines of charts of settings against scores: what they have of each, as columns. Pure. */
import type { PlotValue } from "./scale.ts";

export interface PlotColumn {
  /** As a filter expression names it: `param.lr`, `metric.accuracy`. */
  name: string;
  /** The setting or score alone. */
  title: string;
  isScore: boolean;
  /** One for each version. */
  values: readonly PlotValue[];
  /** How many different values there are, nothing not counted. */
  distinct: number;
}

export interface PlotTable {
  versions: readonly number[];
  columns: readonly PlotColumn[];
}

/** As `log` tells it. */
export interface PlottedVersion {
  version: number;
  params: { [name: string]: PlotValue };
  metrics: { [name: string]: PlotValue };
}

/** Columns of one table; a hostile repository may have any number of settings. */
const MOST_COLUMNS = 500;

/** Settings that vary come first, those that most versions have before others; then scores in the same way. */
export function plotTableOf(versions: readonly PlottedVersion[]): PlotTable {
  const columns = [...columnsOf(versions, "params"), ...columnsOf(versions, "metrics")];
  return { versions: versions.map(({ version }) => version), columns };
}

function columnsOf(versions: readonly PlottedVersion[], kind: "params" | "metrics"): PlotColumn[] {
  const counts = new Map<string, number>();
  for (const version of versions)
    for (const name of Object.keys(version[kind])) counts.set(name, (counts.get(name) ?? 0) + 1);
  const isScore = kind === "metrics";
  const names = [...counts].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
  return names
    .slice(0, MOST_COLUMNS)
    .map((title) => {
      const values = versions.map((version) => (Object.hasOwn(version[kind], title) ? version[kind][title] : null));
      const known = new Set(values.filter((value) => value !== null && value !== undefined && value !== ""));
      return { name: `${isScore ? "metric" : "param"}.${title}`, title, isScore, values, distinct: known.size };
    })
    .toSorted((a, b) => Number(b.distinct > 1) - Number(a.distinct > 1));
}
