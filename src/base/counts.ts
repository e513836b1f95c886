/** Counts and sizes in messages: the one way to say how many and how much. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/**
 * Bytes in binary units with three digits at the most but for whole bytes: `0 B`, `999 B`, `1.5 KiB`, `512 MiB`, `2.0
 * GiB`.
 */
export function formatSize(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  // 1023.96 would be rounded to 1024 of its unit.
  while (unit < UNITS.length - 1 && amount >= (unit === 0 ? 1024 : 1023.5)) {
    amount /= 1024;
    unit++;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}

/** A whole number with separators: `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Seconds as `4 s`, `2 min 5 s`, `1 h 12 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${formatCount(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 file`, `2,000 files`; `many` where adding an s is not enough. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** What is left of a list of which some were named: ` and 1,204 more`, or nothing. */
export function andMore(count: number, noun = ""): string {
  return count > 0 ? ` and ${formatCount(count)} more${noun === "" ? "" : ` ${count === 1 ? noun : `${noun}s`}`}` : "";
}

/** As `andMore`, behind what one of several is an example of: ` (and 3 more)`. */
export function andOthers(count: number): string {
  return count > 0 ? ` (and ${formatCount(count)} more)` : "";
}
