/**
 * Pointers that a commit would change while other bytes stand here than they name, and not because the user changed
 * those.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { unfinishedWork } from "../git/history.ts";
import type { Oid } from "../git/reader.ts";
import { readManifest } from "../values/manifest-io.ts";
import { type Pointer, POINTER_CAP, pointerPathOf, readPointer } from "../values/pointer.ts";
import { sameEntry } from "../values/diff-manifests.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { baseSource } from "../repo/bases.ts";
import type { Repo } from "../repo/repo.ts";
import type { Selected } from "../repo/tracked.ts";
import { compareFolder } from "../worktree/compare-folder.ts";
import { isAbsent, isOutOfDate } from "../files/out-of-date.ts";
import type { PathStatus } from "../files/status.ts";
import { isLack } from "../store/lack.ts";

/**
 * Those of the states that the commit concerns. What Git itself brings in a merge, a rebase or the like is nobody's
 * statement about the bytes here; nor is what was changed beside files that are behind, as by an `mvgit add` of a part.
 */
export async function outOfDateInCommit(
  repo: Repo,
  states: readonly PathStatus[],
  tracked: readonly Selected[],
): Promise<PathStatus[]> {
  const stale = states.filter((each) => isOutOfDate(each) && !isAbsent(each));
  if (stale.length === 0 || isUnfinished(repo)) return [];
  const staged = new Map((await repo.git.staged()).map((each) => [each.path, each]));
  const found: PathStatus[] = [];
  for (const each of stale) {
    const change = staged.get(pointerPathOf(each.path));
    const selected = tracked.find(({ path }) => path === each.path);
    if (change === undefined || change.status === "D" || selected?.reading.kind !== "pointer") continue;
    if (
      await isConcerned(repo, { ...selected, pointer: selected.reading.pointer }, await pointerAt(repo, change.oldOid))
    )
      found.push(each);
  }
  return found;
}

function isUnfinished(repo: Repo): boolean {
  return unfinishedWork(repo.git) !== null || existsSync(join(repo.git.place.gitDir, "SQUASH_MSG"));
}

async function pointerAt(repo: Repo, oid: Oid): Promise<Pointer | null> {
  if (/^0+$/.test(oid)) return null;
  const bytes = await repo.git.blob(oid, POINTER_CAP);
  const reading = bytes && readPointer(bytes);
  return reading?.kind === "pointer" ? reading.pointer : null;
}

/** Whether a file that is not here as the pointer says is another in it than before the commit. */
async function isConcerned(
  repo: Repo,
  { path, pointer }: { path: Selected["path"]; pointer: Pointer },
  before: Pointer | null,
): Promise<boolean> {
  if (pointer.files === undefined || before?.files === undefined) return true;
  try {
    const old = new Map<string, ManifestEntry>();
    for await (const entries of readManifest(before.hash, repo.loadManifest))
      for (const entry of entries) old.set(entry.path, entry);
    const context = {
      guard: repo.guard,
      stats: repo.stats,
      load: repo.loadManifest,
      bases: baseSource(repo),
      onBytes: () => {},
      signal: repo.watch.signal,
    };
    for await (const pairs of compareFolder(path, pointer, { ...context, inside: null })) {
      for (const { path: inside, wanted, decision } of pairs) {
        if (decision === undefined || !["behind", "incomplete", "diverged"].includes(decision.state)) continue;
        const was = old.get(inside) ?? null;
        if (was === null || wanted === null ? was !== wanted : !sameEntry(was, wanted)) return true;
      }
    }
    return false;
  } catch (error) {
    if (isLack(error)) return true;
    throw error;
  }
}
