/**
 * `mvgit run --grid`: every combination of some settings, each run in a scratch work tree of its own, from one tree and
 * one state of the data.
 */
import { plural } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { statusOfStop, type Stop } from "../base/stop-signals.ts";
import {
  checkPlaces,
  type Combination,
  combinationsOf,
  filled,
  type Grid,
  parseGrid,
  tellGrid,
} from "../values/grid.ts";
import type { ModelName } from "../values/label.ts";
import { SharedSignals } from "../program/shared-signals.ts";
import type { Repo } from "../repo/repo.ts";
import { chooseBest } from "./run/sweep/best-of-grid.ts";
import { doneBefore } from "./run/sweep/done-before.ts";
import { whileHeld } from "./run/hold.ts";
import { pruneRuns } from "./run/kept/kept.ts";
import { planOf } from "./run/plan.ts";
import { isShared, takeApart } from "./run/sweep/scratch-run.ts";
import {
  type EndedRun,
  isChoosing,
  runOne,
  type Sweep,
  type SweepRequest,
  type SweepRun,
} from "./run/sweep/sweep-run.ts";
import { tidyKilled } from "./run/tidy.ts";

export interface SweepReport {
  model: ModelName;
  grid: Record<string, readonly string[]>;
  /** With `--best`: the version of the best of them; null for none. */
  label: string | null;
  runs: SweepRun[];
  /** How many of them did not end well. */
  failed: number;
  /** Number of `failed` up to 100; 128 and the signal's number after a signal. */
  status: number;
  failure: MvgitError | null;
}

/**
 * Throws before anything runs for what could not become versions, `usage` for a grid that makes no sense. One that
 * fails does not end the others: the report has a `failure` then.
 */
export async function sweep(repo: Repo, request: SweepRequest): Promise<SweepReport> {
  const grid = parseGrid(request.grid);
  const combinations = combinationsOf(grid);
  if (request.command.length > 0) checkPlaces(request.command, grid);
  const first = request.command.length > 0 ? filled(request.command, combinations[0] as Combination) : [];
  const plan = await planOf(repo, { ...request, command: first });
  const words = request.command.length > 0 ? request.command : plan.command.words;
  checkPlaces(words, grid);
  if (isShared(repo))
    throw new MvgitError("usage", "MVGIT_LOG names one file for every run of the grid", {
      subject: "MVGIT_LOG",
      hint: "unset it: each run has a log of its own",
    });
  await tidyKilled(repo, plan.wanted.last);
  await pruneRuns(repo);
  const inputs = await takeApart(repo, plan);
  const at = Math.min(request.jobs, combinations.length);
  const pace = at === 1 ? "one after the other" : `${at} at a time`;
  const runs = plural(combinations.length, "run");
  repo.watch.note(`${runs} of '${plan.wanted.model}', ${pace}: ${display(tellGrid(grid))}`);
  const done = request.resume
    ? await doneBefore(repo, { model: plan.wanted.model, tree: inputs.start.tree, folder: plan.command.folder })
    : new Map<string, never>();
  const signals = new SharedSignals(request.signals);
  try {
    return await whileHeld(repo, inputs.files, () =>
      runAll({ repo, request, plan, inputs, words, count: combinations.length, signals, done }, grid, combinations),
    );
  } finally {
    signals.release();
  }
}

async function runAll(all: Sweep, grid: Grid, combinations: readonly Combination[]): Promise<SweepReport> {
  const ended: EndedRun[] = [];
  const next = combinations.entries();
  const worker = async (): Promise<void> => {
    for (const [at, combination] of next) ended[at] = await runOne(all, combination, at + 1);
  };
  await Promise.all(Array.from({ length: Math.min(all.request.jobs, combinations.length) }, worker));
  const runs = ended.map(({ run }) => run);
  const { stopped } = all.signals;
  const best =
    !isChoosing(all.request) || stopped !== null
      ? { label: null, failure: null }
      : await chooseBest(all.repo, all.plan, ended);
  const [label] = [best.label, ...runs.map((run) => run.label)].filter((each) => each !== null);
  if (label !== undefined)
    all.repo.watch.note(
      `versions of a grid are on commits beside the branch, which their tags hold: 'git merge ${label}' ` +
        ("brings " + `one here, 'git push HOST ${label}' gives it to others`),
    );
  const failed = runs.filter(({ state }) => state !== "made" && state !== "finished").length;
  const model = all.plan.wanted.model;
  const failure = best.failure ?? failureOf(model, { failed, of: runs.length, stopped });
  const status = stopped === null ? Math.min(failed, 100) || (best.failure === null ? 0 : 1) : statusOfStop(stopped);
  return { model, grid: Object.fromEntries(grid), label: best.label, runs, failed, status, failure };
}

function failureOf(
  model: ModelName,
  { failed, of, stopped }: { failed: number; of: number; stopped: Stop | null },
): MvgitError | null {
  if (failed === 0) return null;
  const hint = `'mvgit runs ${model}' lists those that were started, and 'mvgit save --run ID' makes a version of one`;
  if (stopped !== null)
    return new MvgitError(
      "interrupted",
      `stopped by ${stopped}: ${failed} of ${plural(of, "run")} did not end well or were not started`,
      { subject: model, hint, status: statusOfStop(stopped) },
    );
  return new MvgitError("run-failed", `${failed} of ${plural(of, "run")} failed`, { subject: model, hint });
}
