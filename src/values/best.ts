/** By which score one of many runs is chosen: `accuracy:max`, `loss:min`. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { type MetricValue, numberOf } from "./package.ts";
import { isBetterUp } from "./scores.ts";

export interface Best {
  metric: string;
  up: boolean;
}

/** Without `:max` or `:min` the name tells. Throws `usage`. */
export function parseBest(typed: string): Best {
  const [, metric = "", way] = /^(.*?)(?::(max|min))?$/s.exec(typed) ?? [];
  if (metric !== "" && !metric.endsWith(":"))
    return { metric, up: way === undefined ? isBetterUp(metric) : way === "max" };
  throw new MvgitError("usage", `'${display(typed)}' does not name a score`, {
    subject: display(typed),
    hint: "write it like 'accuracy:max' or 'loss:min'",
  });
}

export function formatBest({ metric, up }: Best): string {
  return `${metric}:${up ? "max" : "min"}`;
}

/** The index of the best; the first of equals; null when none has a number. */
export function bestOf(values: readonly (MetricValue | undefined)[], { up }: Best): number | null {
  let best: number | null = null;
  let held: number | null = null;
  for (const [at, value] of values.entries()) {
    if (value === undefined || value === "nan") continue;
    const score = numberOf(value);
    if (held === null || (up ? score > held : score < held)) [best, held] = [at, score];
  }
  return best;
}
