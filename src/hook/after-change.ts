/** Says what is out of date after Git changed the pointers, or brings it up to date where that is wanted. */
import { formatCount, plural } from "../base/counts.ts";
import { firstOf } from "../base/paths.ts";
import { checkout, type CheckoutReport } from "../files/checkout.ts";
import { keptErrors } from "../files/kept.ts";
import { type PathStatus, trackedStatus } from "../files/status.ts";
import { select } from "../repo/tracked.ts";
import { putBackLeftovers } from "../repo/undo.ts";
import { heldErrors } from "../worktree/held-back.ts";
import type { Hook, HookCall } from "./hook.ts";

/** What a checkout brings up to date; what only the user changed is no news. */
const STALE = new Set<string>(["behind", "incomplete", "diverged", "deleted"]);

export const afterChange: Hook = async ({ open, say }) => {
  const repo = await open();
  await putBackLeftovers(repo);
  if (repo.settings.autoCheckout) tellCheckout(await checkout(repo, { paths: [] }), say);
  else tellStale(await trackedStatus(repo, await select(repo, [])), say);
  return 0;
};

function tellCheckout(report: CheckoutReport, say: HookCall["say"]): void {
  const { created, replaced, removed, modes, edited, left } = report;
  for (const { message, hint } of heldErrors(report.held)) say(`${message}\n    ${hint}`);
  if (created + replaced + removed > 0)
    say(`checked out ${plural(created + replaced, "file")}, removed ${formatCount(removed)}`);
  if (replaced > 0) say(`replaced ${firstOf(report.replacedFiles, replaced)}`);
  if (removed > 0) say(`removed ${firstOf(report.removedFiles, removed)}`);
  if (modes > 0) say(`changed in mode: ${firstOf(report.modeFiles, modes)}`);
  if (edited.count > 0)
    say(`kept as you changed ${edited.count === 1 ? "it" : "them"}: ${firstOf(edited.first, edited.count)}`);
  if (left.length > 0) {
    const them = left.length === 1 ? "it" : "them";
    say(`left ${firstOf(left)} alone: Git's index has no pointer for ${them}; 'mvgit status' says more`);
  }
  for (const { message, hint } of keptErrors(report)) say(`error: ${message}; ${hint as string}`);
}

function tellStale(states: readonly PathStatus[], say: HookCall["say"]): void {
  const count = states.filter((each) => STALE.has(each.state)).length;
  if (count === 0) return;
  const [differ, them] =
    count === 1 ? ["path differs from its pointer", "it"] : ["paths differ from their pointers", "them"];
  say(`${count} tracked ${differ}; 'mvgit checkout' brings ${them} up to date`);
}
