/** What came of GTO's tags: versions and moves, a line each. */
import { display } from "../../../base/paths.ts";
import type { ImportedVersion, ImportGtoReport } from "../../../bridges/gto/import.ts";
import { prose } from "../../../base/prose.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";
import { numberOf } from "../words.ts";
import { minuteOf } from "../../../values/local-minute.ts";

/** A table of versions, one of moves, and the sums. */
export function gtoText(report: ImportGtoReport, style: Style): string {
  const { versions, moves, notes, stagesFile, dryRun } = report;
  if (versions.length + moves.length === 0) return "nothing to import: no tag here is one of GTO's";
  const word = (what: string): string => (dryRun && what === "made" ? "would make" : what);
  const lines = [
    rowsText(
      versions.map((each) => versionRow(each, word)),
      style,
    ),
  ];
  if (moves.length > 0)
    lines.push(
      rowsText(
        moves.map((each) => moveRow(each, word)),
        style,
      ),
    );
  const [madeVersions, madeMoves] = [countMade(versions), countMade(moves)];
  lines.push(prose`${dryRun ? "would make" : "made"} ${plural(madeVersions, "version")} and
    ${plural(madeMoves, "move")}; ${plural(versions.length, "version")} and
    ${plural(moves.length, "move")} in GTO's tags`);
  if (stagesFile === "committed") lines.push("stages.yaml committed");
  if (!dryRun && madeVersions + madeMoves > 0) lines.push("'mvgit push --all && git push --tags' shares them");
  return [...lines, ...notes.map((note) => `note: ${display(note)}`)].join("\n");
}

function rowsText(rows: readonly string[][], style: Style): string {
  return table(rows, [{}, {}, {}, {}, { cut: true }], style.width);
}

function countMade(all: readonly { what: string }[]): number {
  return all.filter(({ what }) => what === "made").length;
}

function versionRow(
  { model, version, called, by, time, what, weights, missing }: ImportedVersion,
  word: (what: string) => string,
): string[] {
  const size = weights.reduce((sum, each) => sum + each.size, 0);
  const parts: string[] = [];
  if (weights.length > 0) parts.push(`${weights.map((each) => display(each.path)).join(", ")} (${formatSize(size)})`);
  if (missing.length > 0) parts.push(`lacks ${missing.map(display).join(", ")}`);
  const when = `${minuteOf(time)}  ${display(by)}`;
  return [word(what), `${model}@v${version}`, called, when, parts.join("; ")];
}

function moveRow(
  { model, stage, event, version, before, by, time, tag, what }: ImportGtoReport["moves"][number],
  word: (what: string) => string,
): string[] {
  return [
    word(what),
    `${model}#${stage}${event === null ? "" : `#${event}`}`,
    `${numberOf(before)} -> ${numberOf(version)}`,
    `${minuteOf(time)}  ${display(by)}`,
    tag,
  ];
}
