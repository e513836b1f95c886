/** The file that MVGIT_LOG names during a run: in the git directory, so that it is never part of a tree. */
import * as fs from "node:fs";
import { join } from "node:path";
import { uniqueName } from "../../base/clock.ts";
import { createFile, makeFolder, removeFile } from "../../base/disk.ts";
import { fromSystem } from "../../base/errors.ts";
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

/** Removes it if nothing was written; else answers where it is. */
export function keepLog(file: string): string | null {
  if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0) return file;
  removeFile(file);
  return null;
}
