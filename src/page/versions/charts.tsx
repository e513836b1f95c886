/** Charts of the versions that the table shows: a click picks one, as in the table. */
import { useMemo } from "preact/hooks";
import { display } from "../../base/display.ts";
import type { LogLine } from "../../registry/log.ts";
import type { Columns } from "../../values/version-columns.ts";
import { isOfTraining } from "../../values/scores.ts";
import { SettingsChart } from "../charts/settings-chart.tsx";
import { VersionsChart } from "../charts/versions-chart.tsx";
import { useDocument } from "../data.ts";
import { documents } from "../documents.ts";
import type { ChartChoice, ViewState } from "./view-state.ts";

interface ChartsProps {
  model: string;
  /** In the order of the table. */
  lines: readonly LogLine[];
  columns: Columns;
  view: ViewState;
  picked: ReadonlySet<number>;
  onShow: (change: Partial<ViewState>) => void;
  onPick: (version: number) => void;
  /** A filter that is to hold as well. */
  onFilter: (where: string) => void;
}

const CHOICES: readonly (readonly [ChartChoice, string])[] = [
  ["none", "Table alone"],
  ["score", "Score over versions"],
  ["settings", "Settings against a score"],
];

/** One of the training's own data tells less than any other. */
function firstScore(scores: readonly string[]): string {
  return scores.find((name) => !isOfTraining(name)) ?? (scores[0] as string);
}

/** Scores that are offered; a hostile repository has any number. */
const MOST = 500;

export function Charts(props: ChartsProps) {
  const { columns, view, onShow } = props;
  const scores = columns.all.filter(({ kind }) => kind === "score").map(({ id }) => id.slice("metric.".length));
  if (scores.length === 0) return null;
  const score = scores.includes(view.score) ? view.score : firstScore(scores);
  return (
    <section class="versions-charts" aria-label="Charts">
      <div class="tools">
        {CHOICES.map(([choice, words]) => (
          <button
            key={choice}
            type="button"
            aria-pressed={view.draw === choice}
            onClick={() => onShow({ draw: choice })}
          >
            {words}
          </button>
        ))}
        {view.draw !== "none" && (
          <span>
            <label for="chart-score">Score</label>{" "}
            <select
              id="chart-score"
              value={score}
              onChange={({ currentTarget }) => onShow({ score: currentTarget.value })}
            >
              {scores.slice(0, MOST).map((each) => (
                <option key={each} value={each}>
                  {display(each).slice(0, 60)}
                </option>
              ))}
            </select>
          </span>
        )}
      </div>
      {view.draw === "score" && <OverVersions {...props} score={score} />}
      {view.draw === "settings" && (
        <SettingsChart
          versions={props.lines}
          score={score}
          selected={props.picked}
          onSelect={props.onPick}
          onFilter={props.onFilter}
        />
      )}
    </section>
  );
}

const NO_MOVES: never[] = [];

/** A model that was never in a stage has no history, which is no failure. */
function OverVersions({ model, lines, picked, onPick, score }: ChartsProps & { score: string }) {
  const history = useDocument(documents.history(model));
  const versions = useMemo(() => lines.toSorted((a, b) => a.version - b.version), [lines]);
  const moves = history.state === "ready" ? history.document.events : NO_MOVES;
  return <VersionsChart score={score} versions={versions} moves={moves} selected={picked} onSelect={onPick} />;
}
