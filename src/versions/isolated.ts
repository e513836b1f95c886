/** `mvgit run --isolated`: as `run`, in a scratch work tree of its own; the user's is left alone. */
import type { Repo } from "../repo/repo.ts";
import { recordBeside } from "./run/sweep/beside.ts";
import { whileHeld } from "./run/hold.ts";
import { pruneRuns } from "./run/kept/kept.ts";
import { planOf, type RunRequest } from "./run/plan.ts";
import { failedReport, reportOf, type VersionReport } from "./making/report.ts";
import { runInScratch, takeApart } from "./run/sweep/scratch-run.ts";
import { tidyKilled } from "./run/tidy.ts";
import { artifactsKept } from "./run/outcome/tracking.ts";

/** As `run`; the version stands beside the branch. */
export async function runIsolated(repo: Repo, request: RunRequest): Promise<VersionReport> {
  const plan = await planOf(repo, request);
  await tidyKilled(repo, plan.wanted.last);
  await pruneRuns(repo);
  const inputs = await takeApart(repo, plan);
  return whileHeld(repo, inputs.files, async () => {
    const { entry, kept, failure, status, log } = await runInScratch(repo, {
      plan,
      inputs,
      request,
      settings: {},
      printsToFile: false,
    });
    if (kept === null)
      return failedReport(failure as NonNullable<typeof failure>, { status, log, run: entry.record.id });
    const recorded = await recordBeside(repo, kept.draft, kept.tree);
    await entry.forget(artifactsKept({ artifacts: `${entry.folder}/log.artifacts` }, kept.draft));
    return reportOf(repo, recorded, { onBranch: false });
  });
}
