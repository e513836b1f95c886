/** A run's command, from its start to all that is known of what it left. */
import { join } from "node:path";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display, parentOf, type RepoPath } from "../../base/paths.ts";
import type { Package, PackageFile } from "../../values/package.ts";
import { type Ended, runThrough } from "../../program/run-through.ts";
import { RUN_VARIABLE } from "../../repo/runs.ts";
import type { Undo } from "../../repo/undo.ts";
import type { Ready } from "./ready.ts";
import { keepBegun } from "./kept/begun.ts";
import { type Draft, makeDraft } from "./draft.ts";
import { Capture, type Captured } from "./environment/capture.ts";
import { changedSince } from "./inputs.ts";
import { isWritten, type LogBefore, lookAtLog, startOfLog } from "./kept/log-file.ts";
import { look } from "../../worktree/stamp.ts";
import { ignoreWeights, type RunRequest } from "./plan.ts";
import type { Wanted } from "./request.ts";
import { readResults, type Results } from "./outcome/results.ts";
import {
  keptTracking,
  readTracked,
  startTracking,
  takeTracked,
  type Tracked,
  type Tracking,
} from "./outcome/tracking.ts";
import { type OutputsBefore, outputsBefore, outputsSection, takeOutputs } from "./outcome/unnamed.ts";
import { isLeftAsIs, stampsOf, takeWeights, weightsProblem } from "./outcome/weights.ts";

/** A run whose command has ended. */
export interface Executed extends Ready {
  ended: Ended;
  started: string;
  seconds: number;
  weightStamps: ReadonlyMap<RepoPath, string>;
  outputs: OutputsBefore;
  captured: Captured;
  logBefore: LogBefore | null;
  tracking: Tracking;
}

export async function execute(ready: Ready, request: RunRequest): Promise<Executed> {
  const {
    repo,
    place,
    plan: { command, masker, wanted },
    entry,
    output,
  } = ready;
  const isElsewhere = place !== repo;
  const cwd = join(place.top, command.folder);
  const env = isElsewhere ? { ...ready.env, PWD: cwd } : ready.env;
  const words = isElsewhere ? [command.file, ...command.words.slice(1)] : command.words;
  const capture = new Capture(words, { cwd, top: place.top, env, alsoTops: [repo.top] }, masker);
  const weightStamps = stampsOf(place, wanted.weights);
  const outputs = outputsBefore(place, wanted.last);
  const { log } = entry.record;
  const logBefore = lookAtLog(log);
  repo.watch.signal.throwIfAborted();
  await keepBegun(ready, { weightStamps, environment: await capture.beforehand() });
  const began = repo.watch.clock.now();
  const tracking = await startTracking(repo, join(entry.folder, "log.jsonl"));
  try {
    const ended = await runThrough({
      file: command.file,
      command: command.words,
      cwd,
      env: { ...env, MVGIT_LOG: log, [RUN_VARIABLE]: entry.record.id, ...tracking.env },
      stdoutToStderr: request.stdoutToStderr,
      signals: request.signals,
      onStart: (pid) => {
        entry.began(pid);
        capture.observe(pid, { name: RUN_VARIABLE, value: entry.record.id });
      },
      ...(output === null ? {} : { output }),
    });
    const seconds = (repo.watch.clock.now() - began) / 1000;
    const captured = await capture.result();
    return {
      ...ready,
      ended,
      started: new Date(began).toISOString(),
      seconds,
      weightStamps,
      outputs,
      captured,
      logBefore,
      tracking,
    };
  } finally {
    capture.ended();
    await tracking.server?.close();
  }
}

