/** `mvgit run`: inputs taken in, the command run, the next version made. */
import * as fs from "node:fs";
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { findProgram } from "../../program/find.ts";
import { type Ended, runThrough, type TakeSignals } from "../../program/run-through.ts";
import { ignoreTargets } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import { look } from "../../worktree/stamp.ts";
import { changedSince, filesOf, takeIn, takeInputs } from "./inputs.ts";
import { type Draft, record } from "./record.ts";
import { reportOf, type VersionReport } from "./report.ts";
import { resolveRequest, trackedButWeights, type VersionRequest, type Wanted } from "./request.ts";
import { snapshot } from "./snapshot.ts";

export interface RunRequest extends VersionRequest {
  /** As typed; empty for that of the newest version. */
  command: readonly string[];
  signals: TakeSignals;
  /** What the command prints on stdout goes to stderr. */
  stdoutToStderr: boolean;
}

interface Command {
  file: string;
  words: readonly string[];
  /** Relative to the top; "" for it. */
  folder: string;
}

export async function run(repo: Repo, request: RunRequest): Promise<VersionReport> {
  const wanted = await resolveRequest(repo, request);
  const command = commandOf(repo, wanted, request.command);
  const data = wanted.data ?? (await trackedButWeights(repo, wanted.weights));
  const inputs = await takeInputs(repo, data, wanted.weights);
  // Weights of before are no part of the tree that the run begins with.
  await repo.locked(async () => ignoreTargets(repo, wanted.weights));
  const start = await snapshot(repo);
  const commit = await repo.git.resolveCommit("HEAD");
  const changed = commit === null || (await repo.git.commit(commit)).tree !== start.tree;
  const started = repo.watch.clock.now();
  const ended = await runThrough({ file: command.file, command: command.words, cwd: join(repo.top, command.folder), env: repo.env, stdoutToStderr: request.stdoutToStderr, signals: request.signals });
  const seconds = (repo.watch.clock.now() - started) / 1000;
  if (ended.status !== 0 || ended.stopped !== null) return failed(ended, wanted);
  const changedInputs = await changedSince(repo, inputs);
  await takeWeights(repo, wanted.weights);
  const draft: Draft = {
    model: wanted.model,
    time: new Date(repo.watch.clock.now()).toISOString(),
    author: wanted.author,
    message: wanted.message,
    run: { command: [...command.words], folder: command.folder, started: new Date(started).toISOString(), seconds, secrets: [], changedInputs },
    code: { tree: start.tree, commit, changed, outputs: [] },
    data: inputs,
    weights: await filesOf(repo, wanted.weights),
    params: {},
    metrics: {},
    sources: { params: [], metrics: [] },
    environment: {},
    notes: [],
    curves: null,
  };
  return reportOf(repo, await record(repo, draft));
}

function commandOf(repo: Repo, wanted: Wanted, typed: readonly string[]): Command {
  const last = wanted.lastRun;
  const words = typed.length > 0 ? typed : last?.command;
  if (words === undefined) {
    throw new MvgitError("usage", `no command of '${wanted.model}' is known`, { subject: wanted.model, hint: `name it: 'mvgit run ${wanted.model} -- python train.py'` });
  }
  const here = repo.pathOf(repo.cwd);
  const folder = typed.length > 0 ? here : (last?.folder ?? "");
  const file = findProgram(words[0] as string, { cwd: join(repo.top, folder), env: repo.env });
  if (file !== null) return { file, words, folder };
  throw new MvgitError("not-supported", `cannot start '${display(words[0] as string)}': there is no such program`, { subject: display(words[0] as string), hint: "check its name, and PATH" });
}

function failed(ended: Ended, { model }: Wanted): VersionReport {
  const how = ended.status === 0 ? `was interrupted by ${ended.stopped}` : ended.signal ? `ended by ${ended.signal}` : `ended with status ${ended.status}`;
  const failure = new MvgitError("run-failed", `the command ${how}: no version of '${model}' was made`, {
    subject: model,
    hint: `everything is as the command left it; this exit status is the command's`,
  });
  return { label: null, commit: null, packageHash: null, package: null, summary: null, leftOut: [], status: ended.status || 130, failure, log: null };
}

/** Throws `run-failed` for weights that are absent or empty. */
async function takeWeights(repo: Repo, weights: readonly RepoPath[]): Promise<void> {
  for (const path of weights) {
    const found = look(repo.guard.resolve(path));
    const isEmpty = found?.kind === "folder" ? fs.readdirSync(join(repo.top, path)).length === 0 : found?.size === 0;
    if (found !== null && !isEmpty) continue;
    throw new MvgitError("run-failed", `the command ended well, but its weights '${display(path)}' are ${found === null ? "not there" : "empty"}: no version was made`, {
      subject: display(path),
      hint: "name with '--weights' what the command writes",
    });
  }
  if (weights.length > 0) await takeIn(repo, weights);
}
