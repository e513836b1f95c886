/** `mvgit log`, `show`, `compare` */
import { display } from "../../base/paths.ts";
import type { Difference } from "../../model/compare-packages.ts";
import type { Scalar } from "../../model/document.ts";
import { checkModelName } from "../../model/label.ts";
import { formatDelta, formatScore } from "../../model/scores.ts";
import { compare as compareOperation, type CompareReport } from "../../ops/versions/compare.ts";
import type { DataDifference, FileDifference } from "../../ops/versions/data-changes.ts";
import { log as logOperation, type LogLine, type LogReport } from "../../ops/versions/log.ts";
import { show as showOperation } from "../../ops/versions/show.ts";
import { defineCommand } from "../command.ts";
import { count, flag, value } from "../options.ts";
import { formatSize, plural } from "../render/numbers.ts";
import { plotText } from "../render/plot.ts";
import { makeStyle, type Style } from "../render/style.ts";
import { type Column, markdownTable, NAME, oneLine, shorten, table, widthOf } from "../render/table.ts";
import { shownScalar, versionText } from "../render/version.ts";

/** Versions that a list shows when nobody says how many. */
const PAGE = 20;
/** Scores that a list has room for. */
const SCORES = 4;
const markdown = flag("as Markdown, for a pull request");

export const log = defineCommand({
  arguments: "[MODEL]",
  details: `The newest ${PAGE} versions with their scores and the stages that hold them.`,
  options: { max: count("N", "show the newest N", "n"), all: flag("show every version"), markdown },
  async run({ operands: [model], max, all, markdown: asMarkdown }, session) {
    const most = all ? Number.MAX_SAFE_INTEGER : (max ?? PAGE);
    const report = await logOperation(await session.repo(), { most, ...(model === undefined ? {} : { model: checkModelName(model) }) });
    return { ...report, markdown: asMarkdown };
  },
  text(report, style) {
    if (report.versions.length + report.problems.length === 0) return "no version of any model is here yet; 'mvgit run' and 'mvgit save' make them";
    const { head, rows, columns } = logRows(report, style);
    if (report.markdown) {
      const broken = report.problems.length === 0 ? [] : [markdownTable(["cannot be trusted"], report.problems.map((problem) => [display(problem)]))];
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
function logRows({ versions, markdown: asMarkdown }: LogReport & { markdown: boolean }, style: Style): { head: string[]; rows: (string | readonly [string, string])[][]; columns: Column[] } {
  const width = asMarkdown ? Infinity : style.width;
  const rowsWith = (names: readonly string[]): (string | readonly [string, string])[][] => versions.map((each) => [
    `${each.model}@v${each.version}`, each.time.slice(0, 10), ...names.map((name) => formatScore(each.metrics[name])),
    each.stages.length === 0 ? "" : ([each.stages.join(", "), style.good(each.stages.join(", "))] as const), oneLine(each.message),
  ]);
  const headWith = (names: readonly string[]): string[] => ["version", "made", ...names.map((name) => shorten(display(name), SCORE_NAME)), "stages", "message"];
  const columnsFor = (names: readonly string[]): Column[] => [{}, {}, ...names.map(() => ({ align: "right" as const })), {}, { cut: "end" }];
  let names = scoreNames(versions);
  const used = (): number => widthOf([headWith(names), ...rowsWith(names)].map((row) => row.slice(0, -1)));
  while (names.length > 1 && used() + ROOM > width) names = names.slice(0, -1);
  return { head: headWith(names), rows: rowsWith(names), columns: columnsFor(names) };
}

/** The scores that most of the versions have. */
function scoreNames(versions: readonly LogLine[]): string[] {
  const counts = new Map<string, number>();
  for (const { metrics } of versions) for (const name of Object.keys(metrics)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, SCORES).map(([name]) => name);
}

export const show = defineCommand({
  arguments: "LABEL",
  details: "All that a version is made of. LABEL is MODEL@v5, MODEL@latest or MODEL#STAGE.\nA curve is drawn in ASCII where colours are off.",
  options: { plot: value("SCORE", "draw the curve of this score instead") },
  run: async ({ operands: [label = ""], plot }, session) => showOperation(await session.repo(), label, plot),
  text: (report, style) => (report.plot === null ? versionText(report, style) : plotText(report.plot, style)),
});

export const compare = defineCommand({
  arguments: "LABEL LABEL",
  details: "What differs from the first to the second: settings, scores, data by file (and rows of CSV),\ncode and environment.",
  options: { markdown },
  async run({ operands: [a = "", b = ""], markdown: asMarkdown }, session) {
    return { ...(await compareOperation(await session.repo(), [a, b])), markdown: asMarkdown };
  },
  text: (report, style) => (report.markdown ? compareMarkdown(report) : compareText(report, style)),
});

/** Files of a folder that a report shows. */
const MOST_FILES = 10;

interface Part {
  title: string;
  rows: (string | readonly [string, string])[][];
  /** Said when there are no rows. */
  none: string;
  /** What each row is made of, by the number of the row. */
  below?: string[][][];
}

function compareParts(report: CompareReport, style: Style): Part[] {
  const values = (differences: readonly Difference<Scalar>[]): string[][] => differences.map(({ name, a, b }) => [display(name), shownScalar(a), shownScalar(b)]);
  return [
    { title: "settings", rows: values(report.params), none: "the same" },
    { title: "scores", rows: report.scores.map((each) => [display(each.name), formatScore(each.a), formatScore(each.b), scoreMove(each, style)]), none: "none recorded" },
    { title: "data", rows: report.data.map(dataRow), below: report.data.map(fileRows), none: "the same" },
    { title: "command", rows: commandRows(report), none: "the same" },
    { title: "code", rows: report.code.map((line) => [line]), none: "the same" },
    { title: "environment", rows: values(report.environment), none: "the same" },
    { title: "weights", rows: report.weights.map(dataRow), below: report.weights.map(fileRows), none: "the same, byte for byte" },
  ];
}

function commandRows({ a, b }: CompareReport): string[][] {
  const [from, to] = [a, b].map(({ command }) => (command === null ? "saved, not run" : display(command.join(" "))));
  return from === to ? [] : [[`- ${from}`], [`+ ${to}`]];
}

function scoreMove({ delta, better }: CompareReport["scores"][number], style: Style): string | readonly [string, string] {
  if (delta === null) return "";
  if (delta === 0) return "equal";
  const text = `${formatDelta(delta)} ${better ? "better" : "worse"}`;
  return [text, better ? style.good(text) : style.bad(text)];
}

function dataRow(difference: DataDifference): string[] {
  const { path, a, b, added, removed, changed, moved, files, note } = difference;
  const counts = [[added, "added"], [removed, "removed"], [changed, "changed"], [moved, "moved"]] as const;
  const words = isFolder(difference) ? counts.filter(([n]) => n > 0).map(([n, word]) => `${plural(n, "file")} ${word}`).join(", ") : a === null ? "new" : b === null ? "gone" : rowsOf(files[0]) || "other bytes";
  return [display(path), shownSize(a), shownSize(b), note ?? words];
}

function isFolder({ a, b }: DataDifference): boolean {
  return a?.files !== undefined || b?.files !== undefined;
}

/** The first files of a folder, and how many are not shown. */
function fileRows(difference: DataDifference): string[][] {
  if (!isFolder(difference)) return [];
  const { added, removed, changed, moved, files } = difference;
  const left = added + removed + changed + moved - Math.min(files.length, MOST_FILES);
  return [...files.slice(0, MOST_FILES).map(fileRow), ...(files.length > 0 && left > 0 ? [[`  ... and ${left} more`]] : [])];
}

function fileRow(file: FileDifference): string[] {
  const name = file.from === undefined ? display(file.path) : `${display(file.from)} -> ${display(file.path)}`;
  return [`  ${name}`, file.a === null ? "-" : formatSize(file.a), file.b === null ? "-" : formatSize(file.b), rowsOf(file)];
}

function rowsOf(file: FileDifference | undefined): string {
  return file?.rows ? `rows +${file.rows.added} -${file.rows.removed}` : "";
}

function shownSize(side: DataDifference["a"]): string {
  return side === null ? "-" : formatSize(side.size);
}

function compareText(report: CompareReport, style: Style): string {
  const { a, b } = report;
  const head = [a, b].map((side) => [`  ${side.label}`, side.label.includes("#") || side.label.endsWith("latest") ? `v${side.version}` : "", side.time.slice(0, 16).replace("T", " "), oneLine(side.author.replace(/ <.*/, ""), NAME), oneLine(side.message)]);
  const parts = compareParts(report, style).map(({ title, rows, none, below }) => {
    if (rows.length === 0) return `${style.strong(title)}  ${style.faint(none)}`;
    const lines = indented(rows, style).split("\n").flatMap((line, at) => [line, ...(below?.[at]?.length ? [indented(below[at], style)] : [])]);
    return [style.strong(title), ...lines].join("\n");
  });
  return [table(head, [{}, {}, {}, {}, { cut: "end" }], style.width), ...parts].join("\n");
}

function indented(rows: Part["rows"], style: Style): string {
  const cells = rows.map(([first = "", ...rest]) => [typeof first === "string" ? `  ${first}` : first, ...rest]);
  return table(cells, [{ cut: true }, { align: "right" }, { align: "right" }, {}], style.width);
}

function compareMarkdown(report: CompareReport): string {
  const { a, b } = report;
  const parts = compareParts(report, makeStyle({ color: false })).map(({ title, rows, none, below }) => {
    if (rows.length === 0) return `**${title}**: ${none}`;
    const plain = rows.flatMap((row, at) => [row, ...(below?.[at] ?? [])]).map((row) => row.map((cell) => (typeof cell === "string" ? cell : cell[0])));
    if (title === "code" || title === "command") return `**${title}**\n\n\`\`\`\n${plain.flat().join("\n")}\n\`\`\``;
    const head = [title, `v${a.version}`, `v${b.version}`, ""].slice(0, Math.max(...plain.map((row) => row.length)));
    return markdownTable(head, plain);
  });
  return [`### ${a.label} → ${b.label}`, ...parts].join("\n\n");
}
