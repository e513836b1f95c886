/** Two versions side by side, as `compare` prints them. */
import { display } from "../../../base/paths.ts";
import { formatDelta, formatScore } from "../../../values/scores.ts";
import type { CompareReport } from "../../../registry/compare.ts";
import type { PatchReport } from "../../../registry/patch.ts";
import { NAME, oneLine } from "../columns.ts";
import { rowLines } from "../inside.ts";
import { plural } from "../numbers.ts";
import { makeStyle, type Style } from "../style.ts";
import { type Cell, markdownTable, table } from "../table.ts";
import { minuteOf } from "../../../values/local-minute.ts";
import { wrapWords } from "../wrap.ts";
import { commandRows } from "./compare-command.ts";
import { dataRow, fileRows } from "./compare-data.ts";
import { patchBlock, patchLines } from "./patch.ts";
import { environmentRows, sameSettings, settingRows } from "./compare-settings.ts";

/** Rows of a part that a report shows. */
const MOST_ROWS = 25;

type Shown = CompareReport & { all: boolean; wide?: boolean; patch?: Pick<PatchReport, "files" | "notes"> };

interface Part {
  title: string;
  rows: Cell[][];
  /** Said when there are no rows. */
  none: string;
  /** What each row is made of, by the number of the row. */
  below?: string[][][];
  /** How many rows there are besides. */
  more?: number;
}

function compareParts(report: Shown, style: Style): Part[] {
  return [
    limited({ title: "settings", rows: settingRows(report), none: sameSettings(report) }, report),
    limited({ title: "scores", rows: scoreRows(report, style), none: "none recorded" }, report),
    {
      title: "data",
      rows: report.data.map(dataRow),
      below: report.data.map((each) => fileRows(each, report.all)),
      none: "the same",
    },
    { title: "command", rows: commandRows(report, style), none: "the same" },
    { title: "code", rows: report.code.map((line) => [line]), none: "the same" },
    limited({ title: "environment", rows: environmentRows(report), none: "the same" }, report),
    {
      title: "weights",
      rows: report.weights.map(dataRow),
      below: report.weights.map((each) => fileRows(each, report.all)),
      none: "the same, byte for byte",
    },
  ];
}

/** At most a screen of rows, unless all were asked for. */
function limited(part: Part, { all }: Shown): Part {
  return all || part.rows.length <= MOST_ROWS
    ? part
    : { ...part, rows: part.rows.slice(0, MOST_ROWS), more: part.rows.length - MOST_ROWS };
}

function scoreRows({ scores }: Shown, style: Style): Cell[][] {
  return scores.map((each) => [display(each.name), formatScore(each.a), formatScore(each.b), scoreMove(each, style)]);
}

function scoreMove(
  { delta, better }: CompareReport["scores"][number],
  style: Style,
): string | readonly [string, string] {
  if (delta === null) return "";
  if (delta === 0) return "equal";
  const text = `${formatDelta(delta)} ${better ? "better" : "worse"}`;
  return [text, better ? style.good(text) : style.bad(text)];
}

/** For a terminal. */
export function compareText(report: Shown, terminal: Style): string {
  const { a, b, patch } = report;
  const style = report.wide ? { ...terminal, width: Infinity } : terminal;
  const head = [a, b].map((side) => [
    `  ${side.label}`,
    side.label.includes("#") || side.label.endsWith("latest") ? `v${side.version}` : "",
    minuteOf(side.time),
    oneLine(side.author.replace(/ <.*/, ""), NAME),
    oneLine(side.message),
  ]);
  const parts = compareParts(report, style).map((part) => partText(part, style));
  const lines = patch === undefined ? [] : patchLines(patch, style);
  return [table(head, [{}, {}, {}, {}, { cut: "end" }], style.width), ...parts, ...lines].join("\n");
}

function partText({ title, rows, none, below, more = 0 }: Part, style: Style): string {
  if (rows.length === 0) return `${style.strong(title)}  ${style.faint(none)}`;
  const text = title === "command" ? wrapped(rows.flat() as string[], style) : indented(rows, style);
  const inner = (at: number): string[] => (below?.[at]?.length ? [indented(below[at], style)] : []);
  const lines = below === undefined ? [text] : text.split("\n").flatMap((line, at) => [line, ...inner(at)]);
  if (more > 0) lines.push(style.faint(`  ... and ${plural(more, "more row", "more rows")}; '--all' lists them`));
  return [style.strong(title), ...lines].join("\n");
}

function indented(rows: Part["rows"], style: Style): string {
  return rowLines(
    rows.map(([first = "", ...rest]) => [typeof first === "string" ? `  ${first}` : first, ...rest]),
    style,
  ).join("\n");
}

/** Lines that are too long go on below, so that no word is lost. */
function wrapped(lines: readonly string[], style: Style): string {
  return lines.flatMap((line) => wrapWords(line.split(" "), style.width, { first: "  ", next: "      " })).join("\n");
}

/** For a pull request. */
export function compareMarkdown(report: Shown): string {
  const { a, b, patch } = report;
  const plain = makeStyle({ color: false });
  const parts = compareParts(report, plain).map((part) => partMarkdown(part, report));
  const code = patch === undefined || patch.files.length === 0 ? [] : [patchBlock(patch, plain)];
  return [`### ${a.label} → ${b.label}`, ...parts, ...code].join("\n\n");
}

function partMarkdown({ title, rows, none, below, more = 0 }: Part, { a, b }: Shown): string {
  if (rows.length === 0) return `**${title}**: ${none}`;
  const plain = rows
    .flatMap((row, at) => [row, ...(below?.[at] ?? [])])
    .map((row) => row.map((cell) => (typeof cell === "string" ? cell : cell[0])));
  if (title === "code" || title === "command") return `**${title}**\n\n\`\`\`\n${plain.flat().join("\n")}\n\`\`\``;
  const head = [title, `v${a.version}`, `v${b.version}`, ""].slice(0, Math.max(...plain.map((row) => row.length)));
  const tables = [markdownTable(head, plain)];
  if (more > 0) tables.push(`... and ${plural(more, "more row", "more rows")}`);
  return tables.join("\n\n");
}
