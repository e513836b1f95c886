/** A moment or a day as people type it: `2026-03-03`, `2026-03-03T12:00+01:00`, `3 March`, `yesterday`. */

/** From and to, in milliseconds since 1970; the same for a moment, the ends of it for a day. */
export interface Moment {
  from: number;
  to: number;
  isDay: boolean;
}

/** What a text without a zone or a year is read by. */
export interface Here {
  now: number;
  /** The moment of a local time; `month` counts from 0. */
  local(year: number, month: number, day: number, minutes: number): number;
  /** The local day of a moment. */
  dayOf(time: number): { year: number; month: number; day: number };
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const FULL = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** Null for what is no day or moment, and for `3/4/2026`, of which nobody knows which is the month. */
export function parseMoment(text: string, here: Here): Moment | null {
  const plain = text.trim().toLowerCase();
  if (plain === "now") return momentAt(here.now);
  const [, dayText = "", hours, minutes, seconds = "0", zone] =
    /^(.*?)(?:(?:[t\s]|,\s*)(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(z|[+-]\d{2}:?\d{2})?)?$/.exec(plain) ?? [];
  const day = readDay(dayText.trim(), here);
  if (day === null || !exists(day)) return null;
  if (hours === undefined) return dayAt(day, here);
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const after = (start: number): Moment => momentAt(start + second * 1000);
  if (zone === undefined) return after(here.local(day.year, day.month, day.day, hour * 60 + minute));
  const offset = offsetOf(zone);
  return offset === null ? null : after(Date.UTC(day.year, day.month, day.day, hour, minute - offset));
}

/** As it stands in an address: a day without a zone, in which whoever reads it has it; a moment in UTC. */
export function formatMoment({ from, isDay }: Moment, here: Pick<Here, "dayOf">): string {
  if (!isDay) return `${new Date(from).toISOString().slice(0, 19)}Z`;
  const { year, month, day } = here.dayOf(from);
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}

function momentAt(time: number): Moment {
  return { from: time, to: time, isDay: false };
}

interface Day {
  year: number;
  month: number;
  day: number;
}

function dayAt({ year, month, day }: Day, here: Here): Moment {
  return { from: here.local(year, month, day, 0), to: here.local(year, month, day + 1, 0) - 1, isDay: true };
}

function readDay(text: string, here: Here): Day | null {
  if (text === "today") return here.dayOf(here.now);
  if (text === "yesterday") {
    const { year, month, day } = here.dayOf(here.now);
    return here.dayOf(here.local(year, month, day - 1, 12 * 60));
  }
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return { year: Number(iso[1]), month: Number(iso[2]) - 1, day: Number(iso[3]) };
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (dotted) return { year: Number(dotted[3]), month: Number(dotted[2]) - 1, day: Number(dotted[1]) };
  return readNamed(text, here);
}

/** `3 March 2026`, `March 3rd, 2026`; without a year the last one that there was. */
function readNamed(text: string, here: Here): Day | null {
  const words =
    /^(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+([a-z]+)\.?|([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?)(?:,?\s+(\d{4}))?$/;
  const [, first, early, late, second, year] = words.exec(text) ?? [];
  const month = monthOf(early ?? late ?? "");
  if (month === null) return null;
  const day = Number(first ?? second);
  if (year !== undefined) return { year: Number(year), month, day };
  const today = here.dayOf(here.now);
  const isToCome = month > today.month || (month === today.month && day > today.day);
  return { year: isToCome ? today.year - 1 : today.year, month, day };
}

function monthOf(word: string): number | null {
  const full = FULL.indexOf(word);
  const found = full >= 0 ? full : MONTHS.indexOf(word === "sept" ? "sep" : word);
  return found >= 0 ? found : null;
}

function exists({ year, month, day }: Day): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return year >= 1970 && date.getUTCMonth() === month && date.getUTCDate() === day;
}

/** Minutes east of Greenwich; null for what no zone has. */
function offsetOf(zone: string): number | null {
  if (zone === "z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (hours > 14 || minutes > 59) return null;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
