/** What was said of a version, in words. */
import { display } from "../../../base/paths.ts";
import type { RemarkedReport } from "../../../versions/remark.ts";
import type { Style } from "../style.ts";

const DONE = { note: "has a note", retract: "is retracted", restore: "is retracted no more" } as const;

/** What is so now, and who knows it. */
export function remarkedText(report: RemarkedReport, style: Style): string {
  const { model, version, kind, number, text, host, stages, stayed } = report;
  if (number === null) return `${display(stayed ?? "")}; nothing was changed`;
  const name = `${model}@v${version}`;
  const said = text === "" ? "" : `: ${display(text)}`;
  const known = host === null ? "" : ` (confirmed by '${display(host)}')`;
  const held = stages.map((stage) => `${model}#${stage}`).join(", ");
  return [
    `${name} ${kind === "retract" ? style.bad(DONE[kind]) : style.good(DONE[kind])}${said}${known}`,
    ...(kind === "retract" && held !== "" ? [style.warning(`${held} still holds it: whoever gets it is warned`)] : []),
  ].join("\n");
}
