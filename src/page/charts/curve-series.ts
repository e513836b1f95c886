/** What the charts of some curves draw: which belong together, and each as the options have it. */
import { plural } from "../../base/counts.ts";
import type { Curve } from "../../values/curves.ts";
import { elapsedText } from "../../values/plot/axis.ts";
import { groupScores } from "../../values/plot/groups.ts";
import { type Line, orderedLine, positiveOnly, smoothed } from "../../values/plot/line.ts";
import type { ChartAxis, ChartSeries } from "./chart-parts.ts";
import { COLOURS } from "./colours.ts";
import type { CurveAxis, CurveOptions } from "./curve-options.ts";

/** Curves of one version or run. */
export interface CurveSource {
  /** `MODEL@vN`, or a run's id. */
  label: string;
  curves: readonly Curve[];
}

/** One chart: a quantity of all sources, with what no option changes worked out. */
export interface CurveGroup {
  title: string;
  lines: { id: string; label: string; colour: number; dashed: boolean; line: Line }[];
  x: ChartAxis;
  /** Values that stand where a later one does. */
  replaced: number;
}

export interface CurveChart extends Pick<CurveGroup, "title" | "x"> {
  series: ChartSeries[];
  y: ChartAxis;
  note: string;
}

/** Of curves that have no place by `by`, what each counts itself. */
export function groupsOf(sources: readonly CurveSource[], by: CurveAxis): CurveGroup[] {
  const names = [...new Set(sources.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  const tables = sources.map(({ curves }) => new Map(curves.map((curve) => [curve.name, curve])));
  return groupScores(names).map((group) => {
    const counted = new Set<string>();
    let replaced = 0;
    const lines = group.names.flatMap((name, part) =>
      sources.flatMap(({ label }, source) => {
        const curve = tables[source]?.get(name);
        if (curve === undefined) return [];
        const places = placesOf(curve, by);
        counted.add(places.by);
        const ordered = orderedLine(places.x, curve.y);
        // Of steps in one epoch the last one counts, which is as it should be.
        if (places.by === curve.by) replaced += ordered.replaced;
        const isAlone = sources.length === 1;
        const words = isAlone || group.names.length === 1 ? [isAlone ? name : label] : [label, name];
        const look = isAlone ? { colour: part, dashed: part >= COLOURS } : { colour: source, dashed: part > 0 };
        return [{ id: `${source} ${name}`, label: words.join(" "), ...look, line: ordered.line }];
      }),
    );
    return { title: group.title, lines, x: axisOf([...counted]), replaced };
  });
}

function placesOf(curve: Curve, by: CurveAxis): { by: string; x: readonly number[] } {
  const places = by === "own" ? null : (curve[by] ?? null);
  return places === null ? { by: curve.by, x: curve.x } : { by, x: places };
}

function axisOf(counted: readonly string[]): ChartAxis {
  const isTime = counted.length === 1 && counted[0] === "time";
  return isTime ? { label: "time", format: elapsedText } : { label: counted.join(" or ") };
}

export function chartOf({ title, lines, x, replaced }: CurveGroup, { smooth, log, clip }: CurveOptions): CurveChart {
  let hidden = 0;
  const series = lines.map(({ line, ...rest }) => {
    if (log) hidden += positiveOnly(line.y).hidden;
    return smooth === 0
      ? { ...rest, line }
      : { ...rest, line: { x: line.x, y: smoothed(line.y, smooth) }, behind: line };
  });
  const notes = [
    ...(hidden > 0 ? [`${plural(hidden, "value")} not above 0 and so not on a logarithmic axis.`] : []),
    ...(replaced > 0
      ? [`${plural(replaced, "value")} written anew by a run that was resumed: the later ones count.`]
      : []),
  ];
  return { title, series, x, y: { label: title, log, clip }, note: notes.join(" ") };
}
