/** `mvgit log [MODEL]` */
import { checkModelName } from "../../../values/label.ts";
import { defineCommand } from "../../command.ts";
import { count, flag } from "../../options.ts";
import { plural } from "../../render/numbers.ts";
import { logText } from "../../render/versions/log.ts";
import { markdown } from "../../shared-options.ts";

/** Versions that a list shows when nobody says how many. */
const PAGE = 20;

export const command = defineCommand({
  arguments: "[MODEL]",
  details: `The newest ${plural(PAGE, "version")} with their scores and the stages that hold them.`,
  options: { max: count("N", "show the newest N", "n"), all: flag("show every version"), markdown },
  async run({ operands: [model], max, all, markdown: asMarkdown }, session) {
    const most = all ? Number.MAX_SAFE_INTEGER : (max ?? PAGE);
    const report = await (
      await session.registry()
    ).log({ most, ...(model === undefined ? {} : { model: checkModelName(model) }) });
    return { ...report, markdown: asMarkdown };
  },
  text: (report, style) => logText(report, style),
  exit: ({ problems }) => (problems.length > 0 ? 24 : 0),
});
