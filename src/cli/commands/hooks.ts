/** `mvgit hooks install|uninstall|status|run` */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import type { HookState } from "../../git/hooks.ts";
import { type HooksReport, hooksStatus, installHooks, notInstalled, uninstallHooks } from "../../care/install-hooks.ts";
import { checkRange, checkStaged } from "../../care/run-hook.ts";
import { defineCommand } from "../command.ts";
import { value } from "../options.ts";
import { thisProgram } from "../program.ts";
import { plural } from "../render/numbers.ts";
import { table } from "../render/table.ts";

function words({ state, manager }: HookState): string {
  const whose = manager === null ? "another" : `${manager}'s`;
  switch (state) {
    case "called":
      return `runs, called by ${whose} script`;
    case "outdated":
      return "does not run as it should: it is of another version, or not executable";
    case "missing":
      return "missing";
    case "foreign":
      return `does not run: ${whose} script stands there and does not call it`;
    default:
      return state;
  }
}

function statusText({ folder, hooks, refusal, advice }: HooksReport): string {
  const lines = [
    `Git looks for hooks in ${display(folder)}`,
    table(
      hooks.map((each) => [each.name, words(each)]),
      [{}, {}],
    ),
  ];
  if (refusal && advice) lines.push(`mvgit does not write there: ${display(refusal)}`);
  if (advice) lines.push(`what to do: ${display(advice)}`);
  return lines.join("\n");
}

export const hooksInstall = defineCommand({
  aboutHooks: true,
  output: "deed",
  options: {},
  async run(_, session) {
    const report = await installHooks(await session.repo(), thisProgram());
    const problem = notInstalled(report);
    if (problem) throw problem;
    return report;
  },
  text: statusText,
});

export const hooksUninstall = defineCommand({
  aboutHooks: true,
  output: "deed",
  options: {},
  run: async (_, session) => uninstallHooks(await session.repo(), thisProgram()),
  text: ({ folder }) => `mvgit's hooks are gone from ${display(folder)}; what stood there before is back`,
});

export const hooksStatusCommand = defineCommand({
  aboutHooks: true,
  options: {},
  run: async (_, session) => hooksStatus(await session.repo(), thisProgram()),
  text: statusText,
});

export const hooksRun = defineCommand({
  aboutHooks: true,
  arguments: "[pre-commit]",
  details:
    "The checks of the pre-commit hook: on what is staged, or on every commit of a range, which is\nwhat CI " +
    "runs. A range is also asked whether edits of stages.yaml keep to the stages' policies.",
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
        "what a commit has brought stays in the history: mend it where it was made, with 'git rebase -i' or " +
          "'git commit --amend'",
      );
    return [
      ...lines,
      `${what} checked, ${findings.length === 0 ? "nothing found" : plural(findings.length, "finding")}`,
    ].join("\n");
  },
  exit: ({ findings }) => (findings.length > 0 ? 1 : 0),
});
