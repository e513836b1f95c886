/** Versions as CSV, for spreadsheets and other programs: numbers in full, times in ISO 8601. */
import { systemClock } from "../../../base/clock.ts";
import type { LogReport } from "../../../registry/log.ts";
import { csvText } from "../../../values/csv-text.ts";
import { type CellValue, columnsOf } from "../../../values/version-columns.ts";
import { chosenColumns, tableOf } from "../../../values/version-table.ts";

/** The columns that were asked for; else all in which any version has something, but what counts from now. */
export function logCsv({ versions, columns: asked }: Pick<LogReport, "versions"> & { columns: string | null }): string {
  const columns = columnsOf(versions, { now: systemClock.now() });
  const chosen = asked === null ? null : chosenColumns(asked, columns);
  const shown =
    chosen?.kind === "columns"
      ? chosen.columns
      : columns.all.filter(({ kind, of }) => kind !== "age" && versions.some((line) => of(line) !== null));
  const { head, rows } = tableOf(versions, shown);
  return csvText([head, ...rows.map((row) => row.map(asText))]);
}

function asText(value: CellValue): string {
  if (value === null) return "";
  return typeof value === "object" ? value.join(", ") : String(value);
}
