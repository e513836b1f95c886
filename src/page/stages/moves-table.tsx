/** All moves as a table: what the time line draws, for those who read. */
import { useMemo, useState } from "preact/hooks";
import { formatCount, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { EventReport } from "../../registry/event-report.ts";
import type { MoveKind } from "../../values/stage-times.ts";
import { When } from "../parts/when.tsx";
import { KIND_WORDS, type StageOfModel } from "./model-stages.ts";
import { VersionLink } from "./moment-form.tsx";

/** Rows that are drawn at first, and each time that more are asked for. */
const PORTION = 100;

interface Line {
  move: EventReport;
  kind: MoveKind;
}

export function MovesTable({ model, stages }: { model: string; stages: readonly StageOfModel[] }) {
  const [only, setOnly] = useState("");
  const [most, setMost] = useState(PORTION);
  const lines = useMemo(() => linesOf(stages.filter(({ stage }) => only === "" || stage === only)), [stages, only]);
  return (
    <section>
      <h2 id="moves">{plural(lines.length, "move")}</h2>
      <p>
        <label>
          Of{" "}
          <select
            value={only}
            onChange={({ currentTarget }) => {
              setOnly(currentTarget.value);
              setMost(PORTION);
            }}
          >
            <option value="">all stages</option>
            {stages.map(({ stage }) => (
              <option key={stage}>{stage}</option>
            ))}
          </select>
        </label>
      </p>
      <div class="scroll" role="region" aria-labelledby="moves" tabIndex={0}>
        <table class="moves">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Stage</th>
              <th scope="col">Event</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">How</th>
              <th scope="col">Who</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, most).map((line) => (
              <MoveLine key={`${line.move.stage}#${line.move.event}`} model={model} {...line} />
            ))}
          </tbody>
        </table>
      </div>
      {lines.length > most && (
        <p>
          <button type="button" onClick={() => setMost(most + PORTION)}>
            Show {formatCount(Math.min(PORTION, lines.length - most))} older ones
          </button>{" "}
          {formatCount(lines.length - most)} are not shown.
        </p>
      )}
    </section>
  );
}

function MoveLine({ model, move, kind }: Line & { model: string }) {
  const { time, stage, event, before, version, by, reason, signed } = move;
  const isBack = kind === "back" || kind === "older";
  return (
    <tr class={isBack ? "moved-back" : undefined}>
      <td>
        <When time={time} />
      </td>
      <td>{stage}</td>
      <td>
        {event}
        {signed && " (signed)"}
      </td>
      <td>
        <VersionLink model={model} version={before} />
      </td>
      <td>
        <VersionLink model={model} version={version} />
      </td>
      <td>
        {isBack && <span aria-hidden="true">↩ </span>}
        {KIND_WORDS[kind]}
      </td>
      <td>
        <bdi>{display(by)}</bdi>
      </td>
      <td>{display(reason)}</td>
    </tr>
  );
}

/** The newest first; of one time, the highest number first. */
function linesOf(stages: readonly StageOfModel[]): Line[] {
  return stages
    .flatMap(({ moves, kinds }) => moves.map((move, at) => ({ move, kind: kinds[at] ?? ("forward" as const) })))
    .map((line) => ({ line, time: Date.parse(line.move.time) }))
    .sort((a, b) => b.time - a.time || b.line.move.event - a.line.move.event)
    .map(({ line }) => line);
}
