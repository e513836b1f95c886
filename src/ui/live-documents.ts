/** Documents of runs, which only a server has: they are of this clone, and go on. */
import { hostAddress } from "../repo/git-host.ts";
import type { Repo } from "../repo/repo.ts";
import { runCurves } from "../versions/run-curves.ts";
import { runOutput } from "../versions/run-output.ts";
import { listOf } from "../versions/runs-list.ts";
import { showRun } from "../versions/runs-show.ts";

export function listRuns(repo: Repo): Promise<object> {
  return listOf(repo, null);
}

export async function oneRun(repo: Repo, id: string): Promise<object> {
  // A document's own 'command' is the name of mvgit's.
  const { command: words, ...report } = await showRun(repo, id);
  return { ...report, words };
}

export function curvesOfRun(repo: Repo, id: string, after: string): object {
  return runCurves(repo, id, after);
}

export function outputOfRun(repo: Repo, id: string): object {
  return runOutput(repo, id);
}

/** What tells others where they get versions from. */
export async function cloneDocument(repo: Repo): Promise<object> {
  return { repository: await hostAddress(repo.git) };
}
