/** `mvgit rollback MODEL STAGE` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { asLabel, checkModelName, checkStageName } from "../../../values/label.ts";
import { rollback as rollbackOperation } from "../../../versions/promote.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { movedText } from "../../render/versions/moves.ts";
import { MOVE_OPTIONS } from "../../shared-options.ts";
import { readTarget } from "../../typed.ts";

export const command = defineCommand({
  arguments: "MODEL STAGE",
  output: "deed",
  details: `
    Moves STAGE back to the version that was there before the present one; twice goes two back.

    Nothing is asked of the remote, and no policy stands in the way of what was there already.
  `,
  options: { to: value("vN", "to this version instead, or 'none'"), ...MOVE_OPTIONS },
  async run(
    { operands: [model = "", stage = ""], to, message, reason: why, commit: withView, acceptOlder: older },
    session,
  ) {
    const label = asLabel(model);
    if (label !== null)
      throw new MvgitError("usage", `'${display(model)}' is a label, and a model is wanted`, {
        subject: display(model),
        hint: prose`'mvgit rollback ${label.model} ${display(stage)}' goes back one version,
          '--to vN' to one of your choice`,
      });
    const of = { model: checkModelName(model), stage: checkStageName(stage) };
    return rollbackOperation(await session.repo(), {
      ...of,
      to: readTarget(to),
      reason: message ?? why ?? "",
      commit: withView,
      acceptOlder: older,
    });
  },
  text: movedText,
});
