/** `mvgit init`: a repository, or a fresh clone of one, made ready. */
import * as fs from "node:fs";
import { join } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { parentOf, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { look } from "../worktree/stamp.ts";
import { type FollowTags, setFollowTags } from "./follow-tags.ts";
import { carriedId, newRepositoryId } from "../repo/identity.ts";
import type { Repo } from "../repo/repo.ts";
import { COMMITTED_CONFIG } from "../repo/settings.ts";
import { spoiledPointers } from "../repo/spoiled-pointers.ts";
import { configureDrivers, type Program } from "./drivers.ts";
import { type HooksReport, installHooks, notInstalled } from "./hooks.ts";
import { rememberHooks } from "./missing-hooks.ts";
import { addRemote, type AddedRemote, type RemoteAddRequest } from "./remote.ts";

export interface InitRequest {
  /** An address, to be called `store`. */
  remote?: string;
  /** Of the remote, as `addRemote` takes them. */
  options?: RemoteAddRequest["options"];
  hooks: boolean;
  program: Program;
}

export interface InitReport {
  /** Files that were made or changed, and staged. */
  written: RepoPath[];
  hooks: HooksReport | null;
  remote: AddedRemote | null;
  /** Whether `git push` takes versions' tags along now. */
  followTags: FollowTags;
  /** A line for the README of a repository that is new to mvgit, where none tells of it. */
  readme: string | null;
}

/** For who meets a pointer and does not have mvgit. */
const README_LINE =
  "Files named `*.mvgit` stand for large files and folders, which mvgit keeps outside of Git. To get them: " +
  "`mvgit init && mvgit pull`.";

function isTold(repo: Repo): boolean {
  const names = fs.readdirSync(repo.top).filter((name) => /^readme(?:\.[a-z]+)?$/i.test(name));
  return names.some(
    (name) =>
      look(join(repo.top, name))?.kind === "file" && readUpTo(join(repo.top, name), CAP)?.includes("mvgit") === true,
  );
}

const ATTRIBUTES = ".gitattributes" as RepoPath;
/** What Git hands to mvgit's drivers, and the text of the attributes. */
const ATTRIBUTE_LINES = [
  ["*.mvgit", "merge=mvgit diff=mvgit text eol=lf"],
  ["/stages.yaml", "merge=mvgit text eol=lf"],
  ["/.mvgit/models/*", "merge=mvgit text eol=lf"],
  // A driver of its own: where it is not known, Git merges texts as ever.
  [".gitignore", "merge=mvgit-ignore"],
] as const;
/** Undoes whatever a line before it, or above it, does to pointers. */
const LAST_WORD = "*.mvgit merge=mvgit diff=mvgit text eol=lf -filter -ident -working-tree-encoding\n";
const CAP = 16 * 1024 * 1024;
const CONFIG_TEXT =
  "# Settings of mvgit for everybody who clones this repository; see 'git help config' for the syntax.\n";

/** Does what is missing and changes nothing else, so that it can be run again. */
export async function init(repo: Repo, request: InitRequest): Promise<InitReport> {
  const written = await repo.locked(async () => {
    const changed = [...(await ensureConfig(repo)), ...ensureAttributes(repo)];
    changed.push(...(await overrule(repo)).filter((path) => !changed.includes(path)));
    await repo.git.stage([...new Set([...changed, ...(await leftUnstaged(repo))])]);
    return changed;
  });
  await configureDrivers(repo, request.program);
  const hooks = await decideHooks(repo, request);
  const { remote: url, options = {} } = request;
  const remote = url === undefined ? null : (await addRemote(repo, { name: "store", url, options })).added;
  const isWaiting = repo.settings.untrusted.some(({ key }) => key.startsWith("mvgit-remote."));
  if (remote === null && isWaiting)
    repo.watch.note(
      prose`'${COMMITTED_CONFIG}' names a remote that needs your consent: look at it with 'mvgit trust --list',
        and accept it with 'mvgit trust' if you know the place`,
    );
  return {
    written,
    hooks,
    remote,
    followTags: await setFollowTags(repo),
    readme: written.includes(COMMITTED_CONFIG as RepoPath) && !isTold(repo) ? README_LINE : null,
  };
}

/** Hooks that cannot be installed here are no reason to leave the rest undone. */
async function decideHooks(repo: Repo, { hooks: wanted, program }: InitRequest): Promise<HooksReport | null> {
  if (!wanted) {
    rememberHooks(repo, "declined");
    return null;
  }
  const report = await installHooks(repo, program);
  const problem = notInstalled(report);
  if (problem) repo.watch.warn(`${problem.message}; ${problem.hint}`);
  return report;
}

/**
 * A new repository gets an id to carry. An older one is told by its first commits, and not changed by everybody who
 * clones it.
 */
async function ensureConfig(repo: Repo): Promise<RepoPath[]> {
  const path = COMMITTED_CONFIG as RepoPath;
  const id = (await carriedId(repo.git)) ?? newRepositoryId();
  return repo.changeText(path, (read) => read() ?? `${CONFIG_TEXT}[mvgit]\n\trepository = ${id}\n`) ? [path] : [];
}

function ensureAttributes(repo: Repo): RepoPath[] {
  return repo.changeText(ATTRIBUTES, (read) => withAttributes(read() ?? "") || null) ? [ATTRIBUTES] : [];
}

function withAttributes(text: string): string {
  // A line of the user's for the same pattern, with other values, stays as it is wanted.
  const lines = text.split("\n");
  const missing = ATTRIBUTE_LINES.filter(
    ([pattern]) => !lines.some((line) => line.startsWith(`${pattern} `) && /\bmerge\b/.test(line)),
  );
  if (missing.length === 0) return text;
  const added = missing.map(([pattern, values]) => `${pattern} ${values}\n`).join("");
  return `${text === "" || text.endsWith("\n") ? text : `${text}\n`}${added}`;
}

/** What an init before this one wrote and could not stage, because another git held the index. */
async function leftUnstaged(repo: Repo): Promise<RepoPath[]> {
  const entries = await repo.git.indexAt([COMMITTED_CONFIG, ATTRIBUTES]);
  const staged = new Map(entries.map(({ path, oid }) => [path, oid]));
  const attributes = staged.get(ATTRIBUTES);
  const text = attributes === undefined ? "" : ((await repo.git.blob(attributes, CAP))?.toString("utf8") ?? "");
  const here = readUpTo(repo.guard.resolveText(ATTRIBUTES), CAP)?.toString("utf8") ?? "";
  const lacks =
    ATTRIBUTE_LINES.some(([pattern]) => here.includes(`${pattern} `) && !text.includes(`${pattern} `)) ||
    (here.endsWith(LAST_WORD) && !text.endsWith(LAST_WORD));
  return [...(staged.has(COMMITTED_CONFIG) ? [] : [COMMITTED_CONFIG as RepoPath]), ...(lacks ? [ATTRIBUTES] : [])];
}

/**
 * Adds a line that has the last word where other attributes would have Git change pointers. Answers the files that it
 * added to.
 */
async function overrule(repo: Repo): Promise<RepoPath[]> {
  const changed = new Set<RepoPath>();
  for (const path of await spoiledPointers(repo)) {
    // The file nearest to the pointer has the last word of those that are committed.
    let folder = parentOf(path);
    while (folder !== "" && readUpTo(repo.guard.resolve(`${folder}/${ATTRIBUTES}` as RepoPath), CAP) === null)
      folder = parentOf(folder);
    const attributes = (folder === "" ? ATTRIBUTES : `${folder}/${ATTRIBUTES}`) as RepoPath;
    if (changed.has(attributes)) continue;
    const add = (text: string): string =>
      text.endsWith(LAST_WORD) ? text : `${text === "" || text.endsWith("\n") ? text : `${text}\n`}${LAST_WORD}`;
    if (repo.changeText(attributes, (read) => add(read() ?? ""))) changed.add(attributes);
  }
  return [...changed];
}
