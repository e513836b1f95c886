/** `mvgit runs`: runs that are in progress, and those of which no version was made. */
import { MvgitError } from "../base/errors.ts";
import type { ModelName } from "../values/label.ts";
import type { RunRecord } from "../values/run-record.ts";
import type { Metrics } from "../values/recorded-values.ts";
import type { Repo } from "../repo/repo.ts";
import { findRun, forgetRun, isNeverStarted, listRuns, type RunState, runStateOf, tellRun } from "../repo/runs.ts";
import { cleanScratch } from "./reproduce/scratch.ts";
import { trackedScores } from "./run/kept/journal-of.ts";
import { logOf } from "./run/kept/log-of.ts";

export interface RunLine extends Pick<
  RunRecord,
  "id" | "model" | "command" | "folder" | "started" | "isolated" | "settings" | "log"
> {
  state: RunState;
  /** So far, for one in progress; null where it is not known. */
  seconds: number | null;
  /** Exit status of the command; null before its end, and where it is not known. */
  status: number | null;
  scores: Metrics;
  /** The work tree that it was started from. */
  workTree: string;
  /** Why no version was made; null for one in progress. */
  why: string | null;
}

export interface RunsReport {
  runs: RunLine[];
}

/** Newest first. */
export async function listOf(repo: Repo, model: ModelName | null): Promise<RunsReport> {
  const runs: RunLine[] = [];
  for (const record of listRuns(repo))
    if ((model === null || record.model === model) && !isNeverStarted(repo, record))
      runs.push(await lineOf(repo, record));
  return { runs };
}

export async function lineOf(repo: Repo, record: RunRecord): Promise<RunLine> {
  const { id, model, command, folder, started, isolated, settings, log, ended, top } = record;
  const state = runStateOf(repo, record);
  const seconds =
    ended?.seconds ?? (state === "running" ? Math.max(0, (repo.watch.clock.now() - Date.parse(started)) / 1000) : null);
  const scores = ended?.scores ?? { ...trackedScores(repo, id), ...(await logOf(log)).metrics };
  const why = ended?.why ?? (state === "killed" ? "mvgit was killed while it went on" : null);
  return {
    id,
    model,
    state,
    started,
    seconds,
    status: ended?.status ?? null,
    scores,
    command,
    folder,
    isolated,
    settings,
    workTree: top,
    log,
    why,
  };
}

export interface RemovedReport {
  removed: string[];
}

/**
 * `ids`: or their beginnings; `all`: every one that ended. Throws `label-unknown`, `lock-held` for one in progress;
 * then none is removed.
 */
export async function removeRuns(
  repo: Repo,
  { ids, all }: { ids: readonly string[]; all: boolean },
): Promise<RemovedReport> {
  const named = ids.map((id) => findRun(repo, id));
  const running = named.find((each) => runStateOf(repo, each) === "running");
  if (running !== undefined)
    throw new MvgitError("lock-held", `${tellRun(running)} is in progress`, {
      subject: running.id,
      hint: "end it first",
    });
  const ended = all ? listRuns(repo).filter((each) => runStateOf(repo, each) !== "running") : named;
  for (const { id } of ended) await forgetRun(repo, id);
  await cleanScratch(repo);
  return { removed: ended.map(({ id }) => id) };
}
