/** What differs between two sides, file by file. */
import { display, type RepoPath } from "../../../base/paths.ts";
import type { Change, DiffReport } from "../../../files/diff.ts";
import type { Inside } from "../../../registry/inside.ts";
import { rowLines, insideRows, insideWords } from "../inside.ts";
import { formatSize, plural } from "../numbers.ts";
import { table } from "../table.ts";
import type { Style } from "../style.ts";

/** What both sides are, each difference with its sizes, and the sums. */
export function diffText(report: DiffReport & { all: boolean; stat: boolean }, style: Style): string {
  const between = `${display(report.before)} -> ${display(report.after)}`;
  const { changes, conflicted } = report;
  if (changes.length + conflicted.length === 0) {
    return report.compared === 0
      ? `${between}: nothing is tracked in either`
      : `${between}: no difference in ${plural(report.compared, "tracked path")}`;
  }
  const rows = report.stat
    ? table(statRows(report), [{ cut: true }, {}, { align: "right" }], style.width)
    : withInside(report, style);
  const lines = [`${between}:`, rows];
  if (changes.length > 0) lines.push(`${countsOf(changes)}; ${bytesOf(changes)}`);
  if (conflicted.length > 0) lines.push("'mvgit checkout --ours' or '--theirs' chooses a side of what is conflicted");
  return lines.join("\n");
}

/** The changes, and below each what differs inside of it. */
function withInside(report: DiffReport & { all: boolean }, style: Style): string {
  const lines = table(changeRows(report, style), [{}, { cut: true }, { align: "right" }], style.width).split("\n");
  return lines
    .flatMap((line, at) => [line, ...insideLines(report.changes[at]?.inside ?? {}, report.all, style)])
    .join("\n");
}

function insideLines(inside: Inside, all: boolean, style: Style): string[] {
  const words = insideWords(inside);
  return words === ""
    ? []
    : [
        `    ${words}`,
        ...rowLines(
          insideRows(inside, all).map(([first = "", ...rest]) => [`  ${first}`, ...rest]),
          style,
        ),
      ];
}

const WORDS: readonly [Change["what"], string][] = [
  ["modified", "modified"],
  ["added", "added"],
  ["removed", "removed"],
  ["renamed", "renamed"],
  ["mode", "of another mode"],
];

type Row = [string | readonly [string, string], string, string];

function changeRows({ changes, conflicted }: DiffReport, style: Style): Row[] {
  const rows = changes.map((each): Row => [painted(each.what, style), namesOf(each), sizesOf(each)]);
  return [...rows, ...conflicted.map((path): Row => [["conflicted", style.bad("conflicted")], display(path), ""])];
}

function painted(what: Change["what"], style: Style): readonly [string, string] {
  const paint = {
    added: style.good,
    removed: style.bad,
    modified: style.warning,
    renamed: style.strong,
    mode: style.warning,
  }[what];
  return [what, paint(what)];
}

function namesOf({ from, path, files }: Change): string {
  const name = `${display(path)}${files === undefined ? "" : "/"}`;
  return from === undefined ? name : `${display(from)}${files === undefined ? "" : "/"} -> ${name}`;
}

function sizesOf({ what, before, after, files }: Change): string {
  if (what === "mode") return after?.mode === "exec" ? "now executable" : "no longer executable";
  if (what === "modified") return `${formatSize(before?.size ?? 0)} -> ${formatSize(after?.size ?? 0)}`;
  const size = formatSize((after ?? before)?.size ?? 0);
  return files === undefined ? size : `${plural(files, "file")}, ${size}`;
}

function statRows({ changes, conflicted }: DiffReport): Row[] {
  const groups = new Map<RepoPath, Change[]>();
  for (const each of changes) groups.set(each.tracked, [...(groups.get(each.tracked) ?? []), each]);
  const rows = [...groups].map(([path, group]): Row => [display(path), countsOf(group), bytesOf(group)]);
  return [...rows, ...conflicted.map((path): Row => [display(path), "conflicted", ""])];
}

/** `3 modified, 1 added`, the first with its noun. */
function countsOf(changes: readonly Change[]): string {
  const counted = WORDS.map(
    ([what, word]) =>
      [changes.filter((each) => each.what === what).reduce((sum, each) => sum + (each.files ?? 1), 0), word] as const,
  );
  return counted
    .filter(([count]) => count > 0)
    .map(([count, word], at) => (at === 0 ? `${plural(count, "file")} ${word}` : `${count} ${word}`))
    .join(", ");
}

function bytesOf(changes: readonly Change[]): string {
  const sum = (side: "before" | "after"): string =>
    formatSize(changes.reduce((total, each) => total + (each[side]?.size ?? 0), 0));
  return `${sum("before")} -> ${sum("after")}`;
}
