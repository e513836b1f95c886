/** Scales of settings and scores for scatter charts and parallel coordinates: numbers, powers, or words. Pure. */
import { rangeOf, ticks, tickText } from "./axis.ts";

/** What a version has in a column; `undefined` and null for nothing. */
export type PlotValue = string | number | boolean | null | undefined;

export interface Scale {
  kind: "number" | "log" | "category";
  /** Where a value stands, 0 to 1; null for one that has no place. */
  place(value: PlotValue): number | null;
  /** The value at a place; null on a scale of words. */
  valueAt(place: number): number | null;
  /** The words at places from one to another, of a scale of words. */
  wordsBetween(low: number, high: number): string[];
  ticks: { place: number; text: string }[];
  /** It may be drawn by powers of ten, and would be read better so. */
  suitsLog: boolean;
}

/** Words of one scale; those that come later share the last place. */
const MOST_WORDS = 200;
/** How many times the lowest value the highest is, for powers to be the better scale. */
const WIDE = 100;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** `log`: by powers, where all values allow it; null for whatever suits them. */
export function scaleOf(values: readonly PlotValue[], log: boolean | null = null): Scale {
  const known = values.filter((value) => !isNothing(value));
  const numbers = known.map(numberOf);
  if (known.length === 0 || numbers.includes(null)) return wordScale(known);
  return numberScale(numbers as number[], log);
}

function isNothing(value: PlotValue): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "number" ? !Number.isFinite(value) : value === "nan" || value === "inf" || value === "-inf";
}

function numberOf(value: PlotValue): number | null {
  if (typeof value === "string" && NUMBER.test(value)) return Number.isFinite(Number(value)) ? Number(value) : null;
  return typeof value === "number" ? value : null;
}

function numberScale(numbers: readonly number[], wish: boolean | null): Scale {
  const [low, high] = rangeOf([numbers], { log: false, clip: false }) ?? [0, 1];
  const least = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const most = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const suitsLog = least > 0 && most / least >= WIDE;
  const isLog = least > 0 && (wish ?? suitsLog);
  const [from, to] = isLog ? (rangeOf([numbers], { log: true, clip: false }) ?? [1, 10]) : [low, high];
  const by = isLog ? Math.log : (value: number): number => value;
  const back = isLog ? Math.exp : by;
  // Halves, since the difference of two numbers may be too large for one.
  const part = (value: number): number => (by(value) / 2 - by(from) / 2) / (by(to) / 2 - by(from) / 2);
  return {
    kind: isLog ? "log" : "number",
    place: (value) => {
      const number = isNothing(value) ? null : numberOf(value);
      return number === null || (isLog && number <= 0) ? null : part(number);
    },
    valueAt: (place) => back(by(from) * (1 - place) + by(to) * place),
    wordsBetween: () => [],
    ticks: ticks([from, to], 5, isLog).map((value) => ({ place: part(value), text: tickText(value) })),
    suitsLog,
  };
}

function wordScale(known: readonly PlotValue[]): Scale {
  const collator = new Intl.Collator("en", { numeric: true });
  const words = [...new Set(known.map(String))].toSorted(collator.compare).slice(0, MOST_WORDS);
  const index = new Map(words.map((word, at) => [word, at]));
  const placeOf = (at: number): number => (words.length < 2 ? 0.5 : at / (words.length - 1));
  const shown = Math.ceil(words.length / 12);
  return {
    kind: "category",
    place: (value) => (isNothing(value) ? null : placeOf(index.get(String(value)) ?? words.length - 1)),
    valueAt: () => null,
    wordsBetween: (low, high) => words.filter((_, at) => placeOf(at) >= low && placeOf(at) <= high),
    ticks: words.flatMap((text, at) => (at % shown === 0 ? [{ place: placeOf(at), text }] : [])),
    suitsLog: false,
  };
}
