/**
 * Settings against a score by parallel coordinates: an axis for each, a line for each version, coloured by the last
 * axis. Dragging along an axis marks a part of it; a click, or Enter, selects a version.
 */
import { useCallback, useMemo, useState } from "preact/hooks";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { expressionOf } from "../../values/plot/brush.ts";
import type { PlotColumn } from "../../values/plot/plot-table.ts";
import { type Paper, useCanvas } from "./canvas.ts";
import {
  type Axis,
  axesOf,
  axisAt,
  HEIGHT,
  type Limits,
  lineAt,
  paintParallel,
  placeAt,
  within,
} from "./parallel-paint.ts";
import { LimitSliders } from "./limit-sliders.tsx";

interface ParallelProps {
  versions: readonly number[];
  /** The last one gives the colours. */
  columns: readonly PlotColumn[];
  selected: ReadonlySet<number>;
  onSelect: (version: number) => void;
  /** What is marked is to filter the versions, as this expression. */
  onFilter: (where: string) => void;
}

/** Pixels from an axis within which a press marks a part of it. */
const NEAR_AXIS = 16;
/** Parts of an axis below which a mark is a slip of the hand. */
const LEAST = 0.015;

export function Parallel({ versions, columns, selected, onSelect, onFilter }: ParallelProps) {
  const [limits, setLimits] = useState<ReadonlyMap<string, Limits>>(new Map());
  const [pointed, point] = useState(-1);
  const axes = useMemo(() => axesOf(columns), [columns]);
  const isIn = useMemo(() => within(axes, limits, versions.length), [axes, limits, versions]);
  const chosen = useMemo(() => versions.flatMap((each, at) => (selected.has(each) ? [at] : [])), [versions, selected]);
  const paint = useCallback(
    (paper: Paper) => paintParallel(paper, axes, { isIn, limits, selected: chosen, pointed }),
    [axes, isIn, limits, chosen, pointed],
  );
  const canvas = useCanvas(paint, HEIGHT);
  const limit = (name: string, to: Limits | null): void => {
    const next = new Map(limits);
    if (to === null || to.high - to.low >= 1) next.delete(name);
    else next.set(name, to);
    setLimits(next);
  };
  const hand = useHand({ axes, isIn, limit, point, select: (at) => onSelect(versions[at] as number) });
  const order = useMemo(() => orderOf(axes, isIn), [axes, isIn]);
  const onKey = (event: KeyboardEvent): void => {
    const at = order.indexOf(pointed);
    const next = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: order.length - 1 }[event.key];
    if (event.key === "Enter" && pointed >= 0) onSelect(versions[pointed] as number);
    else if (event.key === "Escape") setLimits(new Map());
    else if (next === undefined) return;
    else point(order[Math.min(Math.max(next, 0), order.length - 1)] ?? -1);
    event.preventDefault();
  };
  const names = columns.map(({ title }) => display(title)).join(", ");
  return (
    <div>
      <div
        class="chart-picture chart-parallel"
        tabIndex={0}
        role="group"
        aria-label={`Chart of ${plural(versions.length, "version")} over ${names}. Arrow keys go on, Enter selects.`}
        onKeyDown={onKey}
        {...hand}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      <p class="chart-note">{tellCount(isIn, limits.size)}</p>
      <p class="chart-place" role="status">
        {pointed >= 0 && tellVersion(axes, versions, pointed)}
      </p>
      <LimitSliders axes={axes} limits={limits} onLimit={limit} />
      {limits.size > 0 && (
        <p class="chart-tools">
          <button type="button" onClick={() => onFilter(expressionOf(brushesOf(axes, limits)))}>
            Show only these in the table
          </button>
          <button type="button" onClick={() => setLimits(new Map())}>
            Clear all marks
          </button>
        </p>
      )}
    </div>
  );
}

interface Hand {
  axes: readonly Axis[];
  isIn: readonly boolean[];
  limit: (name: string, to: Limits | null) => void;
  point: (at: number) => void;
  select: (at: number) => void;
}

/** What a pointer does: marks along an axis, else points at lines. */
function useHand({ axes, isIn, limit, point, select }: Hand) {
  const [held, hold] = useState<{ name: string; from: number } | null>(null);
  const placeOf = (event: PointerEvent | MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
  };
  const axisNear = (x: number, width: number): Axis | undefined =>
    axes.find((_, at) => Math.abs(axisAt(at, axes.length, width) - x) <= NEAR_AXIS);
  return {
    onPointerDown: (event: PointerEvent) => {
      const { x, y, width } = placeOf(event);
      const axis = axisNear(x, width);
      if (axis === undefined) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      hold({ name: axis.column.name, from: placeAt(y) });
    },
    onPointerMove: (event: PointerEvent) => {
      const { x, y, width } = placeOf(event);
      if (held === null) return point(lineAt(axes, isIn, width, { x, y }));
      const to = placeAt(y);
      limit(held.name, { low: Math.min(held.from, to), high: Math.max(held.from, to) });
    },
    onPointerUp: (event: PointerEvent) => {
      if (held !== null && Math.abs(placeAt(placeOf(event).y) - held.from) < LEAST) limit(held.name, null);
      hold(null);
    },
    onPointerLeave: () => held === null && point(-1),
    onClick: (event: MouseEvent) => {
      const { x, y, width } = placeOf(event);
      const found = axisNear(x, width) === undefined ? lineAt(axes, isIn, width, { x, y }) : -1;
      if (found >= 0) select(found);
    },
  };
}

/** Versions by the last axis, the highest first, as keys go through them. */
function orderOf(axes: readonly Axis[], isIn: readonly boolean[]): number[] {
  const places = axes.at(-1)?.places ?? [];
  return [...isIn.keys()].filter((at) => isIn[at]).toSorted((a, b) => (places[b] ?? -1) - (places[a] ?? -1));
}

function brushesOf(axes: readonly Axis[], limits: ReadonlyMap<string, Limits>) {
  return axes.flatMap(({ column: { name }, scale }) => {
    const limit = limits.get(name);
    return limit === undefined ? [] : [{ name, scale, ...limit }];
  });
}

function tellVersion(axes: readonly Axis[], versions: readonly number[], at: number): string {
  const values = axes.map(
    ({ column: { title, values: all } }) => `${display(title)} ${display(String(all[at] ?? "–"))}`,
  );
  return `v${versions[at]}: ${values.join(", ")}`;
}

function tellCount(isIn: readonly boolean[], marks: number): string {
  if (marks === 0) return "Drag along an axis to mark a part of it.";
  return `${formatCount(isIn.filter(Boolean).length)} of ${plural(isIn.length, "version")} within the marks.`;
}
