/** What several reports call in the same way. */
import { versionWord } from "../../values/label.ts";

/** A time to the minute, as of its own zone: `2026-03-01 14:30`. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}

/** The number of a version as `v5`, and `-` where there is none. */
export function numberOf(version: number | null): string {
  return versionWord(version, "-");
}
