/** `mvgit receipt`, `explain` */
import { andMore } from "../../base/counts.ts";
import { display } from "../../base/paths.ts";
import { formatReceipt, receiptData } from "../../values/receipt.ts";
import { explain as explainOperation, type Match, type Period } from "../../versions/explain.ts";
import { receipt as receiptOperation } from "../../versions/receipt.ts";
import type { EventReport } from "../../versions/stages.ts";
import { defineCommand } from "../command.ts";
import type { Style } from "../render/style.ts";
import { NAME, oneLine } from "../render/table.ts";
import { versionText } from "../render/version.ts";

export const receipt = defineCommand({
  arguments: "LABEL",
  details: "One line of JSON of at most 300 bytes, to be logged with each prediction. 'mvgit explain' takes\nit back.",
  options: {},
  run: async ({ operands: [label = ""] }, session) => ({
    receipt: receiptData(await receiptOperation(await session.repo(), label)),
  }),
  text: (report) => formatReceipt(report.receipt),
});

export const explain = defineCommand({
  arguments: "RECEIPT|HASH|COMMIT|LABEL|FILE",
  details:
    "Says which version it belongs to, what that is made of, when it was in which stage, who moved it\nthere " +
    "and why. A receipt is taken from the argument, from @FILE, or with - from stdin.\nHashes and commits " +
    "may be short. FILE is any copy, a pointer, a tracked path, or what 'get' or\n'export' brought, its " +
    "links included.",
  options: {},
  run: async ({ operands: [what = ""] }, session) =>
    explainOperation(await session.repo(), what, () => session.input()),
  text(report, style) {
    const { what, matches, periods, event } = report;
    const [first, ...others] = matches as [Shown, ...Shown[]];
    const lines = [`${what} belongs to ${style.good(`${first.model}@v${first.version}`)}${roleOf(first)}`];
    if (others.length > 0)
      lines.push(
        `also to ${others
          .slice(0, MOST)
          .map((each) => `${each.model}@v${each.version}${roleOf(each)}`)
          .join(", ")}${andMore(others.length - MOST)}`,
      );
    if (event) lines.push(`it was in '${event.stage}' by event ${event.event}: ${movedBy(event)}`);
    if (periods.length === 0) lines.push("it was never in a stage");
    return [...lines, ...periods.map((each) => periodText(each, style)), "", versionText(report, style)].join("\n");
  },
});

type Shown = Omit<Match, "event">;

/** Versions beside the first that a report names. */
const MOST = 20;

function roleOf({ as, path }: Shown): string {
  if (as === "history") return ", the first of this model that has it in its history";
  if (as === "source") return path === undefined ? "" : `, which has it as '${display(path)}'`;
  if (as === "package" || as === "commit") return `, as its ${as}`;
  return path === undefined ? "" : `, as its ${as} '${display(path)}'`;
}

function periodText({ stage, from, to }: Period, style: Style): string {
  const end = to === null ? style.good("and is there now") : `until ${when(to)} (${movedBy(to)})`;
  return `in ${stage} from ${when(from)} (${movedBy(from)}) ${end}`;
}

function when({ time }: EventReport): string {
  return time.slice(0, 16).replace("T", " ");
}

function movedBy({ by, version, reason }: EventReport): string {
  return `${oneLine(by, NAME)} moved it to ${version === null ? "nothing" : `v${version}`}${reason === "" ? "" : `: "${oneLine(reason)}"`}`;
}
