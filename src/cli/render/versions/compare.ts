/** Two versions side by side, as `compare` prints them. */
import { formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import { quoted, shellCommand, shellWord } from "../../../base/shell.ts";
import type { WordChange } from "../../../values/compare-commands.ts";
import type { Difference } from "../../../values/compare-packages.ts";
import type { Scalar } from "../../../values/document.ts";
import { formatDelta, formatScore } from "../../../values/scores.ts";
import type { CompareReport, SettingDifference } from "../../../registry/compare.ts";
import type { DataDifference, FileDifference } from "../../../registry/data-changes.ts";
import { formatSize, plural } from "../numbers.ts";
import { wrapWords } from "../wrap.ts";
import { makeStyle, type Style } from "../style.ts";
import { columnsOf, NAME, oneLine, shorten, shortenEnd } from "../columns.ts";
import { markdownTable, table } from "../table.ts";
import { shownScalar } from "../scalar.ts";

/** Files of a folder, and rows of a part, that a report shows. */
const MOST_FILES = 10;
const MOST_ROWS = 25;
/** Columns of a terminal that a value may take where it stands beside another. */
const WIDEST = 24;
/** As `WIDEST`, where its origin stands behind it; and of an origin, alone and beside another. */
const WIDEST_SETTING = 17;
const WIDEST_ORIGIN = [28, 12] as const;

type Shown = CompareReport & { all: boolean };

interface Part {
  title: string;
  rows: (string | readonly [string, string])[][];
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
    limited(
      {
        title: "scores",
        rows: report.scores.map((each) => [
          display(each.name),
          formatScore(each.a),
          formatScore(each.b),
          scoreMove(each, style),
        ]),
        none: "none recorded",
      },
      report,
    ),
    { title: "data", rows: report.data.map(dataRow), below: report.data.map(fileRows), none: "the same" },
    { title: "command", rows: commandRows(report, style), none: "the same" },
    { title: "code", rows: report.code.map((line) => [line]), none: "the same" },
    limited({ title: "environment", rows: environmentRows(report), none: "the same" }, report),
    {
      title: "weights",
      rows: report.weights.map(dataRow),
      below: report.weights.map(fileRows),
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

function settingRows({ a, b, params, all }: Shown): string[][] {
  const rows = params.map((each) => [display(each.name), ...sides(each, all, WIDEST_SETTING), originsOf(each, all)]);
  const unknown = [a, b].find((side) => !side.optionsKnown);
  return rows.length === 0 || unknown === undefined
    ? rows
    : [...rows, [`(options of the command of v${unknown.version} were not recorded then)`]];
}

/** Where both have it from, or each. */
function originsOf({ a, b, origins }: SettingDifference, all: boolean): string {
  const from = [...new Set([a === undefined ? null : origins.a, b === undefined ? null : origins.b])].filter(
    (each) => each !== null,
  );
  const most = from.length > 1 ? WIDEST_ORIGIN[1] : WIDEST_ORIGIN[0];
  return from.map((each) => (all ? display(each) : shorten(display(each), most))).join(" -> ");
}

/** Commands that differ may have given other settings than were read from them. */
function sameSettings({ words, a, b }: Shown): string {
  if (words === null || words.length === 0) return "the same";
  return a.optionsKnown && b.optionsKnown
    ? "no difference is known, but the commands differ"
    : "the same in files, but the commands differ, and the options of one were not recorded";
}

/**
 * Both values, told apart whatever they are: a text from a number or from nothing, and long ones by where they differ.
 */
function sides(
  { a, b }: { a?: Scalar | undefined; b?: Scalar | undefined },
  all: boolean,
  most = WIDEST,
): [string, string] {
  const isAlike = shownScalar(a) === shownScalar(b);
  const [from, to] = [a, b].map((each) =>
    typeof each === "string" && (isAlike || each === "" || each === "-") ? quoted(display(each)) : shownScalar(each),
  ) as [string, string];
  if (all) return [from, to];
  const [x, y] = [shorten(from, most), shorten(to, most)];
  return x === y && from !== to ? [fromDifference(from, to, most), fromDifference(to, from, most)] : [x, y];
}

/** What of a text stands from where it differs from another. */
function fromDifference(text: string, other: string, most: number): string {
  const [letters, others] = [[...text], [...other]];
  const at = letters.findIndex((letter, index) => letter !== others[index]);
  return shortenEnd(`…${letters.slice(Math.max(0, (at < 0 ? letters.length : at) - 3)).join("")}`, most);
}

/** Packages behind everything else: there may be hundreds of them. */
function environmentRows({ environment, all }: Shown): string[][] {
  const isPackage = ({ name }: Difference<Scalar>): boolean => /(?:^|\.)packages\./.test(name);
  return [...environment.filter((each) => !isPackage(each)), ...environment.filter(isPackage)].map((each) => [
    display(each.name),
    ...sides(each, all),
  ]);
}

/** Both whole where they fit; else what differs with a word before and behind. */
function commandRows({ a, b, words }: CompareReport, style: Style): string[][] {
  if (words !== null && words.length === 0) return [];
  const [from, to] = [a, b].map((side) => (side.command === null ? "saved, not run" : shellCommand(side.command))) as [
    string,
    string,
  ];
  if (words === null || Math.max(columnsOf(from), columnsOf(to)) + 4 <= style.width)
    return from === to ? [] : [[`- ${from}`], [`+ ${to}`]];
  const shown = words
    .slice(0, MOST_ROWS)
    .flatMap((change) => [
      [`- ${piece(a.command as string[], change.at.a, change.a)}`],
      [`+ ${piece(b.command as string[], change.at.b, change.b)}`],
    ]);
  return words.length > MOST_ROWS
    ? [...shown, [`... and ${plural(words.length - MOST_ROWS, "more place", "more places")}`]]
    : shown;
}

function piece(words: readonly string[], at: number, changed: WordChange["a"]): string {
  const [before, after] = [
    words.slice(Math.max(0, at - 1), at),
    words.slice(at + changed.length, at + changed.length + 1),
  ];
  const inner = [...before, ...changed, ...after].map(shellWord).join(" ");
  return `${at > 1 ? "... " : ""}${inner}${at + changed.length + 1 < words.length ? " ..." : ""}`;
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

function dataRow(difference: DataDifference): string[] {
  const { path, a, b, added, removed, changed, moved, files, note } = difference;
  const counts = [
    [added, "added"],
    [removed, "removed"],
    [changed, "changed"],
    [moved, "moved"],
  ] as const;
  const words = isFolder(difference)
    ? counts
        .filter(([n]) => n > 0)
        .map(([n, word]) => `${plural(n, "file")} ${word}`)
        .join(", ")
    : a === null
      ? "new"
      : b === null
        ? "gone"
        : rowsOf(files[0]) || "other bytes";
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
  return [
    ...files.slice(0, MOST_FILES).map(fileRow),
    ...(files.length > 0 && left > 0 ? [[`  ... and ${formatCount(left)} more`]] : []),
  ];
}

function fileRow(file: FileDifference): string[] {
  const name = file.from === undefined ? display(file.path) : `${display(file.from)} -> ${display(file.path)}`;
  return [
    `  ${name}`,
    file.a === null ? "-" : formatSize(file.a),
    file.b === null ? "-" : formatSize(file.b),
    rowsOf(file),
  ];
}

function rowsOf(file: FileDifference | undefined): string {
  return file?.rows ? `rows +${file.rows.added} -${file.rows.removed}` : "";
}

function shownSize(side: DataDifference["a"]): string {
  return side === null ? "-" : formatSize(side.size);
}

/** For a terminal. */
export function compareText(report: Shown, style: Style): string {
  const { a, b } = report;
  const head = [a, b].map((side) => [
    `  ${side.label}`,
    side.label.includes("#") || side.label.endsWith("latest") ? `v${side.version}` : "",
    side.time.slice(0, 16).replace("T", " "),
    oneLine(side.author.replace(/ <.*/, ""), NAME),
    oneLine(side.message),
  ]);
  const parts = compareParts(report, style).map(({ title, rows, none, below, more = 0 }) => {
    if (rows.length === 0) return `${style.strong(title)}  ${style.faint(none)}`;
    const text = title === "command" ? wrapped(rows.flat() as string[], style) : indented(rows, style);
    const lines =
      below === undefined
        ? [text]
        : text.split("\n").flatMap((line, at) => [line, ...(below[at]?.length ? [indented(below[at], style)] : [])]);
    return [
      style.strong(title),
      ...lines,
      ...(more > 0 ? [style.faint(`  ... and ${plural(more, "more row", "more rows")}; '--all' lists them`)] : []),
    ].join("\n");
  });
  return [table(head, [{}, {}, {}, {}, { cut: "end" }], style.width), ...parts].join("\n");
}

function indented(rows: Part["rows"], style: Style): string {
  const cells = rows.map(([first = "", ...rest]) => [typeof first === "string" ? `  ${first}` : first, ...rest]);
  return table(cells, [{ cut: true }, { align: "right" }, { align: "right" }, {}], style.width);
}

/** Lines that are too long go on below, so that no word is lost. */
function wrapped(lines: readonly string[], style: Style): string {
  return lines.flatMap((line) => wrapWords(line.split(" "), style.width, { first: "  ", next: "      " })).join("\n");
}

/** For a pull request. */
export function compareMarkdown(report: Shown): string {
  const { a, b } = report;
  const parts = compareParts(report, makeStyle({ color: false })).map(({ title, rows, none, below, more = 0 }) => {
    if (rows.length === 0) return `**${title}**: ${none}`;
    const plain = rows
      .flatMap((row, at) => [row, ...(below?.[at] ?? [])])
      .map((row) => row.map((cell) => (typeof cell === "string" ? cell : cell[0])));
    if (title === "code" || title === "command") return `**${title}**\n\n\`\`\`\n${plain.flat().join("\n")}\n\`\`\``;
    const head = [title, `v${a.version}`, `v${b.version}`, ""].slice(0, Math.max(...plain.map((row) => row.length)));
    return [markdownTable(head, plain), ...(more > 0 ? [`... and ${plural(more, "more row", "more rows")}`] : [])].join(
      "\n\n",
    );
  });
  return [`### ${a.label} → ${b.label}`, ...parts].join("\n\n");
}
