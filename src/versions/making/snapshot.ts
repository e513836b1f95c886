/** The tree as it stands: what Git tracks and what is new, not what it ignores, with pointers in place of data. */
import * as fs from "node:fs";
import { join } from "node:path";
import { copyFile, createFile, makeFolder, moveFile, readUpTo, removeFile } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { cleanLeftovers } from "../../base/leftovers.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { nameOfOwner } from "../../base/processes.ts";
import type { GitProgram, IndexEntry } from "../../git/program.ts";
import type { Oid } from "../../git/reader.ts";
import { isPointerPath, POINTER_CAP, pointerPathOf, readPointer, targetOf } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { workTreeFile, workTreeFolder } from "../../values/own-files.ts";
import { look } from "../../worktree/stamp.ts";
import { GONE, heapNote, type Named, unnamedHeaps } from "../run/outcome/unnamed.ts";

/** A file that is no part of the tree, and why. */
export interface LeftOut {
  path: RepoPath;
  /** Bytes. */
  size: number;
  /**
   * `large-in-git`: Git tracks it, with bytes of before. `secret`: files of that name hold secrets. `bulk`: new files
   * of a folder that are together too much for Git. `tool`: those of a program's own folder.
   */
  why: "large" | "large-in-git" | "secret" | "bulk" | "tool";
  /** Of a folder: how many. */
  files?: number;
  /** Git has no other file in that folder. */
  isWhole?: boolean;
}

/** New files of these names are not committed unless their owner does it. */
const SECRET_NAMES = [
  String.raw`\.env(?:\.(?!example$|sample$|template$|dist$)[^/]+)?`,
  String.raw`\.netrc|_netrc|\.pypirc|\.pgpass|\.htpasswd`,
  "id_(?:rsa|dsa|ecdsa|ed25519)",
  String.raw`[^/]+\.(?:pem|p12|pfx|keystore|jks)`,
  String.raw`(?:[^/]*[-_.])?(?:service[-_]?account|credentials?|client[-_]secret)[^/]*\.json`,
  String.raw`kaggle\.json`,
];
const SECRET_FILE = new RegExp(`(?:^|/)(?:${SECRET_NAMES.join("|")})$`, "i");

export interface Staged {
  leftOut: LeftOut[];
  /** Repositories inside the work tree that belong to nobody here. */
  foreign: string[];
}

/** What to tell of a file that was left out. `isGone`: it went with a scratch work tree. */
export function leftOutNote({ path, size, why, files, isWhole }: LeftOut, { isGone = false } = {}): string {
  if (why === "bulk" || why === "tool")
    return heapNote({
      path: path === "." ? ("" as RepoPath) : path,
      size,
      why,
      files: files ?? 0,
      isWhole: isWhole === true,
      isGone,
    });
  const name = display(path);
  if (why === "secret")
    return `'${name}' is not part of this version: files of that name hold secrets ('git add' it if this one does not)`;
  const way = isGone ? GONE : `'mvgit add ${name}' keeps it`;
  return `'${name}' (${(size / 1024 / 1024).toFixed(1)} MiB) is too large for Git and not part of this version: ${way}`;
}

/** Works with a copy of the index, in a file that is gone afterwards; those of dead processes go as well. */
export async function withScratchIndex<R>(repo: Repo, work: (git: GitProgram) => Promise<R>): Promise<R> {
  const folder = workTreeFolder(repo.git.place);
  makeFolder(folder);
  cleanLeftovers(folder);
  const file = scratchIndex(repo);
  const index = join(repo.git.place.gitDir, "index");
  if (fs.existsSync(index)) copyFile(index, file);
  try {
    return await work(repo.git.withIndex(file));
  } finally {
    removeFile(file);
  }
}

function scratchIndex({ git }: Repo): string {
  return `${workTreeFile(git.place, "index")}-${nameOfOwner()}`;
}

/** Does `work`, and puts Git's index back as it was where that fails, unless another git holds it. */
export async function orAsBefore<R>(repo: Repo, work: () => Promise<R>): Promise<R> {
  const index = join(repo.git.place.gitDir, "index");
  const kept = scratchIndex(repo);
  const isThere = fs.existsSync(index);
  if (isThere) copyFile(index, kept);
  try {
    return await work();
  } catch (error) {
    putIndexBack(index, isThere ? kept : null);
    throw error;
  } finally {
    removeFile(kept);
  }
}

