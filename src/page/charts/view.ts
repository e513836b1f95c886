/** How somebody looks at a chart: what is hidden, the part that is seen, and where the cursor stands. */
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { formatCount } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { type Range, tickText } from "../../values/plot/axis.ts";
import { formatScore } from "../../values/scores.ts";
import type { ChartAxis, ChartSeries } from "./chart-parts.ts";
import { onColours } from "./colours.ts";
import { Drawing, type Picture } from "./drawing.ts";
import { rangeOfAll } from "./layers.ts";
import { nearestOf, type Step, stepped, zoomed } from "./window.ts";

export interface View {
  hidden: ReadonlySet<string>;
  hide(hidden: ReadonlySet<string>): void;
  /** Those that are not hidden. */
  shown: readonly ChartSeries[];
  /** The part of `x` that is seen. */
  window: Range;
  isWhole: boolean;
  /** A place of `x`; null while nobody points. */
  cursor: number | null;
  /** What a step of the keyboard led to, in words. */
  told: string;
  zoom(factor: number): void;
  showAll(): void;
  onKey(event: KeyboardEvent): void;
  host: RefObject<HTMLDivElement | null>;
}

interface Wish extends Omit<Picture, "series"> {
  series: readonly ChartSeries[];
  onSelect?: ((place: number, id: string) => void) | undefined;
}

export function useView({ series, x, y, marks, height, onSelect }: Wish): View {
  const [hidden, hide] = useState<ReadonlySet<string>>(new Set());
  const [part, setPart] = useState<Range | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [told, tell] = useState("");
  const shown = useMemo(() => series.filter(({ id }) => !hidden.has(id)), [series, hidden]);
  const whole = useMemo(() => rangeOfAll(shown), [shown]);
  const window = part ?? whole;
  const choose = (place: number): void => {
    const near = nearestOf(shown, place);
    if (near !== null) onSelect?.(near.at, near.id);
  };
  const listeners = { onCursor: setCursor, onZoom: setPart, onReset: () => setPart(null), onClick: choose };
  const { host, drawing } = usePicture({ series: shown, x, y, marks, height }, part, listeners);
  const zoom = (factor: number): void => setPart(zoomed(window, whole, factor, cursor));
  const move = (step: Step): void => {
    const place = stepped(shown, cursor, step, window);
    drawing.current?.pointAt(place);
    setCursor(place);
    if (place !== null) tell(readOut(shown, place, x, y));
  };
  const showAll = (): void => setPart(null);
  const acts: Record<string, () => void> = {
    ArrowLeft: () => move("before"),
    ArrowRight: () => move("after"),
    Home: () => move("first"),
    End: () => move("last"),
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    "0": showAll,
    Escape: showAll,
    Enter: () => cursor !== null && choose(cursor),
  };
  const onKey = (event: KeyboardEvent): void => {
    const act = acts[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  return { hidden, hide, shown, window, isWhole: part === null, cursor, told, zoom, showAll, onKey, host };
}

type Told = ConstructorParameters<typeof Drawing>[2];

/** Keeps a drawing for as long as the chart stands; what it tells goes to the newest listeners. */
function usePicture(picture: Picture, part: Range | null, told: Told) {
  const host = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const newest = useRef(told);
  newest.current = told;
  useEffect(() => {
    if (host.current === null) return undefined;
    const made = new Drawing(host.current, picture, {
      onCursor: (place) => newest.current.onCursor(place),
      onZoom: (range) => newest.current.onZoom(range),
      onReset: () => newest.current.onReset(),
      onClick: (place, value) => newest.current.onClick(place, value),
    });
    drawing.current = made;
    const forget = onColours(() => made.recolour());
    return () => {
      forget();
      made.end();
      drawing.current = null;
    };
  }, []);
  const { series, marks, height, x, y } = picture;
  useEffect(() => {
    drawing.current?.show(picture, part);
  }, [series, marks, height, part, x.label, y.label, y.log, y.clip]);
  return { host, drawing };
}

const MOST_READ = 6;

/** What stands at a place, for whoever does not see the chart. */
function readOut(series: readonly ChartSeries[], place: number, x: ChartAxis, y: ChartAxis): string {
  const values = series.flatMap(({ label, line }) => {
    const index = line.x.indexOf(place);
    return index === -1 ? [] : [`${display(label)} ${(y.format ?? formatScore)(line.y[index] as number)}`];
  });
  const more = values.length > MOST_READ ? `, and ${formatCount(values.length - MOST_READ)} more` : "";
  return `${x.label} ${(x.format ?? tickText)(place)}: ${values.slice(0, MOST_READ).join(", ")}${more}`;
}
