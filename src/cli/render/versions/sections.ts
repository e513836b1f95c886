/** Parts of a version or a run, each with its title. */
import { display } from "../../../base/paths.ts";
import type { PackageFile } from "../../../values/package.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** Rows under a title; "" for none. */
export function section(title: string, rows: readonly (readonly string[])[], style: Style): string {
  if (rows.length === 0) return "";
  return `${style.strong(title)}\n${table(
    rows.map(([name = "", ...rest]) => [`  ${name}`, ...rest]),
    [{}, { cut: true }, {}],
    style.width,
  )}`;
}

/** What is known of the whole, a line each. */
export function factsTable(facts: readonly (readonly [name: string, text: string])[], style: Style): string {
  return table(
    facts.map(([name, text]) => [`  ${name}`, text]),
    [{}, {}],
    style.width,
  );
}

/** A row for each entry. */
export function mapRows<T>(record: Readonly<Record<string, T>>, format: (value: T) => string): string[][] {
  return Object.entries(record).map(([name, value]) => [display(name), format(value)]);
}

/** Tracked files and folders, a line each. */
export function dataRows(files: readonly PackageFile[]): string[][] {
  return files.map(fileRow);
}

function fileRow({ path, size, files, hash }: PackageFile): string[] {
  const count = files === undefined ? "" : `${plural(files, "file")}, `;
  return [display(path), `${count}${formatSize(size)}  ${hash.slice(0, 10)}`];
}
