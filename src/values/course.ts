/** The course of a score over a run, read from the lines of its curves. */
import { parseLooseJson } from "./recorded-values.ts";
import { POSITIONS } from "./run-log.ts";

export interface Course {
  /** What `x` counts: `step`, `epoch`, `iteration`, `time`; `line` where the lines do not say. */
  by: string;
  /** In the order of `x`; values that are no numbers are left out. */
  points: { x: number; y: number }[];
}

/** Null for a score without a number on any line. `names`: all that have one. */
export function readCourse(text: string, metric: string): { course: Course | null; names: string[] } {
  const names = new Set<string>();
  const found: Record<string, unknown>[] = [];
  for (const line of text.split("\n")) {
    const entry = readLine(line);
    for (const [name, value] of Object.entries(entry))
      if (typeof value === "number" && !POSITIONS.includes(name)) names.add(name);
    if (typeof entry[metric] === "number") found.push(entry);
  }
  const by = POSITIONS.find((name) => found.every((entry) => typeof entry[name] === "number")) ?? "line";
  const points = found
    .map((entry, at) => ({ x: by === "line" ? at + 1 : (entry[by] as number), y: entry[metric] as number }))
    .toSorted((a, b) => a.x - b.x);
  return { course: points.length === 0 ? null : { by, points }, names: [...names] };
}

function readLine(line: string): Record<string, unknown> {
  try {
    const value = parseLooseJson(line);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
