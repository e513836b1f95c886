/** `mvgit diff [A [B]] [PATH...]` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { diff as operation, type DiffReport } from "../../../files/diff.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { statusOf } from "../../present.ts";
import { bytesOf, changeRows, countsOf, statRows } from "../../render/files/diff.ts";
import { plural } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";

export const command = defineCommand({
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
