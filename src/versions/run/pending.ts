/**
 * A version that was about to be made: kept until its tag stands, so that a refused commit or tag loses no training.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFile, replaceVia } from "../../base/disk.ts";
import { readOwnJson } from "../../base/own-json.ts";
import type { ModelName } from "../../values/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { TemporaryFolder } from "../../store/temporary.ts";
import { workTreeFile } from "../../values/own-files.ts";
import type { Draft } from "./draft.ts";

function fileOf(repo: Repo, model: ModelName): string {
  return join(workTreeFile(repo.git.place, "pending"), `${model}.json`);
}

/** Keeps the draft, durably. */
export function keepPending(repo: Repo, draft: Draft): void {
  const file = fileOf(repo, draft.model);
  makeFolder(join(file, ".."));
  const temporary = new TemporaryFolder(workTreeFile(repo.git.place, "tmp")).newName();
  replaceVia({ file, temporary }, JSON.stringify(draft));
}

/** The draft that was kept; null for none. What cannot be read is none. */
export function readPending(repo: Repo, model: ModelName): Draft | null {
  return readOwnJson<Draft>(fileOf(repo, model));
}

export function forgetPending(repo: Repo, model: ModelName): void {
  if (fs.existsSync(fileOf(repo, model))) removeFile(fileOf(repo, model));
}
