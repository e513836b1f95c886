/** Days and moments as people type them, in a zone two hours east of Greenwich. */
import { expect, it } from "vitest";
import { formatMoment, type Here, type Moment, parseMoment } from "../../src/values/moment.ts";

const EAST = 2 * 60 * 60_000;
const here: Here = {
  now: Date.UTC(2026, 2, 10, 9, 30),
  local: (year, month, day, minutes) => Date.UTC(year, month, day, 0, minutes) - EAST,
  dayOf: (time) => {
    const date = new Date(time + EAST);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
  },
};
const told = (text: string): string | null => {
  const moment = parseMoment(text, here);
  if (moment === null) return null;
  const shown = (time: number): string => new Date(time).toISOString().slice(0, 16);
  return moment.isDay ? `${shown(moment.from)} to ${shown(moment.to)}` : shown(moment.from);
};

it.each([
  ["2026-03-03T12:00", "2026-03-03T10:00"],
  ["2026-03-03 12:00:30", "2026-03-03T10:00"],
  ["2026-03-03T12:00Z", "2026-03-03T12:00"],
  ["2026-03-03T12:00+05:30", "2026-03-03T06:30"],
  ["3 March 2026, 12:00", "2026-03-03T10:00"],
  ["now", "2026-03-10T09:30"],
])("%s is a moment", (text, moment) => expect(told(text)).toBe(moment));

it.each([
  ["2026-03-03", "2026-03-02T22:00 to 2026-03-03T21:59"],
  ["3 March", "2026-03-02T22:00 to 2026-03-03T21:59"],
  ["March 3rd", "2026-03-02T22:00 to 2026-03-03T21:59"],
  ["3. mar 2026", "2026-03-02T22:00 to 2026-03-03T21:59"],
  ["3.3.2026", "2026-03-02T22:00 to 2026-03-03T21:59"],
  ["11 March", "2025-03-10T22:00 to 2025-03-11T21:59"],
  ["24 Dec", "2025-12-23T22:00 to 2025-12-24T21:59"],
  ["29 February 2024", "2024-02-28T22:00 to 2024-02-29T21:59"],
  ["today", "2026-03-09T22:00 to 2026-03-10T21:59"],
  ["yesterday", "2026-03-08T22:00 to 2026-03-09T21:59"],
])("%s is a day", (text, day) => expect(told(text)).toBe(day));

it.each([
  "",
  "soon",
  "3/4/2026",
  "2026-02-30",
  "29 February 2025",
  "2026-03-03T25:00",
  "3 Marchy",
  "12:00",
  "1969-01-01",
])("'%s' is neither", (text) => expect(told(text)).toBe(null));

it("stands in an address as it is read from one, to the second", () => {
  const again = (text: string): string => formatMoment(parseMoment(text, here) as Moment, here);
  expect(["3 March", "2026-03-03T12:00:07+01:00"].map(again)).toEqual(["2026-03-03", "2026-03-03T11:00:07Z"]);
  expect(again("2026-03-03T11:00:07Z")).toBe("2026-03-03T11:00:07Z");
});
