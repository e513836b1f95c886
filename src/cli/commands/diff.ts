/** `mvgit diff [A [B]] [PATH...]` */
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { type Change, diff as operation, type DiffReport } from "../../files/diff.ts";
import { defineCommand } from "../command.ts";
import { flag } from "../options.ts";
import { statusOf } from "../present.ts";
import { formatSize, plural } from "../render/numbers.ts";
import type { Style } from "../render/style.ts";
import { table } from "../render/table.ts";

export const diff = defineCommand({
  arguments: "[A [B]] [PATH...]",
  details:
    "File by file, inside folders too: from the index to the work tree; with one\n" +
    "revision, from it to the work tree; with two (or A..B), from A to B. Paths come\n" +
    "after revisions, and after '--' where a word could be either.",
  options: {
    cached: flag("the index instead of the work tree, against HEAD or A"),
    staged: flag("the same as --cached"),
    stat: flag("one line for each tracked path"),
    exitCode: flag("exit with 1 if anything differs"),
    check: flag("the same as --exit-code"),
  },
  async run({ operands, separator, cached, staged, stat, exitCode, check }, session) {
    const report = await operation(await session.repo(), { operands, separator, cached: cached || staged });
    return { ...report, stat, check: check || exitCode };
  },
  text(report, style) {
    const between = `${display(report.before)} -> ${display(report.after)}`;
    const { changes, conflicted } = report;
    if (changes.length + conflicted.length === 0) {
      return report.compared === 0
        ? `${between}: nothing is tracked in either`
        : `${between}: no difference in ${plural(report.compared, "tracked path")}`;
    }
    const rows = report.stat ? statRows(report) : changeRows(report, style);
    const lines = [
      `${between}:`,
      table(
        rows,
        report.stat ? [{ cut: true }, {}, { align: "right" }] : [{}, { cut: true }, { align: "right" }],
        style.width,
      ),
    ];
    if (changes.length > 0) lines.push(`${countsOf(changes)}; ${bytesOf(changes)}`);
    if (conflicted.length > 0) lines.push("'mvgit checkout --ours' or '--theirs' chooses a side of what is conflicted");
    return lines.join("\n");
  },
  failures: (report) => failuresOf(report),
  exit: (report) =>
    statusOf(failuresOf(report)) || (report.check && report.changes.length + report.conflicted.length > 0 ? 1 : 0),
});

function failuresOf({ broken }: DiffReport): MvgitError[] {
  return broken.map(({ path, where, reason }) => {
    const place = /^[0-9a-f]{40,}$/.test(where) ? where.slice(0, 10) : where;
    const code = reason === "conflicted" ? "pointer-conflicted" : "pointer-malformed";
    return new MvgitError(
      code,
      `cannot compare '${display(path)}': its pointer in ${place} is ${reason === "conflicted" ? reason : `malformed: ${reason}`}`,
      { subject: display(path) },
    );
  });
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
