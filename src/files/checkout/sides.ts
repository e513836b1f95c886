/**
 * `mvgit checkout --ours` and `--theirs`: a side of an unfinished merge for what is in conflict, and for nothing else.
 */
import { MvgitError } from "../../base/errors.ts";
import { firstOf, isWithin, type RepoPath } from "../../base/paths.ts";
import { sameEntry } from "../../values/diff-manifests.ts";
import { type LoadBlob, readManifest } from "../../values/manifest-io.ts";
import { offered } from "../../values/merge-manifests.ts";
import { type Pointer, sameBytes } from "../../values/pointer.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { select, type Selected } from "../../repo/tracked.ts";
import { decideSide, type Decision, type Outcome, record, type Side, tell } from "../merge/decide.ts";
import { type Conflict, conflictsOf, decidedConflicts, openPaths } from "../merge/open.ts";
import { forgetSides } from "../merge/shown-sides.ts";

/**
 * Decides for a side; nothing is written unless all of it can be. Answers what there is to check out now, whole. Throws
 * `not-tracked` where nothing is in conflict.
 */
export async function chooseSide(
  repo: Repo,
  typed: readonly string[],
  { side, offline }: { side: Side; offline: boolean },
): Promise<{ ready: ReadonlySet<RepoPath>; outcomes: Outcome[] }> {
  const selected = await select(repo, typed);
  const load = offline ? repo.loadManifest : manifestLoader(repo.cache, () => repo.remotes());
  const conflicts = await conflictsOf(repo, selected, load);
  if (conflicts.length === 0) {
    const already = await decidedSo(repo, selected, { side, load });
    if (already.length > 0) return { ready: new Set(already), outcomes: [] };
    throw new MvgitError("not-tracked", "no pointer is conflicted here", {
      hint: "'--ours' and '--theirs' are for an unfinished merge; 'mvgit status' shows conflicts",
    });
  }
  const decisions: Decision[] = [];
  for (const conflict of conflicts) {
    const inside = selected.find(({ path }) => path === conflict.tracked.path)?.inside ?? null;
    decisions.push(await decideSide(repo, conflict, { side, inside, load }));
  }
  await record(repo, decisions);
  const outcomes = decisions.map(({ outcome }) => outcome);
  tell(repo, outcomes);
  await forgetSides(repo);
  const left = new Set(outcomes.filter(({ removed, open }) => removed || open.length > 0).map(({ path }) => path));
  return { ready: new Set(selected.map(({ path }) => path).filter((path) => !left.has(path))), outcomes };
}

/** What was decided just so before, by a command that was cut before it brought the files out. */
async function decidedSo(
  repo: Repo,
  selected: readonly Selected[],
  { side, load }: { side: Side; load: LoadBlob },
): Promise<RepoPath[]> {
  const found: RepoPath[] = [];
  for (const conflict of await decidedConflicts(repo, selected, load)) {
    const { path, reading } = conflict.tracked;
    const inside = selected.find((each) => each.path === path)?.inside ?? null;
    if (reading.kind === "pointer" && (await isSo(repo, conflict, { pointer: reading.pointer, side, inside, load })))
      found.push(path);
  }
  if (found.length > 0)
    repo.watch.note(
      `${firstOf(found.map((path) => repo.typed(path)))} ${found.length === 1 ? "is" : "are"} decided so already`,
    );
  return found;
}

async function isSo(
  repo: Repo,
  conflict: Conflict,
  { pointer, side, inside, load }: { pointer: Pointer; side: Side; inside: readonly RepoPath[] | null; load: LoadBlob },
): Promise<boolean> {
  const open = await openPaths(repo, conflict, load);
  if (open === null || pointer.files === undefined)
    return inside === null && conflict[side] !== null && sameBytes(conflict[side], pointer);
  const wanted = new Map(
    open
      .filter(({ path }) => inside === null || inside.some((part) => isWithin(path, part)))
      .map((each) => [each.path, offered(each, side)]),
  );
  if (wanted.size === 0) return false;
  for await (const entries of readManifest(pointer.hash, load)) {
    for (const entry of entries) {
      const side = wanted.get(entry.path);
      if (side === null || (side && !sameEntry(side, entry))) return false;
      wanted.delete(entry.path);
    }
  }
  return [...wanted.values()].every((entry) => entry === null);
}
