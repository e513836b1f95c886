/** `mvgit remote repack [NAME]` */
import { remoteRepack } from "../../../care/remote-repack.ts";
import { defineCommand } from "../../command.ts";
import { dryRun } from "../../options.ts";
import { remoteRepackText } from "../../render/care/remote-repack.ts";

export const command = defineCommand({
  arguments: "[NAME]",
  output: "deed",
  details: `
    Keeps of large files that lie whole only what is new in each version, puts small ones that lie one by one into
    packs, and writes packs anew of which less than half is needed, or that are small and many. It removes nothing:
    'mvgit gc --remote' does, 14 days later. Others may push and pull meanwhile. Interrupted, run it again: it goes on.
  `,
  options: { dryRun },
  run: async ({ operands: [remote], dryRun: isDry }, session) =>
    remoteRepack(await session.repo(), { remote, dryRun: isDry }),
  text: remoteRepackText,
});
