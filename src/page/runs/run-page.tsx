/** One run, while it works and afterwards: what was started, its settings, its curves as they grow, what came of it. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { RunOutputReport } from "../../versions/run-output.ts";
import { formatScore } from "../../values/scores.ts";
import { Curves } from "../charts/curves.tsx";
import { fetchDocument, type Loaded } from "../data.ts";
import { documents, type RunDocument } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { When } from "../parts/when.tsx";
import { formatRoute, type Route } from "../route.ts";
import { useFollowed, useRunCurves } from "./follow.ts";
import { commandText, RunState, Took } from "./run-words.tsx";

export function RunPage({ id }: Extract<Route, { kind: "run" }>) {
  const loaded = useFollowed(documents.run(id), id);
  const known = useLastKnown(loaded);
  const isGone = loaded.state === "failed" && loaded.failure.code === "label-unknown";
  return (
    <>
      {isGone && known !== null && <WhatCame run={known} />}
      {known === null ? <Ready of={loaded}>{() => null}</Ready> : <Run run={known} isListed={!isGone} />}
    </>
  );
}

/** A run is listed no more once its version stands: what was known of it stays on the page. */
function useLastKnown(loaded: Loaded<RunDocument>): RunDocument | null {
  const [known, keep] = useState<RunDocument | null>(null);
  const now = loaded.state === "ready" ? loaded.document : null;
  useEffect(() => {
    if (now !== null) keep(now);
  }, [now]);
  return now ?? known;
}

function Run({ run, isListed }: { run: RunDocument; isListed: boolean }) {
  const { curves, grown } = useRunCurves(run.id);
  const sources = useMemo(() => curves.sources(run.id), [curves, grown]);
  const params = { ...run.params, ...curves.params };
  return (
    <>
      <Facts run={run} isListed={isListed} />
      {isListed && run.savable && (
        <p class="note">
          <code>mvgit save --run {run.id}</code> makes a version of it.
        </p>
      )}
      <Values title="Settings" values={{ ...run.settings, ...params }} />
      <Values title="Scores" values={run.scores} />
      <h2>Curves</h2>
      {sources.length === 0 && run.state === "running" ? (
        <p class="faint">None yet: they appear as the program writes to MVGIT_LOG, or tells MLflow.</p>
      ) : (
        <Curves sources={sources} />
      )}
      {isListed && run.output !== null && <Output id={run.id} />}
      {run.notes.length > 0 && (
        <>
          <h2>Notes</h2>
          <ul>
            {run.notes.map((note) => (
              <li key={note}>{display(note)}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** The end of what it printed, as it grows. */
function Output({ id }: { id: string }) {
  const loaded = useFollowed(documents.runOutput(id), id);
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const { current } = box;
    if (current !== null && isAtEnd.current) current.scrollTop = current.scrollHeight;
  }, [loaded]);
  const note = ({ lines, cut, size }: RunOutputReport): string =>
    cut ? `The last ${plural(lines.length, "line")} of ${formatSize(size)}.` : "";
  const followEnd = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: { currentTarget: HTMLElement }) => {
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 4;
  };
  return (
    <>
      <h2>Output</h2>
      <Ready of={loaded}>
        {(output) =>
          output.lines.length === 0 ? (
            <p class="faint">It printed nothing yet.</p>
          ) : (
            <>
              {note(output) !== "" && <p class="faint">{note(output)}</p>}
              <pre
                class="run-output"
                ref={box}
                tabIndex={0}
                role="region"
                aria-label="What it printed last"
                onScroll={followEnd}
              >
                {output.lines.map((line) => `${display(line)}\n`).join("")}
              </pre>
            </>
          )
        }
      </Ready>
    </>
  );
}

function Facts({ run, isListed }: { run: RunDocument; isListed: boolean }) {
  return (
    <dl class="facts">
      <dt>Model</dt>
      <dd>
        <a href={formatRoute({ kind: "versions", model: run.model })}>{run.model}</a>
      </dd>
      <dt>State</dt>
      <dd>
        {isListed ? <RunState {...run} /> : <span class="chip">ended</span>}
        {run.why !== null && ` ${display(run.why)}`}
      </dd>
      <dt>Began</dt>
      <dd>
        <When time={run.started} />
      </dd>
      <dt>Time</dt>
      <dd>
        <Took {...run} state={isListed ? run.state : "finished"} />
      </dd>
      <dt>Command</dt>
      <dd>
        <code>{commandText(run.words)}</code>
        {run.folder !== "" && ` in ${display(run.folder)}`}
        {run.isolated && ", isolated"}
      </dd>
      {run.output !== null && (
        <>
          <dt>What it printed</dt>
          <dd>
            <code>{display(run.output)}</code>
          </dd>
        </>
      )}
      <dt>Its log</dt>
      <dd>
        <code>{display(run.log)}</code>
      </dd>
    </dl>
  );
}

function Values({ title, values }: { title: string; values: { [name: string]: string | number | boolean | null } }) {
  const all = Object.entries(values);
  if (all.length === 0) return null;
  const say = (value: string | number | boolean | null): string =>
    typeof value === "number" ? formatScore(value) : display(String(value));
  return (
    <>
      <h2>{title}</h2>
      <dl class="facts run-values">
        {all.map(([name, value]) => (
          <div key={name}>
            <dt>{display(name)}</dt>
            <dd>{say(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Newest versions of the model that are looked at, to find the one that was made of a run. */
const LOOKED_AT = 5;

function WhatCame({ run }: { run: RunDocument }) {
  const [label, found] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    let isOver = false;
    void versionOf(run).then((answer) => isOver || found(answer));
    return () => {
      isOver = true;
    };
  }, [run.id]);
  if (label === undefined) return null;
  return (
    <div class="note" role="status">
      {label === null ? (
        <p>This run is listed no more: its version stands elsewhere, or it was removed.</p>
      ) : (
        <p>
          It ended, and its version stands: <a href={formatRoute({ kind: "version", label })}>{label}</a>
        </p>
      )}
    </div>
  );
}

/** The label of the version that was made of a run; null for none that is known here. */
async function versionOf({ id, model, started }: RunDocument): Promise<string | null> {
  try {
    const { versions } = await fetchDocument(documents.log(model));
    const later = versions.filter(({ time }) => Date.parse(time) >= Date.parse(started) - 1000);
    for (const { version } of later.toSorted((a, b) => b.version - a.version).slice(0, LOOKED_AT)) {
      const label = `${model}@v${version}`;
      const { package: pack } = await fetchDocument(documents.show(label));
      if (pack.run?.id === id) return label;
    }
  } catch {
    // Then the page says that it does not know.
  }
  return null;
}
