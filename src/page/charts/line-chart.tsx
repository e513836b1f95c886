/**
 * The chart of lines that all pages use: many series on one pair of axes, with a legend of buttons, values under the
 * pointer, zoom by dragging, buttons and keys, and all of it as a table.
 *
 *     <LineChart title="loss" series={[{ id: "a", label: "spam@v3", line: orderedLine(x, y).line }]}
 *       x={{ label: "step" }} y={{ label: "loss", log: true }} />
 *
 * `series` and `marks` are compared by identity: make them in `useMemo`, or each time all is drawn anew.
 */
import { useMemo, useState } from "preact/hooks";
import { display } from "../../base/paths.ts";
import type { ChartAxis, ChartMark, ChartSeries } from "./chart-parts.ts";
import { ChartTable } from "./chart-table.tsx";
import { Legend } from "./legend.tsx";
import { sentenceOf } from "./sentence.ts";
import { useView } from "./view.ts";

export interface LineChartProps {
  /** What it shows: its heading, and the beginning of what is read out. Text of anybody. */
  title: string;
  series: readonly ChartSeries[];
  x: ChartAxis;
  /** By default called as the chart. */
  y?: ChartAxis;
  marks?: readonly ChartMark[];
  /** Pixels. */
  height?: number;
  /** A place was clicked, or chosen by Enter; `id`: of the series whose point is nearest. */
  onSelect?: (place: number, id: string) => void;
  /** Words below it, such as how many values could not be drawn. */
  note?: string;
}

const HEIGHT = 260;
const NONE: readonly ChartMark[] = [];
const KEYS = "Arrow keys move along it, plus and minus zoom, 0 shows all.";

export function LineChart({ title, series, x, y = { label: title }, marks = NONE, ...rest }: LineChartProps) {
  const { height = HEIGHT, note = "", onSelect } = rest;
  const [isTable, setTable] = useState(false);
  const view = useView({ series, x, y, marks, height, onSelect });
  const { shown, window, cursor } = view;
  const name = display(title);
  const sentence = useMemo(() => sentenceOf(name, shown, x, y), [name, shown, x.label]);
  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <span class="chart-title">{name}</span>
        <span class="chart-tools">
          <Tool label={`Zoom into ${name}`} text="+" onPress={() => view.zoom(0.5)} />
          <Tool label={`Zoom out of ${name}`} text="−" onPress={() => view.zoom(2)} isOff={view.isWhole} />
          <Tool label={`Show all of ${name}`} text="All" onPress={view.showAll} isOff={view.isWhole} />
          <button type="button" aria-expanded={isTable} onClick={() => setTable(!isTable)}>
            Table<span class="visually-hidden"> of {name}</span>
          </button>
        </span>
      </figcaption>
      <div
        class="chart-picture"
        ref={view.host}
        tabIndex={0}
        role="group"
        aria-label={`${sentence} ${KEYS}${onSelect === undefined ? "" : " Enter selects."}`}
        onKeyDown={view.onKey}
      />
      <p class="visually-hidden" role="status">
        {view.told}
      </p>
      <Legend series={series} hidden={view.hidden} onHidden={view.hide} cursor={cursor} x={x} y={y} />
      {note !== "" && <p class="chart-note">{note}</p>}
      {isTable && <ChartTable title={name} series={shown} window={window} x={x} y={y} />}
    </figure>
  );
}

function Tool({
  label,
  text,
  onPress,
  isOff = false,
}: {
  label: string;
  text: string;
  onPress: () => void;
  isOff?: boolean;
}) {
  return (
    <button type="button" aria-label={label} title={label} disabled={isOff} onClick={onPress}>
      {text}
    </button>
  );
}
