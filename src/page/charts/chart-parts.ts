/** What a chart draws, as its callers give it. */
import type { Line } from "../../values/plot/line.ts";

export interface ChartSeries {
  /** Tells it from the others, also from one drawing to the next. */
  id: string;
  /** Text of anybody: it is shown as text. */
  label: string;
  /** As `orderedLine` makes it. */
  line: Line;
  /** Drawn pale behind it: the values of which `line` is the average. */
  behind?: Line;
  /** A number of the palette; by default its place among the series. */
  colour?: number;
  dashed?: boolean;
  /** A value holds until the next one. */
  stepped?: boolean;
  /** A dot at each point, and no line between them. */
  dots?: boolean;
}

/** Something that happened at a place: a line across the chart, with its name at the top. */
export interface ChartMark {
  at: number;
  label: string;
  colour?: number;
}

export interface ChartAxis {
  label: string;
  /** A value as the axis, the legend and the table say it. */
  format?: (value: number) => string;
  log?: boolean;
  /** There is nothing between whole numbers: only they have ticks. */
  isWhole?: boolean;
  /** Milliseconds since 1970, with ticks at round times; only of `x`. */
  isTime?: boolean;
  /** Leaves the highest and lowest twentieth out of account; only of `y`. */
  clip?: boolean;
}
