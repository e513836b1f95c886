/**
 * All curves of a version, a run, or several: a chart for each quantity (`train/loss` and `val_loss` are one), with the
 * options that the address keeps.
 *
 *     <Curves sources={[{ label: "spam@v3", curves: document.curves }]} />
 *
 * `sources` is compared by identity: make it in `useMemo`.
 */
import { useMemo, useState } from "preact/hooks";
import { goTo, useRoute } from "../address.ts";
import { formatRoute, type Route } from "../route.ts";
import { type CurveAxis, type CurveOptions, MOST_SMOOTH, readOptions, writeOptions } from "./curve-options.ts";
import { chartOf, type CurveGroup, type CurveSource, groupsOf } from "./curve-series.ts";
import { LineChart } from "./line-chart.tsx";

/** Charts that are drawn before somebody asks for more. */
const FIRST = 12;

export function Curves({ sources }: { sources: readonly CurveSource[] }) {
  const route = useRoute();
  const options = readOptions(route.state);
  const groups = useMemo(() => groupsOf(sources, options.by), [sources, options.by]);
  const [count, setCount] = useState(FIRST);
  if (groups.length === 0) return <p class="chart-note">No curves were recorded.</p>;
  const found = groups.filter(({ title, lines }) => {
    const text = `${title} ${lines.map(({ label }) => label).join(" ")}`.toLowerCase();
    return text.includes(options.find.toLowerCase());
  });
  const set = (change: Partial<CurveOptions>): void => {
    const state = writeOptions(route.state, { ...options, ...change });
    goTo(formatRoute({ ...route, state } as Route), { replace: true });
  };
  return (
    <div>
      <Options options={options} sources={sources} onChange={set} isMany={groups.length > FIRST / 2} />
      {found.length === 0 && <p class="chart-note">No score is called so.</p>}
      <div class="charts">
        {found.slice(0, count).map((group) => (
          <CurveGroupChart key={group.title} group={group} options={options} />
        ))}
      </div>
      {found.length > count && (
        <p>
          <button type="button" onClick={() => setCount(count + FIRST)}>
            Show {Math.min(FIRST, found.length - count)} of {found.length - count} more charts
          </button>
        </p>
      )}
    </div>
  );
}

function CurveGroupChart({ group, options }: { group: CurveGroup; options: CurveOptions }) {
  const { smooth, log, clip } = options;
  const chart = useMemo(() => chartOf(group, options), [group, smooth, log, clip]);
  return <LineChart {...chart} />;
}

interface OptionsProps {
  options: CurveOptions;
  sources: readonly CurveSource[];
  onChange: (change: Partial<CurveOptions>) => void;
  isMany: boolean;
}

function Options({ options: { smooth, log, clip, by, find }, sources, onChange, isMany }: OptionsProps) {
  const curves = sources.flatMap((source) => source.curves);
  const axes: [CurveAxis, string][] = [["own", [...new Set(curves.map((curve) => curve.by))].join(" or ")]];
  if (curves.some(({ time, by: own }) => time !== null && own !== "time")) axes.push(["time", "time"]);
  if (curves.some(({ epoch }) => epoch !== undefined)) axes.push(["epoch", "epoch"]);
  return (
    <fieldset class="chart-options">
      <legend class="visually-hidden">How curves are drawn</legend>
      <label>
        Smoothing
        <input
          type="range"
          min="0"
          max={MOST_SMOOTH}
          step="0.01"
          value={smooth}
          onInput={(event) => onChange({ smooth: Number(event.currentTarget.value) })}
        />
        <output>{smooth.toFixed(2)}</output>
      </label>
      <label>
        <input type="checkbox" checked={log} onChange={(event) => onChange({ log: event.currentTarget.checked })} />
        Logarithmic
      </label>
      <label>
        <input type="checkbox" checked={clip} onChange={(event) => onChange({ clip: event.currentTarget.checked })} />
        Without outliers
      </label>
      {axes.length > 1 && (
        <label>
          Over
          <select value={by} onChange={(event) => onChange({ by: event.currentTarget.value as CurveAxis })}>
            {axes.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
      )}
      {(isMany || find !== "") && (
        <label>
          Scores
          <input
            type="search"
            value={find}
            placeholder="part of a name"
            onInput={(event) => onChange({ find: event.currentTarget.value })}
          />
        </label>
      )}
    </fieldset>
  );
}
