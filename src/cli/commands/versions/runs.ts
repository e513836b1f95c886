/** `mvgit runs [MODEL]` */
import { checkModelName } from "../../../values/label.ts";
import { listOf } from "../../../versions/runs-list.ts";
import { defineCommand } from "../../command.ts";
import { formatDuration } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";
import { commandOf, scoresOf, startedOf, stateCell } from "../../render/versions/runs.ts";

const HEAD = ["id", "model", "state", "started", "took", "scores", "command"];

export const command = defineCommand({
  arguments: "[MODEL]",
  details: `
    Runs that are in progress, and those of which no version was made: they failed, were interrupted or killed,
    or their version waits. Newest first; kept for 30 days, the newest 20 for longer.

    'mvgit save --run ID' makes a version of one.
  `,
  options: {},
  run: async ({ operands: [model] }, session) =>
    listOf(await session.repo(), model === undefined ? null : checkModelName(model)),
  text({ runs: all }, style) {
    if (all.length === 0) return "no run is in progress here, and none is kept of which no version was made";
    const rows = all.map((each) => [
      each.id,
      each.model,
      stateCell(each, style),
      startedOf(each),
      each.seconds === null ? "-" : formatDuration(each.seconds),
      scoresOf(each),
      commandOf(each),
    ]);
    return table(
      [HEAD.map((name) => [name, style.faint(name)] as const), ...rows],
      [{}, {}, {}, {}, { align: "right" }, {}, { cut: true }],
      style.width,
    );
  },
});
