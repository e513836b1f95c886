/** Pointers and their ignore lines, written to the work tree. */
import * as fs from "node:fs";
import { createFile, readUpTo, writeAll } from "../base/disk.ts";
import { fromSystem, MvgitError } from "../base/errors.ts";
import { baseOf, display, parentOf, type RepoPath } from "../base/paths.ts";
import { Landing } from "../base/landing.ts";
import { forEachConcurrent } from "../base/tasks.ts";
import { ignoreLine, withIgnoreLines, withoutIgnoreLines } from "../model/ignore-line.ts";
import { formatPointer, type Pointer, POINTER_CAP, pointerPathOf } from "../model/pointer.ts";
import { putInPlace } from "../worktree/act.ts";
import { MOST_OPEN } from "../worktree/open-folders.ts";
import { look } from "../worktree/stamp.ts";
import type { Repo } from "./repo.ts";

/** Pointers written at once; those that wait share one flush. */
const TOGETHER = 512;

/**
 * Writes pointers, those that are not there already as they should be: each is replaced as a whole, and all are durable
 * when it answers. One that somebody else writes meanwhile is left as it is: `local-changes`.
 */
export async function writePointers(repo: Repo, pointers: Iterable<readonly [RepoPath, Pointer]>): Promise<void> {
  await repo.cache.settle();
  const landing = new Landing(repo.top, { durable: true, exclusive: false });
  const folders = repo.openFolders();
  try {
    await forEachConcurrent(pointers, TOGETHER, async ([target, pointer]) => {
      const path = pointerPathOf(target);
      const file = repo.guard.resolveForWriting(path);
      const seen = look(file);
      const text = formatPointer(pointer);
      if (seen?.kind === "file" && readUpTo(file, POINTER_CAP)?.toString("utf8") === text) return;
      const temporary = repo.temporary.newName();
      try {
        writeNew(temporary, text);
        await landing.land(temporary, file, () => {
          if (folders.count > MOST_OPEN) folders.renew();
          const spot = { at: folders.reach(path, { make: true }), shown: path, seen: seen?.stamp ?? null };
          if (putInPlace(temporary, spot, { blobs: repo.guard.blobs, temporary: repo.temporary, isWatched: false })) return true;
          throw new MvgitError("local-changes", `the pointer '${display(path)}' is written by somebody else, and was left as it is`, { subject: display(path), hint: "look at it, then run the command again" });
        });
      } catch (error) {
        fs.rmSync(temporary, { force: true });
        throw fromSystem(error, `write '${display(file)}'`, display(file));
      }
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

/** Lets Git ignore the targets: one change of `.gitignore` for each folder. Answers the files that changed. */
export function ignoreTargets(repo: Repo, targets: readonly RepoPath[]): RepoPath[] {
  return changeIgnoreFiles(repo, targets, withIgnoreLines);
}

/** Takes the targets' lines out again; an ignore file that is left empty is removed. */
export function unignoreTargets(repo: Repo, targets: readonly RepoPath[]): RepoPath[] {
  return changeIgnoreFiles(repo, targets, withoutIgnoreLines);
}

type Change = (text: string, lines: readonly string[]) => string;

function changeIgnoreFiles(repo: Repo, targets: readonly RepoPath[], change: Change): RepoPath[] {
  const changed: RepoPath[] = [];
  for (const [folder, members] of groupByFolder(targets)) {
    const path = (folder === "" ? ".gitignore" : `${folder}/.gitignore`) as RepoPath;
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
