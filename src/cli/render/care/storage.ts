/** What versions cost in a remote, in words. */
import { display } from "../../../base/paths.ts";
import type { StorageLine, StorageReport } from "../../../care/storage.ts";
import { minuteOf } from "../../../values/local-minute.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** Versions of one path that are shown, the newest, unless all are asked for. */
const MOST = 10;

/** A line for each version, and what all of it comes to. */
export function storageText(report: StorageReport & { all: boolean }, style: Style): string {
  const { versions, notes } = report;
  const rows = rowsOf(versions, report.all);
  const head = ["path", "version", "weighs", "stored", "saved"];
  const columns = [{ cut: true }, {}, { align: "right" }, { align: "right" }, {}] as const;
  return [
    ...(versions.length === 0 ? [] : [table([head, ...rows], columns, style.width)]),
    totalLine(report),
    ...placeLines(report),
    ...notes.map((note) => `(${note})`),
  ].join("\n");
}

function rowsOf(versions: readonly StorageLine[], all: boolean): string[][] {
  const paths = new Map<string, StorageLine[]>();
  for (const line of versions) paths.set(line.path, [...(paths.get(line.path) ?? []), line]);
  return [...paths].flatMap(([path, lines]) => {
    const shown = all ? lines : lines.slice(-MOST);
    const left = lines.length - shown.length;
    return [
      ...(left > 0 ? [[display(path), `${plural(left, "older version")}; '--all' lists them`, "", "", ""]] : []),
      ...shown.map((line, at) => [at === 0 && left === 0 ? display(path) : "", ...versionCells(line)]),
    ];
  });
}

function versionCells(line: StorageLine): string[] {
  const { where, label, time, size, stored, note } = line;
  const name = label ?? (where === "index" ? "not committed" : where.slice(0, 10));
  const day = time === null ? "" : `  ${minuteOf(time).slice(0, 10)}`;
  return [`${name}${day}`, formatSize(size), formatSize(sum(stored)), note ?? savedWords(line)];
}

function sum(stored: StorageLine["stored"]): number {
  return stored.whole + stored.packed + stored.recipes + stored.cutLists;
}

function savedWords({ saved, missing }: Pick<StorageLine, "saved" | "missing">): string {
  const parts = (
    [
      [saved.same, "as before"],
      [saved.cuts, "in parts that were there"],
      [saved.codec, "by codecs"],
      [missing.bytes, "not in the remote"],
    ] as const
  )
    .filter(([bytes]) => bytes > 0)
    .map(([bytes, words]) => `${formatSize(bytes)} ${words}`);
  return parts.join(", ");
}

function totalLine({ versions, total, remote, address }: StorageReport): string {
  const where = `${remote} (${display(address)})`;
  if (versions.length === 0) return `nothing is tracked here; ${where} was looked at`;
  const saved = savedWords(total);
  const what = `${plural(versions.length, "version")} of ${formatSize(total.size)}`;
  const takes = `in all: ${what} take ${formatSize(sum(total.stored))} in ${where}`;
  return saved === "" ? takes : `${takes}: ${saved}`;
}

function placeLines({ holds, free }: StorageReport): string[] {
  const lines: string[] = [];
  if (holds !== null) {
    const kinds = (
      [
        [holds.whole, "whole blob"],
        [holds.packs, "pack"],
        [holds.tables, "pack table"],
        [holds.cutLists, "cut list"],
      ] as const
    ).filter(([{ objects }]) => objects > 0);
    const words = kinds.map(([{ objects, bytes }, word]) => `${plural(objects, word)} (${formatSize(bytes)})`);
    lines.push(`it holds, for whoever uses it: ${words.join(", ") || "nothing"}`);
  }
  if (free !== null) lines.push(`'mvgit gc --remote' would free ${formatSize(free.bytes)} now`);
  return lines;
}
