/** Any number of versions side by side, as `compare` prints them. */
import { display } from "../../../base/paths.ts";
import { shellCommand, quoted } from "../../../base/shell.ts";
import type { CompareAllReport } from "../../../values/compare-many.ts";
import { formatScore } from "../../../values/scores.ts";
import { NAME, oneLine, shorten } from "../columns.ts";
import { formatSize, plural } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import type { Style } from "../style.ts";
import { type Cell, markdownTable, table, widthOf } from "../table.ts";
import { minuteOf } from "../../../values/local-minute.ts";

/** Rows of a part, and columns of a terminal that a value takes, unless all is asked for. */
const MOST_ROWS = 25;
const [WIDEST, WIDEST_NAME] = [24, 32];

type Shown = CompareAllReport & { all: boolean; wide: boolean };

/** One part as a table: for terminals, and for whatever else shows tables. */
interface ManyTable {
  title: string;
  /** The versions, behind one word for what the rows are. */
  head: string[];
  /** A name, and the value of each version. */
  rows: string[][];
  /** By row, the versions that have the best of it. */
  best?: number[][];
  /** How many are alike in all versions, in words; "" for none. */
  alike: string;
}

/** Whole: nothing is cut or left out. */
export function manyTables(report: CompareAllReport): ManyTable[] {
  const { params, scores, data, weights, environment, alike } = report;
  const head = (what: string): string[] => [what, ...headOf(report)];
  const files = (rows: CompareAllReport["data"]): string[][] =>
    rows.map(({ path, sides }) => [display(path), ...sides.map(fileCell(sides))]);
  const values = (rows: CompareAllReport["environment"]): string[][] =>
    rows.map(({ name, values: all, lacks }) => [
      display(name),
      ...all.map((value, at) => valueCell(lacks.includes(at) ? undefined : value)),
    ]);
  return [
    { title: "settings", head: head("setting"), rows: values(params), alike: alikeWords(alike.params, "setting") },
    {
      title: "scores",
      head: head("score"),
      rows: scores.map(({ name, values: all }) => [
        display(name),
        ...all.map((value) => formatScore(value ?? undefined)),
      ]),
      best: scores.map(({ best }) => best),
      alike: alikeWords(alike.scores, "score"),
    },
    { title: "data", head: head("data"), rows: files(data), alike: alikeWords(alike.data, "path") },
    {
      title: "environment",
      head: head("name"),
      rows: [...values(environment.filter((row) => !isPackage(row))), ...values(environment.filter(isPackage))],
      alike: alikeWords(alike.environment, "value"),
    },
    { title: "weights", head: head("weights"), rows: files(weights), alike: alikeWords(alike.weights, "path") },
  ];
}

function isPackage({ name }: { name: string }): boolean {
  return /(?:^|\.)packages\./.test(name);
}

function alikeWords(count: number, one: string): string {
  return count === 0 ? "" : `${plural(count, one)} alike`;
}

/** By number where all are of one model, else by name. */
function headOf({ versions }: CompareAllReport): string[] {
  const isOne = versions.every(({ model }) => model === versions[0]?.model);
  return versions.map(({ model, version }) => (isOne ? `v${version}` : `${model}@v${version}`));
}

/** A text is told from a number, and from nothing. */
function valueCell(value: Parameters<typeof shownScalar>[0]): string {
  const isLikeOther = typeof value === "string" && (value === "" || value === "-" || !Number.isNaN(Number(value)));
  return isLikeOther ? quoted(display(value)) : shownScalar(value);
}

type FileSides = CompareAllReport["data"][number]["sides"];

/** By size; of the same sizes, by the beginnings of their hashes. */
function fileCell(all: FileSides): (side: FileSides[number]) => string {
  const sizes = new Set(all.flatMap((side) => (side === null ? [] : [formatSize(side.size)])));
  const hashes = new Set(all.flatMap((side) => (side === null ? [] : [side.hash])));
  return (side) => {
    if (side === null) return "-";
    const size = formatSize(side.size);
    const files = side.files === undefined ? "" : `, ${plural(side.files, "file")}`;
    return `${size}${files}${sizes.size < hashes.size ? ` ${side.hash.slice(0, 7)}` : ""}`;
  };
}

