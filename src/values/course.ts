/** The course of a score over a run, read from the lines of its curves. */
import { readCurves } from "./curves.ts";

export interface Course {
  /** What `x` counts: `step`, `epoch`, `iteration`, `time`; `line` where the lines do not say. */
  by: string;
  /** In the order of `x`; values that are no numbers are left out. */
  points: { x: number; y: number }[];
}

/** Null for a score without a number on any line. `names`: all that have one. */
export function readCourse(text: string, metric: string): { course: Course | null; names: string[] } {
  const { curves } = readCurves(text);
  const names = curves.map(({ name }) => name);
  const found = curves.find(({ name }) => name === metric);
  if (found === undefined) return { course: null, names };
  const points = found.x.map((x, at) => ({ x, y: found.y[at] ?? null }));
  return {
    course: { by: found.by, points: points.filter((each): each is { x: number; y: number } => each.y !== null) },
    names,
  };
}
