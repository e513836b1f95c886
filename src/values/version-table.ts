/**
 * Tables of versions: which lines are in one, in which order, and which columns it has when nobody says. Pure; the
 * terminal, the page and every format that is exported take theirs from here.
 */
import { formatDuration, formatSize } from "../base/counts.ts";
import { minuteOf } from "./local-minute.ts";
import { formatScore } from "./scores.ts";
import { type CellValue, type Column, type Columns, columnsOf, isColumn, type NoColumn } from "./version-columns.ts";
import type { VersionLine } from "./version-line.ts";
import { namesIn, parseSort, type SortKey, sortLines } from "./version-order.ts";
import { type WhereProblem, whereTest } from "./where.ts";

/** What somebody wants to see. Each part may be left out. */
export interface View {
  /** A filter (`where.ts`). */
  where?: string;
  /** Names of columns (`parseSort`); without one the order of the lines stays. */
  sort?: string;
  /** Turns the order; what has no value stays last. */
  reverse?: boolean;
}

/** Why a view cannot be shown, and which part of it is wrong. */
export type ViewProblem = { of: "where"; problem: WhereProblem } | { of: "sort" | "columns"; problem: NoColumn };

export type Viewed<L> =
  | {
      kind: "view";
      /** Those that the filter lets through, in order. */
      lines: L[];
      /** Of all lines, also those that were not let through. */
      columns: Columns;
      /** By what they are sorted; empty for the order that they had. */
      keys: SortKey[];
    }
  | ({ kind: "problem" } & ViewProblem);

/** Filters, then sorts. `now`: milliseconds since 1970. 5,000 lines take a few milliseconds. */
export function viewOf<L extends VersionLine>(
  lines: readonly L[],
  { where = "", sort = "", reverse = false }: View,
  { now, columns = columnsOf(lines, { now }) }: { now: number; columns?: Columns },
): Viewed<L> {
  const compiled = whereTest(where, columns, { now });
  if (compiled.kind === "problem") return { kind: "problem", of: "where", problem: compiled.problem };
  const sorting = parseSort(sort, columns);
  if (sorting.kind === "problem") return { kind: "problem", of: "sort", problem: sorting.problem };
  const { keys } = sorting;
  const kept = lines.filter(compiled.test);
  return { kind: "view", lines: sortLines(kept, keys, { isReversed: reverse }), columns, keys };
}

/**
 * The settings that vary among lines: two versions of one model differ in them, or only one of the two has them. In the
 * order in which the lines have them.
 */
export function varyingSettings(lines: readonly VersionLine[]): string[] {
  const firstOf = new Map<string, VersionLine>();
  const varying = new Set<string>();
  const seen = new Map<VersionLine, number>();
  for (const line of lines) {
    const first = firstOf.get(line.model) ?? line;
    firstOf.set(line.model, first);
    const names = Object.keys(line.params);
    const width = seen.get(first) ?? Object.keys(first.params).length;
    seen.set(first, width);
    let shared = 0;
    for (const name of names) {
      if (!Object.hasOwn(first.params, name)) varying.add(name);
      else {
        shared++;
        if (!varying.has(name) && first.params[name] !== line.params[name]) varying.add(name);
      }
    }
    if (shared < width)
      for (const name of Object.keys(first.params)) if (!Object.hasOwn(line.params, name)) varying.add(name);
  }
  const order = new Map<string, number>();
  for (const { params } of lines)
    for (const name of Object.keys(params)) if (!order.has(name)) order.set(name, order.size);
  return [...varying].sort((a, b) => (order.get(a) as number) - (order.get(b) as number));
}

/** Scores that a table has by itself. */
const SCORES = 4;

/**
 * The columns of a table when nobody names any: what the version is, when it was made, the scores that most have, the
 * settings that vary among the lines, the stages, the message. Columns without any value are left out, but for the
 * message.
 */
export function usualColumns(lines: readonly VersionLine[], columns: Columns): Column[] {
  const scores = columns.all
    .filter(({ kind, of }) => kind === "score" && lines.some((line) => of(line) !== null))
    .slice(0, SCORES);
  const varying = new Set(varyingSettings(lines).map((name) => `param.${name}`));
  const settings = columns.all.filter(({ id }) => varying.has(id));
  const named = (id: string): Column => columns.find(id) as Column;
  return [named("label"), named("time"), ...scores, ...settings, named("stage"), named("message")];
}

/** The columns that a text names, with commas between: `label,accuracy,param.lr`. */
export function chosenColumns(
  text: string,
  columns: Columns,
): { kind: "columns"; columns: Column[] } | { kind: "problem"; problem: NoColumn } {
  const chosen: Column[] = [];
  for (const name of namesIn(text)) {
    const found = columns.find(name);
    if (!isColumn(found)) return { kind: "problem", problem: found };
    if (!chosen.includes(found)) chosen.push(found);
  }
  return { kind: "columns", columns: chosen };
}

/** Columns and lines as a table of values, for CSV and other programs: numbers in full, times in ISO 8601. */
export function tableOf(
  lines: readonly VersionLine[],
  columns: readonly Column[],
): { head: string[]; rows: CellValue[][] } {
  return {
    head: columns.map(({ title }) => title),
    rows: lines.map((line) => columns.map((column) => (column.kind === "time" ? line.time : column.of(line)))),
  };
}

/**
 * A value as people read it, "" for none: times to the minute in the reader's zone, sizes and durations with
 * their units, scores with four decimals. Texts are as they are: what is unsafe in them is seen to by whoever shows it.
 */
export function cellText(line: VersionLine, column: Column): string {
  const value = column.of(line);
  if (value === null) return "";
  switch (column.kind) {
    case "time":
      return minuteOf(line.time);
    case "age":
      return formatAge(value as number);
    case "size":
      return formatSize(value as number);
    case "duration":
      return formatDuration(value as number);
    case "score":
      return scoreText(value as number);
    case "number":
      return `${column.id === "from" ? "v" : ""}${String(value)}`;
    case "hash":
      return (value as string).slice(0, 10);
    case "flag":
      return value === true ? "yes" : "";
    case "text":
    case "list":
    case "setting":
      return typeof value === "object" ? value.join(", ") : String(value);
  }
}

function scoreText(value: number): string {
  if (Number.isFinite(value)) return formatScore(value);
  return String(value).toLowerCase().replace("infinity", "inf");
}

const AGES: readonly (readonly [number, string])[] = [
  [365.2425 * 86_400_000, "year"],
  [30.436875 * 86_400_000, "month"],
  [7 * 86_400_000, "week"],
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
];

/** Milliseconds as `3 days`, `2 weeks`; `now` below a minute, and for what lies in the future. */
export function formatAge(age: number): string {
  for (const [unit, word] of AGES) {
    const count = Math.floor(age / unit);
    if (count >= 1) return `${count} ${word}${count === 1 ? "" : "s"}`;
  }
  return "now";
}
