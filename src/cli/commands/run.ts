/** `mvgit run`, `save`, `renumber` */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { renumber as renumberOperation } from "../../versions/renumber.ts";
import { runIsolated } from "../../versions/isolated.ts";
import { run as runOperation, type VersionReport } from "../../versions/run.ts";
import { save as saveOperation } from "../../versions/save.ts";
import { saveRun } from "../../versions/save-run.ts";
import { sweep, type SweepReport } from "../../versions/sweep.ts";
import { formatScore } from "../../values/scores.ts";
import { summaryTexts } from "../../registry/summary.ts";
import { defineCommand } from "../command.ts";
import { count, flag, list, value } from "../options.ts";
import { formatDuration } from "../render/numbers.ts";
import type { Style } from "../render/style.ts";
import { columnsOf, table } from "../render/table.ts";
import { shownScalar } from "../render/scalar.ts";

const OPTIONS = {
  data: list("PATH", "what it learns from: taken into the store first"),
  weights: list("PATH", "what it makes: taken into the store afterwards"),
  params: list("FILE", "settings (YAML, TOML, JSON, INI, .env), or 'none'"),
  metrics: list("FILE", "scores (JSON, YAML or CSV), or 'none'"),
  message: value("TEXT", "what is new in this version", "m"),
  "as-is": flag("record what stands here, also where it is behind its pointer or incomplete"),
};

export const run = defineCommand({
  arguments: "MODEL [-- CMD...]",
  details:
    "Takes the inputs into the store, runs the command, and makes the next version of the\nmodel: one commit " +
    "and the tag MODEL@vN. What is not named is as in the newest version.\nThe exit status is that of the " +
    "command. With '--grid' every combination is run, each isolated, and {NAME}\nin the command stands for " +
    "its value; the exit status is then how many did not end well.",
  options: {
    ...OPTIONS,
    env: list("NAME", "the variable holds a secret of the recorded command"),
    best: value("SCORE", "of many runs, the one that counts: accuracy:max, or 'none'"),
    isolated: flag("in a scratch work tree; yours is left alone"),
    grid: list("NAME=V,V", "run once for each value: --grid lr=0.1,0.3"),
    jobs: count("N", "of a grid, run N at a time", "j"),
    continue: flag("of a grid, pass over what was made before"),
  },
  async run(
    {
      operands: [model = "", ...command],
      message = "",
      best,
      isolated,
      grid,
      jobs,
      continue: resume,
      "as-is": asIs,
      ...rest
    },
    session,
  ): Promise<VersionReport | SweepReport> {
    if ((jobs !== undefined || resume) && grid.length === 0)
      throw new MvgitError("usage", `'${resume ? "--continue" : "-j"}' goes with '--grid'`, {
        hint: "name what differs: '--grid lr=0.1,0.3'",
      });
    const request = {
      model,
      command,
      message,
      asIs,
      ...rest,
      ...(best === undefined ? {} : { best }),
      signals: session.signals,
      stdoutToStderr: session.json,
    };
    const repo = await session.repo();
    if (grid.length > 0) return sweep(repo, { ...request, grid, jobs: jobs ?? 1, resume });
    return isolated ? runIsolated(repo, request) : runOperation(repo, request);
  },
  text: (report, style) => ("grid" in report ? sweepText(report, style) : versionText(report, style)),
  failures: ({ failure }) => (failure === null ? [] : [failure]),
  exit: (report) => report.status,
});

/** A line for each run, and the version that was made of the best. */
function sweepText({ runs, grid, label }: SweepReport, style: Style): string {
  const names = Object.keys(grid);
  const scores = [...new Set(runs.flatMap((each) => Object.keys(each.scores)))].slice(0, 4);
  const head = ["", ...names.map(display), ...scores.map(display), "took"];
  const rows = runs.map((each) => {
    const title = each.label ?? (each.run === null ? each.state : `run ${each.run}, ${each.state}`);
    const cell = each.label === null && each.state !== "finished" ? ([title, style.bad(title)] as const) : title;
    return [
      cell,
      ...names.map((name) => shownScalar(each.settings[name])),
      ...scores.map((name) => formatScore(each.scores[name])),
      formatDuration(each.seconds),
    ];
  });
  const lines = table(
    [head.map((name) => [name, style.faint(name)] as const), ...rows],
    head.map((_, at) => (at === 0 ? {} : { align: "right" as const })),
    style.width,
  );
  return label === null ? lines : `${lines}\n${style.strong(label)} is the best of them`;
}

