/** `mvgit explain RECEIPT|HASH|COMMIT|LABEL|FILE` */
import { explain as explainOperation } from "../../../versions/explain.ts";
import { defineCommand } from "../../command.ts";
import { explainText } from "../../render/versions/explain.ts";

export const command = defineCommand({
  arguments: "RECEIPT|HASH|COMMIT|LABEL|FILE",
  details: `
    Says which version it belongs to, what that is made of, when it was in which stage, who moved it there and
    why. A receipt is taken from the argument, from @FILE, or with - from stdin.

    Hashes and commits may be short. FILE is any copy, a pointer, a tracked path, or what 'get' or 'export'
    brought, its links included.
  `,
  options: {},
  run: async ({ operands: [what = ""] }, session) => explainOperation(await session.registry(), what, session),
  text: (report, style) => explainText(report, style),
});
