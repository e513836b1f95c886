/**
 * One command in a scratch work tree of its own: begun with the code and data that were taken, and kept with all that
 * it left.
 */
import { dirname, isAbsolute, join } from "node:path";
import * as fs from "node:fs";
import { openToAppend } from "../../../base/disk.ts";
import { MvgitError } from "../../../base/errors.ts";
import { asMvgitError } from "../../../base/system-errors.ts";
import { display } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import { shellCommand, shellName } from "../../../base/shell.ts";
import type { Scalar } from "../../../values/document.ts";
import type { Oid } from "../../../git/reader.ts";
import { readEnvironmentRecord } from "../../../values/environment-record.ts";
import { readTreeRecord } from "../../../values/tree-record.ts";
import { type Repo, withoutGitVariables } from "../../../repo/repo.ts";
import { registerRun, type RunEntry, runInProgress } from "../../../repo/runs.ts";
import { listTracked } from "../../../repo/tracked.ts";
import { Undo } from "../../../repo/undo.ts";
import { look } from "../../../worktree/stamp.ts";
import { fillScratch } from "../../reproduce/fill.ts";
import { choosePrograms } from "../../reproduce/programs.ts";
import { withScratch } from "../../reproduce/scratch.ts";
import { bringInputs, inputsOf as trackedInputs } from "../../reproduce/start.ts";
import { type Executed, execute, problemOf, statusOf, tellLog, whyOf } from "../execute.ts";
import { keepFailed, keepRun, type Kept } from "../kept/kept.ts";
import { chosenLog } from "../kept/log-file.ts";
import { type Inputs, inputsOf, lookAround, outputsOf, type Plan, type RunRequest, whilePreparing } from "../plan.ts";

/**
 * The tree and the data as they stand now, taken so that the work tree is as before. Throws `not-supported` before the
 * first commit.
 */
export async function takeApart(repo: Repo, plan: Plan): Promise<Inputs> {
  if ((await repo.git.resolveCommit("HEAD")) === null) {
    throw new MvgitError(
      "not-supported",
      "cannot run in a scratch work tree: there is no commit yet that a version could stand on",
      { hint: "commit something first: 'git add -A && git commit'" },
    );
  }
  const running = runInProgress(repo);
  const tracked = new Set<string>((await listTracked(repo)).map(({ path }) => path));
  const besides = (running?.outputs ?? []).filter((path) => tracked.has(path) && !plan.wanted.weights.includes(path));
  return whilePreparing(repo, async () => {
    const undo = Undo.begin(repo);
    try {
      return await inputsOf(repo, plan, { undo, besides });
    } finally {
      await undo.putBack();
    }
  });
}

export interface ScratchRun {
  plan: Plan;
  inputs: Inputs;
  request: RunRequest;
  /** What this run has of its own among those of a grid. */
  settings: Record<string, Scalar>;
  /** All that the command prints goes to a file beside its log. */
  printsToFile: boolean;
  onStart?: (entry: RunEntry) => void;
}

/** How it ended: `kept` is the version that it could be, null where the command did not end well. */
export interface ScratchOutcome {
  entry: Pick<RunEntry, "record" | "folder" | "forget">;
  kept: Kept | null;
  failure: MvgitError | null;
  status: number;
  seconds: number;
  log: string | null;
}

/**
 * The work tree is gone when it answers; what the command left is kept with its run. Throws what keeps it from being
 * started, and what the store throws.
 */
export async function runInScratch(repo: Repo, scratchRun: ScratchRun): Promise<ScratchOutcome> {
  const { plan, inputs, request, settings, printsToFile, onStart } = scratchRun;
  const entry = await register(repo, scratchRun);
  // Where what the command left stands, until it is kept.
  const kept: { left: Left | null } = { left: null };
  const output = printsToFile ? openToAppend(outputOf(entry)) : null;
  try {
    await entry.hold({ start: inputs.start.tree });
    onStart?.(entry);
    return await withScratch(
      repo,
      {
        ...{ tree: inputs.start.tree, head: inputs.start.commit as Oid, keep: null },
        run: entry.record.id,
        stays: () => kept.left !== null,
      },
      async (scratch) => {
        const { file, env } = await furnish(repo, scratch, scratchRun);
        const here: Plan = { ...plan, command: { ...plan.command, file } };
        const executed = await execute(
          { repo, place: scratch, plan: here, inputs, around: await lookAround(scratch, here), entry, output, env },
          request,
        );
        const left = { dir: scratch.top, seconds: executed.seconds, endedWell: problemOf(executed) === null };
        kept.left = left;
        const { outcome, isKept } = await outcomeOf(executed, settings, !printsToFile);
        if (isKept) kept.left = null;
        else tellPlace(repo, { entry, plan, left });
        return outcome;
      },
    );
  } catch (error) {
    const { left } = kept;
    if (left?.endedWell) tellLeft(repo, { entry, plan, left, error });
    else if (left !== null) tellPlace(repo, { entry, plan, left });
    else if (entry.record.ended === null) await entry.forget();
    throw error;
  } finally {
    if (output !== null) fs.closeSync(output);
  }
}

