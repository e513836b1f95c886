/** `mvgit save [MODEL]` */
import { MvgitError } from "../../../base/errors.ts";
import type { VersionReport } from "../../../versions/run.ts";
import { saveRun } from "../../../versions/save-run.ts";
import { save as saveOperation } from "../../../versions/save.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { madeText } from "../../render/versions/made.ts";
import { VERSION_OPTIONS } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "[MODEL]",
  details: `
    Makes the next version of a model from what is there, for one that was trained elsewhere.

    '--run' makes it of a run that failed or was interrupted, as 'mvgit runs' lists it.
  `,
  options: {
    ...VERSION_OPTIONS,
    log: value("FILE", "a log with one JSON object a line, as MVGIT_LOG names one"),
    run: value("ID", "of this run, with what it left: nothing else is named then"),
  },
  async run({ operands: [model], message = "", run: id, log, "as-is": asIs, ...rest }, session) {
    if (id !== undefined) {
      const named = Object.entries({
        data: rest.data,
        weights: rest.weights,
        params: rest.params,
        metrics: rest.metrics,
        log: log === undefined ? [] : [log],
      }).find(([, paths]) => paths.length > 0);
      if (named !== undefined)
        throw new MvgitError("usage", `'--run' does not go with '--${named[0]}'`, {
          hint: "a version of a run has what the run had",
        });
      return saveRun(await session.repo(), { run: id, message, ...(model === undefined ? {} : { model }) });
    }
    if (model === undefined)
      throw new MvgitError("usage", "'mvgit save' needs MODEL, or '--run ID'", {
        hint: "usage: mvgit save MODEL --weights PATH",
      });
    return saveOperation(await session.repo(), {
      model,
      message,
      asIs,
      ...rest,
      ...(log === undefined ? {} : { log }),
    });
  },
  text: madeText,
  failures: failuresOf,
});

function failuresOf({ failure }: VersionReport): NonNullable<VersionReport["failure"]>[] {
  return failure === null ? [] : [failure];
}
