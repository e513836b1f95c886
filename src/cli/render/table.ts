/** Columns that line up and stay within the width of the terminal. */
import { columnsOf, shorten, shortenEnd } from "./columns.ts";

/** How the cells of a column stand. */
export interface Column {
  align?: "left" | "right";
  /**
   * The column that is cut when the row is too long: in the middle, for names and paths, or at the end, for sentences.
   * One at the most.
   */
  cut?: boolean | "end";
}

/** Text, or text and the same with its styles, whose escapes take no room. */
export type Cell = string | readonly [plain: string, styled: string];

const GAP = "  ";

/** Rows as aligned lines. */
export function table(rows: readonly (readonly Cell[])[], columns: readonly Column[], width = 80): string {
  const plain = rows.map((row) => row.map((cell) => (typeof cell === "string" ? cell : cell[0])));
  const widths = columns.map((_, at) => Math.max(0, ...plain.map((row) => columnsOf(row[at] ?? ""))));
  const cut = columns.findIndex((column) => column.cut);
  if (cut >= 0) {
    const others = widths.reduce((sum, each) => sum + each, GAP.length * (widths.length - 1)) - (widths[cut] as number);
    widths[cut] = Math.min(widths[cut] as number, Math.max(10, width - others));
  }
  return rows
    .map((row) =>
      columns
        .map((column, at) => fit(row[at] ?? "", widths[at] as number, column))
        .join(GAP)
        .trimEnd(),
    )
    .join("\n");
}

/** Columns of a terminal that a table of these rows takes, uncut. */
export function widthOf(rows: readonly (readonly Cell[])[]): number {
  const cells = rows.map((row) => row.map((cell) => columnsOf(typeof cell === "string" ? cell : cell[0])));
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => row[at] ?? 0)));
  return widths.reduce((sum, each) => sum + each, GAP.length * Math.max(0, widths.length - 1));
}

function fit(cell: Cell, width: number, column: Column): string {
  const [plain, styled] = typeof cell === "string" ? [cell, cell] : cell;
  const used = columnsOf(plain);
  if (used > width && column.cut === "end") return shortenEnd(plain, width);
  if (used > width) return column.cut ? shorten(plain, width) : styled;
  const pad = " ".repeat(width - used);
  return column.align === "right" ? pad + styled : styled + pad;
}

/** Rows as a table in Markdown; cells are given as in `table`. */
export function markdownTable(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.trimStart().replace(/[|\\`*_<>[\]]/g, "\\$&")).join(" | ")} |`;
  const plain = rows.map((row) => head.map((_, at) => (typeof row[at] === "string" ? row[at] : (row[at]?.[0] ?? ""))));
  return [line(head), `|${" --- |".repeat(head.length)}`, ...plain.map(line)].join("\n");
}
