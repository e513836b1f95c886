/** `mvgit pull [PATH...]` */
import { pull as operation } from "../../../files/pull.ts";
import { keptErrors } from "../../../files/kept.ts";
import { warnWhileRunning } from "../../../repo/runs.ts";
import { defineCommand } from "../../command.ts";
import { flag, jobs, remote } from "../../options.ts";
import { heldErrors } from "../../../worktree/held-back.ts";
import { unhadErrors } from "../../../transfer/unhad.ts";
import { checkoutText } from "../../render/files/checkout.ts";
import { fetchText } from "../../render/files/fetch.ts";

export const command = defineCommand({
  arguments: "[PATH...]",
  output: "deed",
  details: "Fetches what the pointers need, then checks it out.",
  options: {
    remote,
    all: flag("fetch what any ref needs"),
    force: flag("replace changed files; their bytes are kept in the cache"),
    jobs,
  },
  async run({ operands, remote: name, all, force, jobs: many }, session) {
    const repo = await session.repo();
    warnWhileRunning(repo);
    return operation(repo, {
      paths: operands,
      all,
      force,
      jobs: many,
      ...(name === undefined ? {} : { remote: name }),
    });
  },
  text: ({ fetch, checkout }) => [fetchText(fetch), ...(checkout ? [checkoutText(checkout)] : [])].join("\n"),
  failures: ({ fetch, checkout }) => [
    ...unhadErrors("fetch", fetch.lacking, fetch.remote),
    ...(checkout ? [...keptErrors(checkout), ...heldErrors(checkout.held)] : []),
  ],
});
