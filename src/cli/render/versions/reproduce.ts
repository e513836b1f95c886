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

export function reproduceText(report: ReproduceReport, style: Style): string {
  const { label, verdict, weights, scores, seconds, folder, notes } = report;
  const paint = verdict === "differs" ? style.bad : style.good;
  const rows = [
    ...weights.map(
      ({ path, recorded, found, same }) =>
        [
          `  ${display(path)}`,
          shortHash(recorded),
          found === null ? "nothing" : shortHash(found),
          marked(same, same ? "same bytes" : "other bytes", style),
        ] as const,
    ),
    ...scores.map(
      (each) =>
        [
          `  ${display(each.name)}`,
          formatScore(each.recorded ?? undefined),
          formatScore(each.found ?? undefined),
          scoreMark(each, style),
        ] as const,
    ),
  ];
  const causes = (
    verdict === "identical" ? (["environment"] as const) : (["code", "data", "settings", "environment"] as const)
  ).map((cause) => causeText(cause, report, style));
  return [
    `${style.strong(label)}: ${paint(verdict)}${reasonText(report)}  ${style.faint(`(run again in ${formatDuration(seconds)})`)}`,
    ...(report.failure === null || rows.some(([, , found]) => found !== "nothing" && found !== "-")
      ? [
          table(
            [["", "recorded", "now"], ...rows],
            [{ cut: true }, { align: "right" }, { align: "right" }, {}],
            style.width,
          ),
        ]
      : []),
    environmentText(report, style),
    ...causes,
    ...(verdict === "identical" ? [] : notes.map((note) => style.warning(`noted when it was made: ${display(note)}`))),
    folder === null ? "" : `kept in '${display(folder)}'; 'git worktree remove --force ${display(folder)}' removes it`,
  ]
    .filter((text) => text !== "")
    .join("\n");
}

/** What differs first, with the first of its differences. */
function reasonText({ first, failure, ...report }: ReproduceReport): string {
  if (first === null) return "";
  if (first === "result") return resultText(failure !== null, report.environmentState === "as recorded");
  const [one] = report[first];
  const shown =
    one === undefined
      ? ""
      : typeof one === "string"
        ? display(one)
        : `${display(one.name)} ${shownScalar(one.a)} -> ${shownScalar(one.b)}`;
  return `, first in the ${first}: ${shown}`;
}

/** Nothing of what is known differs. */
function resultText(failed: boolean, isSame: boolean): string {
  const same = [...(failed ? ["code", "data"] : ["code", "data", "settings"]), ...(isSame ? ["environment"] : [])];
  const list = `${same.slice(0, -1).join(", ")} and ${same.at(-1)}`;
  return (
    `${failed ? ", and" : ", and only in the result:"} ${list} are the ` +
    `same${isSame ? "" : "; of the environment too little is known"}`
  );
}

/** Which environment it ran in, and whether that is the recorded one. */
function environmentText(
  { environmentState, environmentUnknown, ran, rebuilt }: ReproduceReport,
  style: Style,
): string {
  const whose = rebuilt === null ? "yours" : rebuiltText(rebuilt);
  const where = ran.length === 0 ? whose : `${whose}: ${ran.map(display).join(", ")}`;
  const lacking =
    rebuilt === null || rebuilt.lacking.length === 0
      ? []
      : [
          style.warning(
            `could not be had: ${rebuilt.lacking
              .slice(0, SHOWN)
              .map((each) => `${display(each.package)} (${display(each.why)})`)
              .join("; ")}${andMore(rebuilt.lacking.length - SHOWN)}`,
          ),
        ];
  if (environmentState === "as recorded")
    return [`environment as recorded  ${style.faint(`(${where})`)}`, ...lacking].join("\n");
  if (environmentState === "not known")
    return [
      `environment not known to be the same: ${display(environmentUnknown ?? "")}  ${style.faint(`(${where})`)}`,
      ...lacking,
    ].join("\n");
  const hint = rebuilt === null ? "; '--rebuild-environment' makes the recorded one anew" : "";
  return [style.warning(`environment not as recorded (${where})${hint}`), ...lacking].join("\n");
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
  return marked(false, found === null ? "is lacking" : delta === null ? "differs" : formatDelta(delta), style);
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
