/**
 * Settings against a score, as parallel coordinates or as a scatter chart, over the versions of a model.
 *
 *     <SettingsChart versions={log.versions} score="accuracy" selected={new Set([3])} onSelect={select}
 *       onFilter={(where) => addFilter(where)} />
 *
 * `versions` is compared by identity. What is drawn is in the address: `chart=scatter`, `x=param.lr`, `logx=1`,
 * `axes=param.lr,param.layers`.
 */
import { useMemo } from "preact/hooks";
import { goTo, useRoute } from "../address.ts";
import { formatRoute, type Route } from "../route.ts";
import { display } from "../../base/paths.ts";
import { type PlotColumn, type PlottedVersion, plotTableOf } from "../../values/plot/plot-table.ts";
import { Parallel } from "./parallel.tsx";
import { Scatter } from "./scatter.tsx";

export interface SettingsChartProps {
  /** As `log` tells them. */
  versions: readonly PlottedVersion[];
  score: string;
  selected?: ReadonlySet<number>;
  onSelect: (version: number) => void;
  /** What is marked is to filter the versions; an expression as people type them. */
  onFilter: (where: string) => void;
}

const NONE: ReadonlySet<number> = new Set();
/** Axes that are drawn before somebody chooses. */
const FIRST = 7;

export function SettingsChart({ versions, score, selected = NONE, onSelect, onFilter }: SettingsChartProps) {
  const route = useRoute();
  const table = useMemo(() => plotTableOf(versions), [versions]);
  const choices = useMemo(() => table.columns.filter(({ distinct }) => distinct > 1), [table]);
  const last = table.columns.find(({ isScore, title }) => isScore && title === score);
  const others = useMemo(() => choices.filter((column) => column !== last), [choices, last]);
  const asked = route.state.get("axes");
  const axes = useMemo(() => axesFor(others, asked, last), [others, asked, last]);
  if (last === undefined || others.length === 0)
    return <p class="chart-note">No setting varies among versions that have this score.</p>;
  const set = (change: Record<string, string>): void => {
    const state = new URLSearchParams(route.state);
    for (const [name, value] of Object.entries(change)) {
      if (value === "") state.delete(name);
      else state.set(name, value);
    }
    goTo(formatRoute({ ...route, state } as Route), { replace: true });
  };
  const isScatter = route.state.get("chart") === "scatter";
  const x = others.find(({ name }) => name === route.state.get("x")) ?? (others[0] as PlotColumn);
  const log = route.state.get("logx");
  const common = { versions: table.versions, selected, onSelect };
  return (
    <div class="chart">
      <Choices {...{ isScatter, x, log, others, axes, set }} />
      {isScatter ? (
        <Scatter {...common} x={x} y={last} logX={log === null ? null : log === "1"} logY={null} />
      ) : (
        <Parallel {...common} columns={axes} onFilter={onFilter} />
      )}
    </div>
  );
}

/** Those that the address names, else the first settings; then the score. */
function axesFor(others: readonly PlotColumn[], asked: string | null, last: PlotColumn | undefined): PlotColumn[] {
  const names = asked?.split(",") ?? [];
  const named = others.filter(({ name }) => names.includes(name));
  const chosen = named.length > 0 ? named : others.filter(({ isScore }) => !isScore).slice(0, FIRST);
  return [...(chosen.length > 0 ? chosen : others.slice(0, FIRST)), ...(last === undefined ? [] : [last])];
}

interface ChoicesProps {
  isScatter: boolean;
  x: PlotColumn;
  log: string | null;
  others: readonly PlotColumn[];
  axes: readonly PlotColumn[];
  set: (change: Record<string, string>) => void;
}

function Choices({ isScatter, x, log, others, axes, set }: ChoicesProps) {
  return (
    <fieldset class="chart-options">
      <legend class="visually-hidden">How settings are drawn</legend>
      <label>
        Chart
        <select
          value={isScatter ? "scatter" : "parallel"}
          onChange={(event) => set({ chart: event.currentTarget.value === "scatter" ? "scatter" : "" })}
        >
          <option value="parallel">all settings</option>
          <option value="scatter">one setting</option>
        </select>
      </label>
      {isScatter && (
        <label>
          Setting
          <select value={x.name} onChange={(event) => set({ x: event.currentTarget.value })}>
            {others.map(({ name, title }) => (
              <option key={name} value={name}>
                {display(title)}
              </option>
            ))}
          </select>
        </label>
      )}
      {isScatter && (
        <label>
          Scale
          <select value={log ?? ""} onChange={(event) => set({ logx: event.currentTarget.value })}>
            <option value="">as it suits</option>
            <option value="1">logarithmic</option>
            <option value="0">even</option>
          </select>
        </label>
      )}
      {!isScatter && others.length > 1 && <AxisChoice others={others} axes={axes} set={set} />}
    </fieldset>
  );
}

function AxisChoice({ others, axes, set }: Pick<ChoicesProps, "others" | "axes" | "set">) {
  const shown = new Set(axes.map(({ name }) => name));
  const toggle = (name: string): void => {
    const next = others.filter((each) => (each.name === name ? !shown.has(name) : shown.has(each.name)));
    set({ axes: next.map((each) => each.name).join(",") });
  };
  return (
    <details>
      <summary>Axes</summary>
      {others.map(({ name, title }) => (
        <label key={name}>
          <input type="checkbox" checked={shown.has(name)} onChange={() => toggle(name)} />
          {display(title)}
        </label>
      ))}
    </details>
  );
}
