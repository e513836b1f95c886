/** `mvgit reproduce LABEL` */
import { reproduce as reproduceOperation } from "../../../versions/reproduce.ts";
import { defineCommand } from "../../command.ts";
import { flag, list, value } from "../../options.ts";
import { reproduceText } from "../../render/versions/reproduce.ts";
import { toleranceOf } from "../../typed.ts";

export const command = defineCommand({
  arguments: "LABEL",
  details: `
    Runs the version's command again from its own code and inputs, in a scratch work tree, and says whether the
    result is identical, has the same scores, or differs, and in what first. Your own work tree is not touched.
    It runs code of whoever made the version.
  `,
  options: {
    keep: value("DIR", "make the scratch work tree here, and keep it"),
    tolerance: value("T", "how far scores may be apart (absolute up to 1, else relative; 1e-6)"),
    rebuildEnvironment: flag("make the recorded environment anew, which installs its packages"),
    env: list("NAME", "the variable holds a secret of the recorded command"),
  },
  async run({ operands: [label = ""], keep, tolerance, env, rebuildEnvironment: rebuild }, session) {
    return reproduceOperation(await session.repo(), {
      label,
      env,
      rebuild,
      keep: keep ?? null,
      tolerance: toleranceOf(tolerance),
      signals: session.signals,
      stdoutToStderr: session.json,
    });
  },
  text: reproduceText,
  failures: ({ failure }) => (failure === null ? [] : [failure]),
  exit: ({ verdict }) => (verdict === "differs" ? 1 : 0),
});