export const save = defineCommand({
  arguments: "[MODEL]",
  details:
    "Makes the next version of a model from what is there, for one that was trained elsewhere.\n'--run' " +
    ("makes " + "it of a run that failed or was interrupted, as 'mvgit runs' lists it."),
  options: {
    ...OPTIONS,
    log: value("FILE", "a log with one JSON object a line, as MVGIT_LOG names one"),
    run: value("ID", "of this run, with what it left: nothing else is named then"),
  },
  async run({ operands: [model], message = "", run: id, log, "as-is": asIs, ...rest }, session) {
    if (id !== undefined) {
      const named = Object.entries({
        data: rest.data,
        weights: rest.weights,
        params: rest.params,
        metrics: rest.metrics,
        log: log === undefined ? [] : [log],
      }).find(([, paths]) => paths.length > 0);
      if (named !== undefined)
        throw new MvgitError("usage", `'--run' does not go with '--${named[0]}'`, {
          hint: "a version of a run has what the run had",
        });
      return saveRun(await session.repo(), { run: id, message, ...(model === undefined ? {} : { model }) });
    }
    if (model === undefined)
      throw new MvgitError("usage", "'mvgit save' needs MODEL, or '--run ID'", {
        hint: "usage: mvgit save MODEL --weights PATH",
      });
    return saveOperation(await session.repo(), {
      model,
      message,
      asIs,
      ...rest,
      ...(log === undefined ? {} : { log }),
    });
  },
  text: versionText,
  failures: failuresOf,
});

export const renumber = defineCommand({
  arguments: "MODEL",
  output: "deed",
  details:
    "For a version that was not pushed, while the host has another one of its number: the\nyounger one gets " +
    "the next number, with package, commit and tag made anew. What was\npushed is never touched.",
  options: { host: value("NAME", "this Git remote instead of the branch's own") },
  run: async ({ operands: [model = ""], host }, session) =>
    renumberOperation(await session.repo(), { model, ...(host === undefined ? {} : { host }) }),
  text({ model, renumbered, host }) {
    if (renumbered.length === 0)
      return `nothing to do: no version of '${display(model)}' here has a number that means another one on the host`;
    return renumbered
      .map(
        ({ from, to, onBranch }) =>
          `${from} is now ${to}${onBranch ? "" : ", on a commit beside the branch that its tag holds"}; push ` +
          `it with 'git push ${host} ${to}'`,
      )
      .join("\n");
  },
});

/**
 * One line; on a terminal where that is too long, a line each for the scores and for what changed, with fewer of them
 * where even that is.
 */
function versionText({ label, summary }: VersionReport, style: Style): string {
  if (label === null || summary === null) return "";
  const line = (head: string, part: "scores" | "changed", most?: number): string =>
    [head, display(summaryTexts(summary, most)[part])].filter((each) => each !== "").join("  ");
  const strong = (text: string): string => `${style.strong(label)}${text.slice(label.length)}`;
  const whole = [line(label, "scores"), line("", "changed")].filter((each) => each !== "").join("  ");
  if (columnsOf(whole) <= style.width) return strong(whole);
  const fitting = (head: string, part: "scores" | "changed"): string =>
    [4, 3, 2].map((most) => line(head, part, most)).find((text) => columnsOf(text) <= style.width) ??
    line(head, part, 1);
  const changed = fitting(" ", "changed");
  return [strong(fitting(label, "scores")), ...(changed.trim() === "" ? [] : [changed.slice(1)])].join("\n");
}

function failuresOf({ failure }: VersionReport): NonNullable<VersionReport["failure"]>[] {
  return failure === null ? [] : [failure];
}
