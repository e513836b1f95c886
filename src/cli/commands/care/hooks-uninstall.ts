/** `mvgit hooks uninstall` */
import { display } from "../../../base/paths.ts";
import { uninstallHooks } from "../../../care/hooks.ts";
import { defineCommand } from "../../command.ts";
import { thisProgram } from "../../program.ts";

export const command = defineCommand({
  aboutHooks: true,
  output: "deed",
  options: {},
  run: async (_, session) => uninstallHooks(await session.repo(), thisProgram()),
  text: ({ folder }) => `mvgit's hooks are gone from ${display(folder)}; what stood there before is back`,
});
