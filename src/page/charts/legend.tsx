/** The names of a chart's series as buttons that show and hide them, with their values under the pointer. */
import { display } from "../../base/paths.ts";
import { formatScore } from "../../values/scores.ts";
import { tickText } from "../../values/plot/axis.ts";
import type { ChartAxis, ChartSeries } from "./chart-parts.ts";
import { COLOURS } from "./colours.ts";
import { valueNear } from "./layers.ts";

interface LegendProps {
  series: readonly ChartSeries[];
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
  cursor: number | null;
  x: ChartAxis;
  y: ChartAxis;
}

/** Series whose names stand there before somebody asks for all. */
const FIRST = 40;

export function Legend({ series, hidden, onHidden, cursor, x, y }: LegendProps) {
  if (series.length === 0) return <p class="chart-note">Nothing to draw.</p>;
  const press = (id: string, alone: boolean): void => {
    const others = series.map((each) => each.id).filter((each) => each !== id);
    if (alone) return onHidden(new Set(others.every((each) => hidden.has(each)) ? [] : others));
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    onHidden(next);
  };
  return (
    <div class="chart-legend">
      <ul>
        {series.slice(0, FIRST).map((each, at) => (
          <li key={each.id}>
            <button
              type="button"
              aria-pressed={!hidden.has(each.id)}
              title="Shows or hides it; with Shift it alone"
              onClick={(event) => press(each.id, event.shiftKey)}
            >
              <Swatch series={each} at={at} />
              <span class="chart-name">{display(each.label)}</span>
              <Value series={each} cursor={cursor} y={y} />
            </button>
          </li>
        ))}
      </ul>
      {series.length > FIRST && <p class="chart-note">{series.length - FIRST} more are drawn.</p>}
      {series.length > 3 && (
        <p class="chart-tools">
          <button type="button" disabled={hidden.size === 0} onClick={() => onHidden(new Set())}>
            Show all
          </button>
          <button type="button" onClick={() => onHidden(new Set(series.map(({ id }) => id)))}>
            Hide all
          </button>
        </p>
      )}
      {cursor !== null && (
        <p class="chart-place" aria-hidden="true">
          {x.label} {(x.format ?? tickText)(cursor)}
        </p>
      )}
    </div>
  );
}

function Swatch({ series, at }: { series: ChartSeries; at: number }) {
  const colour = series.colour ?? at;
  const isDashed = series.dashed ?? colour >= COLOURS;
  return (
    <span class={`chart-swatch chart-colour-${colour % COLOURS}${isDashed ? " is-dashed" : ""}`} aria-hidden="true" />
  );
}

/** At the pointer, or the last one. */
function Value({ series: { line }, cursor, y }: { series: ChartSeries; cursor: number | null; y: ChartAxis }) {
  const found = valueNear(line, cursor ?? Infinity);
  if (found === null) return null;
  return <span class="chart-value">{Number.isNaN(found.value) ? "–" : (y.format ?? formatScore)(found.value)}</span>;
}
