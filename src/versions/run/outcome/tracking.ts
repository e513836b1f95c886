/** MLflow during a run: the server that its client finds, and what it recorded as a part of the version. */
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import { copyTree, makeFolder, moveFile, removeFile, removeTree, replaceFile } from "../../../base/disk.ts";
import { isMvgitError, systemCode } from "../../../base/errors.ts";
import { fromSystem } from "../../../base/system-errors.ts";
import { display, type RepoPath } from "../../../base/paths.ts";
import { outcomeOf } from "../../../mlflow/outcome.ts";
import { serveTracking, type TrackingServer } from "../../../mlflow/server.ts";
import { type Best, formatBest, parseBest } from "../../../values/best.ts";
import type { ModelName } from "../../../values/label.ts";
import type { PackageFile } from "../../../values/package.ts";
import { artifactsPath, formatRuns, type RecordedRun } from "../../../values/recorded-runs.ts";
import type { Metrics, Params } from "../../../values/recorded-values.ts";
import type { Masker } from "../../../values/secrets.ts";
import type { Repo } from "../../../repo/repo.ts";
import { listTracked } from "../../../repo/tracked.ts";
import { readRunsAt } from "../../../registry/recorded.ts";
import { look } from "../../../worktree/stamp.ts";
import type { Undo } from "../../../repo/undo.ts";
import { filesOf, takeIn } from "../inputs.ts";
import { type LaidOut, Layout } from "./lay-out.ts";
import { REFUSALS } from "./refusals.ts";

export interface Tracking {
  /** Variables for the command. */
  env: Readonly<Record<string, string>>;
  /** Null where the user has a server of their own. */
  server: TrackingServer | null;
  journal: string;
  /** Folder of artifacts that are not in the version yet. */
  artifacts: string;
}

/** By which score the newest version of the current branch chose among its runs; null for none. */
export async function lastBest(repo: Repo, model: ModelName): Promise<Best | null> {
  const head = await repo.git.resolveCommit("HEAD");
  const runs = head === null ? null : await readRunsAt(repo.git, head, model);
  return runs === null || runs.best === null ? null : parseBest(runs.best);
}

/** `log`: the run's log file, beside which it writes. A server that cannot be had is a warning: training goes on. */
export async function startTracking(repo: Repo, log: string): Promise<Tracking> {
  const base = log.replace(/\.jsonl$/, "");
  const places = { journal: `${base}.mlflow.jsonl`, artifacts: `${base}.artifacts` };
  if (repo.env["MLFLOW_TRACKING_URI"]) return { ...places, env: {}, server: null };
  try {
    const server = await serveTracking(places, () => Math.trunc(repo.watch.clock.now()));
    return { ...places, env: { MLFLOW_TRACKING_URI: server.url, ...QUIET, ...aroundProxies(repo.env) }, server };
  } catch (error) {
    repo.watch.warn(
      `MLflow scripts will not be recorded: no server could be started (${systemCode(error) ?? String(error)})`,
    );
    return { ...places, env: {}, server: null };
  }
}

/** Clients print links to a server's pages, which this one has not. */
const QUIET = { MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT: "true" };

