/**
 * A score over the versions of a model, with what each stage held drawn on it; a click selects a version.
 *
 *     <VersionsChart score="accuracy" versions={log.versions} moves={history.events} selected={new Set([3])}
 *       onSelect={select} />
 *
 * `versions` and `moves` are compared by identity. Whether it goes by number or by time is in the address
 * (`over=time`).
 */
import { useMemo } from "preact/hooks";
import { goTo, useRoute } from "../address.ts";
import { formatRoute, type Route } from "../route.ts";
import { holdingsOf, type Holding, type StageMove } from "../../values/plot/holdings.ts";
import { type Line, orderedLine } from "../../values/plot/line.ts";
import { timeText } from "../../values/plot/time-axis.ts";
import type { ChartAxis, ChartMark, ChartSeries } from "./chart-parts.ts";
import { LineChart } from "./line-chart.tsx";

/** As `log` tells it. */
interface VersionPoint {
  version: number;
  /** ISO 8601. */
  time: string;
  metrics: { [name: string]: number | string };
}

export interface VersionsChartProps {
  score: string;
  versions: readonly VersionPoint[];
  /** As `history` tells them; in any order. */
  moves: readonly StageMove[];
  selected?: ReadonlySet<number>;
  onSelect?: (version: number) => void;
}

const NONE: ReadonlySet<number> = new Set();

export function VersionsChart({ score, versions, moves, selected = NONE, onSelect }: VersionsChartProps) {
  const route = useRoute();
  const isTime = route.state.get("over") === "time";
  const holdings = useMemo(() => holdingsOf(moves), [moves]);
  const points = useMemo(() => pointsOf(versions, score), [versions, score]);
  const stages = useMemo(() => [...new Set(holdings.map(({ stage }) => stage))], [holdings]);
  const series = useMemo(
    () => [
      { id: "score", label: score, colour: 0, line: lineOf(points, isTime) },
      ...stages.map((stage, at) => {
        const own = holdings.filter((each) => each.stage === stage);
        return { colour: at + 1, id: `stage ${stage}`, label: stage, ...heldBy(own, points, isTime) };
      }),
      ...selectedOf(points, selected, isTime),
    ],
    [points, holdings, stages, isTime, selected, score],
  );
  const marks = useMemo(() => marksOf(holdings, stages, isTime), [holdings, stages, isTime]);
  const choose = (place: number): void => {
    const found = points.find((each) => placeOf(each, isTime) === place) ?? heldAt(holdings, place, isTime);
    if (found !== undefined) onSelect?.(found.version);
  };
  const set = (by: string): void => {
    const state = new URLSearchParams(route.state);
    if (by === "time") state.set("over", by);
    else state.delete("over");
    goTo(formatRoute({ ...route, state } as Route), { replace: true });
  };
  return (
    <div>
      <fieldset class="chart-options">
        <legend class="visually-hidden">What versions are drawn over</legend>
        <label>
          Over
          <select value={isTime ? "time" : "number"} onChange={(event) => set(event.currentTarget.value)}>
            <option value="number">number</option>
            <option value="time">time</option>
          </select>
        </label>
      </fieldset>
      <LineChart
        title={score}
        series={series}
        marks={marks}
        x={isTime ? BY_TIME : BY_NUMBER}
        {...(onSelect !== undefined && { onSelect: choose })}
      />
    </div>
  );
}

const BY_TIME: ChartAxis = { label: "time", format: (time) => timeText(time), isTime: true };
const BY_NUMBER: ChartAxis = { label: "version", format: (version) => `v${Math.round(version)}`, isWhole: true };

interface Point {
  version: number;
  time: number;
  value: number;
}

function pointsOf(versions: readonly VersionPoint[], score: string): Point[] {
  return versions.flatMap(({ version, time, metrics }) => {
    const value = metrics[score];
    const at = Date.parse(time);
    return typeof value === "number" && !Number.isNaN(at) ? [{ version, time: at, value }] : [];
  });
}

function placeOf({ version, time }: Point, isTime: boolean): number {
  return isTime ? time : version;
}

function lineOf(points: readonly Point[], isTime: boolean): Line {
  return orderedLine(
    points.map((each) => placeOf(each, isTime)),
    points.map(({ value }) => value),
  ).line;
}

type Held = Pick<ChartSeries, "line" | "dots" | "stepped">;

/**
 * Over time, the score of what a stage held, as steps that go on to now; over numbers, a dot at each version that it
 * held.
 */
function heldBy(holdings: readonly Holding[], points: readonly Point[], isTime: boolean): Held {
  const byVersion = new Map(points.map((point) => [point.version, point]));
  const scored = holdings.flatMap((holding) => {
    const point = byVersion.get(holding.version);
    return point === undefined ? [] : [{ ...holding, point }];
  });
  if (!isTime)
    return {
      line: lineOf(
        scored.map(({ point }) => point),
        false,
      ),
      dots: true,
    };
  const newest = points.reduce((latest, { time }) => Math.max(latest, time), -Infinity);
  const steps = scored.flatMap(({ from, to, point: { value } }) => [
    { at: from, value },
    { at: to ?? Math.max(newest, from), value: to === null ? value : Number.NaN },
  ]);
  // Where one holding ends as the next begins, the later value counts.
  const { line } = orderedLine(
    steps.map(({ at }) => at),
    steps.map(({ value }) => value),
  );
  return { line, stepped: true };
}

function selectedOf(points: readonly Point[], selected: ReadonlySet<number>, isTime: boolean): ChartSeries[] {
  const chosen = points.filter(({ version }) => selected.has(version));
  if (chosen.length === 0) return [];
  return [{ id: "selected", label: "selected", colour: 6, dots: true, line: lineOf(chosen, isTime) }];
}

function marksOf(holdings: readonly Holding[], stages: readonly string[], isTime: boolean): ChartMark[] {
  const moved = holdings.filter(({ to }) => isTime || to === null);
  return moved.map(({ stage, version, from }) => ({
    at: isTime ? from : version,
    label: isTime ? `${stage} v${version}` : stage,
    colour: stages.indexOf(stage) + 1,
  }));
}

/** A step of a stage that was clicked where no version was made. */
function heldAt(holdings: readonly Holding[], place: number, isTime: boolean): Holding | undefined {
  return isTime ? holdings.findLast(({ from, to }) => from <= place && (to === null || place <= to)) : undefined;
}
