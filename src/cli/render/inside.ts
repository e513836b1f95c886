/** What differs inside of a file: rows, tensors and members, as `compare` and `diff` print them. */
import { formatCount, formatSize, plural } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import type { Inside } from "../../registry/inside.ts";
import { formatScore } from "../../values/scores.ts";
import { shorten, shortenEnd } from "./columns.ts";
import type { Style } from "./style.ts";
import { type Cell, table } from "./table.ts";

type Tensors = NonNullable<Inside["tensors"]>;
type Tensor = Tensors["tensors"][number];
type Rows = NonNullable<Inside["rows"]>;
type Members = NonNullable<Inside["members"]>;

/** Tensors or members that are shown of one file, and letters of what a row says of columns. */
const MOST_SHOWN = 5;
const WIDEST = 60;

/** What differs inside a file, in words; "" where nothing is known of that. */
export function insideWords({ rows, tensors, members, note }: Inside): string {
  const words = [
    ...(rows === undefined ? [] : [rowWords(rows)]),
    ...(tensors === undefined ? [] : [tensorWords(tensors)]),
    ...(members === undefined ? [] : [memberWords(members)]),
  ];
  return words.length === 0 ? (note ?? "") : words.join(", ");
}

/** The first parts of a file that differ, how much, and what was not compared. */
export function insideRows(inside: Inside, all: boolean): string[][] {
  return [...tensorRows(inside, all), ...memberRows(inside, all)];
}

/** Rows of a name, two sides and words; a sentence is no column: it has the width for itself. */
export function rowLines(rows: readonly Cell[][], style: Style): string[] {
  const inColumns = rows.filter((row) => row.length > 1);
  const columns = [{ cut: true }, { align: "right" }, { align: "right" }, {}] as const;
  const lines = inColumns.length === 0 ? [] : table(inColumns, columns, style.width).split("\n");
  return rows.map((row) => {
    const [first = ""] = row;
    return row.length > 1 ? (lines.shift() ?? "") : shorten(typeof first === "string" ? first : first[0], style.width);
  });
}

function rowWords({ added, removed, changed = 0, columns }: Rows): string {
  const parts = [`rows +${formatCount(added - changed)} -${formatCount(removed - changed)}`];
  if (changed > 0) parts.push(`~${formatCount(changed)}`);
  const changes = [
    ...(columns?.added ?? []).map((name) => `+${display(name)}`),
    ...(columns?.removed ?? []).map((name) => `-${display(name)}`),
    ...(columns?.retyped ?? []).map(({ name, a, b }) => `${display(name)}: ${display(a)} -> ${display(b)}`),
  ];
  const words = parts.join(" ");
  return changes.length === 0 ? words : `${words}, columns ${shortenEnd(changes.join(" "), WIDEST)}`;
}

const SIGNS = [
  ["added", "+"],
  ["removed", "-"],
  ["changed", "~"],
] as const;

interface Counts {
  added: number;
  removed: number;
  changed: number;
  unknown: number;
}

function countWords(counts: Counts, more: readonly (readonly [count: number, word: string])[]): string {
  const signs = SIGNS.filter(([kind]) => counts[kind] > 0).map(([kind, sign]) => `${sign}${formatCount(counts[kind])}`);
  const words = [...more, [counts.unknown, "not compared"] as const]
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`);
  return [...(signs.length > 0 ? [signs.join(" ")] : []), ...words].join(", ") || "all alike";
}

function tensorWords({ counts, b }: Tensors): string {
  const words = countWords(counts, [
    [counts.reshaped, "reshaped"],
    [counts.retyped, "retyped"],
  ]);
  return `tensors ${words} (of ${formatCount(b.tensors)})`;
}

function memberWords({ counts, b }: Members): string {
  const what = b.format === "parquet" ? "column chunks" : `files in the ${b.format}`;
  return `${what} ${countWords(counts, [[counts.repacked, "repacked"]])} (of ${formatCount(b.members)})`;
}

function memberRows({ members }: Inside, all: boolean): string[][] {
  if (members === undefined) return [];
  const { counts } = members;
  const differing = members.members.filter(({ what }) => what !== "unknown");
  const shown = all ? differing : differing.slice(0, MOST_SHOWN);
  const left = counts.added + counts.removed + counts.changed + counts.repacked - shown.length;
  const size = (bytes: number | null): string => (bytes === null ? "-" : formatSize(bytes));
  return [
    ...shown.map(({ name, what, a, b }) => [`    ${display(name)}`, size(a), size(b), what]),
    ...(left > 0 ? [[`    ... and ${plural(left, members.b.format === "parquet" ? "more chunk" : "more file")}`]] : []),
    ...members.notes.map((note) => [`    (${note})`]),
  ];
}

function tensorRows({ tensors }: Inside, all: boolean): string[][] {
  if (tensors === undefined) return [];
  const differing = tensors.tensors.filter(({ what }) => what !== "unknown");
  const shown = all ? differing : differing.slice(0, MOST_SHOWN);
  const { added, removed, reshaped, retyped, changed } = tensors.counts;
  const left = added + removed + reshaped + retyped + changed - shown.length;
  return [
    ...shown.map((tensor) => [`    ${display(tensor.name)}`, ...sidesOf(tensor), changeWords(tensor)]),
    ...(left > 0 ? [[`    ... and ${plural(left, "more tensor")}`]] : []),
    ...tensors.notes.map((note) => [`    (${note})`]),
  ];
}

/** The second side only where it is another. */
function sidesOf({ a, b }: Tensor): [string, string] {
  const [from, to] = [a, b].map((side) => (side === null ? "-" : `${display(side.dtype)} ${shapeOf(side.shape)}`)) as [
    string,
    string,
  ];
  return from === to ? ["", to] : [from, to];
}

function shapeOf(shape: readonly number[]): string {
  return shape.length === 0 ? "[]" : `[${shortenEnd(shape.join("x"), 24)}]`;
}

function changeWords({ what, by }: Tensor): string {
  if (by === null) return what;
  const { maxDifference, relative, differing, values, notFinite } = by;
  const parts = [
    ...(maxDifference === null || (maxDifference === 0 && notFinite > 0)
      ? []
      : [`by up to ${formatScore(maxDifference)}`]),
    ...(relative === null ? [] : [`${formatShare(relative)} of its norm`]),
    `in ${formatShare(values === 0 ? 0 : differing / values)} of values`,
    ...(notFinite > 0 ? [`${formatCount(notFinite)} not finite`] : []),
  ];
  return `${what} ${parts.join(", ")}`;
}

function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return "<0.01 %";
  return `${formatScore(Number(percent.toPrecision(3)))} %`;
}
