/** One line about one stretch of work. */
import { formatCount, formatDuration, formatSize } from "./numbers.ts";

export interface Standing {
  label: string;
  total: { bytes?: number; files?: number };
  bytes: number;
  files: number;
  /** Per second, null while nothing is known. */
  rate: { bytes: number; files: number } | null;
}

const BAR_WIDTH = 20;

/** `hashing  [#####---------------]  25%  512 MiB of 2.0 GiB  1.1 GiB/s  2 s left`; without a bar where `live` is false. */
export function progressLine(standing: Standing, live: boolean): string {
  const share = shareDone(standing);
  const parts = [standing.label];
  if (share !== null) parts.push(...(live ? [bar(share)] : []), `${String(Math.floor(share * 100)).padStart(3)}%`);
  parts.push(...amounts(standing), ...pace(standing));
  return live ? parts.join("  ") : `${standing.label}: ${parts.slice(1).map((part) => part.trim()).join(", ")}`;
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

function amounts({ total, bytes, files }: Standing): string[] {
  const parts: string[] = [];
  const several = (total.files ?? files) > 1;
  if (several) parts.push(`${formatCount(files)}${total.files === undefined ? "" : ` of ${formatCount(total.files)}`} files`);
  if (bytes > 0 || total.bytes !== undefined || !several) {
    parts.push(`${formatSize(bytes)}${total.bytes === undefined ? "" : ` of ${formatSize(total.bytes)}`}`);
  }
  return parts;
}

function pace({ total, bytes, files, rate }: Standing): string[] {
  if (rate === null) return [];
  const parts = bytes > 0 ? [`${formatSize(rate.bytes)}/s`] : [];
  const left = total.bytes
    ? (total.bytes - bytes) / rate.bytes
    : total.files
      ? (total.files - files) / rate.files
      : NaN;
  if (left >= 1 && Number.isFinite(left)) parts.push(`${formatDuration(left)} left`);
  return parts;
}
