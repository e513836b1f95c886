/** The part of a chart that is looked at: zoomed, and stepped through point by point. */
import type { Range } from "../../values/plot/axis.ts";
import { firstFrom, type Line, nearest } from "../../values/plot/line.ts";

/** A part of the whole, `factor` times as long, about a place; null for all. */
export function zoomed([low, high]: Range, whole: Range, factor: number, about: number | null): Range | null {
  const middle = about !== null && about >= low && about <= high ? about : (low + high) / 2;
  const [from, to] = [middle - (middle - low) * factor, middle + (high - middle) * factor];
  if (from <= whole[0] && to >= whole[1]) return null;
  const [first, last] = [Math.max(from, whole[0]), Math.min(to, whole[1])];
  return last > first ? [first, last] : [low, high];
}

/** Where a step goes: to the point before or after, or to an end of what is seen. */
export type Step = "before" | "after" | "first" | "last";

/** The place of a point of any line, one step from a place within the window; the place itself where there is none. */
export function stepped(
  lines: readonly { line: Line }[],
  place: number | null,
  step: Step,
  [low, high]: Range,
): number | null {
  const found = lines.flatMap(({ line: { x } }) => {
    const [first, end] = [firstFrom(x, low), endOf(x, high)];
    const at = indexAfter(x, [first, end], place, step);
    return at < first || at >= end ? [] : [x[at] as number];
  });
  if (found.length === 0) return place;
  const isLeast = step === "first" || step === "after";
  return found.reduce((a, b) => (isLeast ? Math.min(a, b) : Math.max(a, b)));
}

function endOf(x: Float64Array, high: number): number {
  const at = firstFrom(x, high);
  return x[at] === high ? at + 1 : at;
}

function indexAfter(
  x: Float64Array,
  [first, end]: readonly [number, number],
  place: number | null,
  step: Step,
): number {
  if (step === "first" || (place === null && step === "after")) return first;
  if (step === "last" || place === null) return end - 1;
  const at = firstFrom(x, place);
  if (step === "before") return at - 1;
  return x[at] === place ? at + 1 : at;
}

/** The point of any line that is nearest to a place: of which line, and where. */
export function nearestOf(
  lines: readonly { id: string; line: Line }[],
  place: number,
): { id: string; at: number } | null {
  let best: { id: string; at: number } | null = null;
  for (const { id, line } of lines) {
    const at = line.x[nearest(line.x, place)];
    if (at !== undefined && (best === null || Math.abs(at - place) < Math.abs(best.at - place))) best = { id, at };
  }
  return best;
}
