/** `mvgit save`: the next version from what is there; nothing is run. */
import { MvgitError } from "../../base/errors.ts";
import type { Repo } from "../../repo/repo.ts";
import { filesOf, takeInputs } from "./inputs.ts";
import { type Draft, record } from "./record.ts";
import { readPending } from "./pending.ts";
import { reportOf, type VersionReport } from "./report.ts";
import { resolveRequest, trackedButWeights, type VersionRequest, type Wanted } from "./request.ts";
import { snapshot } from "./snapshot.ts";

/** Throws `usage` where no weights are known, and what `add` and Git throw; then no version was made. */
export async function save(repo: Repo, request: VersionRequest): Promise<VersionReport> {
  const wanted = await resolveRequest(repo, request);
  const pending = readPending(repo, wanted.model);
  if (pending !== null) {
    repo.watch.note(`going on with the version of ${pending.time} that was not finished`);
    return reportOf(repo, await record(repo, pending));
  }
  if (wanted.weights.length === 0) {
    throw new MvgitError("usage", `no weights of '${wanted.model}' are known`, { subject: wanted.model, hint: `name them: 'mvgit save ${wanted.model} --weights PATH'` });
  }
  return reportOf(repo, await record(repo, await draftOf(repo, wanted)));
}

async function draftOf(repo: Repo, wanted: Wanted): Promise<Draft> {
  const data = wanted.data ?? (await trackedButWeights(repo, wanted.weights));
  await takeInputs(repo, [...data, ...wanted.weights], []);
  const start = await snapshot(repo);
  const commit = await repo.git.resolveCommit("HEAD");
  return {
    model: wanted.model,
    time: new Date(repo.watch.clock.now()).toISOString(),
    author: wanted.author,
    message: wanted.message,
    run: null,
    code: { tree: start.tree, commit, changed: commit === null || (await repo.git.commit(commit)).tree !== start.tree, outputs: [] },
    data: await filesOf(repo, data),
    weights: await filesOf(repo, wanted.weights),
    params: {},
    metrics: {},
    sources: { params: [], metrics: [] },
    environment: {},
    notes: [],
    curves: null,
  };
}
