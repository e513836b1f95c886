/** Which hooks run, and why others do not, in words. */
import { display } from "../../../base/paths.ts";
import type { HooksReport } from "../../../care/hooks.ts";
import type { HookState } from "../../../git/hooks.ts";
import { table } from "../table.ts";

function words({ state, manager }: HookState): string {
  const whose = manager === null ? "another" : `${manager}'s`;
  switch (state) {
    case "called":
      return `runs, called by ${whose} script`;
    case "outdated":
      return "does not run as it should: it is of another version or place of mvgit, or not executable";
    case "missing":
      return "missing";
    case "foreign":
      return `does not run: ${whose} script stands there and does not call it`;
    default:
      return state;
  }
}

/** Where Git looks for hooks, a line for each, and what to do. */
export function hooksText({ folder, hooks, refusal, advice }: HooksReport): string {
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
