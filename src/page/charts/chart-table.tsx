/** What a chart shows, as a table: for whoever reads rather than looks, and for copying. */
import { display } from "../../base/paths.ts";
import { type Range, tickText } from "../../values/plot/axis.ts";
import { aligned, firstFrom } from "../../values/plot/line.ts";
import { formatScore } from "../../values/scores.ts";
import type { ChartAxis, ChartSeries } from "./chart-parts.ts";

interface ChartTableProps {
  title: string;
  series: readonly ChartSeries[];
  window: Range;
  x: ChartAxis;
  y: ChartAxis;
}

const MOST_ROWS = 200;
const MOST_COLUMNS = 30;

export function ChartTable({ title, series, window, x, y }: ChartTableProps) {
  const columns = series.slice(0, MOST_COLUMNS);
  const { rows, all } = rowsOf(columns, window);
  const says = y.format ?? formatScore;
  return (
    <div class="chart-table" tabIndex={0} role="region" aria-label={`Values of ${title}`}>
      {all > rows.length && (
        <p class="chart-note">
          {rows.length} of {all} places, evenly chosen; zoom in to see all of a part.
        </p>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">{x.label}</th>
            {columns.map(({ id, label }) => (
              <th scope="col" key={id}>
                {display(label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ place, values }) => (
            <tr key={place}>
              <th scope="row">{(x.format ?? tickText)(place)}</th>
              {values.map((value, at) => (
                <td key={columns[at]?.id}>{typeof value === "number" ? says(value) : ""}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Row {
  place: number;
  values: (number | null | undefined)[];
}

function rowsOf(series: readonly ChartSeries[], [low, high]: Range): { rows: Row[]; all: number } {
  const { x, ys } = aligned(
    series.map(({ line }) => {
      const [from, to] = [firstFrom(line.x, low), firstFrom(line.x, high)];
      const end = line.x[to] === high ? to + 1 : to;
      return { x: line.x.subarray(from, end), y: line.y.subarray(from, end) };
    }),
  );
  const count = Math.min(x.length, MOST_ROWS);
  const rows = Array.from({ length: count }, (_, row) => {
    const at = count < 2 ? row : Math.round((row * (x.length - 1)) / (count - 1));
    return { place: x[at] as number, values: ys.map((values) => values[at]) };
  });
  return { rows, all: x.length };
}
