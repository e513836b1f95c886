/** `mvgit runs [MODEL]` */
import { checkModelName } from "../../../values/label.ts";
import { listOf } from "../../../versions/runs-list.ts";
import { defineCommand } from "../../command.ts";
import { formatDuration } from "../../render/numbers.ts";
import { table } from "../../render/table.ts";
import { commandOf, scoresOf, startedOf, stateCell } from "../../render/versions/runs.ts";

export const command = defineCommand({
  arguments: "[MODEL]",
  details:
    "Runs that are in progress, and those of which no version was made: they failed, were interrupted\nor " +
    "killed, or their version waits. Newest first; kept for 30 days, the newest 20 for longer.\n'mvgit save " +
    "--run ID' makes a version of one.",
  options: {},
  run: async ({ operands: [model] }, session) =>
    listOf(await session.repo(), model === undefined ? null : checkModelName(model)),
  text({ runs: all }, style) {
    if (all.length === 0) return "no run is in progress here, and none is kept of which no version was made";
    const head = ["id", "model", "state", "started", "took", "scores", "command"];
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
      [head.map((name) => [name, style.faint(name)] as const), ...rows],
      head.map((name) => (name === "command" ? { cut: true } : name === "took" ? { align: "right" as const } : {})),
      style.width,
    );
  },
});
