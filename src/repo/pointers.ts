/** Pointers and their ignore lines, written to the work tree. */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { createFile, discard, readUpTo, writeAll } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { blobId } from "../git/objects.ts";
import { baseOf, display, parentOf, type RepoPath } from "../base/paths.ts";
import { Landing } from "../base/landing.ts";
import { forEachConcurrent } from "../base/tasks.ts";
import { ignoreLine, withIgnoreLines, withoutIgnoreLines } from "../values/ignore-line.ts";
import { formatPointer, type Pointer, POINTER_CAP, pointerPathOf } from "../values/pointer.ts";
import { putInPlace } from "../worktree/act.ts";
import { MOST_OPEN } from "../worktree/open-folders.ts";
import { crossing } from "../worktree/places.ts";
import { look } from "../worktree/stamp.ts";
import type { Repo } from "./repo.ts";

const IGNORE_CAP = 16 * 1024 * 1024;

/** Pointers written at once; those that wait share one flush. */
const TOGETHER = 512;

export interface Tracking {
  /** Paths that Git itself kept and no longer will. */
  unstaged?: readonly RepoPath[];
  /** Changes other files after that, before anything is staged, and answers which. */
  also?: () => Promise<RepoPath[]>;
}

/** Lets mvgit track targets by these pointers: writes them and their ignore lines, stages all that, and answers it. */
export async function track(
  repo: Repo,
  pointers: ReadonlyMap<RepoPath, Pointer>,
  { unstaged = [], also }: Tracking = {},
): Promise<RepoPath[]> {
  if (pointers.size === 0) return [];
  return repo.locked(async () => {
    const targets = [...pointers.keys()];
    await writePointers(repo, pointers);
    ignoreTargets(repo, targets);
    await repo.git.unstage(unstaged);
    const others = [...(await ignoreFilesToStage(repo, targets)), ...((await also?.()) ?? [])];
    await stagePointers(repo, pointers, others);
    return [...targets.map(pointerPathOf), ...others];
  });
}

/**
 * Writes pointers, those that are not there already as they should be: each is replaced as a whole, and all are durable
 * when it answers. One that somebody else writes meanwhile is left as it is: `local-changes`.
 */
export async function writePointers(repo: Repo, pointers: Iterable<readonly [RepoPath, Pointer]>): Promise<void> {
  await repo.cache.settle();
  // Files of one landing are flushed with their file system.
  const landings = new Map<string, Landing>();
  const landingIn = (folder: string): Landing => {
    const landing = landings.get(folder) ?? new Landing(folder, { durable: true, exclusive: false });
    landings.set(folder, landing);
    return landing;
  };
  const folders = repo.openFolders();
  try {
    await forEachConcurrent(pointers, TOGETHER, async ([target, pointer]) => {
      const path = pointerPathOf(target);
      const file = repo.guard.resolveForWriting(path);
      const seen = look(file);
      const text = formatPointer(pointer);
      if (seen?.kind === "file" && readUpTo(file, POINTER_CAP)?.toString("utf8") === text) return;
      const place = { at: file, shown: path };
      const write = async (): Promise<void> => {
        const temporary = repo.places.newName(place);
        try {
          writeNew(temporary, text);
          await landingIn(repo.places.isElsewhere(place) ? dirname(file) : repo.top).land(temporary, file, () => {
            if (folders.count > MOST_OPEN) folders.renew();
            const spot = { at: folders.reach(path, { make: true }), shown: path, seen: seen?.stamp ?? null };
            if (putInPlace(temporary, spot, { blobs: repo.guard.blobs, temporary: repo.temporary, isWatched: false }))
              return true;
            throw new MvgitError(
              "local-changes",
              `the pointer '${display(path)}' is written by somebody else, and was left as it is`,
              { subject: display(path), hint: "look at it, then run the command again" },
            );
          });
        } catch (error) {
          discard(temporary);
          throw error;
        }
      };
      await crossing(repo.places, place, write).catch((error: unknown) => {
        throw fromSystem(error, `write '${display(file)}'`, display(file));
      });
    });
    folders.renew();
  } finally {
    folders.close();
  }
}

