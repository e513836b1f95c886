/** Says what is out of date after Git changed the pointers, or brings it up to date where that is wanted. */
import { formatCount, plural } from "../base/counts.ts";
import { firstOf } from "../base/paths.ts";
import { checkout } from "../files/checkout.ts";
import { keptErrors } from "../files/kept.ts";
import { trackedStatus } from "../files/status.ts";
import { select } from "../repo/tracked.ts";
import { putBackLeftovers } from "../repo/undo.ts";
import { heldErrors } from "../worktree/held-back.ts";
import type { Hook } from "./hook.ts";

/** What a checkout brings up to date; what only the user changed is no news. */
const STALE = new Set<string>(["behind", "incomplete", "diverged", "deleted"]);

export const afterChange: Hook = async ({ open, say }) => {
  const repo = await open();
  await putBackLeftovers(repo);
  if (repo.settings.autoCheckout) {
    const { created, replaced, removed, modes, replacedFiles, removedFiles, modeFiles, left, kept, held, edited } =
      await checkout(repo, { paths: [] });
    for (const { message, hint } of heldErrors(held)) say(`${message}\n    ${hint}`);
    if (created + replaced + removed > 0)
      say(`checked out ${plural(created + replaced, "file")}, removed ${formatCount(removed)}`);
    if (replaced > 0) say(`replaced ${firstOf(replacedFiles, replaced)}`);
    if (removed > 0) say(`removed ${firstOf(removedFiles, removed)}`);
    if (modes > 0) say(`changed in mode: ${firstOf(modeFiles, modes)}`);
    if (edited.count > 0)
      say(`kept as you changed ${edited.count === 1 ? "it" : "them"}: ${firstOf(edited.first, edited.count)}`);
    if (left.length > 0)
      say(
        `left ${firstOf(left)} alone: Git's index has no pointer for ${left.length === 1 ? "it" : "them"}; ` +
          "'mvgit status' says more",
      );
    for (const { message, hint } of keptErrors({ kept })) say(`error: ${message}; ${hint as string}`);
    return 0;
  }
  const states = await trackedStatus(repo, await select(repo, []));
  const stale = states.filter((each) => STALE.has(each.state));
  if (stale.length > 0)
    say(
      `${stale.length} tracked ` +
        `${stale.length === 1 ? "path differs from its pointer" : "paths differ from their pointers"}; ` +
        `'mvgit checkout' brings ${stale.length === 1 ? "it" : "them"} up to date`,
    );
  return 0;
};
