/** Which columns a list of versions shows in a terminal, and which of them there is room for. */
import { systemClock } from "../../../base/clock.ts";
import type { LogLine, LogReport } from "../../../registry/log.ts";
import { type Column, type Columns, columnsOf, isColumn, type NoColumn } from "../../../values/version-columns.ts";
import { namesIn } from "../../../values/version-order.ts";
import { chosenColumns, usualColumns } from "../../../values/version-table.ts";

function columnsIn(versions: readonly LogLine[]): Columns {
  return columnsOf(versions, { now: systemClock.now() });
}

/** Why these columns cannot be shown; null where they can, and where there is nothing to show. */
export function checkColumns({ versions }: LogReport, columns: string): NoColumn | null {
  if (versions.length === 0) return null;
  const chosen = chosenColumns(columns, columnsIn(versions));
  if (chosen.kind === "problem") return chosen.problem;
  return chosen.columns.length > 0 ? null : { message: "it names none", hint: "write it like 'label,accuracy,size'" };
}

/** The columns that were asked for; else the usual ones, with those that the list is sorted by. */
export function logColumns({
  versions,
  columns: asked,
  sort,
}: Pick<LogReport, "versions"> & { columns: string | null; sort: string | null }): Column[] {
  const columns = columnsIn(versions);
  const chosen = asked === null ? null : chosenColumns(asked, columns);
  if (chosen?.kind === "columns") return chosen.columns;
  const usual = usualColumns(versions, columns);
  const sorted = sortedBy(sort, columns).filter((column) => !usual.some(({ id }) => id === column.id));
  const shown = sorted.filter(({ id }) => id !== "model" && id !== "version" && id !== "age");
  return [...usual.slice(0, 2), ...shown, ...usual.slice(2)];
}

/** The columns that the list is sorted by. */
function sortedBy(sort: string | null, columns: Columns): Column[] {
  return namesIn(sort ?? "")
    .map((name) => [columns.find(name), columns.find(name.replace(/^[-+]/, ""))].find(isColumn))
    .filter((column) => column !== undefined);
}

/** Columns of the terminal that a message or another sentence at the end is left. */
const ROOM = 20;
const GAP = 2;

/**
 * Which of the usual columns to leave out, so that the rest and the beginning of the message have room: settings from
 * the last one, then scores, then the stages; never those that the list is sorted by. `widths`: as each would be uncut.
 */
export function leftOut(
  columns: readonly Column[],
  { widths, width, sort }: { widths: readonly number[]; width: number; sort: string | null },
): Set<Column> {
  const needed = (column: Column, at: number): number =>
    GAP + (column.id === "message" ? Math.min(ROOM, widths[at] as number) : (widths[at] as number));
  let used = columns.reduce((sum, column, at) => sum + needed(column, at), -GAP);
  const kept = new Set(namesIn(sort ?? "").map((name) => name.replace(/^[-+]/, "").toLowerCase()));
  const isKept = ({ title, id }: Column): boolean => kept.has(title.toLowerCase()) || kept.has(id.toLowerCase());
  const ranks = { setting: 0, score: 1 } as Partial<Record<Column["kind"], number>>;
  const first = columns.find(({ kind }) => kind === "score");
  const droppable = columns
    .map((column, at) => ({ column, at, rank: column === first ? 2 : ranks[column.kind] }))
    .filter(({ column, rank }) => rank !== undefined && !isKept(column))
    .sort((a, b) => (a.rank as number) - (b.rank as number) || b.at - a.at);
  const left = new Set<Column>();
  for (const { column, at } of droppable) {
    if (used <= width) break;
    left.add(column);
    used -= needed(column, at);
  }
  return left;
}
