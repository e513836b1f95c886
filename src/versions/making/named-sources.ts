/** Files of settings and scores that were named, now or for the version before: none is passed over without a word. */
import { MvgitError } from "../../base/errors.ts";
import { baseOf, display, type RepoPath } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Found, look } from "../../worktree/stamp.ts";
import {
  fromWorkTree,
  isLogName,
  isReadable,
  METRIC_ENDINGS,
  PARAM_ENDINGS,
  readMetrics,
  readParams,
} from "./read-values.ts";

/** Files where settings are looked for when nobody names any, and scores. */
export const PARAMS = ["params.yaml", "params.yml", "params.toml", "params.json"];
export const METRICS = ["metrics.json", "metrics.yaml", "metrics.yml", "metrics.csv"];

type What = "params" | "metrics";
const ABSENT = "it is not there";

export interface Asked {
  /** Named now. */
  typed: readonly RepoPath[];
  /** Those of the version before. */
  before: readonly RepoPath[];
  /** Nothing is run: what is not there now will not be. */
  isSave: boolean;
}

export interface Sources {
  /** Null when nobody named any: then they are looked for by their usual names. */
  paths: RepoPath[] | null;
  notes: string[];
}

/** Throws `usage` for a file of settings that cannot be read now. */
export async function namedParams(repo: Repo, { typed, before }: Asked): Promise<Sources> {
  const notes: string[] = [];
  for (const path of typed) await requireParams(repo, path, null);
  if (typed.length > 0) return { paths: [...typed], notes };
  const kept: RepoPath[] = [];
  for (const path of before) {
    // What was found by its usual name need not have been asked for.
    if (PARAMS.includes(baseOf(path))) {
      if (at(repo, path) === null)
        notes.push(
          `'${display(path)}', from which the version before has settings, is gone: this version has none from it`,
        );
      else kept.push(path);
    } else {
      await requireParams(repo, path, "the version before has settings from it");
      kept.push(path);
    }
  }
  return { paths: kept.length > 0 ? kept : null, notes };
}

/** Throws `usage` for a file of scores that cannot be read, or that no command could write there. */
export async function namedMetrics(repo: Repo, { typed, before, isSave }: Asked): Promise<Sources> {
  for (const path of [...typed, ...before]) if (typed.length === 0 || typed.includes(path)) refuseMetrics(repo, path);
  for (const path of isSave ? typed : []) {
    // A log is read by its lines.
    if (isLogName(path) && at(repo, path) !== null) continue;
    const read = await readMetrics(fromWorkTree(repo), path);
    if ("problem" in read) throw refusal("metrics", path, read.problem, null);
  }
  const paths = typed.length > 0 ? typed : before;
  return { paths: paths.length > 0 ? [...paths] : null, notes: [] };
}

async function requireParams(repo: Repo, path: RepoPath, why: string | null): Promise<void> {
  if (!isReadable(path, "params")) throw refusal("params", path, `it ends in none of ${PARAM_ENDINGS}`, why);
  if (at(repo, path) === null) throw refusal("params", path, ABSENT, why);
  const read = await readParams(fromWorkTree(repo), path);
  if ("problem" in read) throw refusal("params", path, read.problem, why);
}

/** It need not be there yet. */
function refuseMetrics(repo: Repo, path: RepoPath): void {
  if (!isReadable(path, "metrics")) throw refusal("metrics", path, `it ends in none of ${METRIC_ENDINGS}`, null);
  const found = at(repo, path);
  if (found !== null && found.kind !== "file")
    throw refusal("metrics", path, `it is a ${found.kind === "special" ? "special file" : found.kind}`, null);
}

/** Null for nothing. Throws `link-refused` and the like where something else than folders is on the way. */
function at(repo: Repo, path: RepoPath): Found | null {
  return look(repo.guard.resolve(path));
}

function refusal(what: What, path: RepoPath, problem: string, why: string | null): MvgitError {
  const name = display(path);
  let first = "";
  if (problem === ABSENT) first = "check its name, or ";
  else if (what === "params") first = "mend it, or ";
  return new MvgitError(
    "usage",
    `cannot take ${what === "params" ? "settings" : "scores"} from '${name}': ${problem}`,
    {
      subject: name,
      hint:
        (why === null ? "" : `${why}; `) +
        `${first}name another file with '--${what} FILE', or none with '--${what} none'`,
    },
  );
}
