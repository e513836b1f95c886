/**
 * What stands in the work tree when a version begins and is no part of its tree: empty folders, repositories, ignored
 * files.
 */
import * as fs from "node:fs";
import { join, resolve, sep } from "node:path";
import { baseOf, display, isWithin, parentOf, pathProblem, type RepoPath } from "../../../base/paths.ts";
import { pattern } from "../../../base/pattern.ts";
import { fields } from "../../../git/run.ts";
import type { Oid } from "../../../git/reader.ts";
import type { Mapping } from "../../../values/document.ts";
import { environmentsNamedIn } from "../../../values/environment-places.ts";
import type { Masker } from "../../../values/secrets.ts";
import { formatTreeRecord, MOST_LISTED } from "../../../values/tree-record.ts";
import type { Repo } from "../../../repo/repo.ts";
import { listTracked } from "../../../repo/tracked.ts";
import { type Found, recordRepositories } from "../repositories.ts";
import { withScratchIndex } from "../../making/snapshot.ts";

/** Folders that are looked into, and ignored names that are kept. */
const [MOST_FOLDERS, MOST_IGNORED] = [MOST_LISTED, 100];
/** Folders in one that Git ignores, and entries that are looked at for them. */
const [MOST_INSIDE, MOST_ENTRIES] = [200, 20_000];
const MOST_ENVIRONMENTS = 50;
/** Ignored names that tools make again, and that no command misses. */
const MADE_AGAIN = pattern()`
  (?:^|/)(?:
    __pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.ipynb_checkpoints|\.DS_Store|\.idea|\.vscode|[^/]+\.pyc|
    [^/]+\.egg-info
  )$`;
const SCRIPT = /\.(?:py|ipynb|R|jl|sh|pl|rb|js|mjs|cjs|ts)$/;
const ENVIRONMENT_MARKS = ["pyvenv.cfg", "conda-meta"];

export interface Unversioned {
  /** The section `tree` of a version's environment; nothing where there is nothing to say. */
  section: { tree?: Mapping };
  notes: string[];
}

export interface UnversionedRequest {
  weights: readonly RepoPath[];
  command: readonly string[];
  /** Where the command starts, from the top. */
  folder: string;
  masker: Masker;
}

/** `tree`: that the version begins with. Throws `cannot-add` for a repository of which too little could be kept. */
export async function recordUnversioned(
  repo: Repo,
  tree: Oid,
  { weights, command, folder, masker }: UnversionedRequest,
): Promise<Unversioned> {
  const { others, ignored, submodules } = await whatGitLeaves(repo, tree);
  const data = (await listTracked(repo)).map((each) => each.path);
  const isOurs = (path: string): boolean => [...data, ...weights].some((each) => isWithin(path, each));
  const walked = walk(repo.top, others);
  const hidden = ignored.filter((path) => !isOurs(path) && !MADE_AGAIN.test(path) && path !== ".mvgit/tmp");
  const insides = new Map(
    hidden.filter((path) => isPlainFolder(repo.top, path)).map((path) => [path, lookInside(repo.top, path)] as const),
  );
  const environments = environmentsOf(repo.top, {
    command,
    folder,
    hidden: [...hidden, ...[...insides.values()].flatMap((each) => each.environments)],
  });
  const isOfEnvironment = (path: string): boolean => environments.some((each) => isWithin(path, each));
  const found: Found[] = [
    ...submodules.map((path) => ({ path, kind: "submodule" as const })),
    ...walked.repositories.map((path) => ({ path, kind: "nested" as const })),
    ...hidden.filter((path) => isRepository(join(repo.top, path))).map((path) => ({ path, kind: "ignored" as const })),
  ];
  const { repositories, notes } = await recordRepositories(repo, found, masker);
  const isTaken = (path: string): boolean => isOfEnvironment(path) || found.some((each) => isWithin(path, each.path));
  const emptied = [...insides].filter(([path]) => !isTaken(path)).flatMap(([, { folders }]) => folders);
  const ignoredFolders = await repo.git.ignored(walked.folders.map((path) => `${path}/`));
  const folders = [
    ...walked.folders.filter((path) => !ignoredFolders.has(`${path}/`)),
    ...emptied,
    ...foldersOf(repo.top, weights),
  ];
  const record = {
    folders: innermost(folders),
    ignored: hidden.filter((path) => !isTaken(path)).slice(0, MOST_IGNORED),
    environments,
    repositories,
  };
  const section = formatTreeRecord(record);
  return {
    section: section === null ? {} : { tree: section },
    notes: [
      ...notes,
      ...(walked.isCut ? ["empty folders of the work tree are too many to be listed"] : []),
      ...scriptsElsewhere(repo.top, { command, folder }).map(
        (script) => `'${display(script)}' is outside of the work tree, and not recorded: put it there`,
      ),
    ],
  };
}

/** Words of a command, but its program, that are scripts outside of the work tree. */
function scriptsElsewhere(top: string, { command, folder }: Pick<UnversionedRequest, "command" | "folder">): string[] {
  const real = fs.realpathSync(top);
  return command.slice(1).filter((word) => {
    if (!SCRIPT.test(word)) return false;
    const file = resolve(top, folder, word);
    return !isBelow(top, file) && !isBelow(real, file) && fs.existsSync(file);
  });
}

function isBelow(folder: string, file: string): boolean {
  return file.startsWith(folder + sep);
}

