/** The paths that an add was given. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { isPointerPath } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { look } from "../../worktree/stamp.ts";
import { refused } from "../../worktree/refused.ts";

/** Throws `cannot-add` for the work tree as a whole, and for what some program reads by its name. */
export function namedPath(repo: Repo, typed: string): RepoPath {
  const path = repo.pathOf(typed);
  if (path !== "" && repo.guard.readerOf(path) !== null) throw refused(repo.guard, [path]);
  if (path !== "") return path;
  throw new MvgitError("cannot-add", "the whole work tree cannot be tracked as one folder", {
    subject: typed,
    hint: "name the files and folders that are too large for Git",
  });
}

/** What patterns match by Git's rules. Throws `cannot-add` where that is nothing. */
export async function matching(repo: Repo, patterns: readonly string[]): Promise<RepoPath[]> {
  const { prefix } = repo.git.place;
  const specs = patterns.map((pattern) => `:(top,glob)${prefix}${pattern}`);
  const { stdout } = await repo.git.run(["ls-files", "-z", "-c", "-o", "--full-name", "--", ...specs]);
  const found = stdout
    .toString("utf8")
    .split("\0")
    .filter(
      (path) =>
        path !== "" &&
        !isPointerPath(path) &&
        repo.guard.readerOf(path as RepoPath) === null &&
        look(join(repo.top, path)) !== null,
    );
  if (found.length > 0) return [...new Set(found)].map((path) => repo.pathOf(join(repo.top, path)) as RepoPath);
  throw new MvgitError("cannot-add", `no file matches ${patterns.map((each) => `'${display(each)}'`).join(", ")}`, {
    hint: "patterns are relative to the current folder; '**' crosses folders",
  });
}
