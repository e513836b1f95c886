/** What was not taken as it stands, as sentences for the version. */
import { display } from "../../../base/paths.ts";
import type { Lost } from "../../../values/recorded-values.ts";

/** Names that a note lists; more are counted. */
const LISTED = 10;

/** None where nothing was lost. */
export function lostNotes(where: string, lost: readonly Lost[], what: string): string[] {
  if (lost.length === 0) return [];
  const named = [...new Set(lost.map(({ name, why }) => `'${display(name.slice(0, 100))}' ${why}`))];
  const more = named.length > LISTED ? `; and ${named.length - LISTED} more` : "";
  return [`not all of '${display(where)}' was taken as ${what}: ${named.slice(0, LISTED).join("; ")}${more}`];
}
