/** The file that MVGIT_LOG names during a run: in the git directory, so that it is never part of a tree. */
import * as fs from "node:fs";
import { join } from "node:path";
import { uniqueName } from "../../base/clock.ts";
import { createFile, makeFolder } from "../../base/disk.ts";
import { fromSystem } from "../../base/errors.ts";
import { LONGEST_LINE } from "../../model/run-log.ts";
import type { Repo } from "../../repo/repo.ts";

/** Makes an empty one; its absolute path. */
export function makeLog(repo: Repo): string {
  const folder = join(repo.git.place.gitDir, "mvgit", "runs");
  const file = join(folder, `${new Date(repo.watch.clock.now()).toISOString().replace(/[-:]|\.\d+/g, "")}-${uniqueName().slice(0, 6)}.jsonl`);
  try {
    makeFolder(folder);
    fs.closeSync(createFile(file));
  } catch (error) {
    throw fromSystem(error, `write '${file}'`, file);
  }
  return file;
}

/**
 * The lines of a log, whatever is in it: of a line that is too long only so much as shows that it is. Half of a last line,
 * which a program that was stopped leaves, is passed over.
 */
export async function* linesOf(file: string): AsyncGenerator<string> {
  const fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
  let line = "";
  for await (const text of fs.createReadStream(file, { fd, encoding: "utf8" }) as AsyncIterable<string>) {
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

/** Removes it if nothing was written; else answers where it is. */
export function keepLog(file: string): string | null {
  if ((fs.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return file;
  forgetLog(file);
  return null;
}

/** Removes it, whatever the command made of it. */
export function forgetLog(file: string): void {
  fs.rmSync(file, { recursive: true, force: true });
}
