/** A time axis: as many ticks as there is room for, at round places of the reader's clock. */
import { expect, it } from "vitest";
import { timeTicks } from "../../src/values/time-ticks.ts";

const HOUR = 60 * 60_000;
const EAST = 2 * HOUR;
const here = {
  local: (year: number, month: number, day: number, minutes: number) => Date.UTC(year, month, day, 0, minutes) - EAST,
  dayOf: (time: number) => {
    const date = new Date(time + EAST);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
  },
};
const from = here.local(2026, 1, 27, 22 * 60);
const told = (hours: number, most = 6): string[] =>
  timeTicks({ from, to: from + hours * HOUR }, most, here).map(({ text }) => text);

it("says hours, days, months and years, whatever fits", () => {
  expect(told(0.25)).toEqual(["22:00", "22:05", "22:10", "22:15"]);
  expect(told(4)).toEqual(["22:00", "23:00", "28 Feb", "01:00", "02:00"]);
  expect(told(80)).toEqual(
    ["28 Feb", "12:00", "1 Mar", "12:00", "2 Mar", "12:00", "3 Mar"].filter((_, at) => at % 2 === 0),
  );
  expect(told(24 * 12)).toEqual(["28 Feb", "2 Mar", "4 Mar", "6 Mar", "8 Mar", "10 Mar"]);
  expect(told(24 * 300)).toEqual(["Apr", "Jul", "Oct"]);
  expect(told(24 * 365 * 4)).toEqual(["2027", "2028", "2029", "2030"]);
});

it("never has more than it was asked for, but for one at the other end", () => {
  for (let hours = 0.01; hours < 24 * 365 * 90; hours *= 1.7) {
    expect(told(hours, 8).length, `${hours} hours`).toBeLessThanOrEqual(9);
    expect(told(hours, 8).length, `${hours} hours`).toBeGreaterThanOrEqual(hours < 0.05 ? 0 : 1);
  }
});
