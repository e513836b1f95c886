/** `mvgit save --run`: the version that a kept run could be. */
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { shellName } from "../base/shell.ts";
import { unfinishedWork } from "../git/history.ts";
import { pointerPathOf } from "../values/pointer.ts";
import type { RunRecord } from "../values/run-record.ts";
import { Masker } from "../values/secrets.ts";
import { ignoreTargets } from "../repo/pointers.ts";
import type { Repo } from "../repo/repo.ts";
import { findRun, forgetRun, refuseWhileRunning, runFolder, runInProgress, runStateOf, tellRun } from "../repo/runs.ts";
import { type Undo, undoing } from "../repo/undo.ts";
import { cleanScratch, leftBy, openLeft } from "./reproduce/scratch.ts";
import { draftOfKilled, readBegun } from "./run/kept/begun.ts";
import { recordBeside, treeOf } from "./run/sweep/beside.ts";
import type { Draft } from "./run/draft.ts";
import { changedSince } from "./run/inputs.ts";
import { type Kept, readKept } from "./run/kept/kept.ts";
import { requireNumbers } from "./making/numbers.ts";
import { readPending } from "./run/pending.ts";
import { record, type Recorded } from "./making/record.ts";
import { reportOf, type VersionReport } from "./making/report.ts";
import { snapshot } from "./making/snapshot.ts";
import { artifactsKept } from "./run/outcome/tracking.ts";
import { join } from "node:path";

export interface SaveRunRequest {
  /** An id, or its beginning. */
  run: string;
  /** Must be the run's, where it is named. */
  model?: string;
  /** "" for none. */
  message: string;
}

/**
 * On the branch, where HEAD and the work tree are as the run left them, else beside it. Throws `label-unknown` for a
 * run that is not listed, `lock-held` for one in progress, `not-supported` for one of which nothing is known that a
 * version could be made of,
 * `usage` for a run of another model.
 */
export async function saveRun(repo: Repo, request: SaveRunRequest): Promise<VersionReport> {
  const listed = findRun(repo, request.run);
  refuseOther(listed, request.model);
  const state = runStateOf(repo, listed);
  if (state === "running")
    throw new MvgitError("lock-held", `cannot make a version: ${tellRun(listed)} is in progress`, {
      subject: listed.id,
      hint: "wait for it to end",
    });
  await requireNumbers(repo, listed.model);
  if (state === "killed" && !listed.isolated) return saveKilled(repo, listed, request.message);
  const left = state === "killed" ? leftBy(repo, listed.id) : null;
  if (left !== null) return saveLeft(repo, await openLeft(repo, left), listed, request.message);
  const pending = readPending(repo, listed.model);
  const kept = readKept(repo, listed.id);
  if (kept === null && pending?.run?.id !== listed.id) {
    // Its command ended, and mvgit was stopped before it could write down what that left.
    if (!listed.isolated && readBegun(repo, listed.id) !== null) return saveKilled(repo, listed, request.message);
    throw nothingKept(listed, state);
  }
  const said = request.message === "" ? {} : { message: new Masker(repo.env).text(request.message) };
  const onBranch = kept === null || (await isAsLeft(repo, listed, kept.draft));
  const draft: Draft = { ...(kept?.draft ?? (pending as Draft)), ...said };
  const recorded = onBranch ? await recordHere(repo, draft) : await recordBeside(repo, draft, (kept as Kept).tree);
  await forgetRun(
    repo,
    listed.id,
    artifactsKept({ artifacts: join(runFolder(repo, listed.id), "log.artifacts") }, draft),
  );
  return reportOf(repo, recorded, { onBranch });
}

function refuseOther({ id, model }: RunRecord, named: string | undefined): void {
  if (named === undefined || named === model) return;
  throw new MvgitError("usage", `run ${id} is one of '${model}', not of '${display(named)}'`, {
    subject: id,
    hint: `run 'mvgit save --run ${id}'`,
  });
}

