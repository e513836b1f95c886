/** `mvgit runs`, `runs show`, `runs rm` */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { shellCommand } from "../../base/shell.ts";
import { checkModelName } from "../../values/label.ts";
import { formatScore } from "../../values/scores.ts";
import { listOf, removeRuns, type RunLine } from "../../versions/runs-list.ts";
import { type RunReport, showRun } from "../../versions/runs-show.ts";
import { defineCommand } from "../command.ts";
import { flag, value } from "../options.ts";
import { formatDuration, plural } from "../render/numbers.ts";
import { plotText } from "../render/plot.ts";
import type { Style } from "../render/style.ts";
import { table } from "../render/table.ts";
import { environmentRows } from "../render/environment.ts";
import { shownScalar } from "../render/scalar.ts";
import { dataRows, mapRows, section } from "../render/version.ts";

/** Scores that a line has room for. */
const SCORES = 2;

export const runs = defineCommand({
  arguments: "[MODEL]",
  details:
    "Runs that are in progress, and those of which no version was made: they failed, were interrupted\nor " +
    "killed, or their version waits. Newest first; kept for 30 days, the newest 20 for longer.\n'mvgit save " +
    "--run ID' makes a version of one.",
  options: {},
  run: async ({ operands: [model] }, session) =>
    listOf(await session.repo(), model === undefined ? null : checkModelName(model)),
  text({ runs: all }, style) {
    if (all.length === 0) return "no run is in progress here, and none is kept of which no version was made";
    const head = ["id", "model", "state", "started", "took", "scores", "command"];
    const rows = all.map((each) => [
      each.id,
      each.model,
      stateCell(each, style),
      startedOf(each),
      each.seconds === null ? "-" : formatDuration(each.seconds),
      scoresOf(each),
      commandOf(each),
    ]);
    return table(
      [head.map((name) => [name, style.faint(name)] as const), ...rows],
      head.map((name) => (name === "command" ? { cut: true } : name === "took" ? { align: "right" as const } : {})),
      style.width,
    );
  },
});

function stateCell({ state, status }: RunLine, style: Style): readonly [string, string] {
  const text = state === "failed" && status !== null && status !== 0 ? `failed (${status})` : state;
  return [text, state === "running" ? style.good(text) : state === "finished" ? text : style.bad(text)];
}

function startedOf({ started }: RunLine): string {
  return started.slice(0, 16).replace("T", " ");
}

function scoresOf({ scores }: RunLine): string {
  return display(
    Object.entries(scores)
      .slice(0, SCORES)
      .map(([name, score]) => `${name} ${formatScore(score)}`)
      .join(", "),
  );
}

/** With what one run of a grid has of its own in front, since that tells it from the others. */
function commandOf({ command, folder, settings }: RunLine): string {
  const own = Object.entries(settings).map(([name, setting]) => `${name}=${shownScalar(setting)}`);
  return [
    ...(own.length === 0 ? [] : [display(`[${own.join(" ")}]`)]),
    shellCommand(command),
    ...(folder === "" ? [] : [`(in ${display(folder)})`]),
  ].join(" ");
}

export const runsShow = defineCommand({
  arguments: "ID",
  details: "Its log, settings, scores and environment. ID may be the beginning of one.",
  options: { plot: value("SCORE", "draw the curve of this score instead") },
  async run({ operands: [id = ""], plot }, session) {
    // A document's own 'command' is the name of mvgit's.
    const { command: words, ...report } = await showRun(await session.repo(), id, plot);
    return { ...report, words };
  },
  text: ({ words, ...report }, style) =>
    report.plot === null ? runText({ ...report, command: words }, style) : plotText(report.plot, style),
});

function runText(report: RunReport, style: Style): string {
  const { id, model, state, isolated, workTree, why, log, output, savable } = report;
  const facts = [
    ["state", why === null ? state : `${state}: ${display(why)}`],
    ["started", `${startedOf(report)} UTC${report.seconds === null ? "" : `, ${formatDuration(report.seconds)}`}`],
    ["command", commandOf(report)],
    ["in", `${display(workTree)}${isolated ? ", in a scratch work tree of its own" : ""}`],
    ["log", display(log)],
    ...(output === null ? [] : [["output", display(output)]]),
  ];
  const sections = [
    section("scores", mapRows(report.scores, formatScore), style),
    section("settings", mapRows(report.params, shownScalar), style),
    section("data", dataRows(report.data), style),
    section("weights", dataRows(report.weights), style),
    section("environment", environmentRows(report.environment), style),
  ];
  const notes = report.notes.map((note) => style.warning(`note: ${display(note)}`));
  const next = savable ? [`'mvgit save --run ${id}' makes a version of it`] : [];
  return [
    style.strong(`run ${id} of ${model}`),
    table(
      facts.map(([name = "", text = ""]) => [`  ${name}`, text]),
      [{}, {}],
      style.width,
    ),
    ...sections.filter((text) => text !== ""),
    ...notes,
    ...next,
  ].join("\n");
}

export const runsRm = defineCommand({
  arguments: "[ID...]",
  output: "deed",
  details: "Forgets runs of which no version was made; 'mvgit gc' gives back the room of what only they had.",
  options: { all: flag("every run that is not in progress") },
  async run({ operands: ids, all }, session) {
    if (ids.length === 0 && !all)
      throw new MvgitError("usage", "'mvgit runs rm' needs ID, or '--all'", { hint: "'mvgit runs' lists them" });
    if (ids.length > 0 && all) throw new MvgitError("usage", "'--all' means every run: name no other", {});
    return removeRuns(await session.repo(), { ids, all });
  },
  text: ({ removed }) =>
    removed.length === 0
      ? "no run was kept"
      : `${plural(removed.length, "run")} ${removed.length === 1 ? "is" : "are"} kept no longer: ${removed.join(", ")}`,
});
