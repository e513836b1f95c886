/** `mvgit diff [A [B]] [PATH...]` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { diff as operation, type DiffReport } from "../../../files/diff.ts";
import { newerFormat } from "../../../repo/pointer-uses.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { statusOf } from "../../present.ts";
import { diffText } from "../../render/files/diff.ts";

/** Bytes of each side that are read for what is inside of files. */
const VALUES_CAP = 1024 ** 3;

export const command = defineCommand({
  arguments: "[A [B]] [PATH...]",
  details: `
    File by file, inside folders too: from the index to the work tree; with one revision, from it to the work
    tree; with two (or A..B), from A to B. Paths come after revisions, and after '--' where a word could be
    either.

    Of files that changed also what is inside, where the bytes of both are here: rows of tables, tensors, files of ZIP
    and tar archives, row groups of Parquet.
  `,
  options: {
    all: flag("list all that differs inside of files, however much is to be read for it"),
    cached: flag("the index instead of the work tree, against HEAD or A"),
    staged: flag("the same as --cached"),
    stat: flag("one line for each tracked path"),
    exitCode: flag("exit with 1 if anything differs"),
    check: flag("the same as --exit-code"),
  },
  async run({ operands, separator, all, cached, staged, stat, exitCode, check }, session) {
    const inside = stat ? {} : { inside: all ? Infinity : VALUES_CAP };
    const report = await operation(await session.repo(), { operands, separator, cached: cached || staged, ...inside });
    return { ...report, all, stat, check: check || exitCode };
  },
  text: (report, style) => diffText(report, style),
  failures: (report) => failuresOf(report),
  exit: (report) =>
    statusOf(failuresOf(report)) || (report.check && report.changes.length + report.conflicted.length > 0 ? 1 : 0),
});

function failuresOf({ broken }: DiffReport): MvgitError[] {
  return broken.map(({ path, where, reason, newer }) => {
    if (newer !== undefined) return newerFormat(path, newer);
    const place = /^[0-9a-f]{40,}$/.test(where) ? where.slice(0, 10) : where;
    const [code, what] =
      reason === "conflicted"
        ? (["pointer-conflicted", reason] as const)
        : (["pointer-malformed", `malformed: ${reason}`] as const);
    return new MvgitError(code, `cannot compare '${display(path)}': its pointer in ${place} is ${what}`, {
      subject: display(path),
    });
  });
}
