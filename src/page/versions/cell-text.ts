/** What a cell of the table says: as `cellText`, but for what a page says in its own way. */
import type { LogLine } from "../../registry/log.ts";
import { readPerson } from "../../values/person.ts";
import type { Column } from "../../values/version-columns.ts";
import { cellText, formatAge } from "../../values/version-table.ts";

/** Signs of one cell: more cannot be seen, and hostile ones are long. */
const LONGEST = 200;

/** `now`: milliseconds since 1970. */
export function textOf(line: LogLine, column: Column, now: number): string {
  return fullText(line, column, now).slice(0, LONGEST);
}

function fullText(line: LogLine, column: Column, now: number): string {
  if (column.id === "label") return `v${line.version}`;
  if (column.id === "author") return readPerson(line.author).name || line.author;
  if (column.id === "time") return agoText(line.time, now);
  return cellText(line, column);
}

/** `3 days ago`. */
function agoText(time: string, now: number): string {
  const age = formatAge(now - Date.parse(time));
  return age === "now" ? "just now" : `${age} ago`;
}
