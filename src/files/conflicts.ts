/** `mvgit conflicts`: what an unfinished merge waits for, file by file. */
import { isWithin, type RepoPath } from "../base/paths.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { kindOf, offered } from "../values/merge-manifests.ts";
import type { Pointer } from "../values/pointer.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { Repo } from "../repo/repo.ts";
import { select, type Selected } from "../repo/tracked.ts";
import { type Conflict, type ConflictingFile, conflictsOf, type FileSide, openPaths, wholeKind } from "./merge/open.ts";
import { type SideNames, sidesOf } from "./merge/side-names.ts";
import { forgetSides, showSides } from "./merge/shown-sides.ts";

export type { ConflictingFile } from "./merge/open.ts";

/** The kind of a path that Git and mvgit both track, each on one side. */
export const BESIDE_PLAIN = "tracked by mvgit on one side, by Git on the other";

export interface ConflictsReport {
  conflicts: ConflictingFile[];
  /** What the words mean in the merge, rebase, … that is unfinished. */
  sides: SideNames;
}

/**
 * Answers what is open at or below the paths; with `files`, both sides of each are made to look at. Throws
 * `not-tracked`, `blob-missing`, `pointer-conflicted`.
 */
export async function conflicts(
  repo: Repo,
  request: { paths: readonly string[]; files: boolean; remote?: string },
): Promise<ConflictsReport> {
  const selected = await select(repo, request.paths);
  const load = manifestLoader(repo.cache, () => repo.remotes(request.remote));
  const found: ConflictingFile[] = [];
  for (const conflict of await conflictsOf(repo, selected, load)) {
    const inside = selected.find(({ path }) => path === conflict.tracked.path)?.inside ?? null;
    const open = await openPaths(repo, conflict, load);
    if (open === null) found.push(whole(conflict));
    for (const each of open ?? []) {
      if (inside !== null && !inside.some((part) => isWithin(each.path, part))) continue;
      const path = `${conflict.tracked.path}/${each.path}` as RepoPath;
      found.push({
        path,
        tracked: conflict.tracked.path,
        kind: kindOf(each),
        base: sideOf(each.base),
        ours: sideOf(offered(each, "ours")),
        theirs: sideOf(offered(each, "theirs")),
      });
    }
  }
  found.push(...(await besidePlain(repo, selected)));
  if (request.files) await showSides(repo, found, request.remote === undefined ? {} : { remote: request.remote });
  else await forgetSides(repo);
  return { conflicts: found, sides: sidesOf(repo) };
}

/** What Git itself keeps on one side, and has in conflict, while mvgit tracks it on the other. */
async function besidePlain(repo: Repo, selected: readonly Selected[]): Promise<ConflictingFile[]> {
  const byPath = new Set(selected.map(({ path }) => path));
  const unmerged =
    byPath.size === 0
      ? []
      : (await repo.git.index()).filter(({ path, stage }) => stage !== 0 && byPath.has(path as RepoPath));
  return [...new Set(unmerged.map(({ path }) => path as RepoPath))].map((path) => ({
    path,
    tracked: path,
    kind: BESIDE_PLAIN,
    base: null,
    ours: null,
    theirs: null,
  }));
}

function whole(conflict: Conflict): ConflictingFile {
  const { tracked, base, ours, theirs } = conflict;
  return {
    path: tracked.path,
    tracked: tracked.path,
    kind: wholeKind(conflict),
    base: sideOf(base),
    ours: sideOf(ours),
    theirs: sideOf(theirs),
  };
}

function sideOf(entry: ManifestEntry | Pointer | null): FileSide | null {
  if (entry === null) return null;
  return {
    hash: entry.hash,
    size: entry.size,
    ...("files" in entry && entry.files !== undefined ? { files: entry.files } : {}),
  };
}
