/**
 * What stood in the place of pointers, ignore lines and stat entries before a run, so that one of which no version came
 * leaves them as they were. It is on the disk before anything changes: what a killed run left is put back by the next
 * command.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { plural } from "../base/counts.ts";
import { uniqueName } from "../base/clock.ts";
import { makeFolder, readUpTo, removeFile, replaceFile } from "../base/disk.ts";
import { isMvgitError } from "../base/errors.ts";
import { ownNames } from "../base/own-folder.ts";
import { baseOf, parentOf, type RepoPath } from "../base/paths.ts";
import { stateOf, thisProcess } from "../base/processes.ts";
import { readOwnJson } from "../base/own-json.ts";
import type { Hash } from "../values/hash.ts";
import { ignoreLine, withoutIgnoreLines } from "../values/ignore-line.ts";
import { POINTER_SUFFIX, pointerPathOf, readPointer } from "../values/pointer.ts";
import type { Base } from "../worktree/bases.ts";
import { look } from "../worktree/stamp.ts";
import type { Repo } from "./repo.ts";
import { workTreeFile } from "../values/own-files.ts";

/** Bytes of a pointer or ignore file. */
const TEXT_CAP = 16 * 1024 * 1024;

/** A small file: what it was, what the run made of it (absent until that is known), and what Git's index had there. */
interface FileBefore {
  path: RepoPath;
  before: string | null;
  after?: string | null;
  index: string | null;
}

interface StatBefore {
  path: RepoPath;
  before: { stamp: string; hash: Hash } | null;
  /** What it was made from; absent in what an earlier version noted. */
  base?: Base;
}

interface Noted {
  owner: string;
  files: FileBefore[];
  stats: StatBefore[];
}

/** The notes of one piece of work: on the disk from the first `around` on, until they are put back or done with. */
export class Undo {
  readonly #repo: Repo;
  readonly #file: string;
  readonly #noted: Noted;

  private constructor(repo: Repo, file: string, noted: Noted) {
    this.#repo = repo;
    this.#file = file;
    this.#noted = noted;
  }

  static begin(repo: Repo): Undo {
    return new Undo(repo, join(folderOf(repo), `${uniqueName()}.json`), { owner: thisProcess(), files: [], stats: [] });
  }

