/** A curve in the terminal: dots of braille, or ASCII where colours are off. */
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { formatScore } from "../../values/scores.ts";
import type { Course } from "../../values/course.ts";
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

/** The curve with its axes, at most 80 columns wide. */
export function plotText({ metric, by, points }: Course & { metric: string }, style: Style): string {
  const ys = points.map(({ y }) => y);
  const [low, high] = [min(ys), -min(ys.map((y) => -y))];
  const labels = [formatScore(high), formatScore(low)] as const;
  const margin = Math.max(...labels.map((label) => label.length), 4);
  const grid: Grid = {
    width: Math.max(10, Math.min(style.width, WIDEST) - margin - 3),
    height: HEIGHT,
    dots: style.plain ? { x: 1, y: 1 } : { x: 2, y: 4 },
  };
  const pictures = draw(points, { low, high }, grid).map((cells) =>
    style.good(
      cells
        .map((dots) => letterOf(dots, style))
        .join("")
        .trimEnd(),
    ),
  );
  const bar = style.plain ? "|" : "\u2502";
  const rows = pictures.map((picture, row) => `${labelOf(row, labels).padStart(margin)} ${bar}${picture}`);
  const [first, last] = [points[0], points.at(-1)] as [Point, Point];
  const corner = style.plain ? "+" : "\u2514";
  const axis = `${" ".repeat(margin)} ${corner}${(style.plain ? "-" : "\u2500").repeat(grid.width)}`;
  const from = formatScore(first.x);
  const to = `${by} ${formatScore(last.x)}`.padStart(grid.width - from.length);
  const head = prose`${style.strong(display(metric))}  ${formatScore(first.y)} -> ${formatScore(last.y)}, lowest
    ${formatScore(low)}, highest ${formatScore(high)}`;
  return [head, ...rows, axis, `${" ".repeat(margin + 2)}${from}${to}`].join("\n");
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
  { low, high }: { low: number; high: number },
  { width, height, dots }: Grid,
): number[][] {
  const cells = Array.from({ length: height }, () => Array.from({ length: width }, () => 0));
  const [wide, tall] = [width * dots.x - 1, height * dots.y - 1];
  const [from, to] = [(points[0] as Point).x, (points.at(-1) as Point).x];
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

function letterOf(dots: number, style: Style): string {
  if (dots === 0) return " ";
  if (style.plain) return "*";
  return String.fromCodePoint(0x2800 + BRAILLE.reduce((sum, bit, at) => ((dots >> at) & 1 ? sum + bit : sum), 0));
}
