/** Stops a commit that would bring what Git should not keep. */
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { checkStaged } from "../care/hook-checks.ts";
import { trackedStatus } from "../files/status.ts";
import { outOfDateInCommit } from "../care/out-of-date-commit.ts";
import { outOfDate } from "../files/out-of-date.ts";
import { listTracked } from "../repo/tracked.ts";
import type { Hook, HookCall } from "./hook.ts";

export const preCommit: Hook = async ({ open, say }) => {
  const repo = await open();
  const tracked = await listTracked(repo);
  const { findings } = await checkStaged(repo, tracked);
  if (findings.length > 0) {
    tellFindings(findings, say);
    return 1;
  }
  const whole = tracked.map((each) => ({ ...each, inside: null }));
  const states = await trackedStatus(repo, whole);
  const stale = await outOfDateInCommit(repo, states, whole);
  if (stale.length > 0) {
    const { message, hint } = outOfDate(repo, stale, {
      what: "nothing was committed: its pointers name other bytes than those here",
      asIs: "'git commit --no-verify' takes the pointers as they are",
    });
    say(`${message}\n    ${hint}`);
    return 1;
  }
  for (const { path } of states.filter((each) => each.state === "modified")) {
    say(`warning: '${display(path)}' changed since 'mvgit add'; this commit has its old bytes`);
  }
  for (const { path } of states.filter((each) => each.state === "diverged")) {
    say(`warning: '${display(path)}' is changed here and in its pointer; this commit has the pointer's bytes`);
  }
  return 0;
};

function tellFindings(findings: Awaited<ReturnType<typeof checkStaged>>["findings"], say: HookCall["say"]): void {
  for (const { path, message, command } of findings) {
    say(`'${display(path)}' ${message}`);
    say(`    mend it with: ${command}`);
  }
  if (findings.some((each) => each.kind === "too-much")) say(TOO_MUCH);
  const isLarge = findings.some((each) => each.kind === "too-large");
  say(`nothing was committed${isLarge ? `; ${TOO_LARGE}` : ""}`);
}

const TOO_MUCH = prose`
  to commit so many on purpose: 'git commit --no-verify' once, a larger limit ('git config mvgit.maxCommitSize 500m',
  'mvgit.maxNewFiles'), or the attribute '-mvgit' for their folder
`;
const TOO_LARGE = prose`
  to let Git keep a large file on purpose, give it the attribute '-mvgit' in .gitattributes, and stage that
`;