/** Why what the command left does not become a version by itself; null when it does. */
export function problemOf({ ended, place, plan, entry }: Executed): MvgitError | null {
  const { model, weights } = plan.wanted;
  const { id } = entry.record;
  const keep = `'mvgit save --run ${id}' makes a version of what it left, and 'mvgit runs show ${id}' shows it`;
  const failed = (message: string, hint: string): MvgitError =>
    new MvgitError("run-failed", message, { subject: model, hint });
  if (ended.status !== 0)
    return failed(
      `the command ${howEnded(ended)}: no version of '${model}' was made`,
      `exit status ${ended.status} is the command's; ${keep}`,
    );
  if (ended.stopped !== null)
    return failed(
      `the run was interrupted by ${ended.stopped}: no version of '${model}' was made`,
      `the command ended well all the same; ${keep}`,
    );
  const problem = weightsProblem(place, weights);
  return (
    problem &&
    failed(
      `the command ended well, but its weights '${display(problem.path)}' are ${problem.what}: no version of ` +
        `'${model}' was made`,
      `name with '--weights' what the command writes; ${keep}`,
    )
  );
}

/** The problem without what follows from it. */
export function whyOf({ message }: MvgitError): string {
  return message.replace(/: no version of '.*' was made$/, "");
}

/** As in "the command …". */
function howEnded({ status, signal }: Pick<Ended, "status" | "signal">): string {
  return signal ? `was ended by ${signal}` : `ended with status ${status}`;
}

/** The exit status of a run of which no version came. */
export function statusOf({ stopped, status }: Ended): number {
  return stopped && status === 0 ? 130 : status || 1;
}

export interface Made {
  draft: Draft;
  tracked: Tracked;
}

/** The version that the run left, without a number. Throws what the store throws. */
export async function draftOf(executed: Executed, undo: Undo, settings: Record<string, unknown> = {}): Promise<Made> {
  const { place, plan, inputs } = executed;
  const { wanted, masker } = plan;
  const changedInputs = await changedSince(place, inputs.files);
  const notes = await beginningNotes(executed, changedInputs);
  const { weights, lacking, tracked } = await takeWritten(executed, undo, { settings, notes });
  if (wanted.weights.length + tracked.files.length === 0) notes.push("no weights were named: this version has none");
  const results = await resultsOf(executed, tracked, settings);
  const unnamed = await takeOutputs(place, undo, {
    before: executed.outputs,
    named: { start: inputs.start.tree, files: [...results.sources.params, ...results.sources.metrics] },
  });
  notes.push(...unnamed.notes);
  const draft = makeDraft(place, wanted, {
    start: inputs.start,
    run: { ...ranAs(executed), changedInputs },
    data: inputs.files,
    weights: [...weights, ...tracked.files, ...unnamed.files],
    results,
    environment: {
      ...executed.captured.environment,
      ...inputs.unversioned.section,
      ...outputsSection(unnamed.tracked, lacking),
    },
    notes,
    masker,
  });
  return { draft, tracked };
}

/** What is known before anything that the command wrote is looked at. */
async function beginningNotes(executed: Executed, changedInputs: readonly RepoPath[]): Promise<string[]> {
  const { place, inputs, captured } = executed;
  const head = await place.git.resolveCommit("HEAD");
  return [
    ...inputs.notes,
    ...endNotes(executed),
    ...captured.notes,
    ...changedInputs.map(
      (path) => `'${display(path)}' changed while the command ran: this version names its bytes of before`,
    ),
    ...(head === inputs.start.commit ? [] : ["HEAD moved while the command ran"]),
  ];
}

interface Written {
  weights: PackageFile[];
  /** Weights that a command which failed did not write. */
  lacking: RepoPath[];
  tracked: Tracked;
}

