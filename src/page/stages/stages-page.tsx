/** The stages of a model: what was in each when, who moved it and why. */
import { useMemo } from "preact/hooks";
import { display } from "../../base/display.ts";
import type { HistoryReport } from "../../registry/history.ts";
import { formatMoment, parseMoment } from "../../values/moment.ts";
import { MoveButton } from "../acting/move-button.tsx";
import { movesByStage } from "../../values/stage-times.ts";
import { goTo } from "../address.ts";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { formatRoute, type Route } from "../route.ts";
import { hereNow } from "./here.ts";
import { type Span, spanOf, stagesOf } from "./model-stages.ts";
import { HeldThen, MomentForm } from "./moment-form.tsx";
import { MovesTable } from "./moves-table.tsx";
import { TimeLine } from "./time-line.tsx";

type StagesRoute = Extract<Route, { kind: "stages" }>;

export function StagesPage({ model, state }: StagesRoute) {
  const history = useDocument(documents.history(model));
  return (
    <>
      <div class="tools">
        <MoveButton label="Promote a version…" action="promote" model={model} />
        {history.state === "ready" &&
          [...movesByStage(history.document.events).keys()].map((stage) => (
            <MoveButton key={stage} label={`Roll ${stage} back…`} action="rollback" model={model} stage={stage} />
          ))}
      </div>
      <Ready of={history}>{(report) => <Stages report={report} state={state} />}</Ready>
    </>
  );
}

function Stages({ report, state }: { report: HistoryReport; state: URLSearchParams }) {
  const { model, problems } = report;
  const stages = useMemo(() => stagesOf(report), [report]);
  const whole = useMemo(() => spanOf(stages), [stages]);
  const typed = state.get("at") ?? "";
  // Drawn once: the table is the same whatever is looked at.
  const table = useMemo(() => <MovesTable model={model} stages={stages} />, [model, stages]);
  const moment = useMemo(() => (typed === "" ? null : parseMoment(typed, hereNow())), [typed]);
  const change = (changes: Record<string, string | null>, replace = false): void => {
    const next = new URLSearchParams(state);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    goTo(formatRoute({ kind: "stages", model, state: next }), { replace });
  };
  const look = (time: number): void => {
    const at = Math.floor(time / 1000) * 1000;
    change({ at: formatMoment({ from: at, to: at, isDay: false }, hereNow()) }, true);
  };
  return (
    <>
      {problems.length > 0 && (
        <div class="failure" role="alert">
          <p>The history cannot be trusted:</p>
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{display(problem)}</li>
            ))}
          </ul>
          <p class="hint">'mvgit audit {model}' tells more; a clone that has the true tags can push them again.</p>
        </div>
      )}
      {stages.length > 0 && (
        <TimeLine
          stages={stages}
          span={readSpan(state) ?? whole}
          whole={whole}
          at={moment?.to ?? null}
          onLook={look}
          onSpan={(span) => change({ from: span && isoTime(span.from), to: span && isoTime(span.to) }, true)}
        />
      )}
      <MomentForm at={typed} onAsked={(at) => change({ at })} />
      {typed !== "" && moment === null && (
        <p class="failure" role="alert">
          '{display(typed)}' in the address is no day or moment.
        </p>
      )}
      {moment !== null && <HeldThen model={model} stages={stages} moment={moment} />}
      {table}
    </>
  );
}

function isoTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** Null for none, or for what is none. */
function readSpan(state: URLSearchParams): Span | null {
  const [from, to] = [Date.parse(state.get("from") ?? ""), Date.parse(state.get("to") ?? "")];
  return from < to ? { from, to } : null;
}
