/** `mvgit log [MODEL]` */
import { display } from "../../../base/paths.ts";
import { checkModelName } from "../../../values/label.ts";
import { log as logOperation } from "../../../versions/log.ts";
import { defineCommand } from "../../command.ts";
import { count, flag } from "../../options.ts";
import { plural } from "../../render/numbers.ts";
import { markdownTable, table } from "../../render/table.ts";
import { logRows } from "../../render/versions/log.ts";
import { markdown } from "../../shared-options.ts";

/** Versions that a list shows when nobody says how many. */
const PAGE = 20;

export const command = defineCommand({
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
