/** What came of a version that was run again. */
import { andMore, formatCount } from "../../../base/counts.ts";
import { display } from "../../../base/paths.ts";
import type { Difference } from "../../../values/compare-packages.ts";
import type { Scalar } from "../../../values/document.ts";
import { shortHash } from "../../../values/hash.ts";
import { formatDelta, formatScore } from "../../../values/scores.ts";
import type { ReproduceReport } from "../../../versions/reproduce.ts";
import { formatDuration } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import type { Style } from "../style.ts";
import { table } from "../table.ts";

/** Differences of one kind that are shown. */
const SHOWN = 12;

/** The verdict, results then and now, the environment, and what else differs. */
export function reproduceText(report: ReproduceReport, style: Style): string {
  const { label, verdict, seconds, folder, notes } = report;
  const paint = verdict === "differs" ? style.bad : style.good;
  const again = style.faint(`(run again in ${formatDuration(seconds)})`);
  const lines = [
    `${style.strong(label)}: ${paint(verdict)}${reasonText(report)}  ${again}`,
    resultTable(report, style),
    environmentText(report, style),
  ];
  if (verdict === "identical") lines.push(causeText("environment", report, style));
  else {
    for (const cause of ["code", "data", "settings", "environment"] as const)
      lines.push(causeText(cause, report, style));
    for (const note of notes) lines.push(style.warning(`noted when it was made: ${display(note)}`));
  }
  if (folder !== null)
    lines.push(`kept in '${display(folder)}'; 'git worktree remove --force ${display(folder)}' removes it`);
  return lines.filter((text) => text !== "").join("\n");
}

/** Weights and scores then and now; "" where it failed and left nothing of them. */
function resultTable({ weights, scores, failure }: ReproduceReport, style: Style): string {
  const files = weights.map(({ path, recorded, found, same }) => [
    `  ${display(path)}`,
    shortHash(recorded),
    found === null ? "nothing" : shortHash(found),
    marked(same, same ? "same bytes" : "other bytes", style),
  ]);
  const numbers = scores.map((each) => [
    `  ${display(each.name)}`,
    formatScore(each.recorded ?? undefined),
    formatScore(each.found ?? undefined),
    scoreMark(each, style),
  ]);
  const rows = [...files, ...numbers];
  if (failure !== null && rows.every(([, , found]) => found === "nothing" || found === "-")) return "";
  return table(
    [["", "recorded", "now"], ...rows],
    [{ cut: true }, { align: "right" }, { align: "right" }, {}],
    style.width,
  );
}

/** What differs first, with the first of its differences. */
function reasonText({ first, failure, ...report }: ReproduceReport): string {
  if (first === null) return "";
  if (first === "result") return resultText(failure !== null, report.environmentState === "as recorded");
  return `, first in the ${first}: ${oneDifference(report[first][0])}`;
}

function oneDifference(one: string | Difference<Scalar> | undefined): string {
  if (one === undefined) return "";
  return typeof one === "string" ? display(one) : `${display(one.name)} ${shownScalar(one.a)} -> ${shownScalar(one.b)}`;
}

/** Nothing of what is known differs. */
function resultText(failed: boolean, isSame: boolean): string {
  const same = [...(failed ? ["code", "data"] : ["code", "data", "settings"]), ...(isSame ? ["environment"] : [])];
  const list = `${same.slice(0, -1).join(", ")} and ${same.at(-1)}`;
  const lead = failed ? ", and" : ", and only in the result:";
  return `${lead} ${list} are the same${isSame ? "" : "; of the environment too little is known"}`;
}

/** Which environment it ran in, and what of the recorded one could not be had. */
function environmentText(report: ReproduceReport, style: Style): string {
  return [stateText(report, style), ...lackingLines(report.rebuilt, style)].join("\n");
}

/** Whether the environment is the recorded one. */
function stateText({ environmentState, environmentUnknown, ran, rebuilt }: ReproduceReport, style: Style): string {
  const whose = rebuilt === null ? "yours" : rebuiltText(rebuilt);
  const where = ran.length === 0 ? whose : `${whose}: ${ran.map(display).join(", ")}`;
  if (environmentState === "as recorded") return `environment as recorded  ${style.faint(`(${where})`)}`;
  if (environmentState === "not known") {
    const why = display(environmentUnknown ?? "");
    return `environment not known to be the same: ${why}  ${style.faint(`(${where})`)}`;
  }
  const hint = rebuilt === null ? "; '--rebuild-environment' makes the recorded one anew" : "";
  return style.warning(`environment not as recorded (${where})${hint}`);
}

function lackingLines(rebuilt: ReproduceReport["rebuilt"], style: Style): string[] {
  const lacking = rebuilt?.lacking ?? [];
  if (lacking.length === 0) return [];
  const named = lacking.slice(0, SHOWN).map((each) => `${display(each.package)} (${display(each.why)})`);
  return [style.warning(`could not be had: ${named.join("; ")}${andMore(lacking.length - SHOWN)}`)];
}

function rebuiltText({ installer, wasKept, wasUsed, npm }: NonNullable<ReproduceReport["rebuilt"]>): string {
  const by = [
    ...(installer === null ? [] : [`${installer}${wasKept ? ", before" : ""}`]),
    ...(npm.length === 0 ? [] : ["npm"]),
  ];
  return by.length === 0
    ? "nothing could be made anew"
    : `${wasUsed ? "" : "not the one "}made anew with ${by.join(" and ")}`;
}

function marked(good: boolean, text: string, style: Style): readonly [string, string] {
  return [text, good ? style.good(text) : style.bad(text)];
}

function scoreMark(
  { within, delta, found, recorded }: ReproduceReport["scores"][number],
  style: Style,
): string | readonly [string, string] {
  if (within === null) return recorded === null ? "new" : "not counted";
  if (within)
    return marked(true, delta === null || delta === 0 ? "same" : `${formatDelta(delta)}, within the tolerance`, style);
  if (found === null) return marked(false, "is lacking", style);
  return marked(false, delta === null ? "differs" : formatDelta(delta), style);
}

function causeText(cause: "code" | "data" | "settings" | "environment", report: ReproduceReport, style: Style): string {
  const rows = report[cause].map((each: string | Difference<Scalar>) =>
    typeof each === "string"
      ? [`  ${display(each)}`]
      : [`  ${display(each.name)}`, shownScalar(each.a), shownScalar(each.b)],
  );
  if (rows.length === 0) return "";
  const more = rows.length > SHOWN ? [`  ${style.faint(`and ${formatCount(rows.length - SHOWN)} more`)}`] : [];
  return [
    style.strong(`${cause} that differs`),
    table(rows.slice(0, SHOWN), [{ cut: true }, { align: "right" }, {}], style.width),
    ...more,
  ].join("\n");
}