function register(repo: Repo, { plan: { wanted, command, masker }, settings }: ScratchRun): Promise<RunEntry> {
  return registerRun(repo, {
    model: wanted.model,
    command: masker.command(command.words),
    folder: command.folder,
    isolated: true,
    settings,
    outputs: outputsOf(wanted, command.folder),
    log: isShared(repo) ? chosenLog(repo, repo.top) : null,
  });
}

/** Brings what the command needs into the scratch work tree. Answers the program that is started, and its variables. */
async function furnish(
  repo: Repo,
  scratch: Repo,
  { plan: { wanted, command }, inputs }: ScratchRun,
): Promise<ReturnType<typeof choosePrograms>> {
  const weights = wanted.weights.map((path) => ({ path }));
  await bringInputs(repo, scratch, await trackedInputs(repo, inputs.start.tree, weights));
  const tree = readTreeRecord(inputs.unversioned.section);
  await fillScratch(repo, scratch, { record: tree, folder: command.folder });
  for (const path of wanted.metrics ?? [])
    if (look(dirname(repo.guard.resolve(path))) !== null) scratch.guard.resolveForWriting(path);
  return choosePrograms(repo, scratch, {
    label: null,
    folder: command.folder,
    words: command.words,
    env: withoutGitVariables(repo.env),
    tree,
    interpreters: NONE,
    rebuilt: null,
  });
}

interface Left {
  dir: string;
  seconds: number;
  endedWell: boolean;
}

/** Of a command whose weights the store did not take: hours of work are not removed with the scratch work tree. */
function tellPlace(repo: Repo, { entry, plan, left }: { entry: RunEntry; plan: Plan; left: Left }): void {
  const { wanted } = plan;
  const { dir } = left;
  const weights = wanted.weights.flatMap((path) => ["--weights", path]);
  const save = shellCommand(["mvgit", "-C", dir, "save", wanted.model, ...weights, "--log", entry.record.log]);
  repo.watch.warn(
    prose`what the command left stays in '${display(dir)}': '${save}' makes a version of it once that is
      mended, and 'git worktree remove --force ${shellName(dir)}' removes it`,
  );
}

/** As `tellPlace`, of one that ended well. */
function tellLeft(
  repo: Repo,
  { entry, plan, left, error }: { entry: RunEntry; plan: Plan; left: Left; error: unknown },
): void {
  tellPlace(repo, { entry, plan, left });
  entry.ended({
    how: "finished",
    status: 0,
    why: asMvgitError(error).message,
    seconds: left.seconds,
    scores: {},
    weights: [],
    left: null,
  });
}

/** Where what the command prints is written. */
export function outputOf(entry: Pick<RunEntry, "folder">): string {
  return join(entry.folder, "output.txt");
}

/** Whether a MVGIT_LOG that is set means one file for every run. */
export function isShared(repo: Repo): boolean {
  return isAbsolute(repo.env["MVGIT_LOG"] ?? "") && chosenLog(repo, repo.top) !== null;
}

/**
 * Which interpreter comes first is not known before the command ran; the environments of the work tree are there by
 * their paths.
 */
const NONE = readEnvironmentRecord({});

async function outcomeOf(
  executed: Executed,
  settings: Record<string, Scalar>,
  tellsLog: boolean,
): Promise<{ outcome: ScratchOutcome; isKept: boolean }> {
  const { entry, place, ended, seconds } = executed;
  const problem = problemOf(executed);
  const undo = Undo.begin(place);
  if (problem !== null) {
    const isKept = await keepFailed(executed, undo, whyOf(problem), settings);
    const log = tellsLog ? tellLog(executed) : null;
    return { outcome: { entry, kept: null, failure: problem, status: statusOf(ended), seconds, log }, isKept };
  }
  const kept = await keepRun(executed, undo, {
    how: "finished",
    why: "it ended well, and its version was not made",
    settings,
  });
  return { outcome: { entry, kept, failure: null, status: 0, seconds, log: null }, isKept: true };
}
