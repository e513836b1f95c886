/** "What was production on 3 March?": a day or a moment is typed, and what each stage held then is told. */
import { useLayoutEffect, useState } from "preact/hooks";
import { display } from "../../base/display.ts";
import type { EventReport } from "../../registry/event-report.ts";
import { versionWord } from "../../values/label.ts";
import { formatMoment, type Moment, parseMoment } from "../../values/moment.ts";
import { heldDuring } from "../../values/stage-times.ts";
import { formatTime, When, ZONE } from "../parts/when.tsx";
import { formatRoute } from "../route.ts";
import { hereNow } from "./here.ts";
import type { StageOfModel } from "./model-stages.ts";

/** `onAsked`: with what stands in the address; null for no moment. */
export function MomentForm({ at, onAsked }: { at: string; onAsked(at: string | null): void }) {
  const [typed, setTyped] = useState(at);
  const [isWrong, setWrong] = useState(false);
  useLayoutEffect(() => {
    setTyped(at);
    setWrong(false);
  }, [at]);
  return (
    <form
      class="moment"
      onSubmit={(event) => {
        event.preventDefault();
        const here = hereNow();
        const moment = parseMoment(typed, here);
        setWrong(moment === null && typed.trim() !== "");
        if (typed.trim() === "") onAsked(null);
        else if (moment !== null) onAsked(formatMoment(moment, here));
      }}
    >
      <label for="moment">What was in which stage at</label>{" "}
      <input
        id="moment"
        value={typed}
        size={28}
        placeholder="3 March, or 2026-03-03T12:00"
        aria-invalid={isWrong}
        aria-describedby="moment-hint"
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
      />{" "}
      <button type="submit">Tell</button>
      {at !== "" && (
        <button type="button" onClick={() => onAsked(null)}>
          Now
        </button>
      )}
      <p id="moment-hint" class={isWrong ? "failure" : "hint"} role={isWrong ? "alert" : undefined}>
        {isWrong ? "This is no day or moment: write 3 March, 2026-03-03, or 2026-03-03T12:00+01:00. " : ""}
        What has no zone of its own is read in yours, {ZONE}.
      </p>
    </form>
  );
}

export function HeldThen({
  model,
  stages,
  moment,
}: {
  model: string;
  stages: readonly StageOfModel[];
  moment: Moment;
}) {
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
  const when = moment.isDay ? `on ${day.format(moment.from)}` : `at ${formatTime(moment.from)}`;
  return (
    <section class="held-then" aria-live="polite" aria-label="What was in which stage then">
      <h2>What was in which stage {when}</h2>
      <p class="hint">
        {moment.isDay ? "The day" : "The time"} is that of your zone, {ZONE}
        {!moment.isDay && ` (${formatMoment(moment, hereNow())})`}.
      </p>
      <ul>
        {stages.map(({ stage, moves }) => (
          <li key={stage}>
            <Held model={model} stage={stage} moment={moment} {...heldDuring(moves, moment)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Moves of one day that are listed. */
const MOST = 20;

interface HeldProps {
  model: string;
  stage: string;
  moment: Moment;
  held: EventReport | null;
  before: EventReport | null;
  within: readonly EventReport[];
}

function Held({ model, stage, moment, held, before, within }: HeldProps) {
  if (held === null)
    return (
      <>
        <strong>{stage}</strong> had not held anything yet.
      </>
    );
  return (
    <>
      <strong>{stage}</strong> held {within.length > 0 && "at its end "}
      <VersionLink model={model} version={held.version} />
      {within.length === 0 && (
        <>
          , since <When time={held.time} />: <Why of={held} />
        </>
      )}
      {moment.isDay && within.length > 0 && (
        <>
          . It began the day with {versionWord(before?.version ?? null, "nothing")}, and was moved:
          <ul>
            {within.slice(0, MOST).map((move) => (
              <li key={move.event}>
                <When time={move.time} /> to {versionWord(move.version, "nothing")}: <Why of={move} />
              </li>
            ))}
            {within.length > MOST && <li>and {within.length - MOST} times more</li>}
          </ul>
        </>
      )}
    </>
  );
}

function Why({ of: { by, reason } }: { of: EventReport }) {
  return (
    <>
      <bdi>{display(by)}</bdi>
      {reason !== "" && (
        <>
          , <q>{display(reason)}</q>
        </>
      )}
    </>
  );
}

export function VersionLink({ model, version }: { model: string; version: number | null }) {
  if (version === null) return <>nothing</>;
  return <a href={formatRoute({ kind: "version", label: `${model}@v${version}` })}>v{version}</a>;
}
