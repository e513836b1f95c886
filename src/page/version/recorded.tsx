/** What an experiment tracker recorded besides: the runs of a search, data sets, models. */
import { formatCount } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { RecordedRun } from "../../values/recorded-runs.ts";
import { formatScore } from "../../values/scores.ts";
import { Filtered } from "../parts/filtered.tsx";
import { TableRegion } from "../parts/region.tsx";
import type { VersionOf } from "./version-of.ts";
import { shownValue } from "./words.ts";

/** Settings and scores of a run that are shown in a line. */
const MOST_VALUES = 6;

export function RecordedPart({ version: { recorded } }: VersionOf) {
  if (recorded === null) return <></>;
  const { runs, best, more } = recorded;
  const chosen = runs.find((run) => run.chosen);
  return (
    <section aria-labelledby="title-recorded" class="part">
      <h2 id="title-recorded">Recorded by MLflow</h2>
      {chosen !== undefined && <Facts of={chosen} />}
      {best !== null && (
        <p>
          The best of {formatCount(runs.length + more)} runs, by {display(best)}.
        </p>
      )}
      {runs.length > 1 && (
        <Filtered of={runs} what="runs" textOf={(run) => `${run.name} ${run.status} ${valuesOf(run)}`}>
          {(shown) => (
            <TableRegion label="Runs">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Run</th>
                    <th scope="col">State</th>
                    <th scope="col">Scores and settings</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((run) => (
                    <tr key={run.id}>
                      <th scope="row">
                        {display(run.name)} {run.chosen && <span class="chip good">chosen</span>}
                      </th>
                      <td>{display(run.status)}</td>
                      <td>{valuesOf(run)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </TableRegion>
          )}
        </Filtered>
      )}
      {more > 0 && <p class="faint">{formatCount(more)} more runs were not kept.</p>}
    </section>
  );
}

function valuesOf({ metrics, params }: RecordedRun): string {
  const scores = Object.entries(metrics).map(([name, value]) => `${display(name)} ${formatScore(value)}`);
  const settings = Object.entries(params).map(([name, value]) => `${display(name)}=${shownValue(value)}`);
  return [...scores.slice(0, MOST_VALUES), ...settings.slice(0, MOST_VALUES)].join(", ");
}

function Facts({ of: { name, tags, datasets, models } }: { of: RecordedRun }) {
  const facts = [
    ["run", name],
    ...Object.entries(tags).map(([tag, text]) => [`tag ${tag}`, text]),
    ...datasets.map((each) => [`data set ${each.name}`, `${each.digest} ${each.context}`]),
    ...models.map((each) => [`model ${each.name}`, each.registered === null ? "" : `registered as ${each.registered}`]),
  ] as [string, string][];
  return (
    <dl class="facts">
      {facts.map(([fact, text]) => (
        <>
          <dt key={fact}>{display(fact)}</dt>
          <dd>{display(text)}</dd>
        </>
      ))}
    </dl>
  );
}
