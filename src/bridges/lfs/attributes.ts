/** `.gitattributes` after files left Git LFS. */
import { readUpTo, removeFile, replaceFile } from "../../base/disk.ts";
import { baseOf, isWithin, parentOf, type RepoPath } from "../../base/paths.ts";
import { hasLfsLine, withoutLfs } from "./git-attributes.ts";
import { pointerPathOf } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";

const CAP = 16 * 1024 * 1024;
/** Pointers and ignore files stay Git's own where a pattern of LFS would take them too. */
const OWN_LINES =
  "*.mvgit !filter merge=mvgit diff=mvgit text eol=lf\n.gitignore !filter !diff merge=mvgit-ignore text\n";

/**
 * Takes LFS's lines out of every `.gitattributes` where none of `still` needs them; where one that stays also matches
 * the new pointers, it is told to leave them alone. Answers the files that changed.
 */
export async function takeAttributes(
  repo: Repo,
  still: readonly RepoPath[],
  taken: readonly RepoPath[],
): Promise<RepoPath[]> {
  const files = (await repo.git.index([":(top,glob)**/.gitattributes"]))
    .filter((each) => baseOf(each.path) === ".gitattributes" && each.mode !== "120000")
    .map((each) => each.path as RepoPath);
  const changed = new Set<RepoPath>();
  for (const path of files) {
    const folder = parentOf(path);
    const below = still
      .filter((each) => isWithin(each, folder))
      .map((each) => (folder === "" ? each : each.slice(folder.length + 1)));
    if (rewrite(repo, path, (text) => withoutLfs(text, below))) changed.add(path);
  }
  const filters = await repo.git.attribute("filter", taken.map(pointerPathOf));
  if (!filters.includes("lfs")) return [...changed];
  for (const path of files)
    if (
      rewrite(repo, path, (text) =>
        hasLfsLine(text) && !text.endsWith(OWN_LINES) ? text.replace(/(?<=[^\n])$/, "\n") + OWN_LINES : text,
      )
    )
      changed.add(path);
  return [...changed];
}

function rewrite(repo: Repo, path: RepoPath, change: (text: string) => string): boolean {
  const file = repo.guard.resolveText(path);
  const before = readUpTo(file, CAP)?.toString("utf8") ?? "";
  const text = change(before);
  if (text === before) return false;
  if (text === "") removeFile(file);
  else replaceFile(file, text);
  return true;
}
