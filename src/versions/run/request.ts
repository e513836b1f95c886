/** What a version is to be made of: as asked, and else as the newest version of the model was. */
import { andMore } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import { checkPath, display, isWithin, type RepoPath } from "../../base/paths.ts";
import { identity, unfinishedWork } from "../../git/history.ts";
import { checkModelName, type ModelName } from "../../values/label.ts";
import { type Package, packagePath, type Run } from "../../values/package.ts";
import { refuseNames } from "../../files/add.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, type Tracked } from "../../repo/tracked.ts";
import { modelAlike, nameOf, readVersion, versionRefs } from "../../registry/versions.ts";
import { look } from "../../worktree/stamp.ts";
import { isArtifacts, withoutMade } from "./outcome/made-by-models.ts";
import { type Asked, namedMetrics, namedParams } from "../making/named-sources.ts";
import { lackingWeights, outputsOf } from "./outcome/unnamed.ts";
import { requireNumbers } from "../making/numbers.ts";

/** Paths as typed, from the current folder; what is empty is as last time. */
export interface VersionRequest {
  model: string;
  data: readonly string[];
  weights: readonly string[];
  params: readonly string[];
  metrics: readonly string[];
  message: string;
  /** Takes also what is behind its pointer, incomplete or changed on both sides, as it stands here. */
  asIs?: boolean;
}

export interface Wanted {
  model: ModelName;
  /** Null when nobody named any: then all that is tracked counts as data, but what models made. */
  data: RepoPath[] | null;
  weights: RepoPath[];
  /** Null when nobody named any: then they are looked for by their usual names. */
  params: RepoPath[] | null;
  metrics: RepoPath[] | null;
  message: string;
  /** Sentences on what was named for the version before, and is not there any more. */
  notes: string[];
  asIs: boolean;
  author: string;
  /** The newest version of the model in this clone that can be read. */
  last: Package | null;
  /** Of the newest version that was run, not saved. */
  lastRun: Run | null;
  /** Where the model has no version yet: one that is here and is called nearly so. */
  alike: string | null;
}

/** Refuses what could not become a version, before anything is done. Throws `usage`, `not-supported`, `git-failed`. */
export async function resolveRequest(repo: Repo, request: VersionRequest, { isSave = false } = {}): Promise<Wanted> {
  const model = checkModelName(request.model);
  const author = await checkReady(repo);
  // A link on the way is refused now, not after hours of training.
  repo.guard.resolve(packagePath(model));
  await requireNumbers(repo, model);
  const { last, lastRun, alike } = await lastVersions(repo, model);
  const named = (typed: readonly string[], before: readonly string[] | undefined): RepoPath[] | null => {
    if (typed.length > 0) return typed.map((each) => pathOf(repo, each));
    return before && before.length > 0 ? before.map((each) => checkPath(each, "package")) : null;
  };
  const data = outermost(
    named(
      request.data,
      last?.data.map((each) => each.path),
    ),
  );
  const weights = [...new Set(named(request.weights, weightsOf(last)) ?? [])];
  await refuseOverlap(repo, weights);
  await refuseNames(repo, [...(data ?? []), ...weights]);
  const asked = (typed: readonly string[], before: readonly string[] = []): Asked => ({
    typed: isNone(typed) ? [] : (named(typed, []) ?? []),
    before: isNone(typed) ? [] : (named([], before) ?? []),
    isSave,
  });
  const params = await namedParams(repo, asked(request.params, last?.sources.params));
  const metrics = await namedMetrics(repo, asked(request.metrics, last?.sources.metrics));
  return {
    model,
    author,
    last,
    lastRun,
    alike,
    data,
    weights,
    params: isNone(request.params) ? [] : params.paths,
    metrics: isNone(request.metrics) ? [] : metrics.paths,
    message: request.message,
    notes: [...params.notes, ...metrics.notes],
    asIs: request.asIs ?? false,
  };
}

/** What was named for a version as weights, whether its command wrote it or not. */
function weightsOf(last: Package | null): string[] {
  const written =
    last?.weights.map((each) => each.path).filter((path) => !isArtifacts(path) && !outputsOf(last).includes(path)) ??
    [];
  return [...written, ...lackingWeights(last)];
}

/** The word that names no file where files are named. */
function isNone(typed: readonly string[]): boolean {
  return typed.length === 1 && typed[0] === "none";
}

/** Each path once, and none that lies in another. */
function outermost(paths: RepoPath[] | null): RepoPath[] | null {
  return paths && [...new Set(paths)].filter((path) => !paths.some((each) => each !== path && isWithin(path, each)));
}

/**
 * Weights that lie in each other, or hold what is tracked on its own, could not be taken in when the command has ended.
 */
