/** The picture of a line chart: uPlot, given what the window shows of each line and nothing else. */
import uPlot from "uplot";
import { type Range, rangeOf, ticks, tickText } from "../../values/plot/axis.ts";
import { aligned, positiveOnly, thinned } from "../../values/plot/line.ts";
import { timeTexts, timeTicks } from "../../values/plot/time-axis.ts";
import type { ChartAxis, ChartMark, ChartSeries } from "./chart-parts.ts";
import { type Palette, paletteAt } from "./colours.ts";
import { type Layer, layersOf, nearestWithValue, rangeOfAll, seriesOf } from "./layers.ts";
import { drawMarks } from "./marks.ts";

export interface Picture {
  /** Only those that are to be seen. */
  series: readonly ChartSeries[];
  x: ChartAxis;
  y: ChartAxis;
  marks: readonly ChartMark[];
  height: number;
}

export interface Told {
  /** The place under the pointer; null when it left. */
  onCursor(place: number | null): void;
  /** A part was marked by dragging. */
  onZoom(range: Range): void;
  onReset(): void;
  /** A click that was no drag. */
  onClick(place: number, value: number): void;
}

const TALLEST_TICK = 40;
/** Pixels that a press may wander and still be a click. */
const CLICK = 4;

/** Draws into `host`, and follows its width, until it is ended. */
export class Drawing {
  readonly #host: HTMLElement;
  readonly #told: Told;
  readonly #observer: ResizeObserver;
  #picture: Picture;
  #window: Range | null = null;
  #plot: uPlot | null = null;
  #shape = "";
  #palette: Palette;

  constructor(host: HTMLElement, picture: Picture, told: Told) {
    this.#host = host;
    this.#picture = picture;
    this.#told = told;
    this.#palette = paletteAt(host);
    this.#observer = new ResizeObserver(() => this.#fit());
    this.#observer.observe(host);
  }

