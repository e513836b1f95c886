/** `mvgit export LABEL|REV[:PATH]` */
import { exportVersion, requireFolder } from "../../../versions/export.ts";
import { defineCommand } from "../../command.ts";
import { reportOf, deliveryText } from "../../render/versions/delivery.ts";
import { ABOUT_DIR, DELIVER_OPTIONS } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL|REV[:PATH]",
  output: "deed",
  details: `
    The files of a version, from the cache and what it lacks from the remote; the work tree stays as it is.

    ${ABOUT_DIR}
  `,
  options: DELIVER_OPTIONS,
  async run({ operands: [what = ""], out: dir, ...rest }, session) {
    const to = requireFolder(dir);
    return reportOf(await exportVersion(await session.repo(), { what, dir: to, ...rest }), to);
  },
  text: deliveryText,
});
