/**
 * The file that MVGIT_LOG names during a run: mvgit's own, in the git directory, so that it is never part of a tree; or
 * the user's, taken as it is.
 */
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { uniqueName } from "../../../base/clock.ts";
import { createFile, makeFolder } from "../../../base/disk.ts";
import { fromSystem } from "../../../base/system-errors.ts";
import { LONGEST_LINE } from "../../../values/run-log.ts";
import type { Repo } from "../../../repo/repo.ts";
import { RUN_VARIABLE, runsFolder } from "../../../repo/runs.ts";
import { workTreeFile } from "../../../values/own-files.ts";

/** Makes an empty one in the git directory of a work tree; its absolute path. */
export function makeLog(repo: Repo): string {
  const folder = workTreeFile(repo.git.place, "runs");
  const file = join(
    folder,
    `${new Date(repo.watch.clock.now()).toISOString().replace(/[-:]|\.\d+/g, "")}-${uniqueName().slice(0, 6)}.jsonl`,
  );
  try {
    makeFolder(folder);
    fs.closeSync(createFile(file));
  } catch (error) {
    throw fromSystem(error, `write '${file}'`, file);
  }
  return file;
}

/**
 * The log that the user chose by MVGIT_LOG, from `cwd`, absolute; null where there is none, or it is that of a run
 * around this one.
 */
export function chosenLog(repo: Repo, cwd: string): string | null {
  const named = repo.env["MVGIT_LOG"] ?? "";
  if (named === "") return null;
  const file = resolve(cwd, named);
  return repo.env[RUN_VARIABLE] !== undefined && file.startsWith(runsFolder(repo)) ? null : file;
}

/** A log as it stood before a command. */
export interface LogBefore {
  size: number;
  ino: number;
  mtimeMs: number;
  /** Its last bytes. */
  end: Buffer;
}

/** Bytes by which a log that was added to is told from one that was written anew. */
const END = 64 * 1024;

export function lookAtLog(file: string): LogBefore | null {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found?.isFile()
    ? { size: found.size, ino: found.ino, mtimeMs: found.mtimeMs, end: endBefore(file, found.size) }
    : null;
}

/** The bytes of a file that end at `size`; none of one that cannot be read. */
function endBefore(file: string, size: number): Buffer {
  const bytes = Buffer.alloc(Math.min(size, END));
  try {
    const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    try {
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, size - bytes.length));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * From which byte on a log is what was written since; all of it where it was cut or made anew, also where it has the
 * size of before or more.
 */
export function startOfLog(file: string, before: LogBefore | null): number {
  const now = fs.statSync(file, { throwIfNoEntry: false });
  if (before === null || now === undefined || now.ino !== before.ino || now.size < before.size) return 0;
  const isSameAgain = now.size === before.size && now.mtimeMs !== before.mtimeMs;
  return isSameAgain || !endBefore(file, before.size).equals(before.end) ? 0 : before.size;
}

/**
 * The lines of a log from a byte on, whatever is in it: of a line that is too long only so much as shows that it is.
 * Half of a last line, which a program that was stopped leaves, is passed over.
 */
export async function* linesOf(file: string, start = 0): AsyncGenerator<string> {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
  let line = "";
  for await (const text of fs.createReadStream(file, {
    fd,
    encoding: "utf8",
    ...(start > 0 ? { start } : {}),
  }) as AsyncIterable<string>) {
    const [first = "", ...more] = text.split("\n");
    line = joined(line, first);
    for (const each of more) {
      yield line.replace(/\r$/, "");
      line = joined("", each);
    }
  }
  if (line.trimEnd().endsWith("}")) yield line;
}

function joined(start: string, more: string): string {
  return start.length > LONGEST_LINE ? start : start + more;
}

/** Whether anything was written to it. */
export function isWritten(file: string): boolean {
  return (fs.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
