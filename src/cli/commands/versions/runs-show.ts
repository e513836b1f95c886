/** `mvgit runs show ID` */
import { showRun } from "../../../versions/runs-show.ts";
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { plotText } from "../../render/plot.ts";
import { runText } from "../../render/versions/runs.ts";

export const command = defineCommand({
  arguments: "ID",
  details: "Its log, settings, scores and environment. ID may be the beginning of one.",
  options: { plot: value("SCORE", "draw the curve of this score instead") },
  async run({ operands: [id = ""], plot }, session) {
    // A document's own 'command' is the name of mvgit's.
    const { command: words, ...report } = await showRun(await session.repo(), id, plot);
    return { ...report, words };
  },
  text: ({ words, ...report }, style) =>
    report.plot === null ? runText({ ...report, command: words }, style) : plotText(report.plot, style),
});
