/** `mvgit run`: inputs taken in, the command run, the next version made. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import type { Mapping } from "../../model/document.ts";
import type { PackageFile } from "../../model/package.ts";
import { type Best, parseBest } from "../../model/best.ts";
import { artifactsPath } from "../../model/recorded-runs.ts";
import { Masker } from "../../model/secrets.ts";
import { type Ended, runThrough, type TakeSignals } from "../../program/run-through.ts";
import { ignoreTargets } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Undo, undoing } from "../../repo/undo.ts";
import { nameOf } from "../../version/versions.ts";
import { type Command, commandOf } from "./command.ts";
import { makeDraft, type Start, takeStart } from "./draft.ts";
import { captureEnvironment } from "./environment.ts";
import { whileHeld } from "./hold.ts";
import { changedSince, takeInputs } from "./inputs.ts";
import { laidOutBefore, type LaidOut } from "./lay-out.ts";
import { forgetLog, keepLog, makeLog } from "./log-file.ts";
import { record, settlePending } from "./record.ts";
import { failedReport, reportOf, type VersionReport } from "./report.ts";
import { dataOf, resolveRequest, type VersionRequest, type Wanted } from "./request.ts";
import { type Before, lookBefore, readResults } from "./results.ts";
import { forgetTracking, lastBest, keptTracking, startTracking, takeTracked, type Tracking } from "./tracking.ts";
import { stampsOf, takeWeights, weightsProblem } from "./weights.ts";

export interface RunRequest extends VersionRequest {
  /** As typed; empty for that of the newest version that was run. */
  command: readonly string[];
  /** Names of variables that hold the secrets of a recorded command. */
  env: readonly string[];
  signals: TakeSignals;
  /** The score by which one of many recorded runs is chosen, `accuracy:max`. */
  best?: string;
  /** What the command prints on stdout goes to stderr. */
  stdoutToStderr: boolean;
}

/** All that is settled when the command starts. */
interface Prepared {
  wanted: Wanted;
  command: Command;
  masker: Masker;
  inputs: PackageFile[];
  start: Start;
  before: Before;
  weightStamps: ReadonlyMap<RepoPath, string>;
  environment: Mapping;
  log: string;
  best: Best | null;
  laidOut: LaidOut;
  /** Of its data. */
  notes: string[];
  /** What was changed before it. */
  undo: Undo;
}

/**
 * A command that fails, is interrupted or leaves no weights is a report with a `failure`; nothing is made then. Throws
 * before the command starts for what could not become a version, and afterwards what the store and Git throw.
 */
export function run(repo: Repo, request: RunRequest): Promise<VersionReport> {
  return undoing(repo, async (undo) => {
    const report = await runNoted(repo, request, undo);
    if (report.label === null) await undo.putBack();
    return report;
  });
}

async function runNoted(repo: Repo, request: RunRequest, undo: Undo): Promise<VersionReport> {
  const prepared = await prepare(repo, request, undo);
  return whileHeld(repo, prepared.inputs, async () => {
    const started = repo.watch.clock.now();
    const tracking = await startTracking(repo, prepared.log);
    const ended = await start(repo, prepared, { request, tracking });
    const seconds = (repo.watch.clock.now() - started) / 1000;
    const problem = problemOf(repo, ended, prepared.wanted);
    if (problem !== null) return failedReport(problem, { status: ended.stopped && ended.status === 0 ? 130 : ended.status || 1, log: tellLog(repo, prepared.log, tracking) });
    try {
      return await finish(repo, prepared, { times: { started: new Date(started).toISOString(), seconds }, tracking });
    } catch (error) {
      tellLog(repo, prepared.log, tracking);
      throw error;
    }
  });
}

/** Keeps what the command logged, and says where; null when it logged nothing. */
function tellLog(repo: Repo, file: string, tracking: Tracking): string | null {
  const kept = keepLog(file);
  for (const each of keptTracking(tracking)) repo.watch.note(`what MLflow recorded is kept in '${display(each)}'`);
  if (kept !== null) repo.watch.note(`what the command logged is kept in '${display(kept)}'`);
  return kept;
}

