/** One stage's row of the time line: a bar for each time that it held a version, and where the looked-at moment is. */
import type { EventReport } from "../../registry/event-report.ts";
import { versionWord } from "../../values/label.ts";
import { type Bar, barsOf } from "../../values/stage-times.ts";
import { formatTime } from "../parts/when.tsx";
import { presentTime } from "./here.ts";
import { KIND_WORDS, type Span, type StageOfModel } from "./model-stages.ts";

const HEIGHT = 30;
/** Pixels below which a bar has no room for its version. */
const READABLE = 30;

interface LaneProps {
  of: StageOfModel;
  span: Span;
  width: number;
  /** The index of the move that is looked at; -1 for none. */
  looked: number;
  onLook(move: EventReport): void;
  onHover(bar: Bar<EventReport> | null): void;
}

export function Lane({ of, span, width, looked, onLook, onHover }: LaneProps) {
  const { stage, moves, kinds, row } = of;
  const bars = barsOf(row, { ...span, width, now: presentTime() });
  const kindOf = (move: EventReport): string => kinds[move.event - (moves[0]?.event ?? 1)] ?? "forward";
  const go = (to: number): void => {
    let at = Math.min(moves.length - 1, Math.max(0, to));
    // Of moves of one second the last is what the stage held: the way back leads over all of them.
    const now = moves[looked]?.time;
    while (to < looked && at > 0 && moves[at]?.time === now) at--;
    const move = moves[at];
    if (move) onLook(move);
  };
  return (
    <div
      class="lane"
      role="slider"
      tabIndex={0}
      aria-label={`Moves of ${stage}`}
      aria-valuemin={1}
      aria-valuemax={moves.length}
      aria-valuenow={Math.max(1, looked + 1)}
      aria-valuetext={looked < 0 ? "before its first move" : moveWords(of, looked)}
      onKeyDown={(event) => {
        const to = steps(event.key, looked, moves.length);
        if (to === null) return;
        event.preventDefault();
        go(to);
      }}
    >
      <svg width={width} height={HEIGHT} aria-hidden="true" focusable="false">
        {bars.map((bar) => (
          <BarOf
            key={`${bar.stretch.from.event}/${bar.count}`}
            bar={bar}
            kind={bar.count > 1 ? "many" : kindOf(bar.stretch.from)}
            isLooked={bar.count === 1 && moves[looked] === bar.stretch.from}
            onHover={onHover}
          />
        ))}
      </svg>
    </div>
  );
}

function BarOf(props: { bar: Bar<EventReport>; kind: string; isLooked: boolean; onHover: LaneProps["onHover"] }) {
  const { bar, kind, isLooked, onHover } = props;
  const { x, width, stretch, count } = bar;
  const shown = Math.max(1, width - 1);
  const isEmpty = count === 1 && stretch.version === null;
  const parity = stretch.from.event % 2 === 0 ? "even" : "odd";
  return (
    <g
      class={`bar bar-${isEmpty ? "none" : kind} bar-${parity}${isLooked ? " bar-looked" : ""}`}
      onMouseEnter={() => onHover(bar)}
      onMouseLeave={() => onHover(null)}
    >
      <rect x={x} y={3} width={shown} height={HEIGHT - 6} rx={2} />
      {width >= READABLE && count === 1 && (
        <text x={x + 5} y={HEIGHT / 2 + 5}>
          {kind === "back" || kind === "older" ? "↩ " : ""}
          {versionWord(stretch.version, "–")}
        </text>
      )}
    </g>
  );
}

/** Where a key leads to, as an index of moves; null for another key. */
function steps(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return at - 1;
    case "ArrowRight":
    case "ArrowUp":
      return at + 1;
    case "PageDown":
      return at - 10;
    case "PageUp":
      return at + 10;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** A move in one sentence, for those who hear it. */
function moveWords({ moves, kinds }: StageOfModel, at: number): string {
  const move = moves[at];
  if (move === undefined) return "";
  const how = KIND_WORDS[kinds[at] ?? "forward"];
  const reason = move.reason === "" ? "" : `: ${move.reason}`;
  const since = formatTime(Date.parse(move.time));
  const way = how === "" ? "" : `, ${how}`;
  return `${versionWord(move.version, "nothing")} since ${since}${way}, by ${move.by}${reason}`;
}
