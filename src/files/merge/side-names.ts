/** Which side is which. In a rebase Git's words are the other way round than people expect. */
import * as fs from "node:fs";
import { join } from "node:path";
import type { Repo } from "../../repo/repo.ts";

export interface SideNames {
  ours: string;
  theirs: string;
  /** What is unfinished, as far as Git's folder tells: it does not of a merge that just begins, nor of a stash. */
  during: "rebase" | "cherry-pick" | "revert" | "merge" | null;
}

export function sidesOf(repo: Repo): SideNames {
  const { gitDir } = repo.git.place;
  const isThere = (name: string): boolean => fs.existsSync(join(gitDir, name));
  if (isThere("rebase-merge") || isThere("rebase-apply"))
    return { during: "rebase", ours: "the branch that you rebase onto", theirs: "your own commit" };
  if (isThere("CHERRY_PICK_HEAD"))
    return { during: "cherry-pick", ours: "your branch", theirs: "the commit that is picked" };
  if (isThere("REVERT_HEAD"))
    return { during: "revert", ours: "your branch", theirs: "the branch as it was before the commit that is reverted" };
  if (isThere("MERGE_HEAD")) return { during: "merge", ours: "your branch", theirs: "the branch that is merged" };
  return { during: null, ours: "what is checked out", theirs: "what is brought in (a stash, or another branch)" };
}