async function prepare(repo: Repo, request: RunRequest, undo: Undo): Promise<Prepared> {
  const typedBest = request.best === undefined ? null : parseBest(request.best);
  const wanted = await resolveRequest(repo, request);
  const command = commandOf(repo, wanted, { typed: request.command, env: request.env });
  const masker = new Masker(repo.env, request.env);
  const { finished, draft } = await settlePending(repo, wanted.model);
  if (finished !== null) repo.watch.note(`${nameOf(finished.pack)} was made before, and lacked only its tag`);
  if (draft !== null) repo.watch.warn(`the version of ${draft.time} that was not finished will be replaced by this one`);
  const words = masker.command(command.words);
  const before = await lookBefore(repo, wanted, { command: words, secrets: masker.secrets, folder: command.folder });
  const laidOut = await laidOutBefore(repo, artifactsPath(wanted.model));
  const data = await dataOf(repo, wanted);
  const inputs = await takeInputs(repo, data.paths, { besides: wanted.weights, undo });
  // Weights of before are no part of the tree that the run begins with.
  await undo.around(wanted.weights, () => repo.locked(async () => ignoreTargets(repo, wanted.weights)));
  const place = { cwd: join(repo.top, command.folder), top: repo.top, env: repo.env };
  const [tree, environment] = await Promise.all([takeStart(repo), captureEnvironment(command.words, place, masker)]);
  repo.watch.signal.throwIfAborted();
  return { wanted, command, masker, inputs, start: tree, before, weightStamps: stampsOf(repo, wanted.weights), environment, log: makeLog(repo), best: typedBest ?? (await lastBest(repo, wanted.model)), laidOut, notes: data.notes, undo };
}

async function start(repo: Repo, { command, log }: Prepared, { request, tracking }: { request: RunRequest; tracking: Tracking }): Promise<Ended> {
  const { file, words, folder } = command;
  const { signals, stdoutToStderr } = request;
  try {
    return await runThrough({ file, command: words, cwd: join(repo.top, folder), env: { ...repo.env, MVGIT_LOG: log, ...tracking.env }, stdoutToStderr, signals });
  } finally {
    await tracking.server?.close();
  }
}

/** Why what the command left cannot become a version; null when it can. */
function problemOf(repo: Repo, ended: Ended, { model, weights }: Wanted): MvgitError | null {
  const failed = (message: string, hint: string): MvgitError => new MvgitError("run-failed", message, { subject: model, hint });
  if (ended.status !== 0) {
    const how = ended.signal ? `was ended by ${ended.signal}` : `ended with status ${ended.status}`;
    return failed(`the command ${how}: no version of '${model}' was made`, `the files are as the command left them, and exit status ${ended.status} is the command's`);
  }
  if (ended.stopped !== null) {
    return failed(`the run was interrupted by ${ended.stopped}: no version of '${model}' was made`, `the command ended well all the same; 'mvgit save ${model}' makes a version of what it left`);
  }
  const problem = weightsProblem(repo, weights);
  return problem && failed(`the command ended well, but its weights '${display(problem.path)}' are ${problem.what}: no version of '${model}' was made`, "name with '--weights' what the command writes");
}

async function finish(repo: Repo, prepared: Prepared, { times, tracking }: { times: { started: string; seconds: number }; tracking: Tracking }): Promise<VersionReport> {
  const { wanted, command, masker, inputs, start: begun, before, log, undo } = prepared;
  const changedInputs = await changedSince(repo, inputs);
  const notes = [
    ...prepared.notes,
    ...changedInputs.map((path) => `'${display(path)}' changed while the command ran: this version names its bytes of before`),
    ...((await repo.git.resolveCommit("HEAD")) === begun.commit ? [] : ["HEAD moved while the command ran"]),
  ];
  const { weights, unwritten } = await takeWeights(repo, wanted.weights, { before: prepared.weightStamps, undo });
  const tracked = await takeTracked(repo, tracking, { model: wanted.model, best: prepared.best, masker, before: prepared.laidOut, undo });
  if (weights.length + tracked.files.length === 0) notes.push("no weights were named: this version has none");
  notes.push(...unwritten.map((path) => `the command did not write the weights '${display(path)}': they are those of before`));
  const results = await readResults(repo, wanted, { folder: command.folder, before, log, tracked });
  const run = { command: masker.command(command.words), folder: command.folder, ...times, secrets: [], changedInputs, status: 0, id: null };
  const draft = makeDraft(repo, wanted, { start: begun, run, data: inputs, weights: [...weights, ...tracked.files], results, environment: prepared.environment, notes, masker });
  const recorded = await record(repo, draft, undo);
  forgetLog(log);
  forgetTracking(tracking, tracked);
  return reportOf(repo, recorded);
}
