/**
 * What is settled before a run's command starts: what it is to be, then the tree and the inputs that it begins with.
 */
import { withLock } from "../../base/lock.ts";
import { display, isWithin, parentOf, type RepoPath } from "../../base/paths.ts";
import { type Best, parseBest } from "../../values/best.ts";
import type { PackageFile } from "../../values/package.ts";
import { artifactsPath } from "../../values/recorded-runs.ts";
import { Masker } from "../../values/secrets.ts";
import type { Attached } from "../../program/attached.ts";
import type { TakeSignals } from "../../program/run-through.ts";
import { ignoreTargets } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked } from "../../repo/tracked.ts";
import type { Undo } from "../../repo/undo.ts";
import { workTreeFile } from "../../values/own-files.ts";
import { look } from "../../worktree/stamp.ts";
import { recordUnversioned, type Unversioned } from "./outcome/unversioned.ts";
import { type Command, commandOf } from "./command.ts";
import { type Start, takeStart } from "./draft.ts";
import { takeInputs } from "./inputs.ts";
import { laidOutBefore, type LaidOut } from "./outcome/lay-out.ts";
import { METRICS } from "../making/named-sources.ts";
import { dataOf, resolveRequest, type VersionRequest, type Wanted } from "./request.ts";
import { type Before, lookBefore } from "./outcome/results.ts";
import { lastBest } from "./outcome/tracking.ts";

export interface RunRequest extends VersionRequest {
  /** As typed; empty for that of the newest version that was run. */
  command: readonly string[];
  /** Names of variables that hold the secrets of a recorded command. */
  env: readonly string[];
  signals: TakeSignals;
  /** The score by which one of many recorded runs is chosen, `accuracy:max`. */
  best?: string;
  /** What the command prints on stdout goes to stderr. */
  stdoutToStderr: boolean;
  /** The command is a process that runs already: nothing is started. */
  attached?: Attached;
}

/** What a run is to be, with nothing changed yet. */
export interface Plan {
  wanted: Wanted;
  command: Command;
  masker: Masker;
  best: Best | null;
}

/** What the command finds, and what of it belongs to the version. */
export interface Inputs {
  files: PackageFile[];
  start: Start;
  /** What no tree of Git keeps. */
  unversioned: Unversioned;
  /** Of its data. */
  notes: string[];
  /** Weights that were not what their pointers named when the command began. */
  staleOutputs: RepoPath[];
}

/** What stood where the command may write, before anything is taken in. */
export interface Around {
  before: Before;
  laidOut: LaidOut;
}

/** Refuses what could not become a version. */
export async function planOf(repo: Repo, request: RunRequest): Promise<Plan> {
  const isNone = request.best === "none";
  const typedBest = request.best === undefined || isNone ? null : parseBest(request.best);
  const wanted = await resolveRequest(repo, request);
  const command = commandOf(repo, wanted, { typed: request.command, env: request.env });
  return {
    wanted,
    command,
    masker: new Masker(repo.env, request.env),
    best: isNone ? null : (typedBest ?? (await lastBest(repo, wanted.model))),
  };
}

/** A training that ended waits for another run's inputs however long these take. */
const PATIENT = { patience: Infinity };

/**
 * Does `work` while no other run or save takes something of this work tree in, for which pointers and ignore lines
 * stand there that it may put back.
 */
export function whilePreparing<R>(repo: Repo, work: () => Promise<R>): Promise<R> {
  return withLock(workTreeFile(repo.git.place, "prepare.lock"), work, PATIENT);
}

export async function lookAround(place: Repo, { wanted, command, masker }: Plan): Promise<Around> {
  const words = masker.command(command.words);
  return {
    before: await lookBefore(place, wanted, { command: words, secrets: masker.secrets, folder: command.folder }),
    laidOut: await laidOutBefore(place, artifactsPath(wanted.model)),
  };
}

/** Takes the inputs into the store, and the tree as it stands then. `besides`: what other runs write just now. */
export async function inputsOf(
  repo: Repo,
  { wanted, command, masker }: Plan,
  { undo, besides }: { undo: Undo; besides: Wanted["weights"] },
): Promise<Inputs> {
  const data = await dataOf(repo, { ...wanted, weights: [...wanted.weights, ...besides] });
  const taken = await takeInputs(repo, data.paths, {
    besides: [...wanted.weights, ...besides],
    outputs: wanted.weights,
    asIs: wanted.asIs,
    undo,
  });
  // Weights of before are no part of the tree that the run begins with.
  await ignoreWeights(repo, wanted.weights, undo);
  const written = besides.map((path) => `'${display(path)}'`).join(", ");
  const notes =
    besides.length === 0 ? [] : [`written by another run just then, and as they were before in this one: ${written}`];
  const start = await takeStart(repo);
  const unversioned = await recordUnversioned(repo, start.tree, {
    weights: wanted.weights,
    command: command.words,
    folder: command.folder,
    masker,
  });
  return {
    files: taken.files,
    start,
    unversioned,
    notes: [...data.notes, ...taken.notes, ...unversioned.notes, ...notes],
    staleOutputs: taken.staleOutputs,
  };
}

/**
 * Ignore lines for weights, but in folders that are not there: programs make these, and may fail where they are. What
 * lies in a tracked folder has the line of that, and a file of ours there would be one of its files.
 */
export async function ignoreWeights(repo: Repo, weights: readonly RepoPath[], undo: Undo): Promise<void> {
  const tracked = weights.length === 0 ? [] : await listTracked(repo);
  const own = weights.filter((path) => !tracked.some((each) => each.path !== path && isWithin(path, each.path)));
  const ignored = own.filter(
    (path) => parentOf(path) === "" || look(repo.guard.resolve(parentOf(path) as RepoPath)) !== null,
  );
  if (ignored.length > 0) await undo.around(ignored, () => repo.locked(async () => ignoreTargets(repo, ignored)));
}

/** What a run writes that nobody else may write meanwhile. */
export function outputsOf({ model, weights, metrics }: Plan["wanted"], folder: string): RepoPath[] {
  const usual = METRICS.map((name) => (folder === "" ? name : `${folder}/${name}`) as RepoPath);
  return [...weights, ...(metrics ?? usual), artifactsPath(model)];
}
