/**
 * Both sides of conflicting files, and what they come from, as files to look at: in `.mvgit/conflict`, which Git and
 * mvgit leave alone, under the path with `.ours`, `.theirs` or `.base` before its ending. They go when their path is
 * decided.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeFolder, readUpTo, removeEmptyFolder, removeFile, replaceFile } from "../../base/disk.ts";
import { baseOf as nameOf, checkPath, display, parentOf, type RepoPath } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked } from "../../repo/tracked.ts";
import { takeAway } from "../../worktree/act.ts";
import type { BringOut } from "../../worktree/bring-out.ts";
import { look, lookThrough, NO_STAMP, type Stamp } from "../../worktree/stamp.ts";
import { type ConflictingFile, type FileSide, tellOpen } from "./open.ts";
import { bringAbsent } from "../../repo/bring.ts";
import type { Hash } from "../../values/hash.ts";
import { workTreeFile, workTreeFolder } from "../../values/own-files.ts";

const FOLDER = ".mvgit/conflict";
const LIST_CAP = 64 * 1024 * 1024;
const SIDES = ["base", "ours", "theirs"] as const;
type Side = (typeof SIDES)[number];

/** A file that was made here, and what it was like then. */
interface Shown {
  file: RepoPath;
  /** The conflicting path. */
  of: RepoPath;
  stamp: Stamp;
}

/** Makes the files of these paths; answers where they are, or why one is not. */
export async function showSides(
  repo: Repo,
  files: readonly ConflictingFile[],
  options: { remote?: string },
): Promise<void> {
  const wanted = files.flatMap((file) =>
    SIDES.map((side) => file[side]).filter((each) => each !== null && each.files === undefined),
  ) as FileSide[];
  await bringAbsent(repo, wanted, {
    ...options,
    isLasting: false,
    failure: ([failed], remote) => remote.missing((failed as { hash: Hash }).hash),
  });
  await forgetSides(repo, { all: true });
  ignoreOwn(repo);
  const made: Shown[] = [];
  const bringOut = repo.bringOut();
  try {
    for (const file of files) {
      for (const side of SIDES) {
        const from = file[side];
        if (from === null || from.files !== undefined || repo.guard.readerOf(file.path) !== null) continue;
        const shown = await make(repo, bringOut, { of: file.path, side, from });
        from.file = shown.file;
        made.push(shown);
      }
    }
  } finally {
    remember(repo, made);
  }
}

/** Under the first name at which nothing stands: what was changed there since, or put there, is the user's. */
async function make(
  repo: Repo,
  bringOut: BringOut,
  { of, side, from: { hash, size } }: { of: RepoPath; side: Side; from: FileSide },
): Promise<Shown> {
  for (let number = 1; ; number++) {
    const file = shownPath(of, number === 1 ? side : `${side}-${number}`);
    const at = repo.guard.resolveForWriting(file);
    if (look(at) !== null) continue;
    if ((await bringOut.make({ at, shown: file, seen: null, hash, size, exec: false }, () => {})) === null) continue;
    return { file, of, stamp: lookThrough(at, repo.guard.blobs)?.stamp ?? NO_STAMP };
  }
}

/** `data/a.png` as `.mvgit/conflict/data/a.ours.png`. */
function shownPath(path: RepoPath, word: string): RepoPath {
  const [folder, name] = [parentOf(path), nameOf(path)];
  const dot = name.lastIndexOf(".");
  const named = dot > 0 ? `${name.slice(0, dot)}.${word}${name.slice(dot)}` : `${name}.${word}`;
  return checkPath(`${FOLDER}/${folder === "" ? "" : `${folder}/`}${named}`);
}

function ignoreOwn(repo: Repo): void {
  const ignore = repo.guard.resolveForWriting(`${FOLDER}/.gitignore` as RepoPath);
  if (look(ignore) === null) replaceFile(ignore, "*\n", false);
}

/** Removes the files of paths that are not open any more, or all; one that was changed since is kept, and named. */
export async function forgetSides(repo: Repo, { all = false } = {}): Promise<void> {
  const shown = remembered(repo);
  if (shown.length === 0) return;
  const open = all ? new Set<string>() : await stillOpen(repo);
  const kept: Shown[] = [];
  for (const each of shown) {
    if (open.has(each.of)) {
      kept.push(each);
      continue;
    }
    const at = repo.guard.resolve(each.file);
    const found = look(at);
    if (found === null) continue;
    const spot = { at, shown: each.file, seen: each.stamp };
    if (
      lookThrough(at, repo.guard.blobs)?.stamp !== each.stamp ||
      !takeAway(spot, { blobs: repo.guard.blobs, temporary: repo.temporary })
    ) {
      repo.watch.note(
        `'${display(repo.typed(each.file))}' was changed since it was made, and stays; it is yours to remove`,
      );
    }
  }
  remember(repo, kept);
  if (kept.length === 0) removeEmpty(join(repo.top, FOLDER));
}

async function stillOpen(repo: Repo): Promise<Set<string>> {
  const open = new Set<string>();
  for (const tracked of await listTracked(repo)) {
    if (tracked.reading.kind !== "conflicted") continue;
    const told = await tellOpen(repo, tracked);
    for (const path of told.open ?? [tracked.path]) open.add(path);
  }
  return open;
}

/** Folders without files of the user's, and their own ignore file with them. */
function removeEmpty(folder: string): void {
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  for (const each of fs.readdirSync(folder, { withFileTypes: true }))
    if (each.isDirectory()) removeEmpty(join(folder, each.name));
  const left = fs.readdirSync(folder);
  if (left.length === 1 && left[0] === ".gitignore") removeFile(join(folder, ".gitignore"));
  if (left.every((name) => name === ".gitignore")) removeEmptyFolder(folder);
}

function listFile(repo: Repo): string {
  return workTreeFile(repo.git.place, "conflict-files");
}

function remembered(repo: Repo): Shown[] {
  const text = readUpTo(listFile(repo), LIST_CAP)?.toString("utf8") ?? "";
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Shown);
}

function remember(repo: Repo, shown: readonly Shown[]): void {
  if (shown.length === 0) {
    removeFile(listFile(repo));
    return;
  }
  makeFolder(workTreeFolder(repo.git.place));
  replaceFile(listFile(repo), shown.map((each) => `${JSON.stringify(each)}\n`).join(""), false);
}
