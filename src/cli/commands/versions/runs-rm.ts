/** `mvgit runs rm [ID...]` */
import { MvgitError } from "../../../base/errors.ts";
import { removeRuns } from "../../../versions/runs-list.ts";
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { plural } from "../../render/numbers.ts";

export const command = defineCommand({
  arguments: "[ID...]",
  output: "deed",
  details: "Forgets runs of which no version was made; 'mvgit gc' gives back the room of what only they had.",
  options: { all: flag("every run that is not in progress") },
  async run({ operands: ids, all }, session) {
    if (ids.length === 0 && !all)
      throw new MvgitError("usage", "'mvgit runs rm' needs ID, or '--all'", { hint: "'mvgit runs' lists them" });
    if (ids.length > 0 && all) throw new MvgitError("usage", "'--all' means every run: name no other", {});
    return removeRuns(await session.repo(), { ids, all });
  },
  text: ({ removed }) =>
    removed.length === 0
      ? "no run was kept"
      : `${plural(removed.length, "run")} ${removed.length === 1 ? "is" : "are"} kept no longer: ${removed.join(", ")}`,
});
