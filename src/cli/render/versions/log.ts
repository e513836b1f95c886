/** Versions of models, a line each. */
import { display } from "../../../base/paths.ts";
import { andMore } from "../../../base/counts.ts";
import type { Column } from "../../../values/version-columns.ts";
import { cellText } from "../../../values/version-table.ts";
import type { LogLine, LogReport } from "../../../registry/log.ts";
import type { Style } from "../style.ts";
import { columnsOf, oneLine, shorten } from "../columns.ts";
import { type Cell, type Column as TableColumn, markdownTable, table } from "../table.ts";
import { plural } from "../numbers.ts";
import { leftOut, logColumns } from "./log-columns.ts";

/** Columns of a name, and of a value that is no sentence, in a list. */
const NAME = 24;
const VALUE = 30;

export type ShownLog = LogReport & { sort: string | null; columns: string | null; markdown: boolean };

/** The versions, what of them cannot be trusted, and what is not shown. */
export function logText(report: ShownLog, style: Style): string {
  const { versions, problems, hidden, markdown } = report;
  if (versions.length + problems.length + hidden === 0) return nothing(report);
  const { head, rows, columns, left } = logTable(report, style);
  if (markdown) {
    const broken = problems.map((problem) => [display(problem)]);
    const tables = broken.length === 0 ? [] : [markdownTable(["cannot be trusted"], broken)];
    return [markdownTable(head, rows), ...tables].join("\n\n");
  }
  const shown = [head.map((name) => [name, style.faint(name)] as const), ...rows];
  return [
    ...(versions.length > 0 ? [table(shown, columns, style.width)] : []),
    ...(versions.length === 0 && report.total > problems.length ? [nothing(report)] : []),
    ...problems.map((problem) => style.bad(`cannot be trusted: ${display(problem)}`)),
    ...[...notShown(report, left, style.width)].map((line) => style.faint(line)),
  ].join("\n");
}

function nothing({ total }: ShownLog): string {
  return total > 0
    ? `none of ${plural(total, "version")} is as asked`
    : "no version of any model is here yet; 'mvgit run' and 'mvgit save' make them";
}

/** A line for each thing that is left out, and how to see it. */
function* notShown(report: ShownLog, left: readonly Column[], width: number): Generator<string> {
  const { older, hidden, sort, versions } = report;
  if (older > 0) {
    const isNewestFirst = sort === null && (versions[0]?.time ?? "") >= (versions.at(-1)?.time ?? "");
    yield `and ${plural(older, isNewestFirst ? "older version" : "more version")}; '--all' shows them`;
  }
  if (hidden > 0) yield `${plural(hidden, "retracted version")} left out; '--all' shows them`;
  if (left.length > 0) yield noRoom(left, width);
}

/** As many names as have room themselves. */
function noRoom(left: readonly Column[], width: number): string {
  for (let count = Math.min(8, left.length); count > 0; count--) {
    const names = left.slice(0, count).map(({ title }) => shorten(display(title), NAME));
    const line = `no room for ${names.join(", ")}${andMore(left.length - count)}; '--columns' names what to show`;
    if (columnsOf(line) <= width) return line;
  }
  return `no room for ${plural(left.length, "column")}; '--columns' names what to show`;
}

interface LogTable {
  head: string[];
  rows: Cell[][];
  columns: TableColumn[];
  /** Columns without room. */
  left: Column[];
}

function logTable(report: ShownLog, style: Style): LogTable {
  const { versions, markdown, sort, columns: asked } = report;
  const usual = logColumns(report);
  const cells = new Map(usual.map((column) => [column, versions.map((line) => cellOf(line, column))]));
  const heads = new Map(usual.map((column) => [column, headOf(column)]));
  const widths = usual.map((column) =>
    [heads.get(column) as string, ...(cells.get(column) as string[])].reduce(
      (most, text) => Math.max(most, columnsOf(text)),
      0,
    ),
  );
  const width = markdown || asked !== null ? Infinity : style.width;
  const left = leftOut(usual, { widths, width, sort });
  const columns = usual.filter((column) => !left.has(column));
  return {
    head: columns.map((column) => heads.get(column) as string),
    rows: versions.map((_, row) =>
      columns.map((column) => {
        const text = cells.get(column)?.[row] as string;
        return column.id === "stage" && text !== "" ? [text, style.good(text)] : text;
      }),
    ),
    columns: shapes(columns),
    left: [...left],
  };
}

/** The message is cut where a line is too long; without one, the last text. */
function shapes(columns: readonly Column[]): TableColumn[] {
  const message = columns.findIndex(({ id }) => id === "message");
  const cut = message >= 0 ? message : columns.findLastIndex(({ kind }) => kind === "text" || kind === "list");
  return columns.map(({ kind }, at) => ({
    ...(isNumeric(kind) && { align: "right" as const }),
    ...(at === cut && { cut: message >= 0 ? ("end" as const) : true }),
  }));
}

function isNumeric(kind: Column["kind"]): boolean {
  return kind === "score" || kind === "number" || kind === "size" || kind === "duration";
}

/** What a column is called above a list. */
const HEADS: Readonly<Record<string, string>> = { label: "version", time: "made", stage: "stages" };

function headOf({ id, title }: Column): string {
  return HEADS[id] ?? shorten(display(title), NAME);
}

function cellOf(line: LogLine, column: Column): string {
  if (column.id === "message") return oneLine(lastWords(line));
  const text = cellText(line, column);
  if (column.kind === "score" || column.kind === "setting") return text === "" ? "-" : shorten(display(text), VALUE);
  return column.id === "label" ? text : oneLine(text);
}

/** What was said of the version since, which nobody may miss where the line is cut, and its message. */
function lastWords({ message, notes, retracted }: LogLine): string {
  const withdrawn = retracted === null ? [] : [`RETRACTED: ${retracted.text}`];
  const texts = [...withdrawn, ...notes.map(({ text }) => `note: ${text}`), message];
  return texts.filter((text) => text !== "").join("; ");
}
