/** `mvgit lineage LABEL` */
import { defineCommand } from "../../command.ts";
import { count } from "../../options.ts";
import { lineageText } from "../../render/versions/lineage.ts";

export const command = defineCommand({
  arguments: "LABEL",
  details: `
    The versions, data, sources and commit that a version came from, as far as this repository names them, and
    the versions that came of it: those made from it, and those of any model that have its weights as their data.
  `,
  options: { depth: count("N", "look at N generations before and after (default 3)") },
  run: async ({ operands: [label = ""], depth }, session) =>
    (await session.registry()).lineage(label, depth === undefined ? {} : { depth }),
  text: lineageText,
});
