/** `mvgit log`, `show`, `compare` */
import { display } from "../../base/paths.ts";
import { checkModelName } from "../../values/label.ts";
import { formatScore } from "../../values/scores.ts";
import { compare as compareOperation } from "../../versions/compare.ts";
import { log as logOperation, type LogLine, type LogReport } from "../../versions/log.ts";
import { show as showOperation } from "../../versions/show.ts";
import { defineCommand } from "../command.ts";
import { count, flag, value } from "../options.ts";
import { compareMarkdown, compareText } from "../render/compare.ts";
import { plural } from "../render/numbers.ts";
import { plotText } from "../render/plot.ts";
import type { Style } from "../render/style.ts";
import { type Column, markdownTable, oneLine, shorten, table, widthOf } from "../render/table.ts";
import { versionText } from "../render/version.ts";

/** Versions that a list shows when nobody says how many. */
const PAGE = 20;
/** Scores that a list has room for. */
const SCORES = 4;
const markdown = flag("as Markdown, for a pull request");

export const log = defineCommand({
  arguments: "[MODEL]",
  details: `The newest ${plural(PAGE, "version")} with their scores and the stages that hold them.`,
  options: { max: count("N", "show the newest N", "n"), all: flag("show every version"), markdown },
  async run({ operands: [model], max, all, markdown: asMarkdown }, session) {
    const most = all ? Number.MAX_SAFE_INTEGER : (max ?? PAGE);
    const report = await logOperation(await session.repo(), {
      most,
      ...(model === undefined ? {} : { model: checkModelName(model) }),
    });
    return { ...report, markdown: asMarkdown };
  },
  text(report, style) {
    if (report.versions.length + report.problems.length === 0)
      return "no version of any model is here yet; 'mvgit run' and 'mvgit save' make them";
    const { head, rows, columns } = logRows(report, style);
    if (report.markdown) {
      const broken =
        report.problems.length === 0
          ? []
          : [
              markdownTable(
                ["cannot be trusted"],
                report.problems.map((problem) => [display(problem)]),
              ),
            ];
      return [markdownTable(head, rows), ...broken].join("\n\n");
    }
    const more = report.total - report.versions.length - report.problems.length;
    return [
      table([head.map((name) => [name, style.faint(name)] as const), ...rows], columns, style.width),
      ...report.problems.map((problem) => style.bad(`cannot be trusted: ${display(problem)}`)),
      ...(more > 0 ? [style.faint(`and ${plural(more, "older version")}; '--all' shows them`)] : []),
    ].join("\n");
  },
  exit: ({ problems }) => (problems.length > 0 ? 24 : 0),
});

/** Columns that a list leaves to messages. */
const ROOM = 20;
/** Columns of a score's name in a list. */
const SCORE_NAME = 24;

/** With as many scores as leave room for the messages. */
function logRows(
  { versions, markdown: asMarkdown }: LogReport & { markdown: boolean },
  style: Style,
): { head: string[]; rows: (string | readonly [string, string])[][]; columns: Column[] } {
  const width = asMarkdown ? Infinity : style.width;
  const rowsWith = (names: readonly string[]): (string | readonly [string, string])[][] =>
    versions.map((each) => [
      `${each.model}@v${each.version}`,
      each.time.slice(0, 10),
      ...names.map((name) => formatScore(each.metrics[name])),
      each.stages.length === 0 ? "" : ([each.stages.join(", "), style.good(each.stages.join(", "))] as const),
      oneLine(each.message),
    ]);
  const headWith = (names: readonly string[]): string[] => [
    "version",
    "made",
    ...names.map((name) => shorten(display(name), SCORE_NAME)),
    "stages",
    "message",
  ];
  const columnsFor = (names: readonly string[]): Column[] => [
    {},
    {},
    ...names.map(() => ({ align: "right" as const })),
    {},
    { cut: "end" },
  ];
  let names = scoreNames(versions);
  const used = (): number => widthOf([headWith(names), ...rowsWith(names)].map((row) => row.slice(0, -1)));
  while (names.length > 1 && used() + ROOM > width) names = names.slice(0, -1);
  return { head: headWith(names), rows: rowsWith(names), columns: columnsFor(names) };
}

/** The scores that most of the versions have. */
function scoreNames(versions: readonly LogLine[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of versions)
    for (const name of Object.keys(metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, SCORES)
    .map(([name]) => name);
}

export const show = defineCommand({
  arguments: "LABEL",
  details:
    "All that a version is made of. LABEL is MODEL@v5, MODEL@latest or MODEL#STAGE, or the\nbeginning of its " +
    "commit or of the hash of its package. A curve is drawn in ASCII where colours are off.",
  options: { plot: value("SCORE", "draw the curve of this score instead") },
  run: async ({ operands: [label = ""], plot }, session) => showOperation(await session.repo(), label, plot),
  text: (report, style) => (report.plot === null ? versionText(report, style) : plotText(report.plot, style)),
});

export const compare = defineCommand({
  arguments: "LABEL LABEL",
  details:
    "What differs from the first to the second: settings with where each came from, scores, data by file\n" +
    ("(and " + "rows of CSV), the command word by word, code and environment."),
  options: { all: flag("list every difference"), markdown },
  async run({ operands: [a = "", b = ""], all, markdown: asMarkdown }, session) {
    return { ...(await compareOperation(await session.repo(), [a, b])), all, markdown: asMarkdown };
  },
  text: (report, style) => (report.markdown ? compareMarkdown(report) : compareText(report, style)),
});
