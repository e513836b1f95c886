/** `mvgit export LABEL|REV[:PATH]` */
import { MvgitError } from "../../../base/errors.ts";
import { exportVersion, requireFolder } from "../../../versions/export.ts";
import { exportHub } from "../../../versions/hub.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { reportOf, deliveryText } from "../../render/versions/delivery.ts";
import { ABOUT_DIR, DELIVER_OPTIONS } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL|REV[:PATH]",
  output: "deed",
  details: `
    The files of a version, from the cache and what it lacks from the remote; the work tree stays as it is.

    ${ABOUT_DIR}

    With --hub the weights of a version are laid out as a model repository of Hugging Face, with a model card and plain
    files, for 'hf upload'. DIR is absent, empty, or one of before as it was written.
  `,
  options: { ...DELIVER_OPTIONS, hub: value("DIR", "lay it out as a model repository of Hugging Face instead") },
  async run({ operands: [what = ""], out: dir, hub, ...rest }, session) {
    if (hub !== undefined) {
      refuseBeside({ out: dir, ...rest });
      const to = requireFolder(hub);
      return reportOf(await exportHub(await session.repo(), { label: what, dir: to, jobs: rest.jobs }), to);
    }
    const to = requireFolder(dir);
    return reportOf(await exportVersion(await session.repo(), { what, dir: to, ...rest }), to);
  },
  text: deliveryText,
});

/** Throws `usage` for what has no meaning beside `--hub`. */
function refuseBeside(given: { out: string | undefined; only: string[]; force: boolean; acceptOlder: boolean }): void {
  const { out, only, force, acceptOlder } = given;
  const named = Object.entries({ "-o": out !== undefined, "--only": only.length > 0, "--force": force });
  const found = [...named, ["--accept-older", acceptOlder] as const].find(([, isGiven]) => isGiven);
  if (found !== undefined)
    throw new MvgitError("usage", `'--hub DIR' and '${found[0]}' do not go together`, {
      hint: "'--hub' takes the folder itself, and brings the weights of one version",
    });
}
