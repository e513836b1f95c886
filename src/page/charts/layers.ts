/** The layers of a chart's picture: each line as uPlot draws it, and what lies behind it. */
import uPlot from "uplot";
import type { Range } from "../../values/plot/axis.ts";
import { type Line, nearest } from "../../values/plot/line.ts";
import type { ChartSeries } from "./chart-parts.ts";
import { COLOURS, type Palette } from "./colours.ts";

/** One layer of the picture: a line, or the pale one behind it. */
export interface Layer {
  series: ChartSeries;
  line: Line;
  isBehind: boolean;
}

/** The pale ones first, so that they lie behind. */
export function layersOf({ series }: { series: readonly ChartSeries[] }): Layer[] {
  return [
    ...series.flatMap((each) => (each.behind ? [{ series: each, line: each.behind, isBehind: true }] : [])),
    ...series.map((each) => ({ series: each, line: each.line, isBehind: false })),
  ];
}

/** From the first place of any line to the last. */
export function rangeOfAll(layers: readonly { line: Line }[]): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const { line } of layers) {
    low = Math.min(low, line.x[0] ?? Infinity);
    high = Math.max(high, line.x.at(-1) ?? -Infinity);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

const BEHIND = 0.25;

export function seriesOf({ series, isBehind }: Layer, palette: Palette): uPlot.Series {
  const colour = series.colour ?? 0;
  const stroke = palette.series[colour % COLOURS] as string;
  const isDashed = series.dashed ?? colour >= COLOURS;
  const { stepped, linear } = uPlot.paths;
  return {
    stroke,
    width: 1.5,
    alpha: isBehind ? BEHIND : 1,
    ...(isDashed && { dash: [6, 4] }),
    ...(series.dots
      ? { paths: () => null, points: { show: true, size: 6, fill: stroke } }
      : { points: { size: 5, show: (plot, _at, from, to) => to - from < plot.bbox.width / uPlot.pxRatio / 14 } }),
    ...(series.stepped && stepped && { paths: stepped({ align: 1 }) }),
    ...(!series.stepped && !series.dots && linear && { paths: linear() }),
  };
}

const FARTHEST = 2000;

export function nearestWithValue(values: ArrayLike<number | null | undefined>, at: number): number {
  for (let distance = 0; distance < FARTHEST; distance++) {
    if (typeof values[at - distance] === "number") return at - distance;
    if (typeof values[at + distance] === "number") return at + distance;
  }
  return at;
}

/** The value of a line at the point that is nearest to a place; null for none. */
export function valueNear({ x, y }: Line, place: number): { at: number; value: number } | null {
  const index = nearest(x, place);
  const value = y[index];
  return value === undefined ? null : { at: x[index] as number, value };
}
