/** What came of GTO's tags: versions and moves, a line each. */
import { display } from "../../../base/paths.ts";
import type { ImportedMove } from "../../../bridges/gto/events.ts";
import type { ImportedVersion, ImportGtoReport } from "../../../bridges/gto/import.ts";
import { formatSize, plural } from "../numbers.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";
import { minuteOf, numberOf } from "../words.ts";

export function gtoText(report: ImportGtoReport, style: Style): string {
  const { versions, moves, notes, stagesFile } = report;
  if (versions.length + moves.length === 0) return "nothing to import: no tag here is one of GTO's";
  const word = (what: string): string => (report.dryRun && what === "made" ? "would make" : what);
  const lines = [
    table(
      versions.map((each) => versionRow(each, word)),
      [{}, {}, {}, {}, { cut: true }],
      style.width,
    ),
  ];
  if (moves.length > 0)
    lines.push(
      table(
        moves.map((each) => moveRow(each, word)),
        [{}, {}, {}, {}, { cut: true }],
        style.width,
      ),
    );
  const made = (all: readonly { what: string }[]): number => all.filter(({ what }) => what === "made").length;
  lines.push(
    `${report.dryRun ? "would make" : "made"} ${plural(made(versions), "version")} and ` +
      `${plural(made(moves), "move")}; ${plural(versions.length, "version")} and ` +
      `${plural(moves.length, "move")} in GTO's tags`,
  );
  if (stagesFile === "committed") lines.push("stages.yaml committed");
  if (!report.dryRun && made(versions) + made(moves) > 0)
    lines.push("'mvgit push --all && git push --tags' shares them");
  return [...lines, ...notes.map((note) => `note: ${display(note)}`)].join("\n");
}

function versionRow(
  { model, version, called, by, time, what, weights, missing }: ImportedVersion,
  word: (what: string) => string,
): string[] {
  const size = weights.reduce((sum, each) => sum + each.size, 0);
  const lack = missing.length === 0 ? "" : `lacks ${missing.map(display).join(", ")}`;
  const text =
    weights.length === 0
      ? lack
      : [`${weights.map((each) => display(each.path)).join(", ")} (${formatSize(size)})`, lack]
          .filter((each) => each !== "")
          .join("; ");
  return [word(what), `${model}@v${version}`, called, `${minuteOf(time)}  ${display(by)}`, text];
}

function moveRow(
  { model, stage, event, version, before, by, time, tag, what }: ImportedMove,
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
