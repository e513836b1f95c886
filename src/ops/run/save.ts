/** `mvgit save`: the next version from what is there; nothing is run. */
import { MvgitError } from "../../base/errors.ts";
import { Masker } from "../../model/secrets.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Draft, makeDraft, takeStart } from "./draft.ts";
import { type Undo, undoing } from "../../repo/undo.ts";
import { captureEnvironment } from "./environment.ts";
import { filesOf, takeInputs } from "./inputs.ts";
import { record, settlePending } from "./record.ts";
import { reportOf, type VersionReport } from "./report.ts";
import { dataOf, folderOf, resolveRequest, type VersionRequest, type Wanted } from "./request.ts";
import { nameOf } from "../../version/versions.ts";
import { readResults } from "./results.ts";

/**
 * Goes on with a version that Git refused to take before, if there is one. Throws `usage` where no weights are known,
 * and what `add` and Git throw; then no version was made.
 */
export async function save(repo: Repo, request: VersionRequest): Promise<VersionReport> {
  const wanted = await resolveRequest(repo, request);
  const { finished, draft } = await settlePending(repo, wanted.model);
  if (finished !== null) repo.watch.note(`${nameOf(finished.pack)} was made before, and lacked only its tag`);
  if (isAsLastTime(request) && finished !== null) return reportOf(repo, finished);
  if (isAsLastTime(request) && draft !== null) {
    repo.watch.note(`going on with the version of ${draft.time} that was not finished`);
    return undoing(repo, (undo) => record(repo, draft, undo)).then((recorded) => reportOf(repo, recorded));
  }
  if (wanted.weights.length === 0) {
    throw new MvgitError("usage", `no weights of '${wanted.model}' are known`, { subject: wanted.model, hint: `name them: 'mvgit save ${wanted.model} --weights PATH'` });
  }
  const recorded = await undoing(repo, async (undo) => record(repo, await draftOf(repo, wanted, undo), undo));
  return reportOf(repo, recorded);
}

function isAsLastTime({ data, weights, params, metrics }: VersionRequest): boolean {
  return data.length + weights.length + params.length + metrics.length === 0;
}

async function draftOf(repo: Repo, wanted: Wanted, undo: Undo): Promise<Draft> {
  const { paths: named, notes } = await dataOf(repo, wanted);
  await takeInputs(repo, [...named, ...wanted.weights], { besides: [], undo });
  const masker = new Masker(repo.env);
  const start = await takeStart(repo);
  const results = await readResults(repo, wanted, { folder: folderOf(repo), before: null, log: null, tracked: null });
  const environment = await captureEnvironment(null, { cwd: repo.cwd, top: repo.top, env: repo.env }, masker);
  const [data, weights] = [await filesOf(repo, named), await filesOf(repo, wanted.weights)];
  return makeDraft(repo, wanted, { start, run: null, data, weights, results, environment, notes, masker });
}
