/** `mvgit save`: the next version from what is there; nothing is run. */
import { join, resolve } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { display, firstOf } from "../base/paths.ts";
import { Masker } from "../values/secrets.ts";
import type { Repo } from "../repo/repo.ts";
import { forgetRun, refuseWhileRunning, runFolder } from "../repo/runs.ts";
import { type Draft, makeDraft, takeStart } from "./run/draft.ts";
import { type Undo, undoing } from "../repo/undo.ts";
import { captureEnvironment } from "./run/environment/capture.ts";
import { filesOf, takeInputs } from "./run/inputs.ts";
import { whilePreparing } from "./run/plan.ts";
import { record, type Recorded, settlePending } from "./making/record.ts";
import { reportOf, type VersionReport } from "./making/report.ts";
import { dataOf, folderOf, resolveRequest, type VersionRequest, type Wanted } from "./run/request.ts";
import { nameOf } from "../registry/versions.ts";
import { look } from "../worktree/stamp.ts";
import { readResults } from "./run/outcome/results.ts";
import { artifactsKept } from "./run/outcome/tracking.ts";

/**
 * Goes on with a version that Git refused to take before, if there is one. Throws `usage` where no weights are known,
 * and what `add` and Git throw; then no version was made.
 */
export async function save(repo: Repo, request: SaveRequest): Promise<VersionReport> {
  refuseWhileRunning(repo, "make a version of what is there");
  const wanted = await resolveRequest(repo, request, { isSave: true });
  const { finished, draft } = await settlePending(repo, wanted.model);
  if (finished !== null) repo.watch.note(`${nameOf(finished.pack)} was made before, and lacked only its tag`);
  await forgetMade(repo, finished);
  if (isAsLastTime(request) && finished !== null) return reportOf(repo, finished);
  if (isAsLastTime(request) && draft !== null) {
    repo.watch.note(`going on with the version of ${draft.time} that was not finished`);
    const recorded = await undoing(repo, (undo) => record(repo, draft, undo));
    await forgetMade(repo, recorded);
    return reportOf(repo, recorded);
  }
  if (wanted.weights.length === 0) {
    throw new MvgitError("usage", `no weights of '${wanted.model}' are known`, {
      subject: wanted.model,
      hint: `name them: 'mvgit save ${wanted.model} --weights PATH'`,
    });
  }
  const recorded = await whilePreparing(repo, () =>
    undoing(repo, async (undo) =>
      record(
        repo,
        await draftOf(repo, wanted, { undo, log: request.log === undefined ? null : logNamed(repo, request.log) }),
        undo,
      ),
    ),
  );
  return reportOf(repo, recorded);
}

export interface SaveRequest extends VersionRequest {
  /** A file of lines as programs write them to MVGIT_LOG, anywhere. */
  log?: string;
}

function isAsLastTime({ data, weights, params, metrics, log }: SaveRequest): boolean {
  return data.length + weights.length + params.length + metrics.length === 0 && log === undefined;
}

/** A run whose version stands is listed no more. */
async function forgetMade(repo: Repo, made: Recorded | null): Promise<void> {
  const id = made?.pack.run?.id ?? null;
  if (made !== null && id !== null)
    await forgetRun(repo, id, artifactsKept({ artifacts: join(runFolder(repo, id), "log.artifacts") }, made.pack));
}

/** Absolute. Throws `usage` where there is no such file. */
function logNamed(repo: Repo, typed: string): string {
  const file = resolve(repo.cwd, typed);
  if (look(file)?.kind === "file") return file;
  throw new MvgitError("usage", `there is no log '${display(typed)}'`, {
    subject: display(typed),
    hint: "name a file with one JSON object a line, as MVGIT_LOG names one",
  });
}

/** Where a log may be of another machine, what it names is looked for nowhere. */
function namedNotes({ weights }: Wanted, names: readonly string[]): string[] {
  const others = names.filter((name) => !weights.some((path) => name === path || name.endsWith(`/${path}`)));
  return others.length === 0
    ? []
    : [`the log names weights that were not taken ('--weights' names them here): ${firstOf(others)}`];
}

async function draftOf(repo: Repo, wanted: Wanted, { undo, log }: { undo: Undo; log: string | null }): Promise<Draft> {
  const { paths: named, notes } = await dataOf(repo, wanted);
  const taken = await takeInputs(repo, [...named, ...wanted.weights], {
    besides: [],
    made: wanted.weights,
    asIs: wanted.asIs,
    undo,
  });
  const masker = new Masker(repo.env);
  const start = await takeStart(repo);
  const results = await readResults(repo, wanted, {
    folder: folderOf(repo),
    before: null,
    log,
    tracked: null,
    model: wanted.model,
  });
  const environment = await captureEnvironment({ cwd: repo.cwd, top: repo.top, env: repo.env }, masker);
  const [data, weights] = [await filesOf(repo, named), await filesOf(repo, wanted.weights)];
  return makeDraft(repo, wanted, {
    start,
    run: null,
    data,
    weights,
    results,
    environment,
    notes: [...notes, ...taken.notes, ...namedNotes(wanted, results.weights)],
    masker,
  });
}
