/** Pointers and their ignore lines, written to the work tree. */
import * as fs from "node:fs";
import { createFile, replaceVia, readUpTo, removeFile, writeAll } from "../base/disk.ts";
import { fromSystem, MvgitError } from "../base/errors.ts";
import { baseOf, display, parentOf, type RepoPath } from "../base/paths.ts";
import { Landing } from "../base/landing.ts";
import { forEachConcurrent } from "../base/tasks.ts";
import { ignoreLine, withIgnoreLines, withoutIgnoreLines } from "../model/ignore-line.ts";
import { formatPointer, type Pointer, POINTER_CAP, pointerPathOf } from "../model/pointer.ts";
import type { Repo } from "./repo.ts";

const IGNORE_CAP = 16 * 1024 * 1024;

/** Pointers written at once; those that wait share one flush. */
const TOGETHER = 512;

/**
 * Writes pointers, those that are not there already as they should be: each is replaced as a whole, and all are durable
 * when it answers.
 */
export async function writePointers(repo: Repo, pointers: Iterable<readonly [RepoPath, Pointer]>): Promise<void> {
  const landing = new Landing(repo.top, { durable: true, exclusive: false });
  await forEachConcurrent(pointers, TOGETHER, async ([target, pointer]) => {
    const file = repo.guard.resolveForWriting(pointerPathOf(target));
    const text = formatPointer(pointer);
    if (readUpTo(file, POINTER_CAP)?.toString("utf8") === text) return;
    const temporary = repo.temporary.newName();
    try {
      writeNew(temporary, text);
      await landing.land(temporary, file);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw fromSystem(error, `write '${display(file)}'`, display(file));
    }
  });
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
  const byFolder = groupByFolder(targets);
  const changed: RepoPath[] = [];
  for (const [folder, members] of byFolder) {
    const path = (folder === "" ? ".gitignore" : `${folder}/.gitignore`) as RepoPath;
    const file = repo.guard.resolveText(path);
    const before = readText(file, path);
    const text = change(before, members.map((member) => ignoreLine(baseOf(member))));
    if (text === before) continue;
    if (text === "") removeFile(file);
    else replaceVia({ file, temporary: repo.temporary.newName() }, text);
    changed.push(path);
  }
  return changed;
}

function readText(file: string, path: string): string {
  const bytes = readUpTo(file, IGNORE_CAP);
  if (bytes === null) return "";
  if (bytes.length > IGNORE_CAP) throw new MvgitError("setting-invalid", `'${display(path)}' is larger than 16 MiB`, { subject: display(path) });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw fromSystem(error, `read '${display(path)}': it is not UTF-8`, display(path));
  }
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
