/** One line about one stretch of work. */
import { formatCount, formatDuration, formatSize } from "./numbers.ts";

/** How far it is. */
export interface Standing {
  label: string;
  total: { bytes?: number; files?: number };
  bytes: number;
  files: number;
  /** Per second, null while nothing is known. */
  rate: { bytes: number; files: number } | null;
}

const BAR_WIDTH = 20;

/**
 * `hashing [#####---------------] 25% 512 MiB of 2.0 GiB 1.1 GiB/s 2 s left`; without a bar where `live` is false, and
 * with less where that does not fit into `width`.
 */
export function progressLine(standing: Standing, live: boolean, width = Infinity): string {
  const share = shareDone(standing);
  const percent = share === null ? [] : [`${String(Math.floor(share * 100)).padStart(3)}%`];
  const [files, size] = amounts(standing);
  const [rate, left] = pace(standing);
  const bars = live && share !== null ? [bar(share)] : [];
  const parts = [standing.label, ...bars, ...percent, ...files, ...size, ...rate, ...left];
  if (!live)
    return `${standing.label}: ${parts
      .slice(1)
      .map((part) => part.trim())
      .join(", ")}`;
  // A number that is cut in the middle would be another number.
  for (const spare of [bars, rate, files.length > 0 ? size : [], left]) {
    if (parts.join("  ").length <= width) break;
    if (spare.length > 0) parts.splice(parts.indexOf(spare[0] as string), 1);
  }
  return parts.join("  ");
}

/** From 0 to 1 by bytes where their total is known, else by files; null where neither is. */
function shareDone({ total, bytes, files }: Standing): number | null {
  if (total.bytes) return Math.min(1, bytes / total.bytes);
  if (total.files) return Math.min(1, files / total.files);
  return null;
}

function bar(share: number): string {
  const full = Math.floor(share * BAR_WIDTH);
  return `[${"#".repeat(full)}${"-".repeat(BAR_WIDTH - full)}]`;
}

/** Of files, and of bytes; each none or one. */
function amounts({ total, bytes, files }: Standing): [string[], string[]] {
  const several = (total.files ?? files) > 1;
  const counted = several
    ? [`${formatCount(files)}${total.files === undefined ? "" : ` of ${formatCount(total.files)}`} files`]
    : [];
  const hasSize = bytes > 0 || total.bytes !== undefined || !several;
  return [
    counted,
    hasSize ? [`${formatSize(bytes)}${total.bytes === undefined ? "" : ` of ${formatSize(total.bytes)}`}`] : [],
  ];
}

/** The rate, and what is left; each none or one. */
function pace({ total, bytes, files, rate }: Standing): [string[], string[]] {
  if (rate === null) return [[], []];
  let left = NaN;
  if (total.bytes) left = (total.bytes - bytes) / rate.bytes;
  else if (total.files) left = (total.files - files) / rate.files;
  return [
    bytes > 0 ? [`${formatSize(rate.bytes)}/s`] : [],
    left >= 1 && Number.isFinite(left) ? [`${formatDuration(left)} left`] : [],
  ];
}
