/** What a receipt, a hash or a file belongs to, in words. */
import { andMore } from "../../../base/counts.ts";
import type { EventReport } from "../../../registry/event-report.ts";
import type { ExplainReport, Period } from "../../../registry/explain/explain.ts";
import { type Match, roleWords } from "../../../values/found.ts";
import { minuteOf } from "../../../values/local-minute.ts";
import type { Style } from "../style.ts";
import { versionText } from "./version.ts";
import { NAME, oneLine } from "../columns.ts";
import { versionWord } from "../../../values/label.ts";

type Shown = Omit<Match, "event">;

/** Versions beside the first that a report names. */
const MOST = 20;

/** Which version it belongs to, when that was in which stage, and the version itself. */
export function explainText(report: ExplainReport, style: Style): string {
  const { what, matches, periods, event } = report;
  const [first, ...others] = matches as [Shown, ...Shown[]];
  const lines = [`${what} belongs to ${style.good(`${first.model}@v${first.version}`)}${roleWords(first)}`];
  const also = others.slice(0, MOST).map((each) => `${each.model}@v${each.version}${roleWords(each)}`);
  if (also.length > 0) lines.push(`also to ${also.join(", ")}${andMore(others.length - MOST)}`);
  if (event) lines.push(`it was in '${event.stage}' by event ${event.event}: ${movedBy(event)}`);
  if (periods.length === 0) lines.push("it was never in a stage");
  return [...lines, ...periods.map((each) => periodText(each, style)), "", versionText(report, style)].join("\n");
}

function periodText({ stage, from, to }: Period, style: Style): string {
  const end = to === null ? style.good("and is there now") : `until ${minuteOf(to.time)} (${movedBy(to)})`;
  return `in ${stage} from ${minuteOf(from.time)} (${movedBy(from)}) ${end}`;
}

function movedBy({ by, version, reason }: EventReport): string {
  const where = versionWord(version, "nothing");
  return `${oneLine(by, NAME)} moved it to ${where}${reason === "" ? "" : `: "${oneLine(reason)}"`}`;
}
