/** Axes of charts: what they reach over, where their ticks stand and what these say. Pure. */

export type Range = readonly [number, number];

export interface RangeWish {
  log: boolean;
  /** Leaves the highest and lowest twentieth of the values out of account. */
  clip: boolean;
}

const CLIPPED = 0.05;
/** Of the range that is free above and below. */
const MARGIN = 0.04;

/** What an axis reaches over to show the values, with a margin; null for no value at all. */
export function rangeOf(lists: readonly ArrayLike<number>[], { log, clip }: RangeWish): Range | null {
  const [low, high] = clip ? quantiles(lists, log) : extremes(lists, log);
  if (low > high) return null;
  return withMargin([low, high], log);
}

function extremes(lists: readonly ArrayLike<number>[], log: boolean): Range {
  let [low, high] = [Infinity, -Infinity];
  for (const list of lists)
    for (let at = 0; at < list.length; at++) {
      const value = list[at] as number;
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return [low, high];
}

function quantiles(lists: readonly ArrayLike<number>[], log: boolean): Range {
  const all = lists.flatMap((list) =>
    Array.from(list).filter((value) => Number.isFinite(value) && (!log || value > 0)),
  );
  if (all.length === 0) return [Infinity, -Infinity];
  const sorted = Float64Array.from(all).sort();
  return [quantile(sorted, CLIPPED), quantile(sorted, 1 - CLIPPED)];
}

/** Of ascending values, at least one; between two of them it is interpolated. */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  const share = place - Math.floor(place);
  return below * (1 - share) + above * share;
}

function withMargin([low, high]: Range, log: boolean): Range {
  if (log) {
    const room = high === low ? 2 : (high / low) ** MARGIN;
    return [low / room || low, Number.isFinite(high * room) ? high * room : high];
  }
  // Halves, since the difference of two numbers may be too large for one.
  const half = (high / 2 - low / 2) * 2 * MARGIN || Math.abs(low) * MARGIN || 1;
  const room = Number.isFinite(half) ? half : 0;
  return [low - room, high + room].map((each) =>
    Number.isFinite(each) ? each : Math.sign(each) * Number.MAX_VALUE,
  ) as [number, number];
}

/** Of the size of a number: below it, steps would not tell their sums apart. */
const FINEST = 1e-13;

/** Round places for about `count` ticks between two ends. On a logarithmic axis powers of ten, where it has some. */
export function ticks([low, high]: Range, count: number, log = false): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return low === high ? [low] : [low, high].filter(Number.isFinite);
  if (log && low > 0 && high / low >= 100) return powers([low, high], count);
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((each) => each * power >= rough * 0.999) ?? 10);
  if (!(step > Math.max(Math.abs(low), Math.abs(high)) * FINEST)) return [low, high];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => rounded((first + at) * step, step));
}

function powers([low, high]: Range, count: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / Math.max(1, count)));
  const found: number[] = [];
  for (let each = first; each <= last; each += stride) found.push(Number(`1e${each}`));
  return found;
}

/** Without the digits that sums of fractions add. */
function rounded(value: number, step: number): number {
  const digits = Math.max(0, Math.min(100, 1 - Math.floor(Math.log10(step))));
  return digits > 20 ? value : Number(value.toFixed(digits));
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** A tick's text: `0.25`, `12k`, `1e-7`. */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size === 0) return String(value);
  if (size >= 1e15 || size < 1e-4)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  const [unit, letter] = size < 1e4 ? [1, ""] : (UNITS.find(([each]) => size >= each) ?? [1, ""]);
  return `${Number((value / unit).toPrecision(5))}${letter}`;
}

/** Seconds as a tick says them: `45 s`, `2:05 min`, `3:10 h`, `2 d 4 h`. */
export function elapsedText(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 ? "-" : "";
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  if (whole < 60) return `${sign}${Number(Math.abs(seconds).toPrecision(2))} s`;
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)}:${two(whole % 60)} min`;
  if (whole < 86_400) return `${sign}${Math.floor(whole / 3600)}:${two((whole % 3600) / 60)} h`;
  return `${sign}${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
