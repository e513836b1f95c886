/** A setting against a score: a point for each version; a click, or Enter, selects it. */
import { useCallback, useMemo, useState } from "preact/hooks";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { type PlotValue, type Scale, scaleOf } from "../../values/plot/scale.ts";
import type { PlotColumn } from "../../values/plot/plot-table.ts";
import { type Paper, useCanvas } from "./canvas.ts";

interface ScatterProps {
  versions: readonly number[];
  x: PlotColumn;
  y: PlotColumn;
  /** By powers of ten, where that is possible; null for whatever suits the values. */
  logX: boolean | null;
  logY: boolean | null;
  selected: ReadonlySet<number>;
  onSelect: (version: number) => void;
}

interface Dot {
  version: number;
  x: number;
  y: number;
  text: string;
}

const HEIGHT = 340;
const ROOM = { left: 64, right: 16, top: 12, bottom: 44 };
/** Pixels from a point within which it is meant. */
const NEAR = 14;

export function Scatter({ versions, x, y, logX, logY, selected, onSelect }: ScatterProps) {
  const [pointed, point] = useState<number | null>(null);
  const scales = useMemo(() => [scaleOf(x.values, logX), scaleOf(y.values, logY)] as const, [x, y, logX, logY]);
  const dots = useMemo(() => dotsOf(versions, { x, y }, scales), [versions, x, y, scales]);
  const paint = useCallback(
    (paper: Paper) => {
      paintAxes(paper, scales, [x.title, y.title]);
      paintDots(paper, dots, { selected, pointed });
    },
    [dots, scales, selected, pointed],
  );
  const canvas = useCanvas(paint, HEIGHT);
  const near = (event: MouseEvent): Dot | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return undefined;
    const place = { x: event.clientX - box.left, y: event.clientY - box.top };
    return nearestDot(dots, place, { width: box.width, height: box.height });
  };
  const onKey = (event: KeyboardEvent): void => {
    const at = dots.findIndex(({ version }) => version === pointed);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: dots.length - 1 }[event.key];
    if (event.key === "Enter" && pointed !== null) onSelect(pointed);
    else if (next === undefined) return;
    else point(dots[Math.min(Math.max(next, 0), dots.length - 1)]?.version ?? null);
    event.preventDefault();
  };
  const names = `${display(y.title)} against ${display(x.title)}`;
  const told = dots.find(({ version }) => version === pointed);
  const how = "Arrow keys go from one to the next, Enter selects.";
  return (
    <div>
      <div
        class="chart-picture"
        tabIndex={0}
        role="group"
        aria-label={`Chart of ${names}: ${plural(dots.length, "version")}. ${how}`}
        onKeyDown={onKey}
        onMouseMove={(event) => point(near(event)?.version ?? null)}
        onMouseLeave={() => point(null)}
        onClick={(event) => {
          const found = near(event);
          if (found) onSelect(found.version);
        }}
      >
        <canvas ref={canvas} aria-hidden="true" />
      </div>
      <p class="chart-place" role="status">
        {told === undefined
          ? `${formatCount(dots.length)} of ${plural(versions.length, "version")} with both.`
          : told.text}
      </p>
    </div>
  );
}

/** In the order of `x`, as keys go through them. */
function dotsOf(
  versions: readonly number[],
  { x, y }: { x: PlotColumn; y: PlotColumn },
  [across, up]: readonly [Scale, Scale],
): Dot[] {
  const say = (value: PlotValue): string => display(String(value));
  return versions
    .flatMap((version, at) => {
      const [left, top] = [across.place(x.values[at]), up.place(y.values[at])];
      const text = `v${version}: ${display(x.title)} ${say(x.values[at])}, ${display(y.title)} ${say(y.values[at])}`;
      return left === null || top === null ? [] : [{ version, x: left, y: top, text }];
    })
    .toSorted((a, b) => a.x - b.x || a.y - b.y);
}

interface Size {
  width: number;
  height: number;
}

function pixelOf({ x, y }: { x: number; y: number }, { width, height }: Size): { x: number; y: number } {
  return {
    x: ROOM.left + x * (width - ROOM.left - ROOM.right),
    y: ROOM.top + (1 - y) * (height - ROOM.top - ROOM.bottom),
  };
}

function nearestDot(dots: readonly Dot[], place: { x: number; y: number }, size: Size): Dot | undefined {
  let best: { dot: Dot; distance: number } | undefined;
  for (const dot of dots) {
    const at = pixelOf(dot, size);
    const distance = Math.hypot(at.x - place.x, at.y - place.y);
    if (distance <= NEAR && (best === undefined || distance < best.distance)) best = { dot, distance };
  }
  return best?.dot;
}

const FONT = "12px system-ui, sans-serif";
/** Letters of a tick or an axis. */
const LONGEST = 24;

function paintAxes({ ctx, palette, ...size }: Paper, [across, up]: readonly [Scale, Scale], titles: string[]): void {
  ctx.font = FONT;
  ctx.strokeStyle = palette.line;
  ctx.fillStyle = palette.faint;
  ctx.lineWidth = 1;
  const line = (from: { x: number; y: number }, to: { x: number; y: number }): void => {
    ctx.beginPath();
    ctx.moveTo(from.x, from.y);
    ctx.lineTo(to.x, to.y);
    ctx.stroke();
  };
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  for (const { place, text } of across.ticks) {
    const at = pixelOf({ x: place, y: 0 }, size);
    line(at, pixelOf({ x: place, y: 1 }, size));
    ctx.fillText(display(text).slice(0, LONGEST), at.x, at.y + 6);
  }
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const { place, text } of up.ticks) {
    const at = pixelOf({ x: 0, y: place }, size);
    line(at, pixelOf({ x: 1, y: place }, size));
    ctx.fillText(display(text).slice(0, 9), at.x - 6, at.y);
  }
  ctx.fillStyle = palette.text;
  ctx.textAlign = "center";
  ctx.fillText(display(titles[0] ?? "").slice(0, 80), size.width / 2, size.height - 10);
}

function paintDots(
  { ctx, palette, ...size }: Paper,
  dots: readonly Dot[],
  { selected, pointed }: { selected: ReadonlySet<number>; pointed: number | null },
): void {
  const dot = (each: Dot, radius: number): void => {
    const { x, y } = pixelOf(each, size);
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fill();
  };
  ctx.globalAlpha = dots.length > 500 ? 0.45 : 0.75;
  ctx.fillStyle = palette.series[0] as string;
  for (const each of dots) dot(each, 3.5);
  ctx.globalAlpha = 1;
  ctx.fillStyle = palette.series[1] as string;
  for (const each of dots) if (selected.has(each.version)) dot(each, 5.5);
  ctx.fillStyle = palette.text;
  for (const each of dots) if (each.version === pointed) dot(each, 6);
}
