/** `mvgit remote default NAME` */
import { defaultRemote } from "../../../care/remote.ts";
import { defineCommand } from "../../command.ts";

export const command = defineCommand({
  arguments: "NAME",
  output: "deed",
  options: {},
  run: async ({ operands: [name = ""] }, session) => defaultRemote(await session.repo(), name),
  text: (report) => `remote '${report.default}' is the default`,
});
