/** `mvgit compare LABEL LABEL` */
import { defineCommand } from "../../command.ts";
import { flag } from "../../options.ts";
import { compareMarkdown, compareText } from "../../render/versions/compare.ts";
import { markdown } from "../../shared-options.ts";

export const command = defineCommand({
  arguments: "LABEL LABEL",
  details: `
    What differs from the first to the second: settings with where each came from, scores, data by file (and
    rows of CSV), the command word by word, code and environment.
  `,
  options: { all: flag("list every difference"), markdown },
  async run({ operands: [a = "", b = ""], all, markdown: asMarkdown }, session) {
    return { ...(await (await session.registry()).compare([a, b])), all, markdown: asMarkdown };
  },
  text: (report, style) => (report.markdown ? compareMarkdown(report) : compareText(report, style)),
});
