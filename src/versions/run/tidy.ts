/** Runs whose mvgit was killed: told once, and forgotten where their version stands after all. */
import type { Package } from "../../values/package.ts";
import type { Repo } from "../../repo/repo.ts";
import { forgetRun, isNeverStarted, listRuns, runFolder, runStateOf } from "../../repo/runs.ts";
import { createFile } from "../../base/disk.ts";
import * as fs from "node:fs";
import { join } from "node:path";

/** `newest`: the newest version of the model at hand. */
export async function tidyKilled(repo: Repo, newest: Package | null): Promise<void> {
  const killed = listRuns(repo).filter((each) => runStateOf(repo, each) === "killed");
  for (const record of killed) {
    const { id, model } = record;
    if (newest?.run?.id === id || isNeverStarted(repo, record)) await forgetRun(repo, id);
    else if (tellOnce(join(runFolder(repo, id), "told")))
      repo.watch.note(`run ${id} of '${model}' was killed: 'mvgit runs show ${id}' tells what is known of it`);
  }
}

/** True for the first who asks. */
function tellOnce(file: string): boolean {
  if (fs.existsSync(file)) return false;
  fs.closeSync(createFile(file));
  return true;
}
