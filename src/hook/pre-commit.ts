/** Stops a commit that would bring what Git should not keep. */
import { display } from "../base/paths.ts";
import { checkStaged } from "../ops/hooks/run.ts";
import { status } from "../ops/status.ts";
import type { Hook } from "./main.ts";

export const preCommit: Hook = async ({ open, say }) => {
  const repo = await open();
  const { findings } = await checkStaged(repo);
  for (const { path, message, command } of findings) {
    say(`'${display(path)}' ${message}`);
    say(`    mend it with: ${command}`);
  }
  if (findings.length > 0) {
    say(`nothing was committed; to let Git keep a large file on purpose, give it the attribute '-mvgit' in .gitattributes`);
    return 1;
  }
  const { tracked } = await status(repo, { paths: [] });
  for (const { path } of tracked.filter((each) => each.state === "modified")) {
    say(`warning: '${display(path)}' changed since 'mvgit add'; this commit has its old bytes`);
  }
  return 0;
};
