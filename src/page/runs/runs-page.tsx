/** Runs in progress, and those without a version. */
import { display } from "../../base/paths.ts";
import type { RunLine } from "../../versions/runs-list.ts";
import { documents } from "../documents.ts";
import { Ready } from "../parts/loading.tsx";
import { When } from "../parts/when.tsx";
import { formatRoute, type Route } from "../route.ts";
import { useFollowed } from "./follow.ts";
import { commandText, lastScores, RunState, Took } from "./run-words.tsx";

export function RunsPage(_route: Extract<Route, { kind: "runs" }>) {
  const loaded = useFollowed(documents.runs(), null);
  return <Ready of={loaded}>{({ runs }) => (runs.length === 0 ? <None /> : <Runs runs={runs} />)}</Ready>;
}

function None() {
  return (
    <p>
      No run is in progress in this clone. <code>mvgit run MODEL -- COMMAND</code> starts one; it is here while it
      works.
    </p>
  );
}

function Runs({ runs }: { runs: readonly RunLine[] }) {
  return (
    <div class="table-region" tabIndex={0} role="region" aria-label="Runs">
      <table>
        <caption>Runs of this clone that are in progress, or of which no version was made; newest first.</caption>
        <thead>
          <tr>
            {["Run", "Model", "State", "Since", "Took", "Settings", "Scores", "Command"].map((title) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RunRow({ run }: { run: RunLine }) {
  const settings = Object.entries(run.settings).map(([name, value]) => `${display(name)} ${display(String(value))}`);
  return (
    <tr>
      <th scope="row">
        <a href={formatRoute({ kind: "run", id: run.id })}>{run.id}</a>
      </th>
      <td>
        <a href={formatRoute({ kind: "versions", model: run.model })}>{run.model}</a>
      </td>
      <td>
        <RunState {...run} />
      </td>
      <td class="number">
        <When time={run.started} />
      </td>
      <td>
        <Took {...run} />
      </td>
      <td>{settings.join(", ")}</td>
      <td>{lastScores(run.scores)}</td>
      <td>
        <code>{commandText(run.command)}</code>
      </td>
    </tr>
  );
}
