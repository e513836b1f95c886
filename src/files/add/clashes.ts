/** Names that are one on a system that takes no notice of letter case or Unicode form. */
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { Spellings } from "../../values/name-clash.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Tracked } from "../../repo/tracked.ts";

/** Throws `name-clash` for a new name that is one with another. */
export async function refuseClashes(
  repo: Repo,
  paths: readonly RepoPath[],
  tracked: readonly Tracked[],
): Promise<void> {
  const added = paths.filter((path) => !repo.guard.isAllowed(path));
  if (added.length === 0) return;
  const known = tracked.filter((each) => each.reading.kind !== "absent").map((each) => each.path);
  const forms = new Set(added.flatMap((path) => [path, path.normalize("NFC"), path.normalize("NFD")]));
  const inGit = (await repo.git.indexAt([...forms], { anyCase: true })).map((entry) => entry.path as RepoPath);
  const all = new Spellings([...known, ...inGit, ...paths]);
  for (const path of added) {
    const clash = all.clashOf(path);
    if (clash !== null) throw clashing(repo, path, clash);
  }
}

function clashing(repo: Repo, path: RepoPath, other: RepoPath): MvgitError {
  const name = display(repo.typed(path));
  return new MvgitError(
    "name-clash",
    `cannot add '${name}': '${display(repo.typed(other))}' is here already, and both are one name on some systems`,
    {
      subject: name,
      hint: "rename one of them; letter case and Unicode form do not tell names apart on macOS and Windows",
    },
  );
}
