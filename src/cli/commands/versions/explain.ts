/** `mvgit explain RECEIPT|HASH|COMMIT|LABEL|FILE` */
import { andMore } from "../../../base/counts.ts";
import { explain as explainOperation } from "../../../versions/explain.ts";
import { defineCommand } from "../../command.ts";
import { MOST, movedBy, periodText, roleOf, type Shown } from "../../render/versions/explain.ts";
import { versionText } from "../../render/versions/version.ts";

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
  text(report, style) {
    const { what, matches, periods, event } = report;
    const [first, ...others] = matches as [Shown, ...Shown[]];
    const lines = [`${what} belongs to ${style.good(`${first.model}@v${first.version}`)}${roleOf(first)}`];
    const also = others.slice(0, MOST).map((each) => `${each.model}@v${each.version}${roleOf(each)}`);
    if (also.length > 0) lines.push(`also to ${also.join(", ")}${andMore(others.length - MOST)}`);
    if (event) lines.push(`it was in '${event.stage}' by event ${event.event}: ${movedBy(event)}`);
    if (periods.length === 0) lines.push("it was never in a stage");
    return [...lines, ...periods.map((each) => periodText(each, style)), "", versionText(report, style)].join("\n");
  },
});
