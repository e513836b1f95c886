/** Runs in progress, and those of which no version was made. */
import { display } from "../../../base/paths.ts";
import { shellCommand } from "../../../base/shell.ts";
import { formatScore } from "../../../values/scores.ts";
import type { RunLine } from "../../../versions/runs-list.ts";
import type { RunReport } from "../../../versions/runs-show.ts";
import { formatDuration } from "../numbers.ts";
import { shownScalar } from "../scalar.ts";
import { table } from "../table.ts";
import type { Style } from "../style.ts";
import { environmentRows } from "./environment.ts";
import { dataRows, factsTable, mapRows, section } from "./sections.ts";
import { minuteOf } from "../../../values/local-minute.ts";

/** Scores that a line has room for. */
const SCORES = 2;

const HEAD = ["id", "model", "state", "started", "took", "scores", "command"];

/** A line for each. */
export function runsText(runs: readonly RunLine[], style: Style): string {
  if (runs.length === 0) return "no run is in progress here, and none is kept of which no version was made";
  const rows = runs.map((each) => [
    each.id,
    each.model,
    stateCell(each, style),
    startedOf(each),
    each.seconds === null ? "-" : formatDuration(each.seconds),
    scoresOf(each),
    commandOf(each),
  ]);
  return table(
    [HEAD.map((name) => [name, style.faint(name)] as const), ...rows],
    [{}, {}, {}, {}, { align: "right" }, {}, { cut: true }],
    style.width,
  );
}

function stateCell({ state, status }: RunLine, style: Style): readonly [string, string] {
  const text = state === "failed" && status !== null && status !== 0 ? `failed (${status})` : state;
  if (state === "finished") return [text, text];
  return [text, state === "running" ? style.good(text) : style.bad(text)];
}

function startedOf({ started }: RunLine): string {
  return minuteOf(started);
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

/** All that is known of one. */
export function runText(report: RunReport, style: Style): string {
  const { id, model, state, isolated, workTree, why, log, output, savable } = report;
  const facts: [string, string][] = [
    ["state", why === null ? state : `${state}: ${display(why)}`],
    ["started", `${startedOf(report)} UTC${report.seconds === null ? "" : `, ${formatDuration(report.seconds)}`}`],
    ["command", commandOf(report)],
    ["in", `${display(workTree)}${isolated ? ", in a scratch work tree of its own" : ""}`],
    ["log", display(log)],
    ...(output === null ? [] : [["output", display(output)] as [string, string]]),
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
    factsTable(facts, style),
    ...sections.filter((text) => text !== ""),
    ...notes,
    ...next,
  ].join("\n");
}
