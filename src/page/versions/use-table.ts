/** The table that the address asks for: which lines, in which order, and with which columns. */
import { useMemo, useRef } from "preact/hooks";
import type { LogLine } from "../../registry/log.ts";
import { type Column, type Columns, columnsOf } from "../../values/version-columns.ts";
import type { SortKey } from "../../values/version-order.ts";
import { chosenColumns, usualColumns, type Viewed, viewOf } from "../../values/version-table.ts";
import type { ViewState } from "./view-state.ts";

type Problem = Extract<Viewed<LogLine>, { kind: "problem" }>;

export interface VersionTable {
  /** Those that may be shown, before the filter. */
  all: readonly LogLine[];
  /** Those that are shown, in order. */
  lines: readonly LogLine[];
  /** All there are. */
  columns: Columns;
  /** Those that are shown, in order; the first one is the label. */
  shown: readonly Column[];
  keys: readonly SortKey[];
  /** What is wrong with the filter, the order or the columns; the last good table stays until it is put right. */
  problem: Problem | null;
}

type Ordered = Pick<VersionTable, "lines" | "keys">;

/** `now`: milliseconds since 1970. */
export function useTable(versions: readonly LogLine[], view: ViewState, now: number): VersionTable {
  const { where, sort, retracted } = view;
  const all = useMemo(
    () => (retracted ? versions : versions.filter((line) => line.retracted === null)),
    [versions, retracted],
  );
  const columns = useMemo(() => columnsOf(versions, { now }), [versions]);
  const viewed = useMemo(() => viewOf(all, { where, sort }, { now, columns }), [all, where, sort, columns]);
  const last = useRef<Ordered & { all: readonly LogLine[] }>({ lines: all, keys: [], all });
  if (viewed.kind === "view") last.current = { lines: viewed.lines, keys: viewed.keys, all };
  else if (last.current.all !== all) last.current = { lines: all, keys: [], all };
  const { lines, keys } = last.current;
  const usual = useMemo(() => withLabel(pageColumns(versions, columns), columns), [versions, columns]);
  const chosen = useMemo(() => chosenColumns(view.columns, columns), [view.columns, columns]);
  const shown = useMemo(
    () => (chosen.kind === "columns" && chosen.columns.length > 0 ? withLabel(chosen.columns, columns) : usual),
    [chosen, columns, usual],
  );
  return { all, lines, keys, columns, shown, problem: viewed.kind === "problem" ? viewed : problemOf(chosen) };
}

function problemOf(chosen: ReturnType<typeof chosenColumns>): Problem | null {
  return chosen.kind === "problem" ? { kind: "problem", of: "columns", problem: chosen.problem } : null;
}

/** Settings in a table that nobody chose the columns of. */
const MOST_SETTINGS = 8;

/** What a page has room for besides: who made it, and what it cost. */
function pageColumns(lines: readonly LogLine[], columns: Columns): Column[] {
  const usual = usualColumns(lines, columns);
  const settings = usual.filter(({ kind }) => kind === "setting").slice(0, MOST_SETTINGS);
  const first = namedColumns(["label", "stage", "time", "author", "message"], columns);
  const cost = namedColumns(["duration", "size"], columns).filter(({ of }) => lines.some((line) => of(line) !== null));
  return [...first, ...usual.filter(({ kind }) => kind === "score"), ...settings, ...cost];
}

function namedColumns(ids: readonly string[], columns: Columns): Column[] {
  return ids.flatMap((id) => columns.all.filter((column) => column.id === id));
}

/** Without it nobody knows which version a row is of. */
function withLabel(shown: readonly Column[], columns: Columns): Column[] {
  return [...namedColumns(["label"], columns), ...shown.filter(({ id }) => id !== "label")];
}
