/** Every curve of a run, read from the lines of its curves as series that a chart draws. */
import { asMetric, parseLooseJson } from "./recorded-values.ts";
import { POSITIONS } from "./run-log.ts";

export interface Curve {
  /** Of the score. */
  name: string;
  /** What `x` counts: `step`, `epoch`, `iteration`, `time` (seconds); `line` where the lines do not say. */
  by: string;
  /** Ascending. */
  x: number[];
  /** As many as `x`; null for what is no number (NaN, infinity): a gap. */
  y: (number | null)[];
  /** As many as `x`: seconds since the first time that any line says; null where a line of this curve says none. */
  time: number[] | null;
  /** As many as `x`, which counts something else: the epochs, where every line of this curve says one. */
  epoch?: number[];
}

export interface CurvesRead {
  /** In the order in which they begin. */
  curves: Curve[];
  /** Lines that are no objects of JSON. */
  malformed: number;
  /** Curves that are not among them, being too many. */
  left: number;
}

/** Curves that are told of one version. */
const MOST_CURVES = 1000;

type Line = Readonly<Record<string, unknown>>;

/** `text`: JSON objects, one a line. Never throws for what it is. */
export function readCurves(text: string): CurvesRead {
  const byName = new Map<string, Line[]>();
  let malformed = 0;
  for (const written of text.split("\n")) {
    const line = written.trim() === "" ? {} : readLine(written);
    if (line === null) malformed++;
    for (const name of Object.keys(line ?? {})) if (isScore(name, line?.[name])) addTo(byName, name, line as Line);
  }
  const clock = clockOf([...byName.values()].flat());
  const drawn = [...byName].filter(([name, lines]) => lines.some((line) => finite(line[name]) !== null));
  const curves = drawn.slice(0, MOST_CURVES).map(([name, lines]) => curveOf(name, lines, clock));
  return { curves, malformed, left: drawn.length - curves.length };
}

function readLine(text: string): Line | null {
  try {
    const value = parseLooseJson(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Line) : null;
  } catch {
    // The caller counts them.
    return null;
  }
}

function isScore(name: string, value: unknown): boolean {
  return !POSITIONS.includes(name) && (typeof value === "number" || asMetric(value) !== null);
}

function addTo(byName: Map<string, Line[]>, name: string, line: Line): void {
  const lines = byName.get(name);
  if (lines) lines.push(line);
  else byName.set(name, [line]);
}

function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Seconds of a time as programs write it. */
type Clock = (time: number) => number;

/** Times above are since 1970: a run of three years has fewer seconds. */
const SINCE_1970 = 1e8;
/** Times above are since 1970 in milliseconds. */
const MILLISECONDS = 1e11;

function clockOf(lines: readonly Line[]): Clock {
  let first = Infinity;
  for (const line of lines) first = Math.min(first, finite(line["time"]) ?? Infinity);
  if (first < SINCE_1970 || first === Infinity) return (time) => time;
  const unit = first > MILLISECONDS ? 1000 : 1;
  return (time) => (time - first) / unit;
}

/** A time as programs write it (seconds of a run or of 1970, or milliseconds), as seconds since `began`. */
export function secondsSince(time: number, began: number): number {
  if (time < SINCE_1970) return time;
  return (time > MILLISECONDS ? time - began : time * 1000 - began) / 1000;
}

function curveOf(name: string, lines: readonly Line[], clock: Clock): Curve {
  const by = POSITIONS.find((each) => lines.every((line) => finite(line[each]) !== null)) ?? "line";
  const hasTime = lines.every((line) => finite(line["time"]) !== null);
  const hasEpoch = by !== "epoch" && lines.every((line) => finite(line["epoch"]) !== null);
  const points = lines
    .map((line, at) => {
      const time = hasTime ? clock(line["time"] as number) : 0;
      return { x: placeOf(line, by, { line: at + 1, time }), y: finite(line[name]), time, epoch: line["epoch"] };
    })
    .toSorted((a, b) => a.x - b.x);
  return {
    name,
    by,
    x: points.map(({ x }) => x),
    y: points.map(({ y }) => y),
    time: hasTime ? points.map(({ time }) => time) : null,
    ...(hasEpoch && { epoch: points.map(({ epoch }) => epoch as number) }),
  };
}

function placeOf(line: Line, by: string, own: { line: number; time: number }): number {
  return by === "line" || by === "time" ? own[by] : (line[by] as number);
}