  end(): void {
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  /** `window`: of `x`; null for all. */
  show(picture: Picture, window: Range | null): void {
    this.#picture = picture;
    this.#window = window;
    this.#draw();
  }

  recolour(): void {
    this.#palette = paletteAt(this.#host);
    this.#shape = "";
    this.#draw();
  }

  /** Puts the cursor at a place, as a pointer there would. */
  pointAt(place: number | null): void {
    const plot = this.#plot;
    if (plot === null) return;
    plot.setCursor({ left: place === null ? -10 : plot.valToPos(place, "x"), top: place === null ? -10 : 10 }, false);
  }

  #fit(): void {
    const width = Math.floor(this.#host.clientWidth);
    if (width === 0) return;
    if (this.#plot !== null) this.#plot.setSize({ width, height: this.#picture.height });
    this.#draw();
  }

  #draw(): void {
    const width = Math.floor(this.#host.clientWidth);
    if (width === 0) return;
    const layers = layersOf(this.#picture);
    const shape = JSON.stringify([
      layers.map(({ series, isBehind }) => [series.id, series.colour, series.dashed, series.dots, isBehind]),
      this.#picture.y.log ?? false,
      this.#picture.x.label,
      this.#picture.y.label,
      this.#picture.height,
    ]);
    if (shape !== this.#shape || this.#plot === null) this.#build(shape, layers, width);
    const plot = this.#plot as unknown as uPlot;
    const { data, x, y } = this.#shown(layers, width);
    plot.batch(() => {
      plot.setData(data, false);
      plot.setScale("x", { min: x[0], max: x[1] });
      plot.setScale("y", { min: y[0], max: y[1] });
    });
  }

  /** What is seen of each line, and the ranges of both axes. */
  #shown(layers: readonly Layer[], width: number): { data: uPlot.AlignedData; x: Range; y: Range } {
    const { y: axis } = this.#picture;
    const log = axis.log ?? false;
    const x = this.#window ?? rangeOfAll(layers);
    const lines = layers.map(({ line }) => {
      const part = thinned(line, x, width);
      return log ? { x: part.x, y: positiveOnly(part.y).values } : part;
    });
    const front = lines.filter((_, at) => layers[at]?.isBehind === false);
    const y =
      rangeOf(
        front.map((line) => line.y),
        { log, clip: axis.clip ?? false },
      ) ?? (log ? [1, 10] : [0, 1]);
    const { x: places, ys } = aligned(lines);
    return { data: [places, ...ys] as uPlot.AlignedData, x, y };
  }

  #build(shape: string, layers: readonly Layer[], width: number): void {
    this.#plot?.destroy();
    this.#shape = shape;
    const { height } = this.#picture;
    const series: uPlot.Series[] = [{}, ...layers.map((layer) => seriesOf(layer, this.#palette))];
    this.#plot = new uPlot(
      {
        width,
        height,
        series,
        legend: { show: false },
        scales: {
          x: { time: false, auto: false, range: (_plot, from, to) => [from, to] },
          y: { distr: this.#picture.y.log ? 3 : 1, auto: false, range: (_plot, from, to) => [from, to] },
        },
        axes: this.#axes(),
        cursor: this.#cursor(),
        hooks: {
          setCursor: [(plot) => this.#pointed(plot)],
          setSelect: [(plot) => this.#marked(plot)],
          draw: [(plot) => drawMarks(plot, this.#picture.marks, this.#palette)],
        },
      },
      [[], ...layers.map(() => [])] as unknown as uPlot.AlignedData,
      this.#host,
    );
    this.#listen(this.#plot);
  }

  #axes(): uPlot.Axis[] {
    const { faint, line, text } = this.#palette;
    const look = {
      stroke: faint,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 },
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
      labelGap: 0,
      gap: 4,
    };
    const axisOf = (axis: ChartAxis, space: number): Partial<uPlot.Axis> => ({
      splits: (plot, at, low, high) => {
        const pixels = (at === 0 ? plot.bbox.width : plot.bbox.height) / uPlot.pxRatio;
        const count = Math.max(2, Math.floor(pixels / space));
        if (axis.isTime) return timeTicks([low, high], count);
        const found = ticks([low, high], count, at === 1 && axis.log);
        return axis.isWhole ? found.filter(Number.isInteger) : found;
      },
      // All that are asked for: of a logarithmic axis uPlot would leave some out.
      filter: (_plot, splits) => splits,
      values: (_plot, splits) => (axis.isTime ? timeTexts(splits) : splits.map(axis.format ?? tickText)),
    });
    return [
      { ...look, ...axisOf(this.#picture.x, 90), size: 32, label: this.#picture.x.label, labelSize: 18, stroke: text },
      { ...look, ...axisOf(this.#picture.y, TALLEST_TICK), size: 62 },
    ];
  }

  #cursor(): uPlot.Cursor {
    return {
      y: false,
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => (this.#told.onReset(), null) },
      // Of several lines each has its own places: the point that is nearest to the pointer.
      dataIdx: (plot, at, found) => nearestWithValue(plot.data[at] ?? [], found),
      points: { size: 7, width: 2 },
    };
  }

  #pointed(plot: uPlot): void {
    const left = plot.cursor.left ?? -1;
    this.#told.onCursor(left < 0 ? null : plot.posToVal(left, "x"));
  }

  #marked(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < CLICK) return;
    const range: Range = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#told.onZoom(range);
  }

  #listen({ over }: uPlot): void {
    let pressed: [number, number] | null = null;
    over.addEventListener("mousedown", (event) => (pressed = [event.clientX, event.clientY]));
    over.addEventListener("click", (event) => {
      const [x, y] = pressed ?? [event.clientX, event.clientY];
      if (Math.abs(event.clientX - x) > CLICK || Math.abs(event.clientY - y) > CLICK) return;
      const box = over.getBoundingClientRect();
      const plot = this.#plot;
      if (plot !== null)
        this.#told.onClick(plot.posToVal(event.clientX - box.left, "x"), plot.posToVal(event.clientY - box.top, "y"));
    });
  }
}
