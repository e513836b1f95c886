/** Lines across a chart with a name at their top. */
import uPlot from "uplot";
import { display } from "../../base/paths.ts";
import type { ChartMark } from "./chart-parts.ts";
import { COLOURS, type Palette } from "./colours.ts";

/** More lines in what is seen would hide the rest: none is drawn until one looks closer. */
const MOST = 200;
/** More names would cover each other: they are left out. */
const MOST_NAMES = 40;
/** Letters of a name. */
const LONGEST = 30;

export function drawMarks(plot: uPlot, marks: readonly ChartMark[], palette: Palette): void {
  const { ctx, bbox } = plot;
  const [low, high] = [plot.scales["x"]?.min ?? 0, plot.scales["x"]?.max ?? 0];
  const seen = marks.filter(({ at }) => at >= low && at <= high);
  const ratio = uPlot.pxRatio;
  if (seen.length > MOST) return;
  ctx.save();
  ctx.lineWidth = ratio;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  let free = [-Infinity, -Infinity, -Infinity];
  for (const { at, label, colour } of seen.toSorted((a, b) => a.at - b.at)) {
    const x = Math.round(plot.valToPos(at, "x", true)) + 0.5;
    ctx.strokeStyle = colour === undefined ? palette.faint : (palette.series[colour % COLOURS] as string);
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const row = free.findIndex((end) => end < x);
    if (seen.length > MOST_NAMES || row === -1) continue;
    ctx.fillStyle = palette.text;
    const name = display(label).slice(0, LONGEST);
    ctx.fillText(name, x + 3 * ratio, bbox.top + (2 + row * 13) * ratio);
    free = free.map((end, index) => (index === row ? x + ctx.measureText(name).width + 8 * ratio : end));
  }
  ctx.restore();
}
