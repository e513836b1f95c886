/** `mvgit stage check [REV]` */
import { MvgitError } from "../../../base/errors.ts";
import { checkStages } from "../../../versions/stage-check.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { verdictText } from "../../render/versions/moves.ts";

export const command = defineCommand({
  arguments: "[REV]",
  details: `
    Compares stages.yaml with the event tags, which are the truth: 'behind' when the view lags, 'differs' when
    someone edited it.
  `,
  options: { write: flag("make the file anew from the tags") },
  async run({ operands: [revision], write }, session) {
    if (write && revision !== undefined)
      throw new MvgitError("usage", "'--write' is for the work tree's file, not for that of a revision");
    return checkStages(await session.repo(), { write, ...(revision === undefined ? {} : { revision }) });
  },
  text({ verdicts, written }, style) {
    if (verdicts.length === 0) return "no stage holds anything yet";
    const lines = verdicts.map((each) => verdictText(each, style));
    return [...lines, ...(written ? ["stages.yaml was made anew from the tags; commit it"] : [])].join("\n");
  },
  exit: ({ verdicts, written }) => (!written && verdicts.some(({ state }) => state !== "same") ? 1 : 0),
});
