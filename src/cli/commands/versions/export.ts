/** `mvgit export LABEL|REV[:PATH]` */
import { MvgitError } from "../../../base/errors.ts";
import { exportVersion, requireFolder } from "../../../versions/export.ts";
import { exportHub } from "../../../versions/hub.ts";
import { exportMlflow } from "../../../versions/mlflow-folder.ts";
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
    files, for 'hf upload'. With --mlflow DIR is the model that MLflow recorded, as MLflow wrote it, for its
    'load_model(DIR)'. For both, DIR is absent, empty, or one of before as it was written.
  `,
  options: {
    ...DELIVER_OPTIONS,
    hub: value("DIR", "lay it out as a model repository of Hugging Face instead"),
    mlflow: value("DIR", "only the model that MLflow recorded instead"),
  },
  async run({ operands: [what = ""], out: dir, hub, mlflow, ...rest }, session) {
    for (const [option, given, lay] of [
      ["--hub", hub, exportHub],
      ["--mlflow", mlflow, exportMlflow],
    ] as const) {
      if (given === undefined) continue;
      refuseBeside(option, { out: dir, ...(option === "--hub" && { mlflow }), ...rest });
      const to = requireFolder(given);
      return reportOf(await lay(await session.repo(), { label: what, dir: to, jobs: rest.jobs }), to);
    }
    const to = requireFolder(dir);
    return reportOf(await exportVersion(await session.repo(), { what, dir: to, ...rest }), to);
  },
  text: deliveryText,
});

interface Beside {
  out: string | undefined;
  mlflow?: string | undefined;
  only: string[];
  force: boolean;
  acceptOlder: boolean;
}

/** Throws `usage` for what has no meaning beside `--hub` or `--mlflow`. */
function refuseBeside(option: string, { out, mlflow, only, force, acceptOlder }: Beside): void {
  const given = {
    "-o": out !== undefined,
    "--mlflow": mlflow !== undefined,
    "--only": only.length > 0,
    "--force": force,
    "--accept-older": acceptOlder,
  };
  const [found] = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (found !== undefined)
    throw new MvgitError("usage", `'${option} DIR' and '${found}' do not go together`, {
      hint: `'${option}' takes the folder itself, and brings the weights of one version`,
    });
}