function writeNew(file: string, text: string): void {
  const fd = createFile(file);
  try {
    writeAll(fd, Buffer.from(text), file);
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Puts written pointers, and other files, into the index. A pointer that Git's attributes would have committed with
 * other bytes (an encoding, a filter) is committed as it is all the same.
 */
export async function stagePointers(
  repo: Repo,
  pointers: Iterable<readonly [RepoPath, Pointer]>,
  others: readonly RepoPath[],
): Promise<void> {
  const texts = new Map(
    [...pointers].map(([target, pointer]) => [pointerPathOf(target), Buffer.from(formatPointer(pointer))]),
  );
  await repo.git.stage([...texts.keys(), ...others]);
  const entries = await repo.git.indexAt([...texts.keys()]);
  for (const { path, oid } of entries) {
    const text = texts.get(path as RepoPath);
    if (text !== undefined && blobId(text, oid) !== oid) await repo.git.stageBytes(path as RepoPath, text);
  }
}

/** Lets Git ignore the targets: one change of `.gitignore` for each folder. Answers the files that changed. */
export function ignoreTargets(repo: Repo, targets: readonly RepoPath[]): RepoPath[] {
  return changeIgnoreFiles(repo, targets, withIgnoreLines);
}

/** Takes the targets' lines out again; an ignore file that is left empty is removed. */
export function unignoreTargets(repo: Repo, targets: readonly RepoPath[]): RepoPath[] {
  return changeIgnoreFiles(repo, targets, withoutIgnoreLines);
}

/**
 * The `.gitignore` files that say something else of these targets in the work tree than in the index: because of this
 * command, or of one before that could not take Git's index.
 */
export async function ignoreFilesToStage(repo: Repo, targets: readonly RepoPath[]): Promise<RepoPath[]> {
  const groups = [...groupByFolder(targets)].map(([folder, members]) => ({
    path: ignoreFileOf(folder),
    lines: members.map((member) => ignoreLine(baseOf(member))),
  }));
  if (groups.length === 0) return [];
  const entries = await repo.git.indexAt(groups.map(({ path }) => path));
  const oids = new Map(entries.map(({ path, oid }) => [path, oid]));
  const found: RepoPath[] = [];
  for (const { path, lines } of groups) {
    const here = linesOf(readUpTo(repo.guard.resolve(path), IGNORE_CAP)?.toString("utf8") ?? "");
    const oid = oids.get(path);
    const staged = linesOf(oid === undefined ? "" : ((await repo.git.blob(oid, IGNORE_CAP))?.toString("utf8") ?? ""));
    if (lines.some((line) => here.has(line) !== staged.has(line))) found.push(path);
  }
  return found;
}

function linesOf(text: string): Set<string> {
  return new Set(text.split(/\r?\n/));
}

function ignoreFileOf(folder: string): RepoPath {
  return (folder === "" ? ".gitignore" : `${folder}/.gitignore`) as RepoPath;
}

type Change = (text: string, lines: readonly string[]) => string;

function changeIgnoreFiles(repo: Repo, targets: readonly RepoPath[], change: Change): RepoPath[] {
  const changed: RepoPath[] = [];
  for (const [folder, members] of groupByFolder(targets)) {
    const path = ignoreFileOf(folder);
    const lines = members.map((member) => ignoreLine(baseOf(member)));
    if (repo.changeText(path, (read) => change(read() ?? "", lines) || null)) changed.push(path);
  }
  return changed;
}

function groupByFolder(targets: readonly RepoPath[]): Map<string, RepoPath[]> {
  const groups = new Map<string, RepoPath[]>();
  for (const target of targets) {
    const group = groups.get(parentOf(target));
    if (group) group.push(target);
    else groups.set(parentOf(target), [target]);
  }
  return groups;
}
