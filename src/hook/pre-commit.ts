/** Stops a commit that would bring what Git should not keep. */
import { display } from "../base/paths.ts";
import { checkStaged } from "../ops/hooks/run.ts";
import { trackedStatus } from "../ops/status.ts";
import { listTracked } from "../repo/tracked.ts";
import type { Hook } from "./hook.ts";

export const preCommit: Hook = async ({ open, say }) => {
  const repo = await open();
  const tracked = await listTracked(repo);
  const { findings } = await checkStaged(repo, tracked);
  for (const { path, message, command } of findings) {
    say(`'${display(path)}' ${message}`);
    say(`    mend it with: ${command}`);
  }
  if (findings.length > 0) {
    const isLarge = findings.some((each) => each.kind === "too-large");
    say(`nothing was committed${isLarge ? "; to let Git keep a large file on purpose, give it the attribute '-mvgit' in .gitattributes, and stage that" : ""}`);
    return 1;
  }
  const states = await trackedStatus(repo, tracked.map((each) => ({ ...each, inside: null })));
  for (const { path } of states.filter((each) => each.state === "modified")) {
    say(`warning: '${display(path)}' changed since 'mvgit add'; this commit has its old bytes`);
  }
  return 0;
};
