/** `mvgit add` of files in a folder that is in conflict: the bytes that stand in the work tree decide their paths. */
import { MvgitError } from "../../base/errors.ts";
import { display, firstOf, isWithin, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Tracked } from "../../repo/tracked.ts";
import { copyIntoCache } from "../../worktree/read-file.ts";
import { lookThrough } from "../../worktree/stamp.ts";
import { decideFiles, type Decision, record, tell } from "./decide.ts";
import { type Conflict, conflictsOf, isOfFolders, openPaths } from "./open.ts";
import { forgetSides } from "./shown-sides.ts";

/**
 * Decides those of the paths that are open in a folder's conflict, and answers the others, which are to be added as
 * ever. Throws `pointer-conflicted` for a whole folder of which files are open, and for a file of it that is not.
 */
export async function decideAdded(
  repo: Repo,
  paths: readonly RepoPath[],
  tracked: readonly Tracked[],
): Promise<RepoPath[]> {
  const meant = tracked.filter(
    ({ path, reading }) => reading.kind === "conflicted" && paths.some((each) => isWithin(each, path)),
  );
  if (meant.length === 0) return [...paths];
  const load = manifestLoader(repo.cache, () => repo.remotes());
  const decisions: Decision[] = [];
  const taken = new Set<RepoPath>();
  for (const conflict of await conflictsOf(repo, meant, load)) {
    const { path } = conflict.tracked;
    const open = isOfFolders(conflict) ? await openPaths(repo, conflict, load) : null;
    if (open === null) continue;
    const inside = paths.filter((each) => isWithin(each, path));
    const wanted = new Set(open.map((each) => `${path}/${each.path}` as RepoPath));
    const wrong = inside.find((each) => !wanted.has(each));
    if (wrong !== undefined) throw stillOpen(repo, conflict, { wrong, open: [...wanted] });
    const entries = new Map<string, ManifestEntry>();
    for (const each of inside) entries.set(each.slice(path.length + 1), await takeIn(repo, each, path));
    decisions.push((await decideFiles(repo, conflict, { decide: (each) => entries.get(each), load })) as Decision);
    for (const each of inside) taken.add(each);
  }
  await repo.cache.settle();
  if (decisions.length > 0) await record(repo, decisions);
  tell(
    repo,
    decisions.map(({ outcome }) => outcome),
  );
  if (decisions.length > 0) await forgetSides(repo);
  return paths.filter((each) => !taken.has(each));
}

function stillOpen(
  repo: Repo,
  { tracked }: Conflict,
  { wrong, open }: { wrong: RepoPath; open: RepoPath[] },
): MvgitError {
  const name = display(repo.typed(wrong));
  const what =
    wrong === tracked.path
      ? "a merge of it is unfinished, and what stands here may lack what the other side brought"
      : `the merge of '${display(repo.typed(tracked.path))}' is unfinished, and this file is not in conflict`;
  return new MvgitError("pointer-conflicted", `cannot add '${name}': ${what}`, {
    subject: name,
    hint: prose`
        first decide ${firstOf(open.map((each) => repo.typed(each)))}: 'mvgit add' takes the bytes that stand here,
        'mvgit checkout --ours' or '--theirs' a side
      `,
  });
}

async function takeIn(repo: Repo, path: RepoPath, folder: RepoPath): Promise<ManifestEntry> {
  const file = repo.guard.resolve(path);
  const found = lookThrough(file, repo.guard.blobs);
  const name = display(repo.typed(path));
  if (found?.kind !== "file")
    throw new MvgitError("cannot-add", `there is no file '${name}' to add`, {
      subject: name,
      hint: `to decide that it is gone, choose the side that removed it: 'mvgit checkout --ours ${name}' or '--theirs'`,
    });
  const copied = await copyIntoCache(repo.cache, found.real, () => {});
  if (copied.temporary) await repo.cache.land(copied.temporary, copied.hash);
  else repo.cache.rely(copied.hash);
  return {
    path: path.slice(folder.length + 1) as RepoPath,
    hash: copied.hash,
    size: copied.size,
    mode: copied.exec ? "exec" : "file",
  };
}
