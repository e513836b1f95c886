/** `mvgit hooks install` */
import { installHooks, notInstalled } from "../../../care/hooks.ts";
import { defineCommand } from "../../command.ts";
import { thisProgram } from "../../program.ts";
import { hooksText } from "../../render/care/hooks.ts";

export const command = defineCommand({
  aboutHooks: true,
  output: "deed",
  options: {},
  async run(_, session) {
    const report = await installHooks(await session.repo(), thisProgram());
    const problem = notInstalled(report);
    if (problem) throw problem;
    return report;
  },
  text: hooksText,
});
