/** Data and weights of two versions side by side, as `compare` prints them. */
import { formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import type { DataDifference, FileDifference } from "../../../registry/data-changes.ts";
import { formatSize, plural } from "../numbers.ts";
import { insideRows, insideWords } from "../inside.ts";

/** Files of a folder that are shown. */
const MOST_FILES = 10;

/** A tracked path: both sizes, and what became of it. */
export function dataRow(difference: DataDifference): string[] {
  const { path, a, b, note } = difference;
  const words = isFolder(difference) ? countsOf(difference) : fileWords(difference);
  return [display(path), shownSize(a), shownSize(b), note ?? words];
}

function countsOf({ added, removed, changed, moved }: DataDifference): string {
  const counts = [
    [added, "added"],
    [removed, "removed"],
    [changed, "changed"],
    [moved, "moved"],
  ] as const;
  return counts
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${plural(n, "file")} ${word}`)
    .join(", ");
}

function fileWords({ a, b, files }: DataDifference): string {
  if (a === null) return "new";
  return b === null ? "gone" : (files[0] && insideWords(files[0])) || "other bytes";
}

function isFolder({ a, b }: DataDifference): boolean {
  return a?.files !== undefined || b?.files !== undefined;
}

/** The first files of a folder, and how many are not shown; the tensors of each that differ. */
export function fileRows(difference: DataDifference, every: boolean): string[][] {
  if (!isFolder(difference)) return difference.files.flatMap((file) => insideRows(file, every));
  const { added, removed, changed, moved, files } = difference;
  const left = added + removed + changed + moved - Math.min(files.length, MOST_FILES);
  return [
    ...files.slice(0, MOST_FILES).flatMap((file) => [fileRow(file), ...insideRows(file, every)]),
    ...(files.length > 0 && left > 0 ? [[`  ... and ${formatCount(left)} more`]] : []),
  ];
}

function fileRow(file: FileDifference): string[] {
  const name = file.from === undefined ? display(file.path) : `${display(file.from)} -> ${display(file.path)}`;
  return [
    `  ${name}`,
    file.a === null ? "-" : formatSize(file.a),
    file.b === null ? "-" : formatSize(file.b),
    insideWords(file),
  ];
}

function shownSize(side: DataDifference["a"]): string {
  return side === null ? "-" : formatSize(side.size);
}
