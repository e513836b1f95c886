/** All models of the repository, each in a few words. */
import { useState } from "preact/hooks";
import { systemClock } from "../../base/clock.ts";
import { plural } from "../../base/counts.ts";
import { display } from "../../base/display.ts";
import type { ModelLine } from "../../registry/models.ts";
import { formatScore } from "../../values/scores.ts";
import { readPerson } from "../../values/person.ts";
import { formatAge } from "../../values/version-table.ts";
import { Sparkline } from "../charts/sparkline.tsx";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import { Copyable } from "../parts/copy.tsx";
import { Ready } from "../parts/loading.tsx";
import { Problems } from "../parts/problems.tsx";
import { formatRoute, type Route } from "../route.ts";

export function ModelsPage(_route: Extract<Route, { kind: "models" }>) {
  const report = useDocument(documents.models());
  return <Ready of={report}>{({ models }) => (models.length === 0 ? <Nothing /> : <List models={models} />)}</Ready>;
}

function Nothing() {
  return (
    <div class="card empty">
      <h2>No version of a model is here yet</h2>
      <p>Train through mvgit, and each run becomes a numbered version with its data, code, settings and scores:</p>
      <p>
        <Copyable
          text="mvgit run MODEL --data DATA --weights model.safetensors -- python train.py"
          what="the command"
        />
      </p>
      <p>Versions that others made come with 'git fetch --tags'.</p>
    </div>
  );
}

/** Models from which on a field finds them. */
const MANY = 8;

function List({ models }: { models: readonly ModelLine[] }) {
  const [find, setFind] = useState("");
  const [now] = useState(() => systemClock.now());
  const found = models.filter(({ model }) => model.includes(find.trim().toLowerCase()));
  return (
    <>
      {models.length >= MANY && (
        <div class="tools">
          <label>
            Find{" "}
            <input
              data-filter
              type="search"
              value={find}
              onInput={({ currentTarget }) => setFind(currentTarget.value)}
            />
          </label>
          <span class="faint" role="status">
            {found.length === models.length ? plural(models.length, "model") : `${found.length} of ${models.length}`}
          </span>
        </div>
      )}
      <ul class="models">
        {found.map((model) => (
          <Model key={model.model} of={model} now={now} />
        ))}
      </ul>
    </>
  );
}

function Model({ of, now }: { of: ModelLine; now: number }) {
  const { model, versions, hidden, newest, stages, score, problems } = of;
  return (
    <li class="card model">
      <div class="model-head">
        <h2>
          <a href={formatRoute({ kind: "versions", model })}>{display(model)}</a>
        </h2>
        <span class="faint">
          {plural(versions, "version")}
          {hidden > 0 && `, ${hidden} retracted`}
        </span>
      </div>
      <Score score={score} />
      <div class="model-facts">
        {newest !== null && <Newest line={newest} now={now} />}
        <Stages model={model} stages={stages} />
      </div>
      <Problems of={problems} />
    </li>
  );
}

function Newest({ line, now }: { line: NonNullable<ModelLine["newest"]>; now: number }) {
  const { model, version, time, author, message } = line;
  const age = formatAge(now - Date.parse(time));
  return (
    <p class="newest">
      <a href={formatRoute({ kind: "version", label: `${model}@v${version}` })}>v{version}</a>{" "}
      <span class="faint">
        <time dateTime={time} title={time}>
          {age === "now" ? "just now" : `${age} ago`}
        </time>{" "}
        by {display(readPerson(author).name || author).slice(0, 80)}
      </span>
      {message !== "" && <span class="message">{display(message.slice(0, 160))}</span>}
    </p>
  );
}

function Score({ score }: Pick<ModelLine, "score">) {
  const last = score?.values.at(-1);
  if (score === null || last === undefined) return <p class="model-score faint">no scores</p>;
  const values = score.values.map(({ value }) => (typeof value === "number" ? value : null));
  const name = display(score.name).slice(0, 60);
  return (
    <p class="model-score">
      <span>
        <span class="faint">{name}</span> <strong>{formatScore(last.value)}</strong>
      </span>
      <Sparkline values={values} label={`${name} over versions`} />
    </p>
  );
}

/** Stages that a card tells. */
const MOST = 12;

function Stages({ model, stages }: Pick<ModelLine, "model" | "stages">) {
  if (stages.length === 0) return <p class="faint">in no stage</p>;
  return (
    <p class="stages">
      {stages.slice(0, MOST).map(({ stage, version, problem }) => (
        <a
          key={stage}
          class={`chip ${problem === undefined ? "stage" : "bad"}`}
          href={formatRoute({ kind: "stages", model })}
        >
          {display(stage)} {version === null ? "" : `v${version}`}
          {version === null && (problem === undefined ? "holds nothing" : "cannot be trusted")}
        </a>
      ))}
    </p>
  );
}
