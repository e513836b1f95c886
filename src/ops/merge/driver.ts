/** `mvgit merge-driver`: what Git calls for a file that both sides changed, by the file's path. */
import { isPointerPath } from "../../model/pointer.ts";
import { STAGES_FILE } from "../../model/stages-file.ts";
import type { Repo } from "../../repo/repo.ts";
import { conflicted, type MergeReport, type MergeRequest } from "./conflict.ts";
import { mergeCurves, mergePackages, readModelPath } from "./packages.ts";
import { mergePointers } from "./pointers.ts";
import { mergeStagesFile } from "./stages.ts";

/** Writes the merged file, or one with conflict markers, to `ours`: with markers also when the merge itself fails. */
export async function mergeFile(repo: Repo, path: string, request: MergeRequest): Promise<MergeReport> {
  try {
    if (path === STAGES_FILE) return await mergeStagesFile(repo, request);
    const model = readModelPath(path);
    if (model?.kind === "package") return mergePackages(request);
    if (model?.kind === "curves") return await mergeCurves(repo, model.model, request);
    return await mergePointers(repo, request);
  } catch (error) {
    // Without markers Git would leave our side as it is, and the next 'git commit -a' would drop theirs unseen.
    conflicted(request, [], { withBase: isPointerPath(path) });
    throw error;
  }
}
