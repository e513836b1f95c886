/** What an import did, as a table and its sums. */
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { Imported, ImportReport } from "../../../bridges/report.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { shorten } from "../columns.ts";
import { table } from "../table.ts";

/** The table, the sums, what was staged or committed, and notes. */
export function importText(report: ImportReport, style: Style): string {
  const lines = report.imported.length === 0 ? [] : [importTable(report.imported, style)];
  lines.push(sums(report));
  const pointers = report.staged.filter((path) => path.endsWith(".mvgit")).length;
  if (report.commit !== null) lines.push(`committed as ${report.commit.slice(0, 10)}`);
  else if (pointers > 0)
    lines.push(`staged ${plural(pointers, "pointer")}; 'git commit' makes the switch, 'mvgit push' uploads the bytes`);
  return [...lines, ...report.notes.map((note) => `note: ${note}`)].join("\n");
}

/** One line for each path: what became of it, how much it is, and why not. */
export function importTable(imported: readonly Imported[], style: Style): string {
  const rows = imported.map((each) => [each.what, display(each.path), amountOf(each), explain(each)]);
  return table(rows, [{}, { cut: true }, { align: "right" }, {}], Math.max(style.width, 80));
}

function amountOf({ size, files }: Imported): string {
  return files === undefined ? formatSize(size) : `${plural(files, "file")}, ${formatSize(size)}`;
}

function explain({ what, reason, hash, digest, missingFiles, files }: Imported): string {
  if (reason !== undefined) return shorten(display(reason), 60);
  if (what === "missing") return files === undefined ? digest.slice(0, 10) : `${plural(missingFiles, "file")} missing`;
  return hash === null ? "" : hash.slice(0, 10);
}

/** How much was found, taken and missing, in one line. */
export function sums({ dryRun, imported, totals }: Pick<ImportReport, "dryRun" | "imported" | "totals">): string {
  const { found, taken, shared, missing, sizeOnly } = totals;
  if (imported.length === 0) return "nothing to import: HEAD has nothing of that kind";
  const verb = dryRun ? "would take" : "taken";
  const had =
    shared.files > 0
      ? `, of which ${plural(shared.files, "file")} (${formatSize(shared.bytes)}) shared with what was there`
      : "";
  const only = sizeOnly > 0 ? `; of ${plural(sizeOnly, "text file")} of DVC 2 only the size could be checked` : "";
  return prose`found ${plural(found, "file")}; ${verb} ${plural(taken.files, "file")}
    (${formatSize(taken.bytes)})${had}; missing ${plural(missing, "file")}${only}`;
}
