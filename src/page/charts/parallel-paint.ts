/** The picture of parallel coordinates: an axis for each column, a line for each version. */
import { display } from "../../base/paths.ts";
import type { PlotColumn } from "../../values/plot/plot-table.ts";
import { type Scale, scaleOf } from "../../values/plot/scale.ts";
import type { Paper } from "./canvas.ts";

export interface Axis {
  column: PlotColumn;
  scale: Scale;
  /** 0 to 1 for each version; null where it has none, which is drawn below the axis. */
  places: (number | null)[];
}

/** What is marked on an axis: places from 0 to 1. */
export interface Limits {
  low: number;
  high: number;
}

export const HEIGHT = 360;
const ROOM = { left: 70, right: 70, top: 34, bottom: 40 };
const NOTHING_AT = 18;
/** How many colours tell a low score from a high one. */
const SHADES = 12;
/** Letters. */
const [LONGEST_TITLE, LONGEST_TICK] = [22, 12];

export function axesOf(columns: readonly PlotColumn[]): Axis[] {
  return columns.map((column) => {
    const scale = scaleOf(column.values);
    return { column, scale, places: column.values.map((value) => scale.place(value)) };
  });
}

/** By index of the versions: those that every limit holds. What has no value is in none. */
export function within(axes: readonly Axis[], limits: ReadonlyMap<string, Limits>, count: number): boolean[] {
  const marked = axes.flatMap((axis) => {
    const limit = limits.get(axis.column.name);
    return limit === undefined ? [] : [{ axis, limit }];
  });
  return Array.from({ length: count }, (_, at) =>
    marked.every(({ axis: { places }, limit: { low, high } }) => {
      const place = places[at] ?? null;
      return place !== null && place >= low && place <= high;
    }),
  );
}

export function axisAt(index: number, count: number, width: number): number {
  if (count < 2) return width / 2;
  return ROOM.left + (index / (count - 1)) * (width - ROOM.left - ROOM.right);
}

function pixelOf(place: number | null): number {
  return place === null
    ? HEIGHT - ROOM.bottom + NOTHING_AT
    : ROOM.top + (1 - place) * (HEIGHT - ROOM.top - ROOM.bottom);
}

/** The place of a pixel on an axis, 0 to 1. */
export function placeAt(y: number): number {
  return Math.min(1, Math.max(0, 1 - (y - ROOM.top) / (HEIGHT - ROOM.top - ROOM.bottom)));
}

/** The index of the version whose line passes nearest to a pixel; -1 for none. */
export function lineAt(
  axes: readonly Axis[],
  isIn: readonly boolean[],
  width: number,
  at: { x: number; y: number },
): number {
  const part = ((at.x - ROOM.left) / (width - ROOM.left - ROOM.right)) * (axes.length - 1);
  const left = Math.min(Math.max(Math.floor(part), 0), axes.length - 2);
  const [from, to] = [axes[left], axes[left + 1]];
  if (from === undefined || to === undefined) return -1;
  let [best, distance] = [-1, NEAR];
  for (const [index, inside] of isIn.entries()) {
    const [a, b] = [pixelOf(from.places[index] ?? null), pixelOf(to.places[index] ?? null)];
    const gap = Math.abs(a + (b - a) * (part - left) - at.y);
    if (inside && gap < distance) [best, distance] = [index, gap];
  }
  return best;
}

/** Pixels from a line within which it is meant. */
const NEAR = 8;

export interface Looks {
  isIn: readonly boolean[];
  limits: ReadonlyMap<string, Limits>;
  /** By index. */
  selected: readonly number[];
  pointed: number;
}

export function paintParallel(paper: Paper, axes: readonly Axis[], looks: Looks): void {
  paintLines(paper, axes, looks);
  for (const [index, axis] of axes.entries()) paintAxis(paper, axis, axisAt(index, axes.length, paper.width), looks);
}

function paintLines({ ctx, width, palette }: Paper, axes: readonly Axis[], { isIn, selected, pointed }: Looks): void {
  const trace = (version: number): void => {
    for (const [index, { places }] of axes.entries()) {
      const [x, y] = [axisAt(index, axes.length, width), pixelOf(places[version] ?? null)];
      if (index === 0) ctx.moveTo(x, y);
      else ctx.lineTo(x, y);
    }
  };
  const stroke = (versions: readonly number[], colour: string, [thick, alpha]: readonly [number, number]): void => {
    ctx.beginPath();
    for (const version of versions) trace(version);
    ctx.strokeStyle = colour;
    ctx.lineWidth = thick;
    ctx.globalAlpha = alpha;
    ctx.stroke();
  };
  const all = [...isIn.keys()];
  const outside = all.filter((each) => isIn[each] === false);
  stroke(outside, palette.faint, [1, outside.length > 500 ? 0.06 : 0.15]);
  const score = axes.at(-1);
  for (let shade = 0; shade < SHADES; shade++) {
    const own = all.filter((each) => isIn[each] && shadeOf(score?.places[each]) === shade);
    const colour = between(palette.series[0] as string, palette.series[1] as string, shade / (SHADES - 1));
    stroke(own, colour, [1.2, isIn.length > 1000 ? 0.4 : 0.75]);
  }
  stroke(selected, palette.text, [2.5, 1]);
  if (pointed >= 0) stroke([pointed], palette.text, [2, 1]);
  ctx.globalAlpha = 1;
}

function shadeOf(place: number | null | undefined): number {
  return Math.min(SHADES - 1, Math.max(0, Math.floor((place ?? 0) * SHADES)));
}

function paintAxis({ ctx, palette }: Paper, { column, scale, places }: Axis, x: number, { limits }: Looks): void {
  const [top, bottom] = [pixelOf(1), pixelOf(0)];
  ctx.strokeStyle = palette.faint;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  ctx.stroke();
  const limit = limits.get(column.name);
  if (limit !== undefined) {
    ctx.fillStyle = palette.accent;
    ctx.globalAlpha = 0.35;
    ctx.fillRect(x - 7, pixelOf(limit.high), 14, Math.max(2, pixelOf(limit.low) - pixelOf(limit.high)));
    ctx.globalAlpha = 1;
  }
  ctx.font = "12px system-ui, sans-serif";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillStyle = palette.text;
  ctx.fillText(display(column.title).slice(0, LONGEST_TITLE), x, 12);
  ctx.textAlign = "left";
  for (const { place, text } of scale.ticks)
    label({ ctx, palette }, display(text).slice(0, LONGEST_TICK), x, pixelOf(place));
  if (places.includes(null)) label({ ctx, palette }, "none", x, pixelOf(null));
}

/** Text over lines, which are dimmed below it. */
function label({ ctx, palette }: Pick<Paper, "ctx" | "palette">, text: string, x: number, y: number): void {
  ctx.fillStyle = palette.ground;
  ctx.globalAlpha = 0.75;
  ctx.fillRect(x + 6, y - 7, ctx.measureText(text).width + 4, 14);
  ctx.globalAlpha = 1;
  ctx.fillStyle = palette.faint;
  ctx.fillText(text, x + 8, y);
}

/** A colour between two that a style sheet computed; the first where they cannot be read. */
function between(a: string, b: string, part: number): string {
  const [from, to] = [a, b].map((colour) => /^rgba?\((\d+),\s*(\d+),\s*(\d+)/.exec(colour)?.slice(1).map(Number));
  if (!from || !to) return a;
  const mixed = from.map((value, at) => Math.round(value + ((to[at] ?? value) - value) * part));
  return `rgb(${mixed.join(",")})`;
}
