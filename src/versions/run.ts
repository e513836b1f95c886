/** `mvgit run`: inputs taken in, the command run, the next version made. */
import { join } from "node:path";
import type { Repo } from "../repo/repo.ts";
import { registerRun, type RunEntry } from "../repo/runs.ts";
import { type Undo, undoing } from "../repo/undo.ts";
import { nameOf } from "../registry/versions.ts";
import { execute, type Executed, problemOf, statusOf, tellLog, whyOf } from "./run/execute.ts";
import { draftOf } from "./run/made.ts";
import { whileHeld } from "./run/hold.ts";
import { keepFailed, noteLeft, pruneRuns } from "./run/kept/kept.ts";
import { chosenLog } from "./run/kept/log-file.ts";
import { inputsOf, lookAround, outputsOf, type Plan, planOf, type RunRequest, whilePreparing } from "./run/plan.ts";
import type { Ready } from "./run/ready.ts";
import { record, type Recorded, settlePending } from "./making/record.ts";
import { failedReport, reportOf, type VersionReport } from "./making/report.ts";
import { tidyKilled } from "./run/tidy.ts";
import { artifactsKept } from "./run/outcome/tracking.ts";

export type { VersionReport } from "./making/report.ts";
export type { RunRequest } from "./run/plan.ts";

/**
 * A command that fails, is interrupted or leaves no weights is a report with a `failure`; nothing is made then, and the
 * run is kept. Throws before the command starts for what could not become a version, and afterwards what the store and
 * Git throw; `lock-held` while another run is in progress in this work tree.
 */
export async function run(repo: Repo, request: RunRequest): Promise<VersionReport> {
  const plan = await planOf(repo, request);
  const { finished, draft } = await settlePending(repo, plan.wanted.model);
  if (finished !== null) repo.watch.note(`${nameOf(finished.pack)} was made before, and lacked only its tag`);
  const entry = await register(repo, plan, request.attached?.pid ?? null);
  if (draft !== null)
    repo.watch.warn(`the version of ${draft.time} that was not finished will be replaced by this one`);
  await tidyKilled(repo, finished?.pack ?? plan.wanted.last);
  await pruneRuns(repo);
  try {
    const report = await undoing(repo, async (undo) => {
      const made = await runNoted(repo, { request, plan, entry, undo });
      if (made.label === null) await whilePreparing(repo, () => undo.putBack());
      return made;
    });
    if (report.label === null) await whilePreparing(repo, () => noteLeft(repo, entry));
    return report;
  } catch (error) {
    // One that never started is no run that anybody would look for.
    if (entry.record.ended === null) await entry.forget();
    throw error;
  }
}

function register(repo: Repo, { wanted, command, masker }: Plan, attachedTo: number | null): Promise<RunEntry> {
  const { model } = wanted;
  const log = chosenLog(repo, join(repo.top, command.folder));
  const outputs = outputsOf(wanted, command.folder);
  const wish = {
    model,
    command: masker.command(command.words),
    folder: command.folder,
    isolated: false,
    settings: {},
    outputs,
    log,
  };
  return registerRun(repo, wish, { attachedTo });
}

async function runNoted(
  repo: Repo,
  { request, plan, entry, undo }: { request: RunRequest; plan: Plan; entry: RunEntry; undo: Undo },
): Promise<VersionReport> {
  const around = await lookAround(repo, plan);
  const inputs = await whilePreparing(repo, () => inputsOf(repo, plan, { undo, besides: [] }));
  await entry.hold({ start: inputs.start.tree });
  const ready: Ready = { repo, place: repo, plan, inputs, around, entry, output: null, env: repo.env };
  return whileHeld(repo, inputs.files, async () => {
    const executed = await execute(ready, request);
    const problem = problemOf(executed);
    if (problem !== null) {
      await whilePreparing(repo, () => keepFailed(executed, undo, whyOf(problem)));
      return failedReport(problem, { status: statusOf(executed.ended), log: tellLog(executed), run: entry.record.id });
    }
    const recorded = await whilePreparing(repo, () => finish(executed, undo)).catch((error: unknown) => {
      endUnrecorded(executed, error);
      tellLog(executed);
      throw error;
    });
    return reportOf(repo, recorded);
  });
}

async function finish(executed: Executed, undo: Undo): Promise<Recorded> {
  const { repo, entry, tracking } = executed;
  const { draft, tracked } = await draftOf(executed, undo);
  const recorded = await record(repo, draft, undo);
  await entry.forget(artifactsKept(tracking, tracked));
  return recorded;
}

/** A command that ended well, whose version the store or Git did not take. */
function endUnrecorded({ entry, ended: { status }, seconds }: Executed, error: unknown): void {
  entry.ended({
    how: "finished",
    status,
    why: error instanceof Error ? error.message : String(error),
    seconds,
    scores: {},
    weights: [],
    left: null,
  });
}
