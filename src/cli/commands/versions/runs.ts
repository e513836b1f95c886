/** `mvgit runs [MODEL]` */
import { checkModelName } from "../../../values/label.ts";
import { listOf } from "../../../versions/runs-list.ts";
import { defineCommand } from "../../command.ts";
import { runsText } from "../../render/versions/runs.ts";

export const command = defineCommand({
  arguments: "[MODEL]",
  details: `
    Runs that are in progress, and those of which no version was made: they failed, were interrupted or killed,
    or their version waits. Newest first; kept for 30 days, the newest 20 for longer.

    'mvgit save --run ID' makes a version of one.
  `,
  options: {},
  run: async ({ operands: [model] }, session) =>
    listOf(await session.repo(), model === undefined ? null : checkModelName(model)),
  text: ({ runs }, style) => runsText(runs, style),
});
