/**
 * A work tree of its own for one command: made beside everything of the user's, and gone afterwards whatever happens.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { uniqueName } from "../../base/clock.ts";
import { makeFolder, makePrivateFolder, removeFile, removeLockedTree, replaceFile } from "../../base/disk.ts";
import { MvgitError, systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { ownNames } from "../../base/own-folder.ts";
import { readOwnJson } from "../../base/own-json.ts";
import { display } from "../../base/paths.ts";
import { stateOf, thisProcess } from "../../base/processes.ts";
import { prose } from "../../base/prose.ts";
import type { Oid } from "../../git/reader.ts";
import { withSettings } from "../../git/run.ts";
import { addWorkTree, ALONE, forgetWorkTree } from "../../git/work-trees.ts";
import { Repo, withoutGitVariables } from "../../repo/repo.ts";
import { listRuns } from "../../repo/runs.ts";
import { cloneFile } from "../../values/own-files.ts";

export interface ScratchRequest {
  head: Oid;
  tree: Oid;
  /** As typed, absent or empty, outside of the work tree: kept when the work is done. Null for a temporary one. */
  keep: string | null;
  /** The run whose command works in it: where mvgit is killed, it stays for as long as the run is listed. */
  run?: string;
  /** Asked at the end: whether the work tree stays all the same, since it has what nothing else has. */
  stays?: () => boolean;
}

/** Where it is written down that a folder is ours to remove. */
interface Note {
  /** The folder to remove. */
  folder: string;
  /** The work tree in it. */
  dir: string;
  /** A run of which nothing else may have what its command left. */
  run?: string | undefined;
  file: string;
}

const PREFIX = "mvgit-reproduce-";

/**
 * Gives `work` the repository as opened in the new work tree. What processes that were killed left is removed first.
 */
export async function withScratch<R>(
  repo: Repo,
  request: ScratchRequest,
  work: (scratch: Repo) => Promise<R>,
): Promise<R> {
  await cleanScratch(repo);
  const note = request.keep === null ? temporaryPlace(repo, request.run) : keptPlace(repo, request.keep);
  let isDone = false;
  try {
    const env = scratchEnvironment(repo);
    await addWorkTree(repo.git, { dir: note.dir, head: request.head, tree: request.tree, env });
    const result = await work(await Repo.open({ cwd: note.dir, env, watch: repo.watch }));
    isDone = true;
    return result;
  } finally {
    const isKept = (isDone && request.keep !== null) || request.stays?.() === true;
    if (!isKept) await discard(repo, note);
    else removeFile(note.file);
  }
}

/**
 * Git inside must mean the new work tree; the cache stays that of the user's, also where its setting is relative to the
 * top.
 */
function scratchEnvironment(repo: Repo): Repo["env"] {
  const cache = repo.settings.cacheDir === null ? {} : { "mvgit.cacheDir": repo.cache.folder };
  return withSettings(withoutGitVariables(repo.env), { ...ALONE, ...cache });
}

function notesFolder(repo: Repo): string {
  return cloneFile(repo.git.place, "scratch");
}

function takeNote(repo: Repo, place: Omit<Note, "file">): Note {
  const note = { ...place, file: join(notesFolder(repo), uniqueName()) };
  makeFolder(notesFolder(repo));
  replaceFile(note.file, JSON.stringify({ owner: thisProcess(), ...place }));
  return note;
}

/** The work tree is called like the user's: programs may ask for its name. */
function temporaryPlace(repo: Repo, run: string | undefined): Note {
  const folder = join(fs.realpathSync(tmpdir()), `${PREFIX}${uniqueName()}`);
  const note = takeNote(repo, { folder, dir: join(folder, basename(repo.top) || "work"), run });
  try {
    makePrivateFolder(folder);
  } catch (error) {
    removeFile(note.file);
    throw fromSystem(error, `make the folder '${display(folder)}'`, display(folder));
  }
  return note;
}

function keptPlace(repo: Repo, typed: string): Note {
  const dir = resolve(repo.cwd, typed);
  const shown = display(typed);
  if (isInside(realOf(dir), repo.top))
    throw new MvgitError("usage", `'${shown}' is inside the work tree, which is left alone`, {
      subject: shown,
      hint: "name a folder outside of it",
    });
  let names: string[] = [];
  try {
    names = fs.readdirSync(dir);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw fromSystem(error, `use '${shown}'`, shown);
  }
  if (names.length > 0)
    throw new MvgitError("usage", `'${shown}' is not empty`, {
      subject: shown,
      hint: `name a folder that is absent or empty; 'git worktree remove --force ${shown}' removes an earlier one`,
    });
  return takeNote(repo, { folder: dir, dir });
}

function isInside(path: string, top: string): boolean {
  const inside = relative(top, path);
  return (
    inside === "" || (inside.split(/[\\/]/)[0] !== ".." && resolve(top, inside) === path && !inside.startsWith("/"))
  );
}

/** The real path of what may not be there yet. */
function realOf(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch {
    return dirname(path) === path ? path : join(realOf(dirname(path)), basename(path));
  }
}

/** Never throws for files that cannot be removed now: the next one tries again. */
async function discard(repo: Repo, { folder, dir, file }: Note): Promise<void> {
  try {
    removeLockedTree(folder);
  } catch (error) {
    repo.watch.warn(
      prose`'${display(folder)}' cannot be removed yet (${systemCode(error) ?? "unknown error"}): the next
        'mvgit reproduce' does it`,
    );
    return;
  }
  await forgetWorkTree(repo.git, dir);
  removeFile(file);
}

/** Removes what processes that were killed left, but for what a run that is still listed left, or works with. */
export async function cleanScratch(repo: Repo): Promise<void> {
  const runs = new Set(listRuns(repo).map(({ id }) => id));
  for (const left of notes(repo)) {
    if (stateOf(left.owner) !== "ended" || (left.run !== undefined && runs.has(left.run))) continue;
    // What somebody wanted to keep is theirs.
    if (basename(left.folder).startsWith(PREFIX) && dirname(left.dir) === left.folder) await discard(repo, left);
    else removeFile(left.file);
  }
}

/** The work tree that a run left whose mvgit was killed; null where there is none. */
export function leftBy(repo: Repo, run: string): string | null {
  const dir = notes(repo).find((each) => each.run === run)?.dir ?? null;
  return dir !== null && fs.existsSync(dir) ? dir : null;
}

export function openLeft(repo: Repo, dir: string): Promise<Repo> {
  return Repo.open({ cwd: dir, env: scratchEnvironment(repo), watch: repo.watch });
}

function notes(repo: Repo): (Note & { owner: string })[] {
  return ownNames(notesFolder(repo))
    .filter((each) => !each.startsWith("."))
    .flatMap((name) => readNote(join(notesFolder(repo), name)) ?? []);
}

function readNote(file: string): (Note & { owner: string }) | null {
  const { owner, folder, dir, run } = readOwnJson<Record<string, unknown>>(file) ?? {};
  return typeof owner === "string" && typeof folder === "string" && typeof dir === "string"
    ? { owner, folder, dir, run: typeof run === "string" ? run : undefined, file }
    : null;
}