  /** Notes what stands there of these targets, and of small files besides, then does what changes it. */
  async around<R>(targets: readonly RepoPath[], work: () => Promise<R>, besides: readonly RepoPath[] = []): Promise<R> {
    const known = new Set(this.#noted.files.map(({ path }) => path));
    const knownStats = new Set(this.#noted.stats.map(({ path }) => path));
    const files = [...new Set([...targets.map(pointerPathOf), ...targets.map(ignoreFileOf), ...besides])];
    const index = new Map((await indexOf(this.#repo, files)).map(({ path, oid }) => [path, oid]));
    for (const path of files)
      if (!known.has(path))
        this.#noted.files.push({ path, before: textOf(this.#repo, path), index: index.get(path) ?? null });
    for (const path of targets)
      if (!knownStats.has(path))
        this.#noted.stats.push({ path, before: statOf(this.#repo, path), base: this.#repo.stats.bases.get(path) });
    this.#write();
    try {
      return await work();
    } finally {
      const changed = new Set(files);
      for (const each of this.#noted.files) if (changed.has(each.path)) each.after = textOf(this.#repo, each.path);
      this.#write();
    }
  }

  #write(): void {
    makeFolder(folderOf(this.#repo));
    // Beside it: the work tree, with its temporary files, may lie on another file system than Git's folder.
    replaceFile(this.#file, JSON.stringify(this.#noted));
  }

  /** What was changed stays. */
  forget(): void {
    this.#noted.files = [];
    this.#noted.stats = [];
    if (fs.existsSync(this.#file)) removeFile(this.#file);
  }

  /**
   * Puts back what is still as the run left it, and what nobody staged since; the rest is somebody's. Answers how many
   * files.
   */
  async putBack(): Promise<number> {
    return this.#noted.files.length === 0 ? 0 : putBack(this.#repo, this.#file, this.#noted);
  }
}

/** Does `work`; where it fails, what it noted is put back. */
export async function undoing<R>(repo: Repo, work: (undo: Undo) => Promise<R>): Promise<R> {
  const undo = Undo.begin(repo);
  try {
    const result = await work(undo);
    undo.forget();
    return result;
  } catch (error) {
    await undo.putBack();
    throw error;
  }
}

function folderOf(repo: Repo): string {
  return workTreeFile(repo.git.place, "undo");
}

function ignoreFileOf(target: RepoPath): RepoPath {
  const folder = parentOf(target);
  return (folder === "" ? ".gitignore" : `${folder}/.gitignore`) as RepoPath;
}

/** Null where there is nothing; what is no file, or no text, or lies behind a link, is like no text of a file. */
function textOf(repo: Repo, path: RepoPath): string | null {
  try {
    const file = repo.guard.resolve(path);
    const found = look(file);
    if (found === null) return null;
    const bytes = found.kind === "file" ? readUpTo(file, TEXT_CAP) : Buffer.from([255]);
    const text = bytes?.toString("utf8") ?? null;
    return bytes === null || Buffer.from(text as string).equals(bytes) ? text : NO_FILE;
  } catch (error) {
    if (isMvgitError(error) && NOT_OURS.has(error.code)) return NO_FILE;
    throw error;
  }
}

const NO_FILE = "\0";
/** What the guard says of a way that cannot be gone. */
const NOT_OURS = new Set(["link-refused", "local-changes", "cannot-add"]);

function statOf(repo: Repo, path: RepoPath): StatBefore["before"] {
  const known = repo.stats.target(path);
  return known && { stamp: known.stamp, hash: known.hash };
}

/** The index's lines of these files; all of it is read where there are many. */
async function indexOf(repo: Repo, files: readonly RepoPath[]): Promise<{ path: RepoPath; oid: string }[]> {
  if (files.length === 0) return [];
  const wanted = new Set<string>(files);
  const lines = await repo.git.index(files.length > 100 ? [] : files.map((path) => `:(top,literal)${path}`));
  return lines.filter(({ path }) => wanted.has(path)).map(({ path, oid }) => ({ path: path as RepoPath, oid }));
}

async function putBack(repo: Repo, file: string, { files, stats }: Noted): Promise<number> {
  let count = 0;
  await repo.locked(async () => {
    const index = new Map(
      (
        await indexOf(
          repo,
          files.map(({ path }) => path),
        )
      ).map(({ path, oid }) => [path, oid]),
    );
    const targets = stats.map(({ path }) => path);
    for (const each of files)
      if ((index.get(each.path) ?? null) === each.index && restore(repo, each, targets)) count++;
    for (const { path, before, base } of stats) {
      repo.stats.dropTarget(path);
      if (before !== null) repo.stats.setTarget(path, before.stamp, before.hash);
      if (base && (base.put !== "unknown" || base.begun.length > 0)) repo.stats.bases.replace(path, base);
    }
    await repo.stats.save();
  });
  if (fs.existsSync(file)) removeFile(file);
  return count;
}

function restore(repo: Repo, file: FileBefore, targets: readonly RepoPath[]): boolean {
  if (file.before === NO_FILE || textOf(repo, file.path) === NO_FILE) return false;
  return repo.changeText(file.path, (read) => undone(repo, file, { now: read(), targets }));
}

/**
 * The text that is to stand there: the one of before, where what stands there is the run's. Of one that was killed
 * before it noted what it made, nobody can tell but by what it makes: lines of its own among the user's, and pointers
 * to what it has put into the cache.
 */
function undone(
  repo: Repo,
  { path, before, after }: FileBefore,
  { now, targets }: { now: string | null; targets: readonly RepoPath[] },
): string | null {
  if (after !== undefined) return now === after ? before : now;
  if (now === null || now === before) return before;
  if (path.endsWith(POINTER_SUFFIX)) {
    const reading = readPointer(Buffer.from(now));
    return reading.kind === "pointer" && repo.cache.sizeOf(reading.pointer.hash) !== null ? before : now;
  }
  const inIt = targets.filter((target) => ignoreFileOf(target) === path);
  if (inIt.length === 0) return before;
  const had = new Set((before ?? "").split(/\r?\n/));
  const left = withoutIgnoreLines(
    now,
    inIt.map((target) => ignoreLine(baseOf(target))).filter((line) => !had.has(line)),
  );
  return left === "" && before === null ? null : left;
}

/** Puts back what runs that were killed left. Costs one look where there is nothing. */
export async function putBackLeftovers(repo: Repo): Promise<void> {
  for (const name of ownNames(folderOf(repo)).filter((each) => each.endsWith(".json"))) {
    const file = join(folderOf(repo), name);
    const noted = readNoted(file);
    if (noted !== null && stateOf(noted.owner) !== "ended") continue;
    const count = noted === null ? 0 : await putBack(repo, file, noted);
    if (noted === null) removeFile(file);
    const files =
      count === 1
        ? "the pointer or ignore file that it had written is"
        : `${plural(count, "pointer")} and ignore files that it had written are`;
    if (count > 0) repo.watch.note(`a run was killed: ${files} as before`);
  }
}

function readNoted(file: string): Noted | null {
  return readOwnJson<Noted>(file);
}