/** For a terminal. */
export function manyText(report: Shown, style: Style): string {
  const head = report.versions.map((side) => [
    `  ${side.label}`,
    side.label.endsWith(`@v${side.version}`) ? "" : `v${side.version}`,
    minuteOf(side.time),
    oneLine(side.author.replace(/ <.*/, ""), NAME),
    oneLine(side.message),
  ]);
  const [settings, scores, data, environment, weights] = manyTables(report).map((each) =>
    partText(each, report, style),
  );
  return [
    table(head, [{}, {}, {}, {}, { cut: "end" }], style.width),
    ...[settings, scores, data, commandText(report, style), environment, weights],
  ].join("\n");
}

function partText({ title, head, rows, best, alike }: ManyTable, { all, wide }: Shown, style: Style): string {
  const aside = [best?.some((each) => each.length > 0) ? "* best" : "", alike].filter((text) => text !== "").join(", ");
  const heading = `${style.strong(title)}${aside === "" ? "" : `  ${style.faint(`(${aside})`)}`}`;
  if (rows.length === 0)
    return alike === ""
      ? `${style.strong(title)}  ${style.faint("none recorded")}`
      : `${style.strong(title)}  ${style.faint("the same")}`;
  const shown = all ? rows : rows.slice(0, MOST_ROWS);
  const cells = [head, ...shown].map((row, index): Cell[] =>
    row.map((cell, at): Cell => {
      const cut = wide ? cell : shorten(cell, at === 0 ? WIDEST_NAME : WIDEST);
      if (index > 0 && at > 0 && best?.[index - 1]?.includes(at - 1)) return [`${cut}*`, style.good(`${cut}*`)];
      return index === 0 ? [cut, style.faint(cut)] : cut;
    }),
  );
  const more = rows.length - shown.length;
  return [
    heading,
    ...fitted(cells, wide ? Infinity : style.width - 2).map((line) => `  ${line}`),
    ...(more > 0 ? [style.faint(`  ... and ${plural(more, "more row", "more rows")}; '--all' lists them`)] : []),
  ].join("\n");
}

/**
 * Side by side where that fits; else the versions below each other, where that does; else as many versions as fit
 * beside each other, and the others below them, so that nothing is left out.
 */
function fitted(cells: readonly Cell[][], width: number): string[] {
  if (widthOf(cells) <= width) return laid(cells);
  const turned = (cells[0] as Cell[]).map((_, at) => cells.map((row) => row[at] ?? ""));
  if (widthOf(turned) <= width) return laid(turned);
  const columns = (cells[0] as Cell[]).length;
  const lines: string[] = [];
  for (let from = 1; from < columns;) {
    const part = (to: number): Cell[][] => cells.map((row) => [row[0] ?? "", ...row.slice(from, to)]);
    let to = from + 1;
    while (to < columns && widthOf(part(to + 1)) <= width) to++;
    if (lines.length > 0) lines.push("");
    lines.push(...laid(part(to), width));
    from = to;
  }
  return lines;
}

function laid(cells: readonly Cell[][], width?: number): string[] {
  const columns = (cells[0] as Cell[]).map((_, at) => (at === 0 ? { cut: true } : { align: "right" as const }));
  return table(cells, columns, width === undefined || width === Infinity ? widthOf(cells) + 80 : width).split("\n");
}

function commandText({ commands, versions, wide }: Shown, style: Style): string {
  if (commands.length === 0) return `${style.strong("command")}  ${style.faint("the same")}`;
  const rows = commands.map(({ versions: of, command }) => [
    `  ${of.map((at) => `v${versions[at]?.version}`).join(" ")}`,
    command === null ? "saved, not run" : display(shellCommand(command)),
  ]);
  return [style.strong("command"), table(rows, [{}, { cut: "end" }], wide ? Infinity : style.width)].join("\n");
}

/** For a pull request. */
export function manyMarkdown(report: Shown): string {
  const title = `### ${report.versions.map(({ label }) => label).join(", ")}`;
  const parts = manyTables(report).map(({ title: name, head, rows, best, alike }) => {
    if (rows.length === 0) return `**${name}**: ${alike === "" ? "none recorded" : "the same"}`;
    const shown = report.all ? rows : rows.slice(0, MOST_ROWS);
    const cells = shown.map((row, index) =>
      row.map((cell, at) => (at > 0 && best?.[index]?.includes(at - 1) ? `${cell} (best)` : cell)),
    );
    const more = rows.length - shown.length;
    return [
      markdownTable(head, cells),
      ...(more > 0 ? [`... and ${plural(more, "more row", "more rows")}`] : []),
      ...(alike === "" ? [] : [alike]),
    ].join("\n\n");
  });
  return [title, ...parts].join("\n\n");
}
