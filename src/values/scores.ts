/** Scores as people compare them. */
import { pattern } from "../base/pattern.ts";
import type { MetricValue } from "./package.ts";

/** Names, or parts of names, of what is better the smaller it is. */
const SMALLER_IS_BETTER = pattern("i")`
  (^|[_./-])(loss|error|err|rmse|mse|mae|mape|perplexity|ppl|wer|cer|fid|brier|logloss|nll|latency|
  seconds|time|bytes|size)($|[_./-])`;

/** Whether a score's name says that it is of the data that a model learned from, which tells little of the model. */
export function isOfTraining(name: string): boolean {
  return /^train(?:ing)?(?:$|[/_.: -])/i.test(name);
}

/** Which way a score is better, as its name tells; a guess, shown as an arrow and never acted on. */
export function isBetterUp(name: string): boolean {
  return !SMALLER_IS_BETTER.test(name);
}

/** A score with up to four decimals that matter. */
export function formatScore(value: MetricValue | undefined): string {
  if (value === undefined) return "-";
  if (typeof value !== "number" || Number.isInteger(value)) return String(value);
  const digits = Math.abs(value) >= 0.001 && Math.abs(value) < 1e6 ? value.toFixed(4) : value.toPrecision(4);
  return digits.includes("e") ? digits : digits.replace(/(\.\d*?[1-9])0+$|\.0+$/, "$1");
}

/** How a score moved: the difference, and whether that is better; null where either is no number. */
export function scoreChange(
  name: string,
  before: MetricValue | undefined,
  after: MetricValue | undefined,
): { delta: number; better: boolean | null } | null {
  if (typeof before !== "number" || typeof after !== "number") return null;
  const delta = after - before;
  return { delta, better: delta === 0 ? null : delta > 0 === isBetterUp(name) };
}

/** `+0.0042`. */
export function formatDelta(delta: number): string {
  return `${delta < 0 ? "-" : "+"}${formatScore(Math.abs(delta))}`;
}
