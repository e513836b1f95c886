/** What several reports call in the same way. */
import { versionWord } from "../../values/label.ts";

/** The number of a version as `v5`, and `-` where there is none. */
export function numberOf(version: number | null): string {
  return versionWord(version, "-");
}