function nothingKept({ id, model, isolated, log }: RunRecord, state: string): MvgitError {
  const refused = (why: string, hint: string): MvgitError =>
    new MvgitError("not-supported", `no version can be made of run ${id}: ${why}`, { subject: id, hint });
  const name = display(log);
  const here = `'mvgit save ${model} --weights PATH --log ${name}' makes a version of what is there now`;
  const lost = "what it made could not be kept";
  if (state === "killed" && isolated)
    return refused("mvgit was killed, and its scratch work tree is gone", "run it again");
  if (state === "killed") return refused("mvgit was killed before it could see what the command left", here);
  if (!isolated) return refused(lost, here);
  return refused(
    lost,
    prose`its files stay in a work tree that 'git worktree list' names:
      'mvgit -C DIR save ${model} --weights PATH --log ${name}' makes a version of them`,
  );
}

/** Of what stands in the work tree now: nothing was taken from it when the command ended. */
async function saveKilled(repo: Repo, listed: RunRecord, message: string): Promise<VersionReport> {
  const begun = readBegun(repo, listed.id);
  if (begun === null) throw nothingKept(listed, "killed");
  if (listed.gitDir !== repo.git.place.gitDir)
    throw new MvgitError(
      "usage",
      `run ${listed.id} is one of the work tree '${display(listed.top)}', where what it left stands`,
      { subject: listed.id, hint: `run 'mvgit -C ${shellName(listed.top)} save --run ${listed.id}'` },
    );
  refuseWhileRunning(repo, "make a version of what is there");
  const { recorded, onBranch } = await undoing(repo, async (undo) => {
    const made = await draftOfKilled(repo, listed, begun, undo);
    await bringPointers(repo, made, undo);
    const draft = message === "" ? made : { ...made, message: new Masker(repo.env).text(message) };
    if ((await repo.git.resolveCommit("HEAD")) === draft.code.commit)
      return { recorded: await record(repo, draft, undo), onBranch: true };
    const { tree } = await treeOf(repo, draft);
    const beside = await recordBeside(repo, draft, tree);
    await undo.putBack();
    return { recorded: beside, onBranch: false };
  });
  await forgetRun(repo, listed.id);
  return reportOf(repo, recorded, { onBranch });
}

/** As `saveKilled`, of what stands in the scratch work tree of an isolated run, which goes then. */
async function saveLeft(repo: Repo, place: Repo, listed: RunRecord, message: string): Promise<VersionReport> {
  const begun = readBegun(repo, listed.id);
  if (begun === null) throw nothingKept(listed, "killed");
  const recorded = await undoing(place, async (undo) => {
    const made = await draftOfKilled(place, listed, begun, undo);
    const draft = message === "" ? made : { ...made, message: new Masker(repo.env).text(message) };
    const { tree } = await treeOf(place, draft);
    return recordBeside(repo, draft, tree);
  });
  await forgetRun(repo, listed.id);
  await cleanScratch(repo);
  return reportOf(repo, recorded, { onBranch: false });
}

/** Whether HEAD, index and files are those that the run left, so that the version is what comes next on the branch. */
async function isAsLeft(repo: Repo, { ended, gitDir }: RunRecord, { code }: Draft): Promise<boolean> {
  if (
    (ended?.left ?? null) === null ||
    gitDir !== repo.git.place.gitDir ||
    unfinishedWork(repo.git) !== null ||
    runInProgress(repo) !== null
  )
    return false;
  return (await repo.git.resolveCommit("HEAD")) === code.commit && (await snapshot(repo)).tree === ended?.left;
}

/** The pointers of the run again, then as for any run. */
async function recordHere(repo: Repo, draft: Draft): Promise<Recorded> {
  const since = await changedSince(repo, draft.weights);
  for (const path of since)
    repo.watch.note(`'${display(path)}' is another one now than when the run ended: the version has the bytes of then`);
  return undoing(repo, async (undo) => {
    await bringPointers(repo, draft, undo);
    return record(repo, draft, undo);
  });
}

/** The pointers of the draft's data and weights, as they were when it was made. */
async function bringPointers(repo: Repo, { pointers = {} }: Draft, undo: Undo): Promise<void> {
  const targets = Object.keys(pointers) as RepoPath[];
  await undo.around(targets, () =>
    repo.locked(async () => {
      for (const path of targets)
        repo.replaceFile(repo.guard.resolveForWriting(pointerPathOf(path)), pointers[path] as string);
      ignoreTargets(repo, targets);
    }),
  );
}
