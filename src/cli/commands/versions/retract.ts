/** `mvgit retract LABEL -m why` */
import { MvgitError } from "../../../base/errors.ts";
import { display } from "../../../base/paths.ts";
import { parseLabel } from "../../../values/label.ts";
import { remark } from "../../../versions/remark.ts";
import { defineCommand } from "../../command.ts";
import { flag, value } from "../../options.ts";
import { remarkedText } from "../../render/versions/remarks.ts";
import { acceptOlderRemark } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL",
  output: "deed",
  details: `
    Withdraws a version that turned out bad, for everybody: 'log' leaves it out, MODEL@latest passes it over, no stage
    takes it. It stays: 'show', 'get', 'export' and 'reproduce' still take it by its number, and warn.

    A version that a stage holds is refused: move the stage first, or say --force.
  `,
  options: {
    message: value("TEXT", "why, kept with it for good", "m"),
    undo: flag("take the retraction back"),
    force: flag("although a stage holds it"),
    acceptOlder: acceptOlderRemark,
  },
  async run({ operands: [label = ""], message, undo, force, acceptOlder }, session) {
    if (parseLabel(label).kind !== "version")
      throw new MvgitError("usage", `'${display(label)}' may be another version tomorrow`, {
        subject: display(label),
        hint: "name the version by its number: 'mvgit retract MODEL@v3'",
      });
    const kind = undo ? "restore" : "retract";
    return remark(await session.repo(), { label, kind, text: message ?? "", force, acceptOlder });
  },
  text: remarkedText,
});