/** Python's HTTP clients ask a proxy for 127.0.0.1 too, unless told otherwise. */
function aroundProxies(env: Repo["env"]): Record<string, string> {
  if (!["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].some((name) => env[name])) return {};
  const list = [env["no_proxy"] ?? env["NO_PROXY"], "127.0.0.1"].filter(Boolean).join(",");
  return { NO_PROXY: list, no_proxy: list };
}

/** What MLflow's client recorded, as parts of a version. */
export interface Tracked {
  params: Params;
  metrics: Metrics;
  curves: string[];
  /** The file of runs; null when nothing was recorded. */
  runs: string | null;
  files: PackageFile[];
  notes: string[];
}

const NOTHING: Tracked = { params: {}, metrics: {}, curves: [], runs: null, files: [], notes: [] };

export interface TrackedWish {
  model: ModelName;
  best: Best | null;
  masker: Masker;
  /** What stood in the folder of its files before the command. */
  before: LaidOut;
  /** Null only puts the files into the work tree, where they are compared and not kept. */
  undo: Undo | null;
}

/**
 * Takes what was recorded into the work tree and the store. The server must be closed. What cannot be stored is noted,
 * and no error.
 */
export async function takeTracked(
  repo: Repo,
  { server, artifacts }: Tracking,
  { model, best, masker, before, undo }: TrackedWish,
): Promise<Tracked> {
  // Without runs it is asked for all the same, by the next run too.
  const none = { ...NOTHING, runs: best && formatRuns({ folder: null, best: formatBest(best), more: 0, runs: [] }) };
  if (server === null)
    return repo.env["MLFLOW_TRACKING_URI"]
      ? { ...none, notes: ["MLFLOW_TRACKING_URI was set: what MLflow records there is not part of this version"] }
      : none;
  const { runs, chosen, moves, files, notes } = outcomeOf(server.recording, best);
  if (chosen === null) return { ...none, notes };
  const folder = artifactsPath(model);
  for (const [name, text] of files) writeInto(join(artifacts, "ready", name), masker.text(text));
  for (const { from, to } of moves)
    if (fs.existsSync(join(artifacts, from))) moveInto(join(artifacts, from), join(artifacts, "ready", to));
  const counted = runs.map((run) => count(run, join(artifacts, "ready")));
  const taken =
    filesIn(join(artifacts, "ready")).length > 0
      ? await layOut(repo, { path: folder, artifacts, before }, undo)
      : { files: [], notes: [] };
  if ("problem" in taken)
    notes.push(
      `${taken.problem}: MLflow's artifacts are not part of this version, and kept in '${display(artifacts)}'`,
    );
  else notes.push(...taken.notes);
  const stored = "files" in taken ? taken.files : [];
  const listed = {
    folder: stored.length === 0 ? null : folder,
    best: best && formatBest(best),
    more: 0,
    runs: counted.map((run) => masked(run, masker)),
  };
  return { ...chosen, runs: formatRuns(listed), files: stored, notes };
}

/** As `takeTracked`, for a run that did not end well: values alone. Its files stay where they are. */
export function readTracked(
  { server, artifacts }: Tracking,
  { best, masker }: Pick<TrackedWish, "best" | "masker">,
): Tracked {
  if (server === null) return NOTHING;
  const { runs, chosen, notes } = outcomeOf(server.recording, best);
  if (chosen === null) return { ...NOTHING, notes };
  const listed = runs.map((run) =>
    masked({ ...run, artifacts: null, models: run.models.map((each) => ({ ...each, folder: null })) }, masker),
  );
  const kept = fs.existsSync(artifacts)
    ? [`MLflow's artifacts are not part of this version, and kept in '${display(artifacts)}'`]
    : [];
  return {
    ...chosen,
    runs: formatRuns({ folder: null, best: best && formatBest(best), more: 0, runs: listed }),
    files: [],
    notes: [...notes, ...kept],
  };
}

function writeInto(file: string, text: string): void {
  makeFolder(dirname(file));
  replaceFile(file, text, false);
}

function moveInto(from: string, to: string): void {
  makeFolder(dirname(to));
  try {
    moveFile(from, to);
  } catch (error) {
    if (systemCode(error) !== "EXDEV") throw fromSystem(error, `move '${from}'`, from);
    copyTree(from, to);
    removeTree(from);
  }
}

function count(run: RecordedRun, ready: string): RecordedRun {
  const models = run.models.map((each) => ({
    ...each,
    folder: each.folder !== null && fs.existsSync(join(ready, each.folder)) ? each.folder : null,
  }));
  const folder = run.artifacts && join(ready, run.artifacts.folder);
  if (folder === null || !fs.existsSync(folder)) return { ...run, models, artifacts: null };
  const sizes = filesIn(folder).map((file) => fs.statSync(file).size);
  return {
    ...run,
    models,
    artifacts:
      sizes.length === 0
        ? null
        : {
            folder: (run.artifacts as { folder: string }).folder,
            files: sizes.length,
            bytes: sizes.reduce((sum, size) => sum + size, 0),
          },
  };
}

/** All files below a folder; none where there is no folder. */
function filesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
}

function masked(run: RecordedRun, masker: Masker): RecordedRun {
  const values = <V>(map: Record<string, V>): Record<string, V> =>
    Object.fromEntries(Object.entries(map).map(([name, value]) => [masker.text(name), masker.value(name, value) as V]));
  return {
    ...run,
    name: masker.text(run.name),
    params: values(run.params),
    metrics: run.metrics,
    tags: values(run.tags),
    datasets: run.datasets.map((each) => ({ ...each, name: masker.text(each.name) })),
  };
}

/**
 * The files that are ready given their places, and the folder taken in; or why it could not be, and then all is as it
 * was.
 */
async function layOut(
  repo: Repo,
  { path, artifacts, before }: { path: RepoPath; artifacts: string; before: LaidOut },
  undo: Undo | null,
): Promise<{ files: PackageFile[]; notes: string[] } | { problem: string }> {
  let layout: Layout | null = null;
  try {
    const place = repo.guard.resolveForWriting(path);
    const isTracked = (await listTracked(repo)).some((each) => each.path === path);
    if (!isTracked && before.stood && look(place) !== null)
      return { problem: `'${path}' is not tracked by mvgit and in the way` };
    if (look(place) !== null && look(place)?.kind !== "folder")
      return { problem: `'${path}' is no folder any more, and in the way` };
    layout = new Layout(place, join(artifacts, "before"));
    layout.apply(join(artifacts, "ready"), before.own);
    if (undo !== null) await takeIn(repo, [path], undo);
    layout.conclude();
    return { files: undo === null ? [] : await filesOf(repo, [path]), notes: layout.notes };
  } catch (error) {
    layout?.takeBack();
    if (!isMvgitError(error) || !REFUSALS.has(error.code)) throw error;
    return { problem: error.message };
  }
}

/** The folder of artifacts, where they are no part of the version and stay; else null. */
export function artifactsKept(
  { artifacts }: Pick<Tracking, "artifacts">,
  { notes }: Pick<Tracked, "notes">,
): string | null {
  return notes.some((note) => note.includes(`'${display(artifacts)}'`)) ? artifacts : null;
}

/** Removes what the run wrote beside its log. */
export function forgetTracking({ journal, artifacts }: Tracking, tracked: Tracked): void {
  removeFile(journal);
  if (artifactsKept({ artifacts }, tracked) === null) removeTree(artifacts);
}

/** Files that are kept of a run of which no version was made. */
export function keptTracking({ journal, artifacts }: Tracking): string[] {
  return [journal, artifacts].filter((file) => fs.existsSync(file));
}
