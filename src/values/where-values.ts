/** Numbers, times and spans of time as people type them behind an operator. */
import { pattern } from "../base/pattern.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../base/times.ts";

const NUMBER = /^[-+]?(?:[0-9](?:_?[0-9])*(?:\.[0-9]*)?|\.[0-9]+)(?:e[-+]?[0-9]{1,4})?$/i;
const NO_NUMBERS: Readonly<Record<string, number>> = {
  inf: Infinity,
  "+inf": Infinity,
  "-inf": -Infinity,
  infinity: Infinity,
  "-infinity": -Infinity,
  nan: Number.NaN,
};

/** `0.9`, `-3`, `1e-3`, `1_000`, `inf`, `nan`; null for anything else. */
export function parseNumber(text: string): number | null {
  const folded = text.trim().toLowerCase();
  if (Object.hasOwn(NO_NUMBERS, folded)) return NO_NUMBERS[folded] as number;
  return folded.length <= 100 && NUMBER.test(folded) ? Number(folded.replaceAll("_", "")) : null;
}

/** Milliseconds; a month and a year are of average length. */
const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|millis|milliseconds?)$/, 1],
  [/^(?:s|secs?|seconds?)$/, SECOND],
  [/^(?:m|mins?|minutes?)$/, MINUTE],
  [/^(?:h|hrs?|hours?)$/, HOUR],
  [/^(?:d|days?)$/, DAY],
  [/^(?:w|weeks?)$/, 7 * DAY],
  [/^(?:mo|mon|months?)$/, 30.436875 * DAY],
  [/^(?:y|yrs?|years?)$/, 365.2425 * DAY],
];

const SPAN = /^(?:[0-9]{1,9}(?:\.[0-9]{1,6})?[ .]?[a-z]{1,12}[ .,]{0,2}){1,8}$/;

/** Milliseconds of `7d`, `2 weeks`, `1h30m`, `90 min`; null for anything else. A bare number has no unit. */
export function parseSpan(text: string): number | null {
  const folded = text.trim().toLowerCase();
  if (folded.length > 100 || !SPAN.test(folded)) return null;
  let sum = 0;
  for (const [, amount, word] of folded.matchAll(/([0-9]+(?:\.[0-9]+)?)[ .]?([a-z]+)/g)) {
    const unit = UNITS.find(([is]) => is.test(word as string));
    if (unit === undefined) return null;
    sum += Number(amount) * unit[1];
  }
  return sum;
}

/** A stretch of time: a day, where only a day was typed. Milliseconds since 1970; `to` is the first after it. */
export interface Period {
  from: number;
  to: number;
}

const DATE = pattern("i")`
  ^([0-9]{4})
  (?:-([0-9]{1,2})
    (?:-([0-9]{1,2})
      (?:[t ]([0-9]{1,2}):([0-9]{2})
        (?::([0-9]{2})(?:\.[0-9]{1,9})?)?)?)?)?
  [ ]?(z|utc|[-+][0-9]{2}:?[0-9]{2})?$`;

/**
 * `2026-03-01` as that day, `2026`, `2026-03`, `2026-03-01 14:30`, each with a zone or in the reader's own; `today`,
 * `yesterday`, and `now` or `2 weeks ago`, which are moments. Null for anything else. `now`: milliseconds since 1970.
 */
export function parsePeriod(text: string, now: number): Period | null {
  const folded = text.trim().toLowerCase().replaceAll(/[ _]+/g, " ");
  if (folded.length > 100) return null;
  if (folded === "now") return { from: now, to: now + 1 };
  if (folded === "today" || folded === "yesterday") return dayBefore(now, folded === "today" ? 0 : 1);
  const date = DATE.exec(folded);
  if (date !== null) return periodOf(date);
  const span = parseSpan(folded.replace(/[ .]ago$/, ""));
  return span === null ? null : { from: now - span, to: now - span + 1 };
}

function dayBefore(now: number, days: number): Period {
  const date = new Date(now);
  const day = (back: number): number => new Date(date.getFullYear(), date.getMonth(), date.getDate() - back).getTime();
  return { from: day(days), to: day(days - 1) };
}

/** From the parts of a date: those that are missing make it longer. */
function periodOf(match: RegExpExecArray): Period | null {
  const parts = match
    .slice(1, 7)
    .filter((part) => part !== undefined)
    .map(Number);
  const zone = match[7];
  const least = [1, 1, 1, 0, 0, 0];
  const most = [9999, 12, 31, 23, 59, 60];
  if (parts.some((part, at) => part < (least[at] as number) || part > (most[at] as number))) return null;
  const start = timeOf(parts, zone);
  // The 31st of April is no day.
  const month = new Date(Date.UTC(parts[0] as number, (parts[1] ?? 1) - 1, parts[2] ?? 1)).getUTCMonth();
  if (month !== (parts[1] ?? 1) - 1) return null;
  return { from: start, to: timeOf([...parts.slice(0, -1), (parts.at(-1) as number) + 1], zone) };
}

function timeOf(parts: readonly number[], zone: string | undefined): number {
  const [year = 1, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second).getTime();
  return Date.UTC(year, month - 1, day, hour, minute, second) - offsetOf(zone);
}

/** Milliseconds east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([-+])([0-9]{2}):?([0-9]{2})$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * MINUTE);
}
