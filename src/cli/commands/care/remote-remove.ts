/** `mvgit remote remove NAME` */
import { removeRemote } from "../../../care/remote.ts";
import { defineCommand } from "../../command.ts";

export const command = defineCommand({
  arguments: "NAME",
  output: "deed",
  options: {},
  run: async ({ operands: [name = ""] }, session) => removeRemote(await session.repo(), name),
  text: ({ removed }) => `remote '${removed}' is forgotten; what is stored there stays`,
});
