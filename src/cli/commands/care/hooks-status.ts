/** `mvgit hooks status` */
import { hooksStatus } from "../../../care/hooks.ts";
import { defineCommand } from "../../command.ts";
import { thisProgram } from "../../program.ts";
import { hooksText } from "../../render/care/hooks.ts";

export const command = defineCommand({
  aboutHooks: true,
  options: {},
  run: async (_, session) => hooksStatus(await session.repo(), thisProgram()),
  text: hooksText,
});
