/** `mvgit remote copy FROM TO` */
import { remoteCopy } from "../../../care/remote-copy.ts";
import { unhadErrors } from "../../../transfer/unhad.ts";
import { defineCommand } from "../../command.ts";
import { dryRun, flag, jobs } from "../../options.ts";
import { remoteCopyText } from "../../render/care/remote-copy.ts";

export const command = defineCommand({
  arguments: "FROM TO",
  output: "deed",
  details: `
    Brings all that anything of this repository needs (every ref, reflog, stash and index) from one remote into
    another, from the cache where it has the bytes. FROM and TO are names of remotes, or addresses. Each blob is
    verified on its way, and nothing is kept on this machine. Interrupted, run it again: it goes on.
  `,
  options: {
    everything: flag("also what only other repositories need, with their claims"),
    offline: flag("your word that no other clone has commits that this one lacks"),
    dryRun,
    jobs,
  },
  async run({ operands: [from = "", to = ""], everything, offline, dryRun: isDry, jobs: many }, session) {
    return remoteCopy(await session.repo(), { from, to, everything, offline, dryRun: isDry, jobs: many });
  },
  text: remoteCopyText,
  failures: ({ lacking, unknown, from }) => [...unhadErrors("copy", lacking, from), ...unknown],
});
