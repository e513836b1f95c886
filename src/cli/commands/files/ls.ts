/** `mvgit ls [REV] [PATH...]` */
import { display } from "../../../base/paths.ts";
import { ls as operation } from "../../../files/ls.ts";
import { defineCommand } from "../../command.ts";
import { flag, value } from "../../options.ts";
import { formatSize, plural } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";

export const command = defineCommand({
  arguments: "[REV] [PATH...]",
  details: `
    Lists what is tracked: size, hash, and whether the bytes are in the work tree (w) and in the cache (c); as
    the work tree has it, or a commit.
  `,
  options: { rev: value("REV", "the same as REV before the paths"), recursive: flag("the files of folders, too", "R") },
  async run({ operands, separator, rev, recursive }, session) {
    return operation(await session.repo(), {
      operands,
      separator,
      recursive,
      ...(rev === undefined ? {} : { revision: rev }),
    });
  },
  text(report, style) {
    const rows = report.tracked.map((each) => [
      `${each.inWorkTree ? "w" : "-"}${each.inCache ? "c" : "-"}`,
      each.hash.slice(0, 10),
      formatSize(each.size),
      display(each.path),
      each.files === undefined ? "" : plural(each.files, "file"),
    ]);
    return rows.length === 0
      ? "nothing is tracked"
      : table(rows, [{}, {}, { align: "right" }, { cut: true }, {}], style.width);
  },
});