/** Names without a slash at the end, outermost alone. */
async function whatGitLeaves(
  repo: Repo,
  tree: Oid,
): Promise<{ others: RepoPath[]; ignored: RepoPath[]; submodules: RepoPath[] }> {
  return withScratchIndex(repo, async (git) => {
    await git.run(["read-tree", tree]);
    const list = async (more: readonly string[]): Promise<string[]> =>
      fields(
        (await git.run(["ls-files", "-z", "-o", "--exclude-standard", "--directory", "--full-name", ...more])).stdout,
      );
    const clean = (paths: readonly string[]): RepoPath[] =>
      paths.map((path) => path.replace(/\/$/, "")).filter((path): path is RepoPath => pathProblem(path) === null);
    const others = clean((await list([])).filter((path) => path.endsWith("/")));
    const ignored = clean(await list(["-i"]));
    const submodules = (await git.index())
      .filter((each) => each.mode === "160000")
      .map((each) => each.path as RepoPath);
    return {
      others,
      ignored: ignored.filter(
        (path) => !ignored.some((each) => each !== path && isWithin(path, each)) || isRepository(join(repo.top, path)),
      ),
      submodules,
    };
  });
}

interface Walked {
  /** Below those that were given, themselves too; not what is inside of a repository. */
  folders: RepoPath[];
  repositories: RepoPath[];
  isCut: boolean;
}

function walk(top: string, roots: readonly RepoPath[]): Walked {
  const walked: Walked = { folders: [], repositories: [], isCut: false };
  const waiting = [...roots];
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (isRepository(join(top, path))) {
      walked.repositories.push(path);
      continue;
    }
    walked.folders.push(path);
    if (walked.folders.length >= MOST_FOLDERS) return { ...walked, isCut: true };
    for (const each of entriesOf(join(top, path)))
      if (each.isDirectory() && pathProblem(`${path}/${each.name}`) === null)
        waiting.push(`${path}/${each.name}` as RepoPath);
  }
  return walked;
}

/** No environment, no repository, and none of a tool's own. */
function isPlainFolder(top: string, path: string): boolean {
  const place = join(top, path);
  return (
    !/(?:^|\/)(?:\.[^/]*|node_modules)$/.test(path) &&
    !MADE_AGAIN.test(path) &&
    isFolder(place) &&
    !isRepository(place) &&
    !isEnvironment(place)
  );
}

function isEnvironment(place: string): boolean {
  return ENVIRONMENT_MARKS.some((mark) => fs.existsSync(join(place, mark)));
}

/**
 * Of an ignored folder, itself and those in it; itself alone where they are many, as data has them, or where it is long
 * to look.
 */
function lookInside(top: string, root: RepoPath): { folders: RepoPath[]; environments: RepoPath[] } {
  const folders: RepoPath[] = [root];
  const environments: RepoPath[] = [];
  let left = MOST_ENTRIES;
  // Grows while it is gone through.
  for (const path of folders) {
    for (const each of bounded(join(top, path), left)) {
      left--;
      if (left === 0 || folders.length > MOST_INSIDE) return { folders: [root], environments };
      const inner = `${path}/${each.name}`;
      if (!each.isDirectory() || pathProblem(inner) !== null) continue;
      if (isEnvironment(join(top, inner))) environments.push(inner as RepoPath);
      else if (isPlainFolder(top, inner)) folders.push(inner as RepoPath);
    }
  }
  return { folders, environments };
}

function* bounded(folder: string, most: number): Generator<fs.Dirent> {
  let opened: fs.Dir | null = null;
  try {
    opened = fs.opendirSync(folder);
    for (let at = 0, each = opened.readSync(); each !== null && at < most; at++, each = opened.readSync()) yield each;
  } catch {
    // Nothing that can be looked at.
  } finally {
    opened?.closeSync();
  }
}

function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isRepository(folder: string): boolean {
  return fs.existsSync(join(folder, ".git"));
}

function isFolder(path: string): boolean {
  return fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Folders of environments that stand at the top, where the command starts, where it names one, or where Git ignores
 * one.
 */
function environmentsOf(
  top: string,
  { command, folder, hidden }: { command: readonly string[]; folder: string; hidden: readonly RepoPath[] },
): RepoPath[] {
  const beside = [...new Set(["", folder])].flatMap((place) =>
    entriesOf(join(top, place))
      .filter((each) => each.isDirectory())
      .map(({ name }) => (place === "" ? name : `${place}/${name}`)),
  );
  const all = [...new Set([...beside, ...environmentsNamedIn(command, folder), ...hidden])].filter(
    (path): path is RepoPath => pathProblem(path) === null,
  );
  return all
    .filter((path) => isFolder(join(top, path)) && (baseOf(path) === "node_modules" || isEnvironment(join(top, path))))
    .slice(0, MOST_ENVIRONMENTS);
}

/** Of weights: themselves where they are folders, else the folder that they go to. */
function foldersOf(top: string, weights: readonly RepoPath[]): RepoPath[] {
  return weights.flatMap((path) =>
    [path, parentOf(path) as RepoPath].filter((each) => each !== "" && isFolder(join(top, each))).slice(0, 1),
  );
}

function innermost(paths: readonly RepoPath[]): RepoPath[] {
  const all = [...new Set(paths)].toSorted();
  return all.filter((path) => !all.some((each) => each !== path && isWithin(each, path))).slice(0, MOST_LISTED);
}
