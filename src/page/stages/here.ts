/** The reader's own clock and zone. */
import type { Here } from "../../values/moment.ts";
import { config } from "../config.ts";

/** What is looked at as the present: of pages that were written once, when that was. */
export function presentTime(): number {
  return config.written === null ? Date.now() : Date.parse(config.written);
}

export const local: Pick<Here, "local" | "dayOf"> = {
  local: (year, month, day, minutes) => new Date(year, month, day, 0, minutes).getTime(),
  dayOf(time) {
    const date = new Date(time);
    return { year: date.getFullYear(), month: date.getMonth(), day: date.getDate() };
  },
};

export function hereNow(): Here {
  return { ...local, now: Date.now() };
}
