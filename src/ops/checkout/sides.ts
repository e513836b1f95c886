/** `mvgit checkout --ours` and `--theirs`: a side of an unfinished merge for what is in conflict, and for nothing else. */
import { MvgitError } from "../../base/errors.ts";
import type { RepoPath } from "../../base/paths.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { select } from "../../repo/tracked.ts";
import { decideSide, type Decision, type Outcome, record, type Side, tell } from "../merge/decide.ts";
import { conflictsOf } from "../merge/open.ts";
import { forgetSides } from "../merge/shown-sides.ts";

/** Decides for a side; nothing is written unless all of it can be. Answers what there is to check out now, whole. Throws `not-tracked` where nothing is in conflict. */
export async function chooseSide(repo: Repo, typed: readonly string[], { side, offline }: { side: Side; offline: boolean }): Promise<{ ready: ReadonlySet<RepoPath>; outcomes: Outcome[] }> {
  const selected = await select(repo, typed);
  const load = offline ? repo.loadManifest : manifestLoader(repo.cache, () => repo.remote());
  const conflicts = await conflictsOf(repo, selected, load);
  if (conflicts.length === 0) {
    throw new MvgitError("not-tracked", "no pointer is conflicted here", { hint: "'--ours' and '--theirs' are for an unfinished merge; 'mvgit status' shows conflicts" });
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
