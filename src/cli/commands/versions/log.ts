/** `mvgit log [MODEL]` */
import { systemClock } from "../../../base/clock.ts";
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { checkModelName } from "../../../values/label.ts";
import { defineCommand } from "../../command.ts";
import { count, flag, value } from "../../options.ts";
import { plural } from "../../render/numbers.ts";
import { logText } from "../../render/versions/log.ts";
import { checkColumns } from "../../render/versions/log-columns.ts";
import { logCsv } from "../../render/versions/log-csv.ts";
import { markdown } from "../../shared-options.ts";
import { readSince } from "../../typed.ts";

/** Versions that a list shows when nobody says how many. */
const PAGE = 20;

export const command = defineCommand({
  arguments: "[MODEL]",
  details: `
    The newest ${plural(PAGE, "version")} with their scores, the settings that vary among them, and the stages that hold
    them; what has no room is left out, and named below. What the filter lets through is sorted, and then cut to N.

    --where takes comparisons joined by 'and', 'or', 'not' and parentheses: --where 'accuracy > 0.9 and lr < 0.01 and
    stage = production', --where 'age < 7d and not message ~ "try*"'. --sort takes columns with commas between them:
    'accuracy' has the best first, '-size' the largest, '+size' the smallest. docs/lists.md has all of both.
  `,
  options: {
    max: count("N", "show the first N", { short: "n" }),
    all: flag("show every version, also retracted ones"),
    retracted: flag("also retracted ones"),
    where: value("FILTER", "only those for which it is true: 'accuracy > 0.9'"),
    since: value("TIME", "only newer ones: '2 weeks ago', 2026-03-01"),
    sort: value("COLUMNS", "by these instead of time: 'accuracy,-size'"),
    reverse: flag("in the opposite order"),
    columns: value("COLUMNS", "show these: 'label,accuracy,lr,size'"),
    markdown,
  },
  async run({ operands: [model], max, all, retracted, columns = null, ...asked }, session) {
    const { where, since, sort = null, reverse, markdown: asMarkdown } = asked;
    const report = await (
      await session.registry()
    ).log({
      most: max ?? (all ? Number.MAX_SAFE_INTEGER : PAGE),
      retracted: all || retracted,
      reverse,
      ...(model !== undefined && { model: checkModelName(model) }),
      ...(where !== undefined && { where }),
      ...(since !== undefined && { since: readSince(since, systemClock.now()) }),
      ...(sort !== null && { sort }),
    });
    const problem = columns === null ? null : checkColumns(report, columns);
    if (problem === null) return { ...report, where: where ?? null, sort, columns, markdown: asMarkdown };
    throw new MvgitError("usage", `cannot show the columns '${display(columns ?? "")}': ${display(problem.message)}`, {
      subject: display(columns ?? ""),
      ...(problem.hint !== null && { hint: display(problem.hint) }),
    });
  },
  formats: {
    md: (report, style) => logText({ ...report, markdown: true }, style),
    csv: logCsv,
    async html({ versions, where, sort }, session) {
      const { listPage } = await import("../../../ui/single.ts");
      const models = [...new Set(versions.map(({ model }) => model))];
      return listPage(session, models, { ...(where !== null && { where }), ...(sort !== null && { sort }) });
    },
  },
  text: (report, style) => logText(report, style),
  exit: ({ problems }) => (problems.length > 0 ? 24 : 0),
});
