/** A chart in a sentence, for whoever hears it. */
import { formatCount } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { tickText } from "../../values/plot/axis.ts";
import { formatScore } from "../../values/scores.ts";
import type { ChartAxis, ChartSeries } from "./chart-parts.ts";

const MOST_TOLD = 4;

export function sentenceOf(title: string, series: readonly ChartSeries[], x: ChartAxis, y: ChartAxis): string {
  if (series.length === 0) return `Chart of ${title}: nothing is shown.`;
  const told = series.slice(0, MOST_TOLD).map((each) => courseOf(each, x, y));
  const more = series.length > MOST_TOLD ? ` And ${formatCount(series.length - MOST_TOLD)} more.` : "";
  return `Chart of ${title} over ${x.label}. ${told.join(" ")}${more}`;
}

function courseOf({ label, line }: ChartSeries, x: ChartAxis, y: ChartAxis): string {
  const [places, values] = [x.format ?? tickText, y.format ?? formatScore];
  const known = [...line.y.keys()].filter((at) => !Number.isNaN(line.y[at]));
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return `${display(label)}: no values.`;
  const tell = (at: number): string => `${values(line.y[at] as number)} at ${places(line.x[at] as number)}`;
  if (first === last) return `${display(label)}: ${tell(first)}.`;
  const by = (sign: 1 | -1): number =>
    known.reduce((best, at) => (sign * (line.y[at] as number) < sign * (line.y[best] as number) ? at : best), first);
  return `${display(label)}: from ${tell(first)} to ${tell(last)}; lowest ${tell(by(1))}, highest ${tell(by(-1))}.`;
}
