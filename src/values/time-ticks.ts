/** Places of a time axis where a clock or a calendar is round. */
import type { Here } from "./moment.ts";

export interface TimeTick {
  /** Milliseconds since 1970. */
  at: number;
  /** What it says: the hour, the day, the month or the year, whatever begins there. */
  text: string;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Steps within a day, in minutes; of days; of months. */
const MINUTES = [1, 5, 15, 30, 60, 180, 360, 720];
const DAYS = [1, 2, 7, 14];
const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240];

type Local = Pick<Here, "local" | "dayOf">;

/** At most `most` ticks, from the finest step that fits. */
export function timeTicks({ from, to }: { from: number; to: number }, most: number, here: Local): TimeTick[] {
  const span = Math.max(1, to - from);
  const minutes = MINUTES.find((step) => span / (step * MINUTE) <= most);
  if (minutes !== undefined) return within(clockTicks(from, to, minutes, here), from, to);
  const days = DAYS.find((step) => span / (step * DAY) <= most);
  if (days !== undefined) return within(dayTicks(from, to, days, here), from, to);
  const months = MONTHS.find((step) => span / (step * 30 * DAY) <= most) ?? 1200;
  return within(monthTicks(from, to, months, here), from, to);
}

function within(ticks: TimeTick[], from: number, to: number): TimeTick[] {
  return ticks.filter(({ at }) => at >= from && at <= to);
}

function clockTicks(from: number, to: number, step: number, { local, dayOf }: Local): TimeTick[] {
  const ticks: TimeTick[] = [];
  const { year, month, day } = dayOf(from);
  for (let ahead = 0; local(year, month, day + ahead, 0) <= to; ahead++) {
    const midnight = local(year, month, day + ahead, 0);
    for (let minutes = 0; minutes < 24 * 60; minutes += step) {
      const at = local(year, month, day + ahead, minutes);
      const clock = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
      ticks.push({ at, text: minutes === 0 ? dayText(midnight, { local, dayOf }) : clock });
    }
  }
  return ticks;
}

function dayTicks(from: number, to: number, step: number, here: Local): TimeTick[] {
  const ticks: TimeTick[] = [];
  // Counted from a fixed day, so that the same days have ticks wherever one looks.
  const first = here.dayOf(from);
  const ahead = Math.floor(Date.UTC(first.year, first.month, first.day) / DAY) % step;
  for (let day = first.day - ahead; here.local(first.year, first.month, day, 0) <= to; day += step) {
    const at = here.local(first.year, first.month, day, 0);
    ticks.push({ at, text: dayText(at, here) });
  }
  return ticks;
}

function monthTicks(from: number, to: number, step: number, here: Local): TimeTick[] {
  const ticks: TimeTick[] = [];
  const { year, month } = here.dayOf(from);
  const months = year * 12 + month;
  for (let at = months - (months % step); ; at += step) {
    const [inYear, inMonth] = [Math.floor(at / 12), at % 12];
    const time = here.local(inYear, inMonth, 1, 0);
    if (time > to) return ticks;
    ticks.push({ at: time, text: inMonth === 0 ? String(inYear) : (NAMES[inMonth] as string) });
  }
}

const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function dayText(time: number, { dayOf }: Local): string {
  const { year, month, day } = dayOf(time);
  if (day !== 1) return `${day} ${NAMES[month]}`;
  return month === 0 ? `1 Jan ${year}` : `1 ${NAMES[month]}`;
}
