/** A run's command, from its start to all that is known of what it left. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { type Attached, attachedEnd } from "../../program/attached.ts";
import { type Ended, runThrough } from "../../program/run-through.ts";
import { RUN_VARIABLE } from "../../repo/runs.ts";
import type { Ready } from "./ready.ts";
import { keepBegun } from "./kept/begun.ts";
import { Capture, type Captured } from "./environment/capture.ts";
import { isWritten, type LogBefore, lookAtLog } from "./kept/log-file.ts";
import type { RunRequest } from "./plan.ts";
import { keptTracking, startTracking, type Tracking } from "./outcome/tracking.ts";
import { type OutputsBefore, outputsBefore } from "./outcome/unnamed.ts";
import { stampsOf, weightsProblem } from "./outcome/weights.ts";

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
    const { id } = entry.record;
    const given = { MVGIT_LOG: log, [RUN_VARIABLE]: id, ...tracking.env };
    const onStart = (pid: number): void => {
      entry.began(pid);
      capture.observe(pid, { name: RUN_VARIABLE, value: id }, { isAttached: request.attached !== undefined });
    };
    const ended = request.attached
      ? await attachTo(request.attached, { run: id, env: given }, { onStart, signals: request.signals })
      : await runThrough({
          file: command.file,
          command: command.words,
          cwd,
          env: { ...env, ...given },
          stdoutToStderr: request.stdoutToStderr,
          signals: request.signals,
          onStart,
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

async function attachTo(
  attached: Attached,
  told: Parameters<Attached["begin"]>[0],
  { onStart, signals }: { onStart: (pid: number) => void; signals: RunRequest["signals"] },
): Promise<Ended> {
  onStart(attached.pid);
  await attached.begin(told);
  return attachedEnd(attached, signals);
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
      prose`the command ended well, but its weights '${display(problem.path)}' are ${problem.what}: no version
        of '${model}' was made`,
      `name with '--weights' what the command writes; ${keep}`,
    )
  );
}

/** The problem without what follows from it. */
export function whyOf({ message }: MvgitError): string {
  return message.replace(/: no version of '.*' was made$/, "");
}

/** As in "the command …". */
export function howEnded({ status, signal, said }: Pick<Ended, "status" | "signal" | "said">): string {
  if (said !== undefined) return said;
  return signal ? `was ended by ${signal}` : `ended with status ${status}`;
}

/** The exit status of a run of which no version came. */
export function statusOf({ stopped, status }: Ended): number {
  return stopped && status === 0 ? 130 : status || 1;
}

/** What of the program's own words is kept, and where; null when it logged nothing. */
export function tellLog({ repo, entry, tracking }: Executed): string | null {
  const { log } = entry.record;
  const kept = isWritten(log) ? log : null;
  for (const each of keptTracking(tracking)) repo.watch.note(`what MLflow recorded is kept in '${display(each)}'`);
  if (kept !== null) repo.watch.note(`what the command logged is kept in '${display(kept)}'`);
  return kept;
}
