/**
 * What the work tree had besides its tree, made in the scratch one: folders, repositories, and the environments that
 * stood in it.
 */
import { makeFolder } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { notAsRecorded } from "../../git/work-trees.ts";
import type { RecordedRepository, TreeRecord } from "../../values/tree-record.ts";
import type { Repo } from "../../repo/repo.ts";
import { bringRepositories } from "./repositories.ts";

/**
 * Answers what of the version's code is not as it was. `record`: null for a version of before, of which only its
 * submodules are known.
 */
export async function fillScratch(
  repo: Repo,
  scratch: Repo,
  { record, folder }: { record: TreeRecord | null; folder: string },
): Promise<string[]> {
  const { changed, submodules } = await notAsRecorded(scratch.git);
  const known =
    record?.repositories ??
    submodules.map(({ path, oid }): RecordedRepository => ({
      path: path as RepoPath,
      kind: "submodule",
      commit: oid,
      patch: null,
      patchHash: null,
    }));
  const lacking = await bringRepositories(repo, scratch, known);
  for (const path of [...(record?.folders ?? []), ...(folder === "" ? [] : [folder as RepoPath])])
    makeInside(scratch, path);
  return [...changed, ...lacking];
}

/** A folder that Git does not keep while it is empty. One whose place something else has is left. */
function makeInside(scratch: Repo, path: RepoPath): void {
  try {
    makeFolder(scratch.guard.resolveForWriting(path));
  } catch (error) {
    if (
      !isMvgitError(error) &&
      !(error instanceof Error && "code" in error && (error.code === "EEXIST" || error.code === "ENOTDIR"))
    )
      throw error;
    scratch.watch.warn(`the folder '${display(path)}' cannot be made: something else has its place`);
  }
}
