/** Columns that line up and stay within the width of the terminal. */
import { display } from "../../base/paths.ts";

export interface Column {
  align?: "left" | "right";
  /**
   * The column that is cut when the row is too long: in the middle, for names and paths, or at the end, for sentences.
   * One at the most.
   */
  cut?: boolean | "end";
}

const GAP = "  ";

/** Rows as aligned lines. Styled cells are given as `[plain, styled]`, so that escapes take no room. */
export function table(
  rows: readonly (readonly (string | readonly [string, string])[])[],
  columns: readonly Column[],
  width = 80,
): string {
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
export function widthOf(rows: readonly (readonly (string | readonly [string, string])[])[]): number {
  const cells = rows.map((row) => row.map((cell) => columnsOf(typeof cell === "string" ? cell : cell[0])));
  const widths = (cells[0] ?? []).map((_, at) => Math.max(...cells.map((row) => row[at] ?? 0)));
  return widths.reduce((sum, each) => sum + each, GAP.length * Math.max(0, widths.length - 1));
}

function fit(cell: string | readonly [string, string], width: number, column: Column): string {
  const [plain, styled] = typeof cell === "string" ? [cell, cell] : cell;
  const used = columnsOf(plain);
  if (used > width) return column.cut ? (column.cut === "end" ? shortenEnd : shorten)(plain, width) : styled;
  const pad = " ".repeat(width - used);
  return column.align === "right" ? pad + styled : styled + pad;
}

/** Cuts the middle out, since both ends of a path tell most: `data/images/…/0001.png`. */
export function shorten(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  const letters = segment(text);
  const half = (width - 1) / 2;
  return takeColumns(letters, Math.floor(half)) + "…" + takeColumns(letters.toReversed(), Math.ceil(half), true);
}

/** Cuts the end off, since the beginning of a sentence tells most. */
export function shortenEnd(text: string, width: number): string {
  return columnsOf(text) <= width ? text : `${takeColumns(segment(text), width - 1).trimEnd()}…`;
}

/** Columns of a message in a list, also where no terminal limits it. */
const MESSAGE = 100;
/** Columns of somebody's name in a list. */
export const NAME = 30;

/**
 * Somebody's text as one cell of a list: its first line, safe for a terminal, and a sign where that is not all of it.
 */
export function oneLine(text: string, most = MESSAGE): string {
  const lines = text.split(/\r?\n/);
  // What is cut off anyway need not be looked at letter by letter.
  const first = display((lines[0] as string).slice(0, most * 8));
  const isWhole = lines.slice(1).every((line) => line.trim() === "");
  return shortenEnd(isWhole ? first : `${first} …`, most);
}

function takeColumns(letters: readonly string[], width: number, backwards = false): string {
  const taken: string[] = [];
  let used = 0;
  for (const letter of letters) {
    used += columnsOf(letter);
    if (used > width) break;
    taken.push(letter);
  }
  return (backwards ? taken.toReversed() : taken).join("");
}

const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

function segment(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), (part) => part.segment);
}

/**
 * Text in lines of at most `width` columns. A line break after a full stop stays, and so does an empty line, as a
 * break; others are only the source's.
 */
export function fill(text: string, width: number): string[] {
  return text.split(/(?<=\.)\n|\n\n/).flatMap((paragraph) => {
    const lines: string[] = [];
    for (const word of paragraph.split(/[ \n]+/)) {
      const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
      if (lines.length > 0 && columnsOf(longer) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  });
}

/** How many columns of a terminal a text takes: two for wide letters and emoji. */
export function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return segment(text).reduce((sum, letter) => sum + (WIDE.test(letter) ? 2 : 1), 0);
}

/** Rows as a table in Markdown; cells are given as in `table`. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (string | readonly [string, string])[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.trimStart().replace(/[|\\`*_<>[\]]/g, "\\$&")).join(" | ")} |`;
  const plain = rows.map((row) => head.map((_, at) => (typeof row[at] === "string" ? row[at] : (row[at]?.[0] ?? ""))));
  return [line(head), `|${" --- |".repeat(head.length)}`, ...plain.map(line)].join("\n");
}
