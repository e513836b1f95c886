/** `mvgit import gto` */
import { display } from "../../base/paths.ts";
import { MvgitError } from "../../base/errors.ts";
import { importGto as fromGto, type ImportedVersion, type ImportGtoReport } from "../../bridges/gto/import.ts";
import type { ImportedMove } from "../../bridges/gto/events.ts";
import { importFailures } from "../../bridges/report.ts";
import { defineCommand } from "../command.ts";
import { dryRun, flag, list, off, value } from "../options.ts";
import { formatSize, plural } from "../render/numbers.ts";
import type { Style } from "../render/style.ts";
import { table } from "../render/table.ts";

export const importGto = defineCommand({
  output: "deed",
  details:
    "Versions that GTO's tags register get the numbers 1, 2, 3, each on a commit after GTO's\nown that adds " +
    "what mvgit needs; its stages become events, in the order of the tags'\ntimes and in the names of their " +
    "taggers. Nothing of GTO's or DVC's is changed. Run again,\nit takes what is new.",
  options: {
    as: list("NAME=MODEL", "another name here for what GTO calls NAME"),
    weights: list("NAME=PATH", "the weights of NAME, where artifacts.yaml names none"),
    from: value("URL", "a folder or gs:// that DVC filled, not its remote"),
    allowMissing: flag("make versions without files whose bytes are nowhere"),
    commit: off("leave stages.yaml as it is"),
    dryRun,
  },
  async run({ as: names, weights, from, allowMissing, commit, dryRun: only }, session) {
    const pairs = { names: pairsOf("--as", names), weights: pairsOf("--weights", weights) };
    return fromGto(await session.repo(), {
      ...pairs,
      allowMissing,
      commit,
      dryRun: only,
      ...(from === undefined ? {} : { from }),
    });
  },
  text: gtoText,
  failures: (report) =>
    importFailures(
      report,
      "bring it with 'dvc fetch --all-tags', name a copy with '--from URL', or do without it: '--allow-missing'",
    ),
});

function pairsOf(option: string, typed: readonly string[]): Map<string, string> {
  return new Map(
    typed.map((each) => {
      const at = each.indexOf("=");
      if (at < 1 || at === each.length - 1)
        throw new MvgitError("usage", `'${option}' takes NAME=VALUE, not '${display(each)}'`, {
          subject: display(each),
        });
      return [each.slice(0, at), each.slice(at + 1)];
    }),
  );
}

function gtoText(report: ImportGtoReport, style: Style): string {
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
  return [word(what), `${model}@v${version}`, called, `${time.slice(0, 16).replace("T", " ")}  ${display(by)}`, text];
}

function moveRow(
  { model, stage, event, version, before, by, time, tag, what }: ImportedMove,
  word: (what: string) => string,
): string[] {
  const shown = (number: number | null): string => (number === null ? "-" : `v${number}`);
  return [
    word(what),
    `${model}#${stage}${event === null ? "" : `#${event}`}`,
    `${shown(before)} -> ${shown(version)}`,
    `${time.slice(0, 16).replace("T", " ")}  ${display(by)}`,
    tag,
  ];
}
