/** `mvgit merge-driver`: what Git calls for a file that both sides changed, by the file's path. */
import { baseOf } from "../base/paths.ts";
import { isPointerPath } from "../values/pointer.ts";
import { STAGES_FILE } from "../values/stages-file.ts";
import type { Repo } from "../repo/repo.ts";
import { conflicted, type MergeReport, type MergeRequest } from "./merge/conflict.ts";
import { mergeIgnoreFile } from "./merge/ignore-files.ts";
import { mergeBeside, mergePackages, readModelPath } from "./merge/packages.ts";
import { mergePointers } from "./merge/pointers.ts";
import { type SideNames, sidesOf } from "./merge/side-names.ts";
import { mergeStagesFile } from "./merge/stages.ts";

const IGNORE_FILE = ".gitignore";

export interface MergeFileReport extends MergeReport {
  /** What the words mean in the merge, rebase, … that is under way. */
  sides: SideNames;
}

/** Writes the merged file, or one with conflict markers, to `ours`: with markers also when the merge itself fails. */
export async function mergeFile(repo: Repo, path: string, request: MergeRequest): Promise<MergeFileReport> {
  return { ...(await mergeByKind(repo, path, request)), sides: sidesOf(repo) };
}

async function mergeByKind(repo: Repo, path: string, request: MergeRequest): Promise<MergeReport> {
  try {
    if (baseOf(path) === IGNORE_FILE) return await mergeIgnoreFile(repo, request);
    if (path === STAGES_FILE) return await mergeStagesFile(repo, request);
    const model = readModelPath(path);
    if (model?.kind === "package") return mergePackages(request);
    if (model?.kind === "beside") return await mergeBeside(repo, { model: model.model, path }, request);
    return await mergePointers(repo, request);
  } catch (error) {
    // Without markers Git would leave our side as it is, and the next 'git commit -a' would drop theirs unseen.
    conflicted(request, [], { withBase: isPointerPath(path) });
    throw error;
  }
}
