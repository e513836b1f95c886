/** One version out of the runs of a grid: the best one's, with the others listed in it. */
import { join } from "node:path";
import { MvgitError } from "../../../base/errors.ts";
import { bestOf, formatBest } from "../../../values/best.ts";
import { formatRuns, type RecordedRun, readRuns } from "../../../values/recorded-runs.ts";
import type { Repo } from "../../../repo/repo.ts";
import { nameOf } from "../../../registry/versions.ts";
import { recordBeside } from "./beside.ts";
import type { Kept } from "../kept/kept.ts";
import type { Plan } from "../plan.ts";
import type { EndedRun } from "./sweep-run.ts";
import { artifactsKept } from "../outcome/tracking.ts";

/**
 * Makes the version, and forgets the runs that it lists, but those that failed; none where the best is one that was
 * made before. `failure`: no run has the score.
 */
export async function chooseBest(
  repo: Repo,
  { wanted: { model }, best }: Plan,
  candidates: readonly EndedRun[],
): Promise<{ label: string | null; failure: MvgitError | null }> {
  if (best === null) return { label: null, failure: null };
  const ended = candidates.filter(({ outcome, pack }) => pack !== null || (outcome?.kept ?? null) !== null);
  const chosen = bestOf(
    ended.map(({ run }) => run.scores[best.metric]),
    best,
  );
  const winner = chosen === null ? undefined : ended[chosen];
  if (winner === undefined) {
    if (ended.length === 0) return { label: null, failure: null };
    const hint = `each is kept: 'mvgit runs ${model}' lists them, and 'mvgit save --run ID' makes a version of one`;
    return {
      label: null,
      failure: new MvgitError(
        "run-failed",
        `no run has the score '${best.metric}': no version of '${model}' was made`,
        { subject: best.metric, hint },
      ),
    };
  }
  if (winner.outcome === null) return { label: winner.run.label, failure: null };
  const { draft, tree } = winner.outcome.kept as Kept;
  const own = draft.runs === null ? null : readRuns(Buffer.from(draft.runs));
  const { id } = winner.outcome.entry.record;
  // What an experiment tracker recorded in the chosen run belongs to that one.
  const inner = (own?.runs ?? []).map((each) => ({ ...each, chosen: false, parent: each.parent ?? id }));
  const listed = candidates.flatMap((each) => recordedOf(each, each === winner));
  const runs = formatRuns({
    folder: own?.folder ?? null,
    best: formatBest(best),
    more: own?.more ?? 0,
    runs: [...listed, ...inner],
  });
  const { pack } = await recordBeside(repo, { ...draft, runs }, tree);
  for (const { run, outcome } of ended) {
    if (outcome === null) continue;
    const { entry } = outcome;
    await entry.forget(
      artifactsKept({ artifacts: join(entry.folder, "log.artifacts") }, entry.record.id === id ? draft : { notes: [] }),
    );
    Object.assign(run, { run: null, output: null });
  }
  Object.assign(winner.run, { label: nameOf(pack), state: "made" });
  return { label: nameOf(pack), failure: null };
}

/** The words of a package for how a run of a grid ended. */
function statusIn(state: EndedRun["run"]["state"]): RecordedRun["status"] {
  if (state === "made" || state === "finished") return "finished";
  return state === "interrupted" ? "killed" : "failed";
}

/** When and as what it began: as this grid ran it, or as the version of an earlier one says; null where it did not. */
function beganAs({ run, outcome, pack }: EndedRun): { id: string; started: string } | null {
  const id = outcome?.entry.record.id ?? pack?.run?.id ?? run.label;
  const started = outcome?.entry.record.started ?? pack?.run?.started;
  return id === undefined || id === null || started === undefined ? null : { id, started };
}

/** None of what was not started. */
function recordedOf(ended: EndedRun, chosen: boolean): RecordedRun[] {
  const began = beganAs(ended);
  if (began === null) return [];
  const { run, outcome, pack } = ended;
  const name = Object.entries(run.settings)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(" ");
  const { params = run.settings, metrics = run.scores } = outcome?.kept?.draft ?? pack ?? {};
  return [
    {
      ...began,
      name,
      parent: null,
      chosen,
      status: statusIn(run.state),
      seconds: run.seconds,
      params,
      metrics,
      tags: {},
      datasets: [],
      models: [],
      artifacts: null,
      curves: null,
    },
  ];
}
