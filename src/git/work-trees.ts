/**
 * Linked work trees of Git, made and removed so that nothing else of the repository notices: no hook, branch or index.
 */
import { withLock } from "../base/lock.ts";
import type { GitProgram, IndexEntry } from "./program.ts";
import type { Oid } from "./reader.ts";
import { type Environment, NO_HOOKS } from "./run.ts";
import { cloneFile } from "../values/own-files.ts";

/** Settings for Git in such a work tree: no hook runs, and exactly the tree's own files come. */
export const ALONE = {
  ...NO_HOOKS,
  "core.sparseCheckout": "false",
  "submodule.recurse": "false",
  "core.fsmonitor": "false",
};

/**
 * A linked work tree at `dir` (absolute, absent or empty), on no branch: HEAD at `head`, index and files those of
 * `tree`. `env`: for Git inside it. Throws `git-failed`.
 */
export async function addWorkTree(
  git: GitProgram,
  { dir, head, tree, env }: { dir: string; head: Oid; tree: Oid; env: Environment },
): Promise<void> {
  await oneByOne(git, () => git.run([...QUIETLY, "worktree", "add", "--detach", "--no-checkout", dir, head]));
  await git.run(["read-tree", "--reset", "-u", tree], { cwd: dir, env });
}

/** Takes a linked work tree whose files are gone from Git's list; one that is not there is fine. */
export async function forgetWorkTree(git: GitProgram, dir: string): Promise<void> {
  await oneByOne(git, () =>
    git.run([...QUIETLY, "worktree", "remove", "--force", "--force", dir], { answers: [0, 128] }),
  );
}

/**
 * Git reads the files of every other work tree when it makes or removes one, and fails where another git has made them
 * in part.
 */
function oneByOne<R>(git: GitProgram, work: () => Promise<R>): Promise<R> {
  return withLock(cloneFile(git.place, "work-trees.lock"), work);
}

const QUIETLY = Object.entries(NO_HOOKS).flatMap(([key, value]) => ["-c", `${key}=${value}`]);

/**
 * Files that Git takes for changed though nobody wrote them, and submodules, whose files are not there. `git`: of the
 * work tree.
 */
export async function notAsRecorded(git: GitProgram): Promise<{ changed: string[]; submodules: IndexEntry[] }> {
  const submodules = (await git.index()).filter((each) => each.mode === "160000");
  const changed = (await git.rawDiff(["diff-files", "--ignore-submodules=all"])).map((each) => each.path);
  return { changed, submodules };
}
