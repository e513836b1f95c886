/** In which order lists of versions stand: by the values of one column, or of several. */
import { naturalKey } from "./natural-order.ts";
import { type CellValue, type Column, type Columns, isColumn, type NoColumn } from "./version-columns.ts";
import type { VersionLine } from "./version-line.ts";
import { parseNumber } from "./where-values.ts";

/** One column that a list is sorted by. */
export interface SortKey {
  column: Column;
  /** The largest, or the last of the alphabet, first. */
  isDescending: boolean;
}

export type SortReading = { kind: "keys"; keys: SortKey[] } | { kind: "problem"; problem: NoColumn };

/** Columns that one list is sorted by. */
const MOST_KEYS = 10;

/**
 * `accuracy,-lr`: names of columns, the first one first. `-` before a name: largest first; `+`: smallest first; none:
 * as people look for it, which is the best score, the newest, the highest number first, and all else ascending.
 */
export function parseSort(text: string, columns: Columns): SortReading {
  const keys: SortKey[] = [];
  for (const part of namesIn(text).slice(0, MOST_KEYS)) {
    // A name may itself begin with a sign.
    const whole = columns.find(part);
    const sign = isColumn(whole) ? "" : (/^[-+]/.exec(part)?.[0] ?? "");
    const column = sign === "" ? whole : columns.find(part.slice(1));
    if (!isColumn(column)) return { kind: "problem", problem: column };
    keys.push({ column, isDescending: sign === "" ? isDescendingByItself(column) : sign === "-" });
  }
  return { kind: "keys", keys };
}

/** Keys as text that `parseSort` reads, each with its sign. */
export function formatSort(keys: readonly SortKey[]): string {
  return formatNames(keys.map(({ column, isDescending }) => `${isDescending ? "-" : "+"}${column.title}`));
}

/** Names as one text that `namesIn` reads. */
export function formatNames(names: readonly string[]): string {
  return names.map((name) => (/[",\s]/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name)).join(",");
}

/** Names between commas; one with a comma or a blank stands in double quotes. */
export function namesIn(text: string): string[] {
  const names: string[] = [];
  for (const [, quoted, bare] of text.slice(0, LONGEST).matchAll(/"((?:[^"\\]|\\.)*)"|([^",]+)/g)) {
    const name = quoted === undefined ? (bare as string).trim() : quoted.replace(/\\(.)/g, "$1");
    if (name !== "") names.push(name);
  }
  return names;
}

/** UTF-16 units of a list of names. */
const LONGEST = 4096;

function isDescendingByItself({ kind, better, id }: Column): boolean {
  return kind === "score" ? better === "up" : kind === "time" || id === "version";
}

/**
 * The lines in that order, as a new list. What has no value comes last, whichever way; before it what is no number
 * among numbers; lines that are equal in all keys keep their order.
 */
export function sortLines<L extends VersionLine>(
  lines: readonly L[],
  keys: readonly SortKey[],
  { isReversed = false } = {},
): L[] {
  if (keys.length === 0) return isReversed ? lines.toReversed() : [...lines];
  const columns = keys.map(({ column, isDescending }) =>
    placesOf(
      lines.map((line) => rankOf(column.of(line))),
      isDescending !== isReversed,
    ),
  );
  const indexes = lines.map((_, index) => index);
  indexes.sort((a, b) => {
    for (const places of columns) {
      const [first, second] = [places[a] as number, places[b] as number];
      if (first !== second) return first < second ? -1 : 1;
    }
    return a - b;
  });
  return indexes.map((index) => lines[index] as L);
}

/** What is compared of a value. */
type Rank = number | string | null;

/**
 * A number for each value by which it is sorted, the smallest first. Finite numbers are their own; of all else each
 * value is compared once with the others, and not at every step of the sort.
 */
function placesOf(ranks: readonly Rank[], isDescending: boolean): Float64Array {
  const sign = isDescending ? -1 : 1;
  if (ranks.every((rank) => rank === null || Number.isFinite(rank)))
    return Float64Array.from(ranks, (rank) => (rank === null ? Infinity : sign * (rank as number)));
  const sorted = [...new Set(ranks)].sort((a, b) => compareRanks(a, b, isDescending));
  const places = new Map(sorted.map((rank, place) => [rank, place]));
  return Float64Array.from(ranks, (rank) => places.get(rank) as number);
}

function rankOf(value: CellValue): Rank {
  if (value === null || typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = typeof value === "string" ? value : value.join(", ");
  return (typeof value === "string" ? parseNumber(text) : null) ?? naturalKey(text);
}

/** Numbers, then text, then what is no number, then nothing: only within the first two does the direction count. */
function compareRanks(a: Rank, b: Rank, isDescending: boolean): number {
  const [first, second] = [classOf(a), classOf(b)];
  if (first !== second) return first - second;
  if (first > 1) return 0;
  if (a === b) return 0;
  return (a as number | string) < (b as number | string) === isDescending ? 1 : -1;
}

function classOf(rank: Rank): number {
  if (rank === null) return 3;
  if (typeof rank === "string") return 1;
  return Number.isNaN(rank) ? 2 : 0;
}
