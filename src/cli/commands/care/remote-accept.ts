/** `mvgit remote accept [NAME]` */
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { acceptRemote } from "../../../care/remote.ts";
import { defineCommand } from "../../command.ts";

export const command = defineCommand({
  arguments: "[NAME]",
  output: "deed",
  details: `
    For a remote that was emptied or made anew on purpose, or moved to another disk. What this clone pushed
    before counts as absent there: run 'mvgit push --all' afterwards, with '--remote NAME' of one that is not
    the default.
  `,
  options: {},
  run: async ({ operands: [name] }, session) => acceptRemote(await session.repo(), name),
  text: ({ accepted, address, empty }) => prose`
    remote '${accepted}' (${display(address)}) is accepted as it is now${empty ? ", empty" : ""};
    'mvgit push --all --remote ${accepted}' brings what this clone has
  `,
});
