/** `mvgit reproduce`: a version's command run again from its own inputs, and what it made held against the version. */
import { join } from "node:path";
import { andMore } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { statusOfStop } from "../base/stop-signals.ts";
import { display, parentOf, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { parseBest } from "../values/best.ts";
import type { Difference } from "../values/compare-packages.ts";
import type { Mapping, Scalar } from "../values/document.ts";
import { parseLabel } from "../values/label.ts";
import { formatPlace, readEnvironmentRecord, type RecordedPlace } from "../values/environment-record.ts";
import type { Package, PackageFile, Run } from "../values/package.ts";
import {
  type Cause,
  compareResults,
  type EnvironmentState,
  movedEnvironment,
  movedSettings,
  type ScoreResult,
  type Verdict,
  verdictOf,
  type WeightResult,
} from "../values/reproduction.ts";
import { Masker } from "../values/secrets.ts";
import { readTreeRecord, type TreeRecord } from "../values/tree-record.ts";
import { type Ended, runThrough, type TakeSignals } from "../program/run-through.ts";
import { isInside } from "../program/neutral.ts";
import { type Repo, withoutGitVariables } from "../repo/repo.ts";
import { RUN_VARIABLE } from "../repo/runs.ts";
import { resolveHere } from "./stage/seen.ts";
import { readRunsAt } from "../registry/recorded.ts";
import { warningsOf } from "../registry/remarks.ts";
import { nameOf, type Version } from "../registry/versions.ts";
import { identifyPath } from "../worktree/identify.ts";
import { unmasked } from "./run/command.ts";
import { Capture } from "./run/environment/capture.ts";
import { asRecorded } from "./run/environment/variables.ts";
import { whileHeld } from "./run/hold.ts";
import { changedSince } from "./run/inputs.ts";
import { makeLog } from "./run/kept/log-file.ts";
import { lookBefore, readResults, type Sources } from "./run/outcome/results.ts";
import { forgetTracking, startTracking, takeTracked, type Tracked, type Tracking } from "./run/outcome/tracking.ts";
import { prepareEnvironment, type RebuiltReport } from "./reproduce/environment.ts";
import { fillScratch } from "./reproduce/fill.ts";
import type { Programs } from "./reproduce/programs.ts";
import { withScratch } from "./reproduce/scratch.ts";
import { bringInputs, inputsOf, startOf } from "./reproduce/start.ts";

export interface ReproduceRequest {
  label: string;
  /** A folder that keeps the scratch work tree; null for a temporary one. */
  keep: string | null;
  /** Up to which difference two scores count as the same. */
  tolerance: number;
  /** Names of variables that hold the secrets of the recorded command. */
  env: readonly string[];
  /** Makes the recorded environment anew, which installs packages, instead of using what is there. */
  rebuild: boolean;
  signals: TakeSignals;
  /** What the command prints on stdout goes to stderr. */
  stdoutToStderr: boolean;
}

export interface ReproduceReport {
  /** `MODEL@vN`. */
  label: string;
  verdict: Verdict;
  /** What differs first; null unless the verdict is `differs`. */
  first: Cause | null;
  weights: WeightResult[];
  scores: ScoreResult[];
  tolerance: number;
  /** Of the version's code, what could not be brought back. */
  code: string[];
  /** Inputs that changed while one of the two runs went on, and not in the other. */
  data: string[];
  /** `a` recorded, `b` now; as the other lists of differences. */
  settings: Difference<Scalar>[];
  environment: Difference<Scalar>[];
  /** Whether the environment is the one that was recorded. */
  environmentState: EnvironmentState;
  /** Why that is not known; null where it is. */
  environmentUnknown: string | null;
  /** The interpreters that ran now, as they are recorded. */
  ran: string[];
  /**
   * The environment that was made anew, and whether all Pythons that ran were of it; null where that was not asked for.
   */
  rebuilt: (RebuiltReport & { wasUsed: boolean }) | null;
  /** What the version itself notes of how it was made. */
  notes: string[];
  /** Of the command. */
  status: number;
  seconds: number;
  /** Where the work tree was kept; null where it is gone. */
  folder: string | null;
  /** The command's own failure; null when it ended well. */
  failure: MvgitError | null;
}

/**
 * Touches neither the work tree, nor the index, branches, stash or hooks of the user. Throws `not-reproducible`,
 * `secret-needed` before anything is done; `version-damaged`, `blob-missing` and the like before the command starts;
 * `interrupted`.
 */
export async function reproduce(repo: Repo, request: ReproduceRequest): Promise<ReproduceReport> {
  const found = await resolveHere(repo, await repo.git.refs(), parseLabel(request.label));
  for (const text of warningsOf(found)) repo.watch.warn(text);
  const { version } = found;
  const run = recordedRun(version);
  const words = unmasked(repo, run, {
    env: request.env,
    whose: nameOf(version),
    again: `mvgit reproduce ${nameOf(version)}`,
  });
  const { tree, head } = await startOf(repo, version);
  const inputs = await inputsOf(repo, tree, version.pack.weights);
  const held = inputs.map(({ path, pointer: { hash, size, files } }): PackageFile => ({
    path,
    hash,
    size,
    ...(files === undefined ? {} : { files }),
  }));
  return whileHeld(repo, held, () =>
    withScratch(repo, { tree, head, keep: request.keep }, async (scratch) => {
      await bringInputs(repo, scratch, inputs);
      return again({ repo, scratch, version, run, words, inputs: held, request });
    }),
  );
}

function recordedRun(version: Version): Run {
  const { run, weights, metrics } = version.pack;
  const name = nameOf(version);
  const refuse = (why: string, hint: string): MvgitError =>
    new MvgitError("not-reproducible", `cannot reproduce ${name}: ${why}`, { subject: name, hint });
  if (run === null)
    throw refuse(
      "it was saved, and no command of it is known",
      `'mvgit run ${version.model} -- COMMAND' records how the next version is made`,
    );
  if (weights.length + Object.keys(metrics).length === 0)
    throw refuse(
      "it has neither weights nor scores that could be compared",
      "name what the command writes with '--weights' or '--metrics' when it is run",
    );
  return run;
}

interface Again {
  repo: Repo;
  scratch: Repo;
  version: Version;
  run: Run;
  words: readonly string[];
  inputs: PackageFile[];
  request: ReproduceRequest;
}

/**
 * What is written to folders of which a version of before did not say whether they were there; a program may fail where
 * one is too many.
 */
function placesToMake({ run, weights }: Package, metrics: readonly RepoPath[]): RepoPath[] {
  const written = weights.map((each) => each.path);
  if ((run?.id ?? null) === null) return [...written, ...metrics];
  const known = new Set(written.map(parentOf));
  return metrics.filter((path) => !known.has(parentOf(path)));
}

async function again(context: Again): Promise<ReproduceReport> {
  const { repo, scratch, version, run, request, inputs } = context;
  const { pack } = version;
  const sources: Sources = { params: listed(pack.sources.params), metrics: listed(pack.sources.metrics) };
  const tree = readTreeRecord(pack.environment);
  const code = await fillScratch(repo, scratch, { record: tree, folder: run.folder });
  for (const path of placesToMake(pack, sources.metrics ?? [])) scratch.guard.resolveForWriting(path);
  const before = await lookBefore(scratch, sources, run);
  const { ended, seconds, environment, log, tracking, rebuilt, programs } = await start(context, tree);
  if (ended.stopped !== null)
    throw new MvgitError("interrupted", `stopped by ${ended.stopped}: nothing was compared`, {
      hint: "run the same command again",
      status: statusOfStop(ended.stopped),
    });
  const masker = new Masker(repo.env, request.env);
  const tracked = await trackedAgain(context, tracking, masker);
  const results = await readResults(scratch, sources, { folder: run.folder, before, log, tracked });
  const weights = await compareWeights(scratch, pack);
  const scores = compareResults(
    pack.metrics,
    Object.fromEntries(Object.entries(results.metrics).map(([name, value]) => [masker.text(name), value])),
    request.tolerance,
  );
  const moved = movedEnvironment(pack.environment, environment, {
    ...programs,
    lacking: rebuilt?.lacking.map((each) => each.package) ?? [],
  });
  const found = {
    code,
    data: differently(run.changedInputs, await changedSince(scratch, inputs)),
    settings: movedSettings(pack.params, comparable(results.params, pack, masker)),
    environment: moved.differences,
    environmentState: moved.state,
    environmentUnknown: moved.unknown,
  };
  const failure = failureOf(ended, { version, tree, canRebuild: rebuilt === null && moved.state === "differs" });
  const verdict = failure === null ? verdictOf(weights, scores) : "differs";
  const report = {
    label: nameOf(version),
    verdict,
    first: verdict === "differs" ? firstOf(found) : null,
    weights,
    scores,
    tolerance: request.tolerance,
    ...found,
    ran: ranNow(environment, programs, repo.env["HOME"]),
    rebuilt: rebuilt && { ...rebuilt, wasUsed: ranInside(environment, programs, repo.env["HOME"]) },
    notes: pack.notes,
  };
  return { ...report, status: ended.status, seconds, folder: request.keep === null ? null : scratch.top, failure };
}

/** What MLflow's client recorded this time. */
async function trackedAgain({ repo, scratch, version }: Again, tracking: Tracking, masker: Masker): Promise<Tracked> {
  const recorded = await readRunsAt(repo.git, version.commit, version.model);
  const tracked = await takeTracked(scratch, tracking, {
    model: version.model,
    best: recorded?.best ? parseBest(recorded.best) : null,
    masker,
    before: { stood: false, own: new Map() },
    undo: null,
  });
  forgetTracking(tracking, tracked);
  return tracked;
}

/**
 * Settings as a package has them. A package of format 1 says nothing of its command's options and of the files that
 * these name.
 */
function comparable(params: Package["params"], pack: Package, masker: Masker): Package["params"] {
  return Object.fromEntries(
    Object.entries(params)
      .filter(([name]) => pack.origins !== undefined || Object.hasOwn(pack.params, name))
      .map(([name, value]) => [masker.text(name), masker.value(name, value)]),
  );
}

function listed(paths: readonly string[]): RepoPath[] | null {
  return paths.length === 0 ? null : (paths as RepoPath[]);
}

interface Started {
  ended: Ended;
  seconds: number;
  environment: Mapping;
  log: string;
  tracking: Tracking;
  rebuilt: RebuiltReport | null;
  programs: Programs;
}

async function start(
  { repo, scratch, version, run, words, request }: Again,
  tree: TreeRecord | null,
): Promise<Started> {
  const cwd = join(scratch.top, run.folder);
  // Settings that keep Git quiet are mvgit's own, not the command's.
  const recorded = asRecorded(withoutGitVariables(repo.env), version.pack.environment);
  const { programs, rebuilt } = await prepareEnvironment(repo, scratch, {
    version,
    words,
    env: recorded,
    tree,
    rebuild: request.rebuild,
  });
  const { file, env } = programs;
  const capture = new Capture(
    [file, ...programs.words.slice(1)],
    { cwd, top: scratch.top, env },
    new Masker(repo.env, request.env),
  );
  const log = makeLog(scratch);
  repo.watch.signal.throwIfAborted();
  const started = repo.watch.clock.now();
  const tracking = await startTracking(scratch, log);
  try {
    const ended = await runThrough({
      file,
      command: programs.words,
      cwd,
      env: { ...env, PWD: cwd, MVGIT_LOG: log, [RUN_VARIABLE]: nameOf(version), ...tracking.env },
      stdoutToStderr: request.stdoutToStderr,
      signals: request.signals,
      onStart: (pid) => capture.observe(pid, { name: "MVGIT_LOG", value: log }),
    });
    const seconds = (repo.watch.clock.now() - started) / 1000;
    const { environment } = await capture.result();
    return { ended, seconds, environment, log, tracking, rebuilt, programs };
  } finally {
    capture.ended();
    await tracking.server?.close();
  }
}

/**
 * The interpreters that were seen, as `VERSION (PLACE)`; of a shadow beside the work tree, the place that it stands
 * for.
 */
function ranNow(recorded: Mapping, { environment, source }: Programs, home = ""): string[] {
  const seen = readEnvironmentRecord(recorded).interpreters.filter((each) => each.role === "program");
  const shown = (place: RecordedPlace): string => {
    const path = absolute(place, home);
    return environment !== null && source !== null && path.startsWith(`${environment}/`)
      ? source + path.slice(environment.length)
      : formatPlace(place);
  };
  return seen.map(
    ({ kind, version, executable }) =>
      `${kind}${version === "" ? "" : ` ${version}`}${executable === null ? "" : ` (${shown(executable)})`}`,
  );
}

/**
 * Whether every Python that was seen is one of the scratch work tree's keeping: a command may call another by where it
 * is, or make its own.
 */
function ranInside(recorded: Mapping, { environment }: Programs, home = ""): boolean {
  const pythons = readEnvironmentRecord(recorded).interpreters.filter(
    (each) => each.kind === "python" && each.role === "program",
  );
  return pythons.every(
    ({ executable }) =>
      executable === null ||
      executable.place === "work tree" ||
      (environment !== null && isInside(absolute(executable, home), environment)),
  );
}

function absolute({ place, path }: RecordedPlace, home: string): string {
  return place === "home" ? join(home, path) : path;
}

async function compareWeights(scratch: Repo, { weights }: Package): Promise<WeightResult[]> {
  const results: WeightResult[] = [];
  for (const { path, hash } of weights) {
    const found = await identifyPath(scratch.guard, path, scratch.watch.signal).catch((error: unknown) => {
      if (isMvgitError(error, "link-refused")) return null;
      throw error;
    });
    results.push({ path, recorded: hash, found, same: found === hash });
  }
  return results;
}

/** What is in one of the lists only: a command that changes its own input does so each time. */
function differently(then: readonly string[], now: readonly string[]): string[] {
  return [...then.filter((path) => !now.includes(path)), ...now.filter((path) => !then.includes(path))];
}

/** Ignored files that are named. */
const FEW = 5;

function failureOf(
  { status, signal }: Ended,
  { version, tree, canRebuild }: { version: Version; tree: TreeRecord | null; canRebuild: boolean },
): MvgitError | null {
  const recorded = version.pack.run?.status ?? 0;
  if (status === recorded) return null;
  const how = signal ? `was ended by ${signal}` : `ended with status ${status}`;
  const ignored = tree?.ignored ?? [];
  const those =
    ignored.length === 0
      ? ""
      : ` (then: ${ignored
          .slice(0, FEW)
          .map((path) => `'${display(path)}'`)
          .join(", ")}${andMore(ignored.length - FEW)})`;
  const then = recorded === 0 ? "well" : `with status ${recorded}`;
  const other = canRebuild ? "; '--rebuild-environment' makes the recorded environment anew" : "";
  return new MvgitError("run-failed", `the command ${how}, where it ended ${then} when ${nameOf(version)} was made`, {
    subject: nameOf(version),
    hint: prose`it has only what the version holds: files that Git ignores are not there${those}; '--keep DIR' lets
        you look${other}`,
  });
}

function firstOf(found: Pick<ReproduceReport, "code" | "data" | "settings" | "environment">): Cause {
  return (["code", "data", "settings", "environment"] as const).find((cause) => found[cause].length > 0) ?? "result";
}
