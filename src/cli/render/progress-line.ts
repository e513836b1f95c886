/** One line about one stretch of work. */
import { columnsOf, shorten } from "./columns.ts";
import { formatCount, formatDuration, formatSize } from "./numbers.ts";

/** How far it is. */
export interface Standing {
  label: string;
  total: { bytes?: number; files?: number };
  bytes: number;
  files: number;
  /** Per second, null while nothing is known. */
  rate: { bytes: number; files: number } | null;
  /** It has lasted long enough for the rate to tell how long the rest takes. */
  isSteady: boolean;
}

/** Columns of the bar and of the label, the widest first; what does not fit then is left out. */
const FITS = [
  { bar: 20, label: Infinity },
  { bar: 10, label: 40 },
  { bar: 10, label: 30 },
  { bar: 0, label: 30 },
] as const;
/** Columns of a label beside which other things are left out. */
const LEAST_LABEL = 12;

/**
 * `hashing  [#####---------------]  25%  512 MiB of 2.0 GiB  1.1 GiB/s  2 s left`; without a bar where `live` is false.
 * In a narrower `width` the bar and the label are shorter first, then there is less: a number is never cut.
 */
export function progressLine(standing: Standing, live: boolean, width = Infinity): string {
  const share = shareDone(standing);
  const percent = share === null ? [] : [`${String(Math.floor(share * 100)).padStart(3)}%`];
  const [files, size] = amounts(standing);
  const [rate, left] = pace(standing);
  const told = [...percent, ...files, ...size, ...rate, ...left];
  if (!live) return `${standing.label}: ${told.map((part) => part.trim()).join(", ")}`;
  for (const { bar: columns, label } of FITS) {
    const line = [
      shorten(standing.label, label),
      ...(share === null || columns === 0 ? [] : [bar(share, columns)]),
      ...told,
    ].join("  ");
    if (columnsOf(line) <= width) return line;
  }
  const label = shorten(standing.label, FITS[2].label);
  const parts = [label, ...told];
  const fits = (most: number): boolean => columnsOf([shorten(label, most), ...parts.slice(1)].join("  ")) <= width;
  const drop = ([part]: readonly string[]): void => {
    const at = part === undefined ? 0 : parts.indexOf(part, 1);
    if (at > 0) parts.splice(at, 1);
  };
  for (const spare of [rate, files.length > 0 ? size : [], left]) if (!fits(FITS[2].label)) drop(spare);
  for (const spare of [files, size, percent]) if (!fits(LEAST_LABEL)) drop(spare);
  const rest = columnsOf(["", ...parts.slice(1)].join("  "));
  return [shorten(label, Math.max(LEAST_LABEL, width - rest)), ...parts.slice(1)].join("  ");
}

/** From 0 to 1 by bytes where their total is known, else by files; null where neither is. */
function shareDone({ total, bytes, files }: Standing): number | null {
  if (total.bytes) return Math.min(1, bytes / total.bytes);
  if (total.files) return Math.min(1, files / total.files);
  return null;
}

function bar(share: number, width: number): string {
  const full = Math.floor(share * width);
  return `[${"#".repeat(full)}${"-".repeat(width - full)}]`;
}

/** Of files, and of bytes; each none or one. */
function amounts({ total, bytes, files }: Standing): [string[], string[]] {
  const several = (total.files ?? files) > 1;
  const counted = several
    ? [`${formatCount(files)}${total.files === undefined ? "" : ` of ${formatCount(total.files)}`} files`]
    : [];
  const hasSize = bytes > 0 || total.bytes !== undefined || !several;
  return [counted, hasSize ? [sizeDone(total.bytes, bytes)] : []];
}

/** Bytes that go again after a cut were counted once: never more than all of them. */
function sizeDone(total: number | undefined, bytes: number): string {
  return total === undefined ? formatSize(bytes) : `${formatSize(Math.min(bytes, total))} of ${formatSize(total)}`;
}

/** Seconds beyond which nobody can tell. */
const MOST_LEFT = 7 * 24 * 3600;

/** The rate, and what is left; each none or one. */
function pace({ total, bytes, files, rate, isSteady }: Standing): [string[], string[]] {
  if (rate === null) return [[], []];
  let left = NaN;
  if (total.bytes) left = (total.bytes - bytes) / rate.bytes;
  else if (total.files) left = (total.files - files) / rate.files;
  return [
    bytes > 0 ? [`${formatSize(rate.bytes)}/s`] : [],
    isSteady && left >= 1 && left < MOST_LEFT ? [`${formatDuration(left)} left`] : [],
  ];
}