function putIndexBack(index: string, kept: string | null): void {
  const lock = `${index}.lock`;
  try {
    if (kept === null) {
      fs.closeSync(createFile(lock));
      removeFile(index);
      removeFile(lock);
    } else {
      copyFile(kept, lock);
      moveFile(lock, index);
    }
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
  }
}

/** The snapshot as a tree of Git; neither index nor work tree change. */
export function snapshot(repo: Repo, named: Named = { start: null, files: [] }): Promise<Staged & { tree: Oid }> {
  return withScratchIndex(repo, async (git) => {
    const staged = await stageAll(repo, git, named);
    return { ...staged, tree: await git.writeTree() };
  });
}

/** Stages the tree as it stands into the index of `git`. */
export async function stageAll(repo: Repo, git: GitProgram, named: Named): Promise<Staged> {
  const before = await git.index();
  const seen = await git.rawDiff(["diff-files", "--ignore-submodules=none"]);
  const changed = [...seen, ...unseen(repo, before)];
  const untracked = await git.untracked();
  const foreign = untracked.filter((path) => path.endsWith("/"));
  const secret = untracked
    .filter((path) => SECRET_FILE.test(path))
    .map((path): LeftOut => ({ path: path as RepoPath, size: look(join(repo.top, path))?.size ?? 0, why: "secret" }));
  const large = await tooLarge(repo, git, {
    changed: changed.filter((each) => each.status !== "D").map((each) => each.path),
    untracked,
  });
  const single = [...large.filter((each) => !SECRET_FILE.test(each.path) || each.why !== "large"), ...secret];
  const isLeft = new Set<string>(single.map((each) => each.path));
  const heaps = await unnamedHeaps(repo, git, {
    untracked: untracked.filter((path) => !isLeft.has(path)),
    index: before,
    named,
  });
  for (const { files } of heaps) for (const { path } of files) isLeft.add(path);
  const leftOut = [
    ...single,
    ...heaps.map(({ path, size, why, files, isWhole }): LeftOut => ({
      path: path === "" ? ("." as RepoPath) : path,
      size,
      why,
      files: files.length,
      ...(isWhole ? { isWhole } : {}),
    })),
  ];
  const all = [...changed.map((each) => each.path), ...untracked.filter((path) => !path.endsWith("/"))];
  await git.stage(all.filter((path) => !isLeft.has(path)) as RepoPath[]);
  await git.unstage(
    besidePointers(
      repo,
      [...before.map((each) => each.path), ...untracked].filter((path) => !isLeft.has(path)),
    ),
  );
  return { leftOut, foreign };
}

/** Files that Git was told to take for unchanged. */
function unseen(repo: Repo, entries: readonly IndexEntry[]): { path: string; status: string }[] {
  const isThere = (path: string): boolean => look(join(repo.top, path)) !== null;
  return entries
    .filter(({ path, assumed, skipped }) => (skipped ? isThere(path) : assumed))
    .map(({ path }) => ({ path, status: isThere(path) ? "M" : "D" }));
}

async function tooLarge(
  repo: Repo,
  git: GitProgram,
  { changed, untracked }: { changed: readonly string[]; untracked: readonly string[] },
): Promise<LeftOut[]> {
  const sized = (paths: readonly string[], why: LeftOut["why"]): LeftOut[] =>
    paths.flatMap((path) => {
      const found = path.endsWith("/") || isPointerPath(path) ? null : look(join(repo.top, path));
      return found?.kind === "file" && found.size > repo.settings.maxFileSize
        ? [{ path: path as RepoPath, size: found.size, why }]
        : [];
    });
  const large = [...sized(changed, "large-in-git"), ...sized(untracked, "large")];
  const allowed = await git.attribute(
    "mvgit",
    large.map((each) => each.path),
  );
  return large.filter((_, index) => allowed[index] !== "unset");
}

/** Paths at or below the target of a pointer among them: bytes that mvgit keeps, and Git must not. */
function besidePointers(repo: Repo, paths: readonly string[]): RepoPath[] {
  const targets = new Set(paths.filter(isPointerPath).map((path) => targetOf(path as RepoPath) as string));
  const holder = (path: string): string | null => {
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1))
      if (targets.has(path.slice(0, end))) return path.slice(0, end);
    return null;
  };
  return [...new Set(paths)].filter((path) => {
    const target = holder(path);
    const bytes = target === null ? null : readUpTo(join(repo.top, pointerPathOf(target as RepoPath)), POINTER_CAP);
    return bytes !== null && readPointer(bytes).kind !== "other";
  }) as RepoPath[];
}
