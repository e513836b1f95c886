/** What MLflow's API recorded of a version: the run that counts, and the others. */
import { formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import type { RecordedRun, RecordedRuns } from "../../../values/recorded-runs.ts";
import { formatScore } from "../../../values/scores.ts";
import { formatSize, plural } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";
import { section } from "./sections.ts";

/** Runs that a list shows, and settings of each. */
const MOST_RUNS = 20;
const MOST_SETTINGS = 3;

/** The facts of the run that counts, and a table of all where there are several; "" for what there is not. */
export function recordedSections({ runs, best, folder, more }: RecordedRuns, style: Style): string[] {
  const chosen = runs.find((run) => run.chosen);
  const facts = chosen === undefined ? [] : factsOf(chosen, folder).map((fact) => [display(fact)]);
  return [section("recorded", facts, style), runs.length < 2 ? "" : runsTable({ runs, best, more }, style)];
}

function factsOf({ tags, datasets, models, artifacts }: RecordedRun, folder: RecordedRuns["folder"]): string[] {
  const facts = Object.entries(tags).map(([name, text]) => `tag ${name}=${text}`);
  for (const { name, digest, context } of datasets)
    facts.push(`data set ${name} ${digest}${context === "" ? "" : ` (${context})`}`);
  for (const { name, registered, folder: inside } of models) {
    const as = registered === null ? "" : `, registered as ${registered}`;
    facts.push(`model ${name}${as}${inside === null ? "" : `, in ${folder}/${inside}`}`);
  }
  if (artifacts !== null) {
    const amount = `${plural(artifacts.files, "artifact")} (${formatSize(artifacts.bytes)})`;
    facts.push(`${amount} in ${folder}/${artifacts.folder}`);
  }
  return facts;
}

function runsTable({ runs, best, more }: Pick<RecordedRuns, "runs" | "best" | "more">, style: Style): string {
  const rows = runs.slice(0, MOST_RUNS).map((run) => runRow(run, best?.replace(/:(max|min)$/, "")));
  const left = more + Math.max(0, runs.length - MOST_RUNS);
  const by = best === null ? "" : ` by ${display(best)}`;
  const title = `runs${by}${left > 0 ? `, ${formatCount(left)} more not shown` : ""}`;
  return `${style.strong(title)}\n${table(rows, [{}, {}, { cut: true }], style.width)}`;
}

/** With the score that counts, else its first two. */
function runRow({ chosen, parent, name, status, metrics, params }: RecordedRun, score: string | undefined): string[] {
  const scores = Object.entries(metrics)
    .filter(([each], at) => (score === undefined ? at < 2 : each === score))
    .map(([each, value]) => `${each} ${formatScore(value)}`);
  const settings = Object.entries(params)
    .slice(0, MOST_SETTINGS)
    .map(([each, value]) => `${each}=${shownScalar(value)}`);
  return [
    `${chosen ? "* " : "  "}${parent === null ? "" : "  "}${display(name)}`,
    status,
    display([...scores, ...settings].join(", ")),
  ];
}
