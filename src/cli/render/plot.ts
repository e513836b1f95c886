/** Curves in the terminal: dots of braille, or ASCII where colours are off. */
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { formatScore } from "../../values/scores.ts";
import type { Course } from "../../values/course.ts";
import { columnsOf } from "./columns.ts";
import type { Style } from "./style.ts";

/** Lines of the picture without its axis. */
const HEIGHT = 14;
const WIDEST = 80;

type Point = Course["points"][number];

interface Grid {
  /** Cells of the picture, and dots in each of them. */
  width: number;
  height: number;
  dots: { x: number; y: number };
}

/** A curve, and whose it is. */
type NamedCourse = Course & { label: string };

/** Curves that can be told from each other in one picture. */
export const MOST_CURVES = 6;
/** What each curve is drawn of where there are no colours; where several meet it is `#`. */
const MARKS = "*o+x%@";

/** The curve with its axes, at most 80 columns wide. */
export function plotText({ metric, ...course }: Course & { metric: string }, style: Style): string {
  const { points } = course;
  const { low, high } = rangeOf(points.map(({ y }) => y));
  const [first, last] = endsOf(points);
  const head = prose`${style.strong(display(metric))}  ${formatScore(first.y)} -> ${formatScore(last.y)}, lowest
    ${formatScore(low)}, highest ${formatScore(high)}`;
  return [head, ...picture([course], style)].join("\n");
}

/** Several curves of one score in one picture, with a legend; at most `MOST_CURVES`. */
export function plotsText(
  { metric, curves }: { metric: string; curves: readonly NamedCourse[] },
  style: Style,
): string {
  const width = Math.max(...curves.map(({ label }) => columnsOf(display(label))));
  const legend = curves.map(({ label, points }, nth) => {
    const [first, last] = endsOf(points);
    const { low, high } = rangeOf(points.map(({ y }) => y));
    const sign = style.nth(style.plain ? (MARKS[nth] as string) : "\u2501\u2501", nth);
    const name = display(label) + " ".repeat(width - columnsOf(display(label)));
    return prose`${sign} ${name}  ${formatScore(first.y)} -> ${formatScore(last.y)}, lowest ${formatScore(low)}, highest
      ${formatScore(high)}`;
  });
  return [style.strong(display(metric)), ...picture(curves, style), ...legend].join("\n");
}

function endsOf(points: Course["points"]): [Point, Point] {
  return [points[0], points.at(-1)] as [Point, Point];
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  return { low: min(values), high: -min(values.map((each) => -each)) };
}

/** All curves on the same axes. */
function picture(curves: readonly Course[], style: Style): string[] {
  const { low, high } = rangeOf(curves.flatMap(({ points }) => points.map(({ y }) => y)));
  const ends = rangeOf(curves.flatMap(({ points }) => points.map(({ x }) => x)));
  const labels = [formatScore(high), formatScore(low)] as const;
  const margin = Math.max(...labels.map((label) => label.length), 4);
  const grid: Grid = {
    width: Math.max(10, Math.min(style.width, WIDEST) - margin - 3),
    height: HEIGHT,
    dots: style.plain ? { x: 1, y: 1 } : { x: 2, y: 4 },
  };
  const layers = curves.map(({ points }) => draw(points, { low, high, from: ends.low, to: ends.high }, grid));
  const bar = style.plain ? "|" : "\u2502";
  const rows = Array.from(
    { length: HEIGHT },
    (_, row) => `${labelOf(row, labels).padStart(margin)} ${bar}${rowText(layers, row, style)}`,
  );
  const corner = style.plain ? "+" : "\u2514";
  const axis = `${" ".repeat(margin)} ${corner}${(style.plain ? "-" : "\u2500").repeat(grid.width)}`;
  const from = formatScore(ends.low);
  const by = [...new Set(curves.map((each) => each.by))].join(" / ");
  const to = `${display(by)} ${formatScore(ends.high)}`.padStart(grid.width - from.length);
  return [...rows, axis, `${" ".repeat(margin + 2)}${from}${to}`];
}

/** One line of the picture; where several curves meet, it has the colour of the last and the dots of all. */
function rowText(layers: readonly number[][][], row: number, style: Style): string {
  const cells = (layers[0]?.[row] ?? []).map((_, at) => {
    const met = layers.flatMap((layer, nth) => ((layer[row] as number[])[at] === 0 ? [] : [nth]));
    const dots = layers.reduce((sum, layer) => sum | ((layer[row] as number[])[at] as number), 0);
    return { nth: met.at(-1) ?? -1, letter: letterOf(dots, met, style) };
  });
  const spans: { nth: number; text: string }[] = [];
  for (const { nth, letter } of cells.slice(0, cells.findLastIndex((each) => each.nth >= 0) + 1)) {
    const span = spans.at(-1);
    if (span !== undefined && (span.nth === nth || nth < 0)) span.text += letter;
    else spans.push({ nth, text: letter });
  }
  return spans.map(({ nth, text }) => (nth < 0 ? text : style.nth(text, nth))).join("");
}

/** The ends of the axis have a label. */
function labelOf(row: number, [high, low]: readonly [string, string]): string {
  if (row === 0) return high;
  return row === HEIGHT - 1 ? low : "";
}

function min(values: readonly number[]): number {
  return values.reduce((least, each) => Math.min(least, each), Infinity);
}

/** For each cell the dots that are set: bit `x + y * dots.x`. Points are joined by lines. */
function draw(
  points: Course["points"],
  { low, high, from, to }: { low: number; high: number; from: number; to: number },
  { width, height, dots }: Grid,
): number[][] {
  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => 0));
  const [wide, tall] = [width * dots.x - 1, height * dots.y - 1];
  const place = ({ x, y }: Point): Point => ({
    x: Math.round(part(x, from, to) * wide),
    y: Math.round((1 - (high === low ? 0.5 : part(y, low, high))) * tall),
  });
  const set = (x: number, y: number): void => {
    const row = cells[Math.floor(y / dots.y)] as number[];
    const at = Math.floor(x / dots.x);
    row[at] = (row[at] as number) | (1 << ((x % dots.x) + (y % dots.y) * dots.x));
  };
  let before = place(points[0] as Point);
  for (const point of points) {
    const now = place(point);
    const steps = Math.max(Math.abs(now.x - before.x), Math.abs(now.y - before.y), 1);
    for (let step = 0; step <= steps; step++)
      set(
        Math.round(before.x + ((now.x - before.x) * step) / steps),
        Math.round(before.y + ((now.y - before.y) * step) / steps),
      );
    before = now;
  }
  return cells;
}

/** Where `value` is between two ends, 0 to 1; also for ends whose difference is too large for a number. */
function part(value: number, from: number, to: number): number {
  return to === from ? 0 : (value / 2 - from / 2) / (to / 2 - from / 2);
}

/** Bits of braille for the dots of a cell, row by row. */
const BRAILLE = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

/** `met`: the curves that go through the cell. */
function letterOf(dots: number, met: readonly number[], style: Style): string {
  if (dots === 0) return " ";
  if (style.plain) return met.length > 1 ? "#" : (MARKS[met[0] as number] as string);
  return String.fromCodePoint(0x2800 + BRAILLE.reduce((sum, bit, at) => ((dots >> at) & 1 ? sum + bit : sum), 0));
}