/** Weights, and what MLflow's client recorded; of a command that failed, what there is of the first alone. */
async function takeWritten(
  executed: Executed,
  undo: Undo,
  { settings, notes }: { settings: Record<string, unknown>; notes: string[] },
): Promise<Written> {
  const { place, plan, around, tracking } = executed;
  const { wanted, masker } = plan;
  // Of a grid it chooses among its runs, and inside of one where there is something to choose from.
  const best = Object.keys(settings).length > 0 && tracking.server?.recording.runs.size === 0 ? null : plan.best;
  // In folders that the command made.
  await ignoreWeights(
    place,
    wanted.weights.filter((path) => path.includes("/") && look(join(place.top, parentOf(path), ".gitignore")) === null),
    undo,
  );
  if (problemOf(executed) !== null) {
    const written = await writtenWeights(executed, undo, notes);
    return { ...written, tracked: readTracked(tracking, { best, masker }) };
  }
  const weights = await allWeights(executed, undo, notes);
  const tracked = await takeTracked(place, tracking, {
    model: wanted.model,
    best,
    masker,
    before: around.laidOut,
    undo,
  });
  return { weights, lacking: [], tracked };
}

/** Scores and settings; those of a grid's point stand above what a file says. */
async function resultsOf(
  { place, plan, around, entry, logBefore }: Executed,
  tracked: Tracked,
  settings: Record<string, unknown>,
): Promise<Results> {
  const { log } = entry.record;
  const results = await readResults(place, plan.wanted, {
    folder: plan.command.folder,
    before: around.before,
    log,
    logStart: startOfLog(log, logBefore),
    tracked,
  });
  Object.assign(results.params, settings);
  Object.assign(results.origins, Object.fromEntries(Object.keys(settings).map((name) => [name, "command"])));
  return results;
}

/** The run as its version records it. */
function ranAs({
  plan: { command, masker },
  started,
  seconds,
  ended,
  entry,
}: Executed): Omit<NonNullable<Package["run"]>, "changedInputs"> {
  return {
    command: masker.command(command.words),
    folder: command.folder,
    started,
    seconds,
    secrets: [],
    status: ended.status,
    id: entry.record.id,
  };
}

/** What a version says of a command that did not end well by itself. */
function endNotes({ ended }: Executed): string[] {
  return [
    ...(ended.status === 0 ? [] : [`the command ${howEnded(ended)}`]),
    ...(ended.stopped === null ? [] : [`the run was interrupted by ${ended.stopped}`]),
  ];
}

async function allWeights(
  { place, plan, inputs, weightStamps }: Executed,
  undo: Undo,
  notes: string[],
): Promise<PackageFile[]> {
  const { weights, unwritten } = await takeWeights(place, plan.wanted.weights, { before: weightStamps, undo });
  notes.push(
    ...unwritten.map(
      (path) =>
        `the command did not write the weights '${display(path)}': they are those of ` +
        `before${inputs.staleOutputs.includes(path) ? ", which its pointer named no more" : ""}`,
    ),
  );
  return weights;
}

/** Of a command that did not end well, what it wrote of its weights until then; `lacking` is what it did not. */
async function writtenWeights(
  { place, plan: { wanted }, weightStamps }: Executed,
  undo: Undo,
  notes: string[],
): Promise<{ weights: PackageFile[]; lacking: RepoPath[] }> {
  const problem = (path: Wanted["weights"][number]): string | null =>
    weightsProblem(place, [path])?.what ??
    (isLeftAsIs(place, path, weightStamps) ? "not written by the command" : null);
  const there: RepoPath[] = [];
  for (const path of wanted.weights) {
    const why = problem(path);
    if (why === null) there.push(path);
    else notes.push(`the weights '${display(path)}' are ${why}: this version has none of that name`);
  }
  try {
    const { weights } = await takeWeights(place, there, { before: weightStamps, undo });
    return { weights, lacking: wanted.weights.filter((path) => !there.includes(path)) };
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    notes.push(`the weights could not be taken into the store: ${error.message}`);
    return { weights: [], lacking: wanted.weights };
  }
}

/** What of the program's own words is kept, and where; null when it logged nothing. */
export function tellLog({ repo, entry, tracking }: Executed): string | null {
  const { log } = entry.record;
  const kept = isWritten(log) ? log : null;
  for (const each of keptTracking(tracking)) repo.watch.note(`what MLflow recorded is kept in '${display(each)}'`);
  if (kept !== null) repo.watch.note(`what the command logged is kept in '${display(kept)}'`);
  return kept;
}
