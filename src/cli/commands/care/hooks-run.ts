/** `mvgit hooks run [pre-commit]` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { checkRange, checkStaged } from "../../../care/hook-checks.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { plural } from "../../render/numbers.ts";

export const command = defineCommand({
  aboutHooks: true,
  arguments: "[pre-commit]",
  details: `
    The checks of the pre-commit hook: on what is staged, or on every commit of a range, which is what CI runs.
    A range is also asked whether edits of stages.yaml keep to the stages' policies.
  `,
  options: { range: value("A..B", "check these commits instead of what is staged") },
  async run({ operands: [name], range }, session) {
    if (name !== undefined && (range !== undefined || name !== "pre-commit")) {
      throw new MvgitError(
        "usage",
        "only the checks of 'pre-commit' are run by hand, on what is staged or with '--range A..B'",
        { hint: "leave the name out" },
      );
    }
    const repo = await session.repo();
    if (range === undefined) return { ...(await checkStaged(repo)), range: null };
    const { commits, findings } = await checkRange(repo, range);
    return { checked: commits, findings, range };
  },
  text({ checked, findings, range }) {
    const lines = findings.map((each) => {
      const where = "commit" in each ? `${String(each.commit).slice(0, 10)} ` : "";
      return `${where}'${display(each.path)}' ${each.message}\n    mend it with: ${each.command}`;
    });
    const what = range === null ? plural(checked, "staged change") : plural(checked, "commit");
    if (range !== null && findings.some(({ kind }) => kind !== "stage"))
      lines.push(
        prose`what a commit has brought stays in the history: mend it where it was made, with 'git rebase -i' or
          'git commit --amend'`,
      );
    return [
      ...lines,
      `${what} checked, ${findings.length === 0 ? "nothing found" : plural(findings.length, "finding")}`,
    ].join("\n");
  },
  exit: ({ findings }) => (findings.length > 0 ? 1 : 0),
});
