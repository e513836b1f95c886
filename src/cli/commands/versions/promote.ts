/** `mvgit promote LABEL STAGE` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { checkStageName } from "../../../values/label.ts";
import { promote as promoteOperation } from "../../../versions/promote.ts";
import { defineCommand } from "../../command.ts";
import { movedText } from "../../render/versions/moves.ts";
import { MOVE_OPTIONS } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL STAGE",
  output: "deed",
  details: `
    Moves STAGE to a version, everywhere or nowhere: the Git host decides when two people move it at once. The
    remote must have every blob of the version first.
  `,
  options: MOVE_OPTIONS,
  async run(
    { operands: [label = "", stage = ""], message, reason: why, commit: withView, acceptOlder: older },
    session,
  ) {
    if (/[@#]/.test(stage))
      throw new MvgitError("usage", `'${display(stage)}' is not a stage`, {
        subject: display(stage),
        hint: "the label comes first: 'mvgit promote MODEL@v5 production'",
      });
    return promoteOperation(await session.repo(), {
      label,
      stage: checkStageName(stage),
      reason: message ?? why ?? "",
      commit: withView,
      acceptOlder: older,
    });
  },
  text: movedText,
});
