/** The time line of all stages: zoomed by buttons and keys, or by drawing over a part; a click looks at a moment. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import { prose } from "../../base/prose.ts";
import type { EventReport } from "../../registry/event-report.ts";
import { versionWord } from "../../values/label.ts";
import { type Bar, heldAt } from "../../values/stage-times.ts";
import { timeTicks } from "../../values/time-ticks.ts";
import { formatTime } from "../parts/when.tsx";
import { local } from "./here.ts";
import { Lane } from "./lane.tsx";
import type { Span, StageOfModel } from "./model-stages.ts";

interface TimeLineProps {
  stages: readonly StageOfModel[];
  span: Span;
  whole: Span;
  /** The moment that is looked at; null for none. */
  at: number | null;
  onLook(time: number): void;
  onSpan(span: Span | null): void;
}

/** Room that a tick's text takes. */
const TICK = 90;
/** The shortest span that can be zoomed to. */
const SHORTEST = 60_000;

export function TimeLine({ stages, span, whole, at, onLook, onSpan }: TimeLineProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [bar, setBar] = useState<Bar<EventReport> | null>(null);
  const drawn = useDrawing(box, { span, width, onLook, onSpan });
  const placeOf = (time: number): number => ((time - span.from) / (span.to - span.from)) * width;
  return (
    <div class="time-line">
      <Tools span={span} whole={whole} middle={at} onSpan={onSpan} />
      <div class="lanes" ref={box} {...drawn.handlers}>
        {stages.map((of) => (
          <div class="lane-of" key={of.stage}>
            <div class="lane-name">
              <strong>{of.stage}</strong> {holdsNow(of)}
            </div>
            {width > 0 && (
              <Lane
                of={of}
                span={span}
                width={width}
                looked={at === null ? of.moves.length - 1 : indexAt(of, at)}
                onLook={({ time }) => onLook(Date.parse(time))}
                onHover={setBar}
              />
            )}
          </div>
        ))}
        <Axis span={span} width={width} placeOf={placeOf} />
        {at !== null && at >= span.from && at <= span.to && <div class="looked" style={{ left: `${placeOf(at)}px` }} />}
        {drawn.part && (
          <div class="drawn" style={{ left: `${drawn.part.from}px`, width: `${drawn.part.to - drawn.part.from}px` }} />
        )}
      </div>
      <p class="hint time-line-told">{bar === null ? HELP : barWords(bar)}</p>
    </div>
  );
}

/** `middle`: what stays in the middle, where it is seen. */
function Tools({
  span,
  whole,
  middle,
  onSpan,
}: Pick<TimeLineProps, "span" | "whole" | "onSpan"> & { middle: number | null }) {
  const zoom = (factor: number): void => {
    const half = Math.max(SHORTEST, (span.to - span.from) * factor) / 2;
    const inside = Math.min(span.to, Math.max(span.from, middle ?? (span.from + span.to) / 2));
    onSpan(clipped({ from: inside - half, to: inside + half }, whole));
  };
  const pan = (part: number): void => {
    const by = (span.to - span.from) * part;
    onSpan(clipped({ from: span.from + by, to: span.to + by }, whole));
  };
  const isWhole = span.from <= whole.from && span.to >= whole.to;
  return (
    <div class="time-line-tools" role="group" aria-label="What of the time line is seen">
      <button type="button" onClick={() => zoom(0.5)}>
        Zoom in
      </button>
      <button type="button" disabled={isWhole} onClick={() => zoom(2)}>
        Zoom out
      </button>
      <button type="button" disabled={isWhole} onClick={() => pan(-0.5)}>
        Earlier
      </button>
      <button type="button" disabled={isWhole} onClick={() => pan(0.5)}>
        Later
      </button>
      <button type="button" disabled={isWhole} onClick={() => onSpan(null)}>
        All of it
      </button>
    </div>
  );
}

const HELP = prose`Click a moment to see what was in which stage then; draw over a part to zoom in; with the keyboard,
  the arrows go from move to move.`;

function holdsNow({ moves }: StageOfModel): string {
  return `holds ${versionWord(moves.at(-1)?.version ?? null, "nothing")}`;
}

function indexAt({ moves }: StageOfModel, at: number): number {
  const held = heldAt(moves, at);
  return held === null ? -1 : moves.lastIndexOf(held);
}

function barWords({ stretch: { from, to, version }, count }: Bar<EventReport>): string {
  if (count > 1)
    return `${plural(count, "move")} close together, the last to ${versionWord(version, "nothing")}: zoom in`;
  const end = to === null ? "until now" : `to ${formatTime(Date.parse(to.time))}`;
  const reason = from.reason === "" ? "" : `: “${display(from.reason)}”`;
  const held = versionWord(version, "nothing");
  const since = formatTime(Date.parse(from.time));
  return `${from.stage} held ${held} from ${since} ${end}, moved by ${display(from.by)}${reason}`;
}

function Axis({ span, width, placeOf }: { span: Span; width: number; placeOf(time: number): number }) {
  return (
    <svg class="time-axis" width={width} height={24} aria-hidden="true" focusable="false">
      {timeTicks(span, Math.max(2, Math.floor(width / TICK)), local).map(({ at, text }) => (
        <g key={at}>
          <line x1={placeOf(at)} x2={placeOf(at)} y1={0} y2={5} />
          <text x={placeOf(at)} y={18}>
            {text}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** Within the whole: moved into it, and null where it is all of it. */
function clipped({ from, to }: Span, whole: Span): Span | null {
  const length = to - from;
  if (length >= whole.to - whole.from) return null;
  const start = Math.min(whole.to - length, Math.max(whole.from, from));
  return { from: start, to: start + length };
}

function useWidth(box: { current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const measure = (): void => setWidth(Math.floor(element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return width;
}

/** Pixels that a pointer may move during a click. */
const STILL = 5;

/** A click looks at a moment, and drawing over a part zooms to it. */
function useDrawing(
  box: { current: HTMLElement | null },
  { span, width, onLook, onSpan }: Pick<TimeLineProps, "span" | "onLook" | "onSpan"> & { width: number },
) {
  const [part, setPart] = useState<Span | null>(null);
  const start = useRef<number | null>(null);
  const placeIn = (event: PointerEvent): number => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    return Math.min(width, Math.max(0, event.clientX - left));
  };
  const timeAt = (place: number): number => span.from + (place / Math.max(1, width)) * (span.to - span.from);
  const handlers = {
    onPointerDown(event: PointerEvent) {
      if (event.button === 0) start.current = placeIn(event);
    },
    onPointerMove(event: PointerEvent) {
      if (start.current === null) return;
      const [from, to] = [start.current, placeIn(event)].toSorted((a, b) => a - b) as [number, number];
      if (to - from <= STILL) return setPart(null);
      box.current?.setPointerCapture(event.pointerId);
      setPart({ from, to });
    },
    onPointerUp(event: PointerEvent) {
      if (start.current === null) return;
      if (part === null) onLook(timeAt(placeIn(event)));
      else if (timeAt(part.to) - timeAt(part.from) >= SHORTEST)
        onSpan({ from: timeAt(part.from), to: timeAt(part.to) });
      start.current = null;
      setPart(null);
    },
    onPointerCancel() {
      start.current = null;
      setPart(null);
    },
  };
  return { part, handlers };
}
