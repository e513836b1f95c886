/** `mvgit stage apply` */
import { display } from "../../../base/paths.ts";
import { applyStages } from "../../../versions/stage-check.ts";
import { defineCommand } from "../../command.ts";
import { off, value } from "../../options.ts";
import { movedText } from "../../render/versions/moves.ts";
import { alsoReason, reason } from "../../shared-options.ts";

export const command = defineCommand({
  output: "deed",
  details: `
    For CI, after a reviewed edit of stages.yaml was merged: makes the events for what changed.

    Policies are checked, and an edit that was reviewed against another state is refused.
  `,
  options: {
    base: value("REV", "what the edit was based on, instead of the commit before it"),
    message: reason,
    reason: alsoReason,
    commit: off("do not commit stages.yaml anew"),
  },
  async run({ base, message, reason: why, commit: withView }, session) {
    return applyStages(await session.repo(), {
      reason: message ?? why ?? "applied from stages.yaml",
      commit: withView,
      ...(base === undefined ? {} : { base }),
    });
  },
  text({ moves, left }, style) {
    if (moves.length + left.length === 0) return "stages.yaml asks for no move";
    return [...moves.map((each) => movedText(each, style)), ...left.map(display)].join("\n");
  },
});
