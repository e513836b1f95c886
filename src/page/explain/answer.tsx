/** What was found: the versions, when they were in which stage, and the first of them in short. */
import { formatCount, formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { EventReport } from "../../registry/event-report.ts";
import type { ExplainReport, Period } from "../../registry/explain/explain.ts";
import { roleWords } from "../../values/found.ts";
import { versionWord } from "../../values/label.ts";
import { formatScore } from "../../values/scores.ts";
import { When } from "../parts/when.tsx";
import { formatRoute } from "../route.ts";

/** Versions beside the first that are named. */
const MOST = 100;

export function Answer({ report }: { report: ExplainReport }) {
  const { what, matches, periods, event } = report;
  const [first, ...others] = matches;
  if (first === undefined) return null;
  return (
    <>
      <p class="answer">
        {capital(what)} belongs to <VersionLink {...first} />
        {roleWords(first)}.
      </p>
      {report.retracted && (
        <div class="note warn">
          <p>
            This version is retracted: <bdi>{display(report.retracted.by)}</bdi> said so,{" "}
            <When time={report.retracted.time} />: <q>{display(report.retracted.text)}</q>
          </p>
        </div>
      )}
      {others.length > 0 && (
        <details open={others.length <= 5}>
          <summary>It also belongs to {plural(others.length, "other version")}</summary>
          <ul>
            {others.slice(0, MOST).map((match) => (
              <li key={`${match.model}@v${match.version} ${match.path}`}>
                <VersionLink {...match} />
                {roleWords(match)}
              </li>
            ))}
            {others.length > MOST && <li>and {formatCount(others.length - MOST)} more</li>}
          </ul>
        </details>
      )}
      <h2>When it was in a stage</h2>
      {event && (
        <p>
          The move that is named: <Move of={event} />
        </p>
      )}
      {periods.length === 0 ? <p>It was never in a stage.</p> : <Periods {...first} periods={periods} />}
      <h2>What it is made of</h2>
      <Made report={report} />
    </>
  );
}

function VersionLink({ model, version }: { model: string; version: number }) {
  const label = `${model}@v${version}`;
  return <a href={formatRoute({ kind: "version", label })}>{label}</a>;
}

function Periods({ model, version, periods }: { model: string; version: number; periods: readonly Period[] }) {
  return (
    <>
      <ul class="periods">
        {periods.map(({ stage, from, to }) => (
          <li key={`${stage}#${from.event}`}>
            v{version} was <strong>{stage}</strong> from <When time={from.time} /> (<Move of={from} />){" "}
            {to === null ? (
              <strong>and is there now</strong>
            ) : (
              <>
                to <When time={to.time} /> (<Move of={to} />)
              </>
            )}
            .
          </li>
        ))}
      </ul>
      <p>
        <a href={formatRoute({ kind: "stages", model })}>All moves of the stages of {model}</a>
      </p>
    </>
  );
}

function Move({ of: { by, version, reason, event, stage } }: { of: EventReport }) {
  return (
    <>
      <bdi>{display(by)}</bdi> moved {stage} to {versionWord(version, "nothing")}, event {event}
      {reason !== "" && (
        <>
          : <q>{display(reason)}</q>
        </>
      )}
    </>
  );
}

function Made({ report: { package: pack, packageHash, commit, signed } }: { report: ExplainReport }) {
  const scores = Object.entries(pack.metrics);
  return (
    <dl class="facts">
      <dt>Made</dt>
      <dd>
        <When time={pack.time} /> by <bdi>{display(pack.author)}</bdi>
        {pack.message !== "" && (
          <>
            : <q>{display(pack.message)}</q>
          </>
        )}
      </dd>
      {scores.length > 0 && (
        <>
          <dt>Scores</dt>
          <dd>{scores.map(([name, value]) => `${display(name)} ${formatScore(value)}`).join(", ")}</dd>
        </>
      )}
      {(["weights", "data"] as const).map(
        (part) =>
          pack[part].length > 0 && (
            <>
              <dt>{part === "weights" ? "Weights" : "Data"}</dt>
              <dd>
                <ul>
                  {pack[part].map(({ path, hash, size, files }) => (
                    <li key={path}>
                      <bdi>{display(path)}</bdi> {formatSize(size)}
                      {files !== undefined && ` in ${plural(files, "file")}`} <code class="hash">{hash}</code>
                    </li>
                  ))}
                </ul>
              </dd>
            </>
          ),
      )}
      <dt>Package</dt>
      <dd>
        <code class="hash">{packageHash}</code>
      </dd>
      <dt>Commit</dt>
      <dd>
        <code class="hash">{commit}</code>
        {signed && ", its tag is signed"}
      </dd>
    </dl>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
