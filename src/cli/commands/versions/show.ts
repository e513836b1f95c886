/** `mvgit show LABEL` */
import { defineCommand } from "../../command.ts";
import { value } from "../../options.ts";
import { plotText } from "../../render/plot.ts";
import { versionText } from "../../render/versions/version.ts";

export const command = defineCommand({
  arguments: "LABEL",
  details: `
    All that a version is made of. LABEL is MODEL@v5, MODEL@latest or MODEL#STAGE, or the beginning of its
    commit or of the hash of its package. A curve is drawn in ASCII where colours are off.
  `,
  options: { plot: value("SCORE", "draw the curve of this score instead") },
  run: async ({ operands: [label = ""], plot }, session) => (await session.registry()).show(label, plot),
  text: (report, style) => (report.plot === null ? versionText(report, style) : plotText(report.plot, style)),
});
