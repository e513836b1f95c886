/** `mvgit promote`, `rollback`, `stages`, `history`, `stage check`, `stage apply` */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import {
  asLabel,
  asVersionNumber,
  checkModelName,
  checkStageName,
  type ModelName,
  type StageName,
} from "../../values/label.ts";
import { applyStages, checkStages, type Verdict } from "../../versions/stage-check.ts";
import { type MoveReport, promote as promoteOperation, rollback as rollbackOperation } from "../../versions/promote.ts";
import { type EventReport, history as historyOperation, stages as stagesOperation } from "../../versions/stages.ts";
import { defineCommand } from "../command.ts";
import { flag, off, value } from "../options.ts";
import { plural } from "../render/numbers.ts";
import type { Style } from "../render/style.ts";
import { NAME, oneLine, table } from "../render/table.ts";

const reason = value("TEXT", "why, kept with the move", "m");
const alsoReason = value("TEXT", "the same as -m");
const commit = off("leave stages.yaml as it is");
const acceptOlder = flag("go on although an event that was seen before is gone");

export const promote = defineCommand({
  arguments: "LABEL STAGE",
  output: "deed",
  details:
    "Moves STAGE to a version, everywhere or nowhere: the Git host decides when two people move it\nat once. " +
    "The remote must have every blob of the version first.",
  options: { message: reason, reason: alsoReason, commit, acceptOlder },
  async run(
    { operands: [label = "", stage = ""], message, reason: why, commit: withView, acceptOlder: older },
    session,
  ) {
    if (/[@#]/.test(stage))
      throw new MvgitError("usage", `'${display(stage)}' is not a stage`, {
        subject: display(stage),
        hint: "the label comes first: 'mvgit promote MODEL@v5 production'",
      });
    return promoteOperation(await session.repo(), {
      label,
      stage: checkStageName(stage),
      reason: message ?? why ?? "",
      commit: withView,
      acceptOlder: older,
    });
  },
  text: movedText,
});

export const rollback = defineCommand({
  arguments: "MODEL STAGE",
  output: "deed",
  details:
    "Moves STAGE back to the version that was there before the present one; twice goes two back.\nNothing is " +
    "asked of the remote, and no policy stands in the way of what was there already.",
  options: {
    to: value("vN", "to this version instead, or 'none'"),
    message: reason,
    reason: alsoReason,
    commit,
    acceptOlder,
  },
  async run(
    { operands: [model = "", stage = ""], to, message, reason: why, commit: withView, acceptOlder: older },
    session,
  ) {
    const label = asLabel(model);
    if (label !== null)
      throw new MvgitError("usage", `'${display(model)}' is a label, and a model is wanted`, {
        subject: display(model),
        hint:
          `'mvgit rollback ${label.model} ${display(stage)}' goes back one version, '--to vN' to one of your ` +
          "choice",
      });
    const of = { model: checkModelName(model), stage: checkStageName(stage) };
    return rollbackOperation(await session.repo(), {
      ...of,
      to: readTarget(to),
      reason: message ?? why ?? "",
      commit: withView,
      acceptOlder: older,
    });
  },
  text: movedText,
});

function readTarget(text: string | undefined): number | "none" | null {
  if (text === undefined) return null;
  if (text === "none") return text;
  const number = asVersionNumber(text);
  if (number !== null) return number;
  throw new MvgitError("usage", `'${display(text)}' is not a version`, {
    subject: display(text),
    hint: "name one as v4, or 'none'",
  });
}

function movedText(report: MoveReport, style: Style): string {
  if (report.event === null) return `${report.stayed}; nothing was moved`;
  const { model, stage, version, before, event, host, stored, note, stagesFile } = report;
  const from = before === null ? "" : ` (was v${before})`;
  const lines = [
    `${model}#${stage} is ${style.good(version === null ? "empty" : `v${version}`)}${from}, event ${event}${host === null ? "" : `, confirmed by '${display(host)}'`}`,
  ];
  if (stored) lines.push(`${stored.remote} has all of it (${plural(stored.blobs, "blob")})`);
  else if (before === null && version !== null)
    lines.push(style.warning("no remote is configured: only this clone has its bytes"));
  if (stagesFile === "committed" || stagesFile === "pushed")
    lines.push(`stages.yaml committed${stagesFile === "pushed" ? " and pushed" : ""}`);
  if (note) lines.push(style.warning(display(note)));
  return lines.join("\n");
}

export const stages = defineCommand({
  arguments: "[MODEL]",
  details: "Where each label is now, as far as this clone knows: 'git fetch' brings the moves of others.",
  options: {},
  run: async ({ operands: [model] }, session) =>
    stagesOperation(await session.repo(), model === undefined ? {} : { model: checkModelName(model) }),
  text({ model: only, stages: all }, style) {
    if (all.length === 0)
      return `no stage${only === null ? "" : ` of '${only}'`} holds anything yet; 'mvgit promote ${only ?? "MODEL"}@v1 production' moves one`;
    const rows = all.map(({ model, stage, version, since, problem }) => {
      if (problem !== undefined)
        return [`${model}#${stage}`, ["broken", style.bad("broken")] as const, display(problem), ""];
      const held = version === null ? "-" : `v${version}`;
      return [
        `${model}#${stage}`,
        [held, style.good(held)] as const,
        since ? `${dayOf(since)}  ${oneLine(since.by, NAME)}` : "",
        since ? oneLine(since.reason) : "",
      ];
    });
    return table(rows, [{}, {}, {}, { cut: "end" }], style.width);
  },
  exit: ({ stages: all }) => (all.some(({ problem }) => problem !== undefined) ? 24 : 0),
});

function dayOf({ time }: EventReport): string {
  return time.slice(0, 16).replace("T", " ");
}

export const history = defineCommand({
  arguments: "MODEL [STAGE]",
  details: "Every move with who, when and why, the newest first. MODEL#STAGE is understood too.",
  options: { at: value("TIME", "only what each stage held at that time (ISO 8601)") },
  async run({ operands: [model = "", stage], at }, session) {
    const named = readStageOf(model, stage);
    return historyOperation(await session.repo(), { ...named, ...(at === undefined ? {} : { at: readTime(at) }) });
  },
  text({ events, problems }, style) {
    const rows = events.map((each) => [
      `${each.model}#${each.stage}`,
      `#${each.event}`,
      `${shown(each.before)} -> ${shown(each.version)}`,
      `${dayOf(each)}  ${oneLine(each.by, NAME)}`,
      oneLine(each.reason),
    ]);
    const broken = problems.map((problem) => style.bad(`cannot be trusted: ${display(problem)}`));
    return [
      ...broken,
      events.length === 0
        ? "no stage held anything then"
        : table(rows, [{}, { align: "right" }, {}, {}, { cut: "end" }], style.width),
    ].join("\n");
  },
  exit: ({ problems }) => (problems.length > 0 ? 24 : 0),
});

function shown(version: number | null): string {
  return version === null ? "-" : `v${version}`;
}

function readStageOf(first: string, second: string | undefined): { model: ModelName; stage?: StageName } {
  const label = second === undefined ? asLabel(first) : null;
  if (label?.kind === "stage") return { model: label.model, stage: label.stage };
  return { model: checkModelName(first), ...(second === undefined ? {} : { stage: checkStageName(second) }) };
}

function readTime(text: string): number {
  const time = /^\d{4}-\d\d(-\d\d([T ].*)?)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new MvgitError("usage", `'${display(text)}' is not a time`, {
    subject: display(text),
    hint: "write it as 2026-03-01, or 2026-03-01T14:30:00+01:00",
  });
}

export const stageCheck = defineCommand({
  arguments: "[REV]",
  details:
    "Compares stages.yaml with the event tags, which are the truth: 'behind' when the view lags,\n'differs' " +
    "when someone edited it.",
  options: { write: flag("make the file anew from the tags") },
  async run({ operands: [revision], write }, session) {
    if (write && revision !== undefined)
      throw new MvgitError("usage", "'--write' is for the work tree's file, not for that of a revision");
    return checkStages(await session.repo(), { write, ...(revision === undefined ? {} : { revision }) });
  },
  text({ verdicts, written }, style) {
    if (verdicts.length === 0) return "no stage holds anything yet";
    const lines = verdicts.map((each) => `${colored(each, style)}  ${each.model}#${each.stage}${detail(each)}`);
    return [...lines, ...(written ? ["stages.yaml was made anew from the tags; commit it"] : [])].join("\n");
  },
  exit: ({ verdicts, written }) => (!written && verdicts.some(({ state }) => state !== "same") ? 1 : 0),
});

function colored({ state }: Verdict, style: Style): string {
  return state === "same" ? style.good(state) : state === "behind" ? style.warning(state) : style.bad(state);
}

function detail({ state, file, chain, problem }: Verdict): string {
  if (state === "same") return `  ${shown(chain)}`;
  if (state === "broken") return `  ${display(problem ?? "")}`;
  return (
    `  the file says ${shown(file)}, the events ` +
    `${shown(chain)}${state === "behind" ? " ('mvgit stage check --write')" : " ('mvgit stage apply' makes the events of a committed edit)"}`
  );
}

export const stageApply = defineCommand({
  output: "deed",
  details:
    "For CI, after a reviewed edit of stages.yaml was merged: makes the events for what changed.\nPolicies " +
    ("are " + "checked, and an edit that was reviewed against another state is refused."),
  options: {
    base: value("REV", "what the edit was based on, instead of the commit before it"),
    message: reason,
    reason: alsoReason,
    commit: off("do not commit stages.yaml anew"),
  },
  async run({ base, message, reason: why, commit: withView }, session) {
    return applyStages(await session.repo(), {
      reason: message ?? why ?? "applied from stages.yaml",
      commit: withView,
      ...(base === undefined ? {} : { base }),
    });
  },
  text({ moves, left }, style) {
    if (moves.length + left.length === 0) return "stages.yaml asks for no move";
    return [...moves.map((each) => movedText(each, style)), ...left.map(display)].join("\n");
  },
});
