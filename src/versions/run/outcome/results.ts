/** Settings and scores of a run, from where its program leaves them. */
import { fromSystem } from "../../../base/system-errors.ts";
import { display, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { ModelName } from "../../../values/label.ts";
import { type Layer, LOG, MLFLOW, overlay } from "../../../values/layers.ts";
import type { Package } from "../../../values/package.ts";
import { RunLog } from "../../../values/run-log.ts";
import type { Metrics, Params } from "../../../values/recorded-values.ts";
import type { Repo } from "../../../repo/repo.ts";
import { look, type Stamp } from "../../../worktree/stamp.ts";
import { type AskedSettings, askedSettings, type Asking } from "../settings/asked-settings.ts";
import { plainFile } from "../inside.ts";
import { scoresOfOthers } from "./made-by-models.ts";
import { linesOf } from "../kept/log-file.ts";
import { lostNotes } from "../kept/lost-notes.ts";
import { METRICS, PARAMS } from "../../making/named-sources.ts";
import { fromWorkTree, isLogName, readMetrics, readParams } from "../../making/read-values.ts";
import type { Wanted } from "../request.ts";
import { type Candidates, configurationsHere, resolvedSettings } from "../settings/resolved-settings.ts";
import type { Tracked } from "./tracking.ts";

/** Where settings and scores are looked for. */
export type Sources = Pick<Wanted, "params" | "metrics">;

export interface Results extends Pick<Package, "params" | "metrics" | "sources"> {
  /** Of each of `params`. */
  origins: Record<string, string>;
  curves: string | null;
  /** What the log names as weights, as it does. */
  weights: readonly string[];
  /** The file of recorded-runs.ts; null for none. */
  runs: string | null;
  notes: string[];
}

/** What stood there when the command started. */
export interface Before {
  params: Map<RepoPath, Params>;
  /** Of the command's own words and the files that it names. */
  asked: AskedSettings;
  /** Configurations that frameworks wrote earlier. */
  configurations: Candidates;
  /** Of files that may hold scores. */
  stamps: Map<RepoPath, Stamp>;
  notes: string[];
}

/** How a command is about to be run: its words as recorded, and where it starts, relative to the top. */
export type Starting = Pick<Asking, "command" | "secrets" | "folder">;

/** Reads the settings, and looks at the files of scores. */
export async function lookBefore(repo: Repo, wanted: Sources, starting: Starting): Promise<Before> {
  const { folder } = starting;
  const read = locate(repo, { named: wanted.params, usual: PARAMS, folder });
  const asked = await askedSettings(repo, { ...starting, besides: [...read, ...(wanted.metrics ?? [])] });
  const before: Before = {
    params: new Map(),
    stamps: new Map(),
    notes: [...asked.notes],
    asked,
    configurations: await configurationsHere(repo),
  };
  for (const path of read) {
    if (look(repo.guard.resolve(path)) === null) continue;
    await readInto(repo, path, before);
  }
  for (const path of wanted.metrics ?? [...new Set([...inFolder(METRICS, folder), ...inFolder(METRICS, "")])]) {
    const found = look(repo.guard.resolve(path));
    if (found !== null) before.stamps.set(path, found.stamp);
  }
  return before;
}

/** The files that are named, or those of the usual names in the first folder that has any. */
function locate(
  repo: Repo,
  { named, usual, folder }: { named: RepoPath[] | null; usual: readonly string[]; folder: string },
): RepoPath[] {
  if (named !== null) return named;
  for (const each of new Set([folder, ""])) {
    const found = inFolder(usual, each).filter((path) => look(repo.guard.resolve(path))?.kind === "file");
    if (found.length > 0) return found;
  }
  return [];
}

function inFolder(names: readonly string[], folder: string): RepoPath[] {
  return names.map((name) => (folder === "" ? name : `${folder}/${name}`) as RepoPath);
}

export interface ReadingResults {
  /** Where the command started, relative to the top. */
  folder: string;
  before: Before | null;
  log: string | null;
  logStart?: number;
  tracked: Tracked | null;
  /** Where nothing was run, so that files of scores may be those of another model. */
  model?: ModelName | null;
}

/**
 * What the run left. `before`: null where nothing was run, so that every file counts as it is. `logStart`: the byte at
 * which the run's part of the log begins.
 */
export async function readResults(
  repo: Repo,
  wanted: Sources,
  { folder, before, log, logStart = 0, tracked, model = null }: ReadingResults,
): Promise<Results> {
  const notes = [...(before?.notes ?? []), ...(tracked?.notes ?? [])];
  const logged = await readLog(log, notes, logStart);
  tracked?.curves.forEach((line) => logged.add(line));
  logged.take({}, tracked?.metrics ?? {});
  const params = await takeParams(repo, locate(repo, { named: wanted.params, usual: PARAMS, folder }), {
    before,
    notes,
  });
  const files = locate(repo, { named: wanted.metrics, usual: METRICS, folder });
  const own = wanted.metrics === null ? await withoutOthers(repo, files, { model, notes }) : files;
  const metrics = await takeMetrics(repo, own, { before, notes, logged });
  // A program that logs its settings knows them better than a file; a file of scores is what it ended with.
  const read = [...params].map(([origin, values]) => ({ origin, params: values }));
  const asked =
    before === null
      ? []
      : await askedOf(repo, before, { besides: [...params.keys(), ...(wanted.metrics ?? [])], notes });
  const taken = {
    ...overlay([
      ...read,
      ...asked,
      { origin: LOG, params: logged.params },
      { origin: MLFLOW, params: tracked?.params ?? {} },
    ]),
    metrics: merged(logged.metrics, ...metrics.values()),
    sources: {
      params: [...new Set([...params.keys(), ...(wanted.params ?? [])])],
      metrics: [...new Set([...metrics.keys(), ...(wanted.metrics ?? [])])],
    },
    runs: tracked?.runs ?? null,
  };
  const kept = bounded(taken.params, "params", notes);
  const origins = Object.fromEntries(Object.keys(kept).map((name) => [name, taken.origins[name] as string]));
  return {
    ...taken,
    params: kept,
    origins,
    metrics: bounded(taken.metrics, "metrics", notes),
    curves: logged.curves(),
    weights: logged.weights,
    notes,
  };
}

/** By file, those of before the command first: of what lay there then, the command may have changed the file. */
async function takeParams(
  repo: Repo,
  paths: readonly RepoPath[],
  { before, notes }: { before: Before | null; notes: string[] },
): Promise<Before["params"]> {
  const params = new Map(before?.params);
  for (const path of paths) {
    if (params.has(path) || notes.some((note) => note.includes(`'${display(path)}'`))) continue;
    await readInto(repo, path, { params, notes });
  }
  return params;
}

/** A file that cannot be read is noted. */
async function readInto(
  repo: Repo,
  path: RepoPath,
  { params, notes }: Pick<Before, "params" | "notes">,
): Promise<void> {
  const read = await readParams(fromWorkTree(repo), path);
  if ("values" in read) {
    params.set(path, read.values);
    notes.push(...lostNotes(path, read.lost, "settings"));
  } else notes.push(`no params were taken from '${display(path)}': ${read.problem}`);
}

/** The files of scores that no other model's run wrote. */
async function withoutOthers(
  repo: Repo,
  files: readonly RepoPath[],
  { model, notes }: { model: ModelName | null; notes: string[] },
): Promise<readonly RepoPath[]> {
  if (model === null) return files;
  const others = await scoresOfOthers(repo, model, files);
  for (const [path, name] of others)
    notes.push(
      `no metrics were taken from '${display(path)}': they are those of ${name}; '--metrics' takes them all the same`,
    );
  return files.filter((path) => !others.has(path));
}

/** What the command asked for, and what a framework made of it. */
async function askedOf(
  repo: Repo,
  { asked, configurations }: Before,
  { besides, notes }: { besides: readonly RepoPath[]; notes: string[] },
): Promise<Layer[]> {
  for (const [path, stamp] of asked.stamps) {
    if (plainFile(repo, path)?.stamp !== stamp)
      notes.push(`'${display(path)}' changed while the command ran: the settings are those of before`);
  }
  const resolved = await resolvedSettings(repo, configurations, [...besides, ...asked.stamps.keys()]);
  notes.push(...resolved.notes, ...(resolved.layer === null ? asked.partial : []));
  return [...asked.layers, ...(resolved.layer === null ? [] : [resolved.layer])];
}

/** Names of params, and of metrics, that a package has room for, and the bytes of them all. */
const MOST = 5000;
const MOST_BYTES = 1024 * 1024;

function bounded<T extends Params | Metrics>(values: T, what: string, notes: string[]): T {
  let bytes = 0;
  const entries = Object.entries(values);
  const end = entries.findIndex(
    (entry, at) => at >= MOST || (bytes += Buffer.byteLength(JSON.stringify(entry))) > MOST_BYTES,
  );
  if (end < 0) return values;
  notes.push(`only the first ${end} of ${entries.length} ${what} were taken: a package has room for no more`);
  return Object.fromEntries(entries.slice(0, end)) as T;
}

/** Without a prototype, so that a name such as `__proto__` is one like every other. */
function merged<T extends Params | Metrics>(...parts: readonly T[]): T {
  return Object.assign(Object.create(null) as T, ...parts) as T;
}

async function takeMetrics(
  repo: Repo,
  files: readonly RepoPath[],
  { before, notes, logged }: { before: Before | null; notes: string[]; logged: RunLog },
): Promise<Map<RepoPath, Metrics>> {
  const taken = new Map<RepoPath, Metrics>();
  for (const path of files) {
    const found = look(repo.guard.resolve(path));
    if (found !== null && before?.stamps.get(path) === found.stamp) {
      notes.push(
        `no metrics were taken from '${display(path)}': it was there before, and the command did not write it`,
      );
      continue;
    }
    if (isLogName(path) && found?.kind === "file") {
      // A log has curves besides, and settings.
      await addLog(repo.guard.resolve(path), logged);
      taken.set(path, {});
      continue;
    }
    const read = await readMetrics(fromWorkTree(repo), path);
    if ("values" in read) {
      taken.set(path, read.values);
      notes.push(...lostNotes(path, read.lost, "scores"));
    } else notes.push(`no metrics were taken from '${display(path)}': ${read.problem}`);
  }
  return taken;
}

async function addLog(file: string, log: RunLog, start = 0): Promise<void> {
  try {
    for await (const line of linesOf(file, start)) log.add(line);
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  }
}

async function readLog(file: string | null, notes: string[], start: number): Promise<RunLog> {
  const log = new RunLog();
  const found = file === null ? null : look(file);
  if (file === null || found === null) return log;
  if (found.kind !== "file") {
    notes.push("MVGIT_LOG was not read: what it names is no regular file");
    return log;
  }
  await addLog(file, log, start);
  if (log.malformed > 0)
    notes.push(
      prose`${log.malformed} ${log.malformed === 1 ? "line" : "lines"} of MVGIT_LOG could not be read, first
        line ${log.firstMalformed}`,
    );
  notes.push(...lostNotes("MVGIT_LOG", log.lost, "scores and settings"));
  if (log.thinned) notes.push("the curves were thinned to 4 MiB");
  return log;
}
