/** The table that is shown as CSV, for a spreadsheet. */
import type { LogLine } from "../../registry/log.ts";
import type { CellValue, Column } from "../../values/version-columns.ts";
import { tableOf } from "../../values/version-table.ts";

/** By RFC 4180, with every number in full. */
export function csvOf(lines: readonly LogLine[], columns: readonly Column[]): string {
  const { head, rows } = tableOf(lines, columns);
  return [head, ...rows].map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

/** What a spreadsheet would take for a formula is a text: names and messages are anybody's. */
const FORMULA = /^[=+\-@\t\r]/;

function cellOf(value: CellValue): string {
  if (value === null) return "";
  if (typeof value !== "string" && typeof value !== "object") return String(value);
  const text = typeof value === "string" ? value : value.join(", ");
  const safe = FORMULA.test(text) && !/^[-+]?[0-9.]+(?:e[-+]?[0-9]+)?$/i.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
