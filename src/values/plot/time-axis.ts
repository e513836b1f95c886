/** Ticks at round times, in UTC. Pure. */
import type { Range } from "./axis.ts";

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];
/** Milliseconds between two ticks, as people count. */
const STEPS = [
  ...[1, 5, 15, 30].map((count) => count * SECOND),
  ...[1, 5, 15, 30].map((count) => count * MINUTE),
  ...[1, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 7, 14].map((count) => count * DAY),
];
/** Months between two ticks. */
const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000];
const MONTH = 30.4 * DAY;
/** What a `Date` can hold. */
const FARTHEST = 8.64e15;

/** Milliseconds since 1970, about `count` of them. */
export function timeTicks([low, high]: Range, count: number): number[] {
  if (!(high > low) || low < -FARTHEST || high > FARTHEST) return low === high ? [low] : [];
  const rough = (high - low) / Math.max(1, count);
  const step = STEPS.find((each) => each >= rough);
  if (step !== undefined) {
    const first = Math.ceil(low / step);
    return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
  }
  const months = MONTHS.find((each) => each * MONTH >= rough) ?? Math.ceil(rough / MONTH / 12_000) * 12_000;
  const found: number[] = [];
  for (let month = Math.floor(monthOf(low) / months) * months; ; month += months) {
    const time = Date.UTC(1900, month);
    if (Number.isNaN(time) || time > high) return found;
    if (time >= low) found.push(time);
  }
}

/** Months since 1900. */
function monthOf(time: number): number {
  const date = new Date(time);
  return (date.getUTCFullYear() - 1900) * 12 + date.getUTCMonth();
}

/** What ticks say: as much of each time as tells it from the next. */
export function timeTexts(times: readonly number[]): string[] {
  const gap = times.length < 2 ? 0 : (times[1] as number) - (times[0] as number);
  return times.map((time) => timeText(time, gap));
}

/** `gap`: milliseconds to the next one; below it nothing is told. 0: to the minute. */
export function timeText(time: number, gap = 0): string {
  if (!(Math.abs(time) <= FARTHEST)) return "";
  const text = new Date(time).toISOString().replace(/^\+0*/, "");
  const [day = "", clock = ""] = text.split("T");
  if (gap >= 360 * DAY) return day.slice(0, -6);
  if (gap >= 28 * DAY) return day.slice(0, -3);
  if (gap >= DAY) return day;
  if (gap === 0) return `${day} ${clock.slice(0, 5)}`;
  return clock.startsWith("00:00:00") ? day : clock.slice(0, gap < MINUTE ? 8 : 5);
}
