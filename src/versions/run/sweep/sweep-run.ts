/** One run of a grid: in a scratch work tree of its own, told on the terminal apart from the others. */
import { join, relative } from "node:path";
import { readRegularUpTo } from "../../../base/disk.ts";
import { type MvgitError } from "../../../base/errors.ts";
import { asMvgitError } from "../../../base/system-errors.ts";
import { display } from "../../../base/paths.ts";
import type { Scalar } from "../../../values/document.ts";
import { type Combination, filled, settingsOf, tellCombination } from "../../../values/grid.ts";
import type { Package } from "../../../values/package.ts";
import type { Metrics } from "../../../values/recorded-values.ts";
import { formatScore } from "../../../values/scores.ts";
import type { SharedSignals } from "../../../program/shared-signals.ts";
import type { Repo } from "../../../repo/repo.ts";
import type { RunEntry } from "../../../repo/runs.ts";
import { nameOf } from "../../../registry/versions.ts";
import { recordBeside } from "./beside.ts";
import { type Done, type Found, keyOf } from "./done-before.ts";
import type { Inputs, Plan, RunRequest } from "../plan.ts";
import { outputOf, runInScratch, type ScratchOutcome } from "./scratch-run.ts";
import { artifactsKept } from "../outcome/tracking.ts";

export interface SweepRequest extends RunRequest {
  /** `NAME=VALUE,VALUE` each. */
  grid: readonly string[];
  /** Runs at once. */
  jobs: number;
  /** Combinations that a version, or a kept run, has already are not run again. */
  resume: boolean;
}

export interface SweepRun {
  settings: Record<string, Scalar>;
  /** The run as `mvgit runs` lists it; null where its version was made, or it was not started. */
  run: string | null;
  /** Its version; null where none is its own. */
  label: string | null;
  state: "made" | "finished" | "failed" | "interrupted" | "not started";
  /** Of the command; null where it was not started. */
  status: number | null;
  seconds: number;
  scores: Metrics;
  /** What it printed, where that is kept. */
  output: string | null;
  failure: MvgitError | null;
}

/** What is the same for all of them. */
export interface Sweep {
  repo: Repo;
  request: SweepRequest;
  plan: Plan;
  inputs: Inputs;
  words: readonly string[];
  count: number;
  signals: SharedSignals;
  done: Done;
}

/** A run, and what is kept of it until it is known which is the best. */
export interface EndedRun {
  run: SweepRun;
  outcome: ScratchOutcome | null;
  /** Of a version that was made before. */
  pack: Package | null;
}

/** Whether one of the runs becomes a version, and not each. */
export function isChoosing({ best }: Pick<SweepRequest, "best">): boolean {
  return best !== undefined && best !== "none";
}

/** Never throws: what keeps one from running does not end the others. */
export async function runOne(all: Sweep, combination: Combination, number: number): Promise<EndedRun> {
  const { repo, request, plan, inputs, words, count, signals } = all;
  const settings = settingsOf(combination);
  const title = `[${number}/${count}] ${display(tellCombination(combination))}`;
  const nothing: SweepRun = {
    settings,
    run: null,
    label: null,
    state: "not started",
    status: null,
    seconds: 0,
    scores: {},
    output: null,
    failure: null,
  };
  const before = foundBefore(all, combination);
  if (before !== null) {
    repo.watch.note(`${title}: ${before.label ?? `run ${before.outcome?.entry.record.id ?? ""}`} was made before`);
    const { label, outcome, pack } = before;
    const scores = outcome?.entry.record.ended?.scores ?? before.scores;
    const known: SweepRun = {
      ...nothing,
      label,
      run: outcome?.entry.record.id ?? null,
      state: label === null ? "finished" : "made",
      status: 0,
      seconds: outcome?.seconds ?? pack?.run?.seconds ?? 0,
      scores,
    };
    return { run: known, outcome, pack };
  }
  if (signals.stopped !== null) return { run: nothing, outcome: null, pack: null };
  const printsToFile = request.jobs > 1;
  try {
    const own: Plan = { ...plan, command: { ...plan.command, words: filled(words, combination) } };
    const onStart = (entry: RunEntry): void =>
      repo.watch.note(
        printsToFile
          ? `${title}: started as run ${entry.record.id}, which prints to '${display(near(repo, outputOf(entry)))}'`
          : `${title}: run ${entry.record.id}`,
      );
    const outcome = await runInScratch(repo, {
      plan: own,
      inputs,
      request: { ...request, signals: signals.take },
      settings,
      printsToFile,
      onStart,
    });
    const run = await settle(repo, outcome, { nothing, keepFinished: isChoosing(request), printsToFile });
    tellEnd(repo, title, run);
    return { run, outcome, pack: null };
  } catch (thrown) {
    const failure = asMvgitError(thrown);
    repo.watch.warn(`${title}: ${failure.message}`);
    return { run: { ...nothing, state: "failed", failure }, outcome: null, pack: null };
  }
}

function foundBefore({ plan, words, done, request }: Sweep, combination: Combination): Found | null {
  const found = done.get(keyOf(plan.masker.command(filled(words, combination))));
  return found === undefined || (found.label === null && !isChoosing(request)) ? null : found;
}

async function settle(
  repo: Repo,
  { entry, kept, failure, status, seconds }: ScratchOutcome,
  { nothing, keepFinished, printsToFile }: { nothing: SweepRun; keepFinished: boolean; printsToFile: boolean },
): Promise<SweepRun> {
  const { id, ended } = entry.record;
  const known: SweepRun = {
    ...nothing,
    run: id,
    status,
    seconds,
    scores: ended?.scores ?? {},
    output: printsToFile ? outputOf(entry) : null,
  };
  if (kept === null) return { ...known, state: ended?.how ?? "failed", failure };
  if (keepFinished) return { ...known, state: "finished" };
  try {
    const { pack } = await recordBeside(repo, kept.draft, kept.tree);
    await entry.forget(artifactsKept({ artifacts: join(entry.folder, "log.artifacts") }, kept.draft));
    return { ...known, run: null, output: null, label: nameOf(pack), state: "made" };
  } catch (thrown) {
    // All of it is kept, and 'mvgit save --run' tries again.
    return { ...known, state: "failed", failure: asMvgitError(thrown) };
  }
}

/** As people type it from the current folder, where that is shorter. */
function near(repo: Repo, file: string): string {
  const typed = relative(repo.cwd, file);
  return typed.length < file.length ? typed : file;
}

/** Lines of a failed run's output that are shown. */
const TAIL = 10;

function tellEnd(repo: Repo, title: string, run: SweepRun): void {
  if (run.failure === null) {
    const scores = Object.entries(run.scores)
      .slice(0, 4)
      .map(([name, score]) => `${name} ${formatScore(score)}`);
    repo.watch.note(`${title}: ${[run.label ?? "ended", ...scores].join("  ")}`);
    return;
  }
  const tail = run.output === null ? "" : (lastLines(run.output) ?? "");
  const printed = tail === "" ? "" : `, and printed at its end:\n${tail}`;
  const why = run.failure.message.replace(/: no version of .*/, "");
  repo.watch.warn(`${title}: ${why}; it is kept as run ${run.run}${printed}`);
}

function lastLines(file: string): string | null {
  const bytes = readRegularUpTo(file, 8 * 1024 * 1024);
  if (!(bytes instanceof Buffer)) return null;
  const text = bytes.toString("utf8").trimEnd();
  return text === ""
    ? null
    : text
        .split("\n")
        .slice(-TAIL)
        .map((line) => `    ${line}`)
        .join("\n");
}
