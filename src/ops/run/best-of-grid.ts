/** One version out of the runs of a grid: the best one's, with the others listed in it. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { bestOf, formatBest } from "../../model/best.ts";
import { formatRuns, type RecordedRun, readRuns } from "../../model/recorded-runs.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf } from "../../version/versions.ts";
import { recordBeside } from "./beside.ts";
import type { Kept } from "./kept.ts";
import type { Plan } from "./plan.ts";
import type { ScratchOutcome } from "./scratch-run.ts";
import type { SweepRun } from "./sweep-run.ts";
import { artifactsKept } from "./tracking.ts";

interface Candidate {
  run: SweepRun;
  outcome: ScratchOutcome;
}

/** Makes the version, and forgets the runs that it lists, but those that failed. `failure`: no run has the score. */
export async function chooseBest(repo: Repo, { wanted: { model }, best }: Plan, candidates: readonly Candidate[]): Promise<{ label: string | null; failure: MvgitError | null }> {
  if (best === null) return { label: null, failure: null };
  const ended = candidates.filter(({ outcome }) => outcome.kept !== null);
  const chosen = bestOf(ended.map(({ run }) => run.scores[best.metric]), best);
  const winner = chosen === null ? undefined : ended[chosen];
  if (winner === undefined) {
    if (ended.length === 0) return { label: null, failure: null };
    const hint = `each is kept: 'mvgit runs ${model}' lists them, and 'mvgit save --run ID' makes a version of one`;
    return { label: null, failure: new MvgitError("run-failed", `no run has the score '${best.metric}': no version of '${model}' was made`, { subject: best.metric, hint }) };
  }
  const { draft, tree } = winner.outcome.kept as Kept;
  const own = draft.runs === null ? null : readRuns(Buffer.from(draft.runs));
  const id = winner.outcome.entry.record.id;
  // What an experiment tracker recorded in the chosen run belongs to that one.
  const inner = (own?.runs ?? []).map((each) => ({ ...each, chosen: false, parent: each.parent ?? id }));
  const runs = formatRuns({ folder: own?.folder ?? null, best: formatBest(best), more: own?.more ?? 0, runs: [...candidates.map((each) => recordedOf(each, each === winner)), ...inner] });
  const { pack } = await recordBeside(repo, { ...draft, runs }, tree);
  for (const { outcome: { entry } } of ended) {
    await entry.forget(artifactsKept({ artifacts: join(entry.folder, "log.artifacts") }, entry.record.id === id ? draft : { notes: [] }));
  }
  for (const { run, outcome } of candidates) if (outcome.kept !== null) Object.assign(run, { run: null, output: null });
  Object.assign(winner.run, { label: nameOf(pack), state: "made" });
  return { label: nameOf(pack), failure: null };
}

function recordedOf({ run, outcome: { entry: { record }, kept } }: Candidate, chosen: boolean): RecordedRun {
  const name = Object.entries(run.settings).map(([key, value]) => `${key}=${String(value)}`).join(" ");
  const status = run.state === "made" || run.state === "finished" ? "finished" : run.state === "interrupted" ? "killed" : "failed";
  const { params = run.settings, metrics = run.scores } = kept?.draft ?? {};
  return { id: record.id, name, parent: null, chosen, status, started: record.started, seconds: run.seconds, params, metrics, tags: {}, datasets: [], models: [], artifacts: null, curves: null };
}
