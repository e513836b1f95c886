/** What a version is, before all else. */
import { formatDuration } from "../../base/counts.ts";
import { shellCommand } from "../../base/shell.ts";
import { display } from "../../base/paths.ts";
import { periodsOf } from "../../values/stage-times.ts";
import { MoveButton } from "../acting/move-button.tsx";
import { Beside } from "./beside.tsx";
import { Copyable } from "../parts/copy.tsx";
import { Text } from "../parts/text.tsx";
import { When } from "../parts/when.tsx";
import { formatRoute } from "../route.ts";
import type { VersionOf } from "./version-of.ts";
import { nameOf } from "./words.ts";

export function Head({ label, version }: VersionOf) {
  const { package: pack, signed, events, notes, retracted } = version;
  const held = periodsOf(events, pack.version).filter(({ to }) => to === null);
  return (
    <>
      <Warnings version={version} label={label} />
      <p class="lead">
        {held.map(({ stage }) => (
          <a key={stage} class="chip stage" href={formatRoute({ kind: "stages", model: pack.model })}>
            {stage}
          </a>
        ))}
        {signed && <span class="chip good">signed</span>}
        <span class="message">
          <Text isLines>{pack.message}</Text>
        </span>
      </p>
      <div class="tools">
        {retracted === null && (
          <MoveButton label="Promote…" action="promote" model={pack.model} version={pack.version} />
        )}
        <Beside label={label} version={version} />
      </div>
      <Facts version={version} label={label} />
      {pack.notes.map((note) => (
        <div class="note">
          <p>{display(note)}</p>
        </div>
      ))}
      {notes.length > 0 && (
        <ul class="remarks" aria-label="Notes">
          {notes.map(({ number, text, by, time }) => (
            <li key={number}>
              {display(text)}{" "}
              <span class="faint">
                {display(by)}, <When time={time} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Warnings({ version: { retracted, problems } }: VersionOf) {
  return (
    <>
      {retracted !== null && (
        <div class="failure" role="alert">
          <p>
            <strong>Retracted</strong> by {display(retracted.by)}, <When time={retracted.time} />:{" "}
            {display(retracted.text)}
          </p>
          <p class="hint">It stays readable and can be run again; no stage should hold it.</p>
        </div>
      )}
      {problems.map((problem) => (
        <div class="note warn">
          <p>What was said of it cannot be trusted: {display(problem)}</p>
        </div>
      ))}
    </>
  );
}

function Facts({ label, version }: VersionOf) {
  const { package: pack, commit, packageHash } = version;
  return (
    <dl class="facts">
      <dt>Made</dt>
      <dd>
        <When time={pack.time} /> by {nameOf(pack.author)}
      </dd>
      <dt>Model</dt>
      <dd>
        <a href={formatRoute({ kind: "versions", model: pack.model })}>{pack.model}</a>
      </dd>
      <dt>From</dt>
      <dd>{pack.from === null ? "nothing of this model before" : <From model={pack.model} number={pack.from} />}</dd>
      <dt>Command</dt>
      <dd>
        <CommandOf version={version} label={label} />
      </dd>
      <dt>Commit</dt>
      <dd>
        <Copyable text={commit} short={commit.slice(0, 10)} what="the id of its commit" />
        {pack.code.changed && <span class="faint"> from code that was not committed before</span>}
      </dd>
      <dt>Package</dt>
      <dd>
        <Copyable text={packageHash} short={packageHash.slice(0, 10)} what="the hash of its package" />
      </dd>
    </dl>
  );
}

function From({ model, number }: { model: string; number: number }) {
  const before = `${model}@v${number}`;
  return <a href={formatRoute({ kind: "version", label: before })}>{before}</a>;
}

function CommandOf({ version: { package: pack } }: VersionOf) {
  const { run } = pack;
  if (run === null) return <>saved, not run</>;
  const line = shellCommand(run.command);
  return (
    <>
      <Copyable text={line} what="its command" />{" "}
      <span class="faint">
        {run.folder !== "" && `in ${display(run.folder)}, `}
        {formatDuration(run.seconds)}
      </span>
    </>
  );
}