async function refuseOverlap(repo: Repo, weights: readonly RepoPath[]): Promise<void> {
  const tracked =
    weights.length === 0
      ? []
      : (await listTracked(repo)).filter((each) => each.reading.kind !== "absent").map((each) => each.path);
  for (const path of weights) {
    const other = weights.find((each) => each !== path && isWithin(path, each));
    if (other)
      throw new MvgitError(
        "usage",
        `the weights '${display(path)}' lie in '${display(other)}', which is named as well`,
        { subject: display(path), hint: "name the folder alone, or its files one by one" },
      );
    const inner = tracked.find((each) => each !== path && isWithin(each, path));
    if (inner)
      throw new MvgitError(
        "already-tracked",
        `the weights '${display(path)}' hold '${display(inner)}', which is tracked on its own`,
        {
          subject: display(path),
          hint: `run 'mvgit rm --keep ${display(inner)}' first, or name the files of the folder one by one`,
        },
      );
  }
}

function pathOf(repo: Repo, typed: string): RepoPath {
  const path = repo.pathOf(typed);
  if (path !== "") return path;
  throw new MvgitError("usage", `'${display(typed)}' is the whole work tree`, {
    subject: display(typed),
    hint: "name files and folders inside it",
  });
}

/** Who will be the author. Throws where a commit could not be made at the end. */
async function checkReady(repo: Repo): Promise<string> {
  const unfinished = unfinishedWork(repo.git);
  if (unfinished !== null) {
    throw new MvgitError("not-supported", `cannot make a version: a ${unfinished} is unfinished`, {
      subject: unfinished,
      hint: `end it with 'git ${unfinished} --continue', or leave it with 'git ${unfinished} --abort'`,
    });
  }
  const conflicted = (await repo.git.index()).find((each) => each.stage !== 0);
  if (conflicted) {
    throw new MvgitError("pointer-conflicted", `cannot make a version: '${display(conflicted.path)}' is in conflict`, {
      subject: display(conflicted.path),
      hint: "resolve it and 'git add' it first",
    });
  }
  return identity(repo.git);
}

async function lastVersions(repo: Repo, model: ModelName): Promise<Pick<Wanted, "last" | "lastRun" | "alike">> {
  let last: Package | null = null;
  const refs = await repo.git.refs();
  const own = versionRefs(refs, model);
  const alike = own.length > 0 ? null : modelAlike(refs, model);
  for (const ref of own.toReversed()) {
    const reading = await readVersion(repo.git, ref);
    if (reading.kind === "damaged") repo.watch.warn(`${nameOf(ref)} is passed over: ${reading.reason}`);
    if (reading.kind !== "version") continue;
    last ??= reading.version.pack;
    if (reading.version.pack.run !== null) return { last, lastRun: reading.version.pack.run, alike };
  }
  return { last, lastRun: null, alike };
}

/** The current folder, relative to the top; "" for it. */
export function folderOf(repo: Repo): string {
  return repo.git.place.prefix.replace(/\/$/, "");
}

/**
 * What counts as data: as named, else all that is tracked and there but what models made; and what to note of that.
 * Throws `not-tracked` for what sparse checkout leaves out.
 */
export async function dataOf(
  repo: Repo,
  { model, data, weights }: Wanted,
): Promise<{ paths: RepoPath[]; notes: string[] }> {
  const tracked = await listTracked(repo);
  const sparse = tracked.filter((each) => each.reading.kind === "sparse").map((each) => each.path);
  if (data !== null) {
    const lacking = data.find((path) => sparse.some((each) => isWithin(path, each)));
    if (lacking === undefined) return { paths: data, notes: [] };
    throw new MvgitError(
      "not-tracked",
      `cannot take '${display(lacking)}' as data: sparse checkout leaves it out of the work tree`,
      {
        subject: display(lacking),
        hint: `bring it in with 'git sparse-checkout add' and 'mvgit pull', or name other data with '--data PATH'`,
      },
    );
  }
  const isGone = (each: Tracked): boolean =>
    each.reading.kind === "absent" && look(repo.guard.resolve(each.path)) === null;
  const here = tracked.filter((each) => each.reading.kind !== "sparse" && !isGone(each));
  const few = sparse
    .slice(0, 10)
    .map((path) => `'${display(path)}'`)
    .join(", ");
  const notes =
    sparse.length === 0
      ? []
      : [`sparse checkout leaves ${few}${andMore(sparse.length - 10)} out of the work tree: no data of this version`];
  const made = await withoutMade(
    repo,
    model,
    here.filter(({ path }) => !weights.some((each) => isWithin(path, each))),
  );
  return { paths: made.paths, notes: [...notes, ...made.notes] };
}
