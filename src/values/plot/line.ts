/** Lines of charts: put in order, smoothed, thinned to what a screen can show, and laid onto one axis. Pure. */

/** Parallel, `x` ascending and each of its values once; `y` is NaN where the line has a gap. */
export interface Line {
  x: Float64Array;
  y: Float64Array;
}

/**
 * Values as they were written, in order. Where a place stands twice (a run that was resumed writes its steps anew) the
 * later value counts; `replaced` counts those that do not. What has no place is left out, what is no finite number is a
 * gap.
 */
export function orderedLine(
  x: ArrayLike<number | null>,
  y: ArrayLike<number | null>,
): { line: Line; replaced: number } {
  const places: number[] = [];
  let isAscending = true;
  let last = -Infinity;
  for (let at = 0; at < x.length; at++) {
    const place = x[at];
    if (typeof place !== "number" || !Number.isFinite(place)) continue;
    places.push(at);
    isAscending &&= place > last;
    last = place;
  }
  const order = isAscending ? places : places.toSorted((a, b) => (x[a] as number) - (x[b] as number) || a - b);
  const kept = isAscending ? order : order.filter((at, index) => x[order[index + 1] ?? -1] !== x[at]);
  const line = { x: new Float64Array(kept.length), y: new Float64Array(kept.length) };
  for (const [index, at] of kept.entries()) {
    line.x[index] = x[at] as number;
    const value = y[at];
    line.y[index] = typeof value === "number" && Number.isFinite(value) ? value : Number.NaN;
  }
  return { line, replaced: order.length - kept.length };
}

/**
 * The exponential moving average with its bias towards zero taken out, as TensorBoard and W&B draw it. `weight`: 0 (the
 * values themselves) to below 1. Gaps stay, and are passed over; a constant stays exactly what it is.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  const kept = Math.min(Math.max(weight, 0), 0.9999);
  if (kept === 0 || isConstant(values)) return values;
  let average = 0;
  let debias = 0;
  return values.map((value) => {
    if (Number.isNaN(value)) return value;
    average = average * kept + (1 - kept) * value;
    debias = debias * kept + (1 - kept);
    return average / debias;
  });
}

function isConstant(values: Float64Array): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  return values.every((value) => value === first || Number.isNaN(value));
}

/** Values that a logarithmic axis has no place for become gaps; `hidden` counts them. */
export function positiveOnly(values: Float64Array): { values: Float64Array; hidden: number } {
  let hidden = 0;
  const shown = values.map((value) => {
    if (value > 0 || Number.isNaN(value)) return value;
    hidden++;
    return Number.NaN;
  });
  return { values: hidden === 0 ? values : shown, hidden };
}

/**
 * The part of a line between two places, and one point more at each end, thinned to what `columns` of pixels show: of
 * each column the first, lowest, highest and last value, so that the picture is the same. A part of no more points than
 * that is exact.
 */
export function thinned({ x, y }: Line, [from, to]: readonly [number, number], columns: number): Line {
  const first = Math.max(0, firstFrom(x, from) - 1);
  const end = Math.min(x.length, firstFrom(x, to) + 2);
  if (end - first <= columns * 4 || !(to > from)) return { x: x.subarray(first, end), y: y.subarray(first, end) };
  const kept: number[] = [];
  const columnOf = (at: number): number => Math.floor((((x[at] as number) - from) / (to - from)) * columns);
  for (let at = first; at < end;) {
    const column = columnOf(at);
    let next = at + 1;
    while (next < end && columnOf(next) === column) next++;
    keepColumn(y, at, next, kept);
    at = next;
  }
  return { x: Float64Array.from(kept, (at) => x[at] as number), y: Float64Array.from(kept, (at) => y[at] as number) };
}

/** Of the points `from` to before `end`: the first, the lowest, the highest, the last, and a gap if there is one. */
function keepColumn(y: Float64Array, from: number, end: number, kept: number[]): void {
  let [low, high, gap] = [from, from, -1];
  for (let at = from; at < end; at++) {
    const value = y[at] as number;
    if (Number.isNaN(value)) gap = at;
    if (value < (y[low] as number) || Number.isNaN(y[low])) low = at;
    if (value > (y[high] as number) || Number.isNaN(y[high])) high = at;
  }
  const found = [from, low, high, end - 1, ...(gap === -1 ? [] : [gap])].toSorted((a, b) => a - b);
  for (const at of found) if (kept.at(-1) !== at) kept.push(at);
}

/** The first index whose place is not before `place`; the length where there is none. */
export function firstFrom(x: Float64Array, place: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] as number) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the point nearest to a place; -1 for a line without points. */
export function nearest(x: Float64Array, place: number): number {
  const after = firstFrom(x, place);
  if (after === 0) return x.length === 0 ? -1 : 0;
  if (after === x.length) return after - 1;
  return place - (x[after - 1] as number) <= (x[after] as number) - place ? after - 1 : after;
}

/**
 * Lines on one axis: each place that any of them has, and each line's value there. `undefined` where it has no point
 * (it goes on across), `null` where it has a gap.
 */
export function aligned(lines: readonly Line[]): { x: number[]; ys: (number | null | undefined)[][] } {
  const [first] = lines;
  const isShared = lines.every(({ x }) => x === first?.x || isSame(x, first?.x));
  const x = isShared ? [...(first?.x ?? [])] : union(lines);
  const ys = lines.map((line) => {
    let at = 0;
    return x.map((place) => {
      if (line.x[at] !== place) return undefined;
      const value = line.y[at++] as number;
      return Number.isNaN(value) ? null : value;
    });
  });
  return { x, ys };
}

function isSame(a: Float64Array, b: Float64Array | undefined): boolean {
  return a.length === b?.length && a.every((value, at) => value === b[at]);
}

function union(lines: readonly Line[]): number[] {
  const all = new Float64Array(lines.reduce((sum, { x }) => sum + x.length, 0));
  let filled = 0;
  for (const { x } of lines) {
    all.set(x, filled);
    filled += x.length;
  }
  return [...all.sort()].filter((place, at, sorted) => at === 0 || place !== sorted[at - 1]);
}
