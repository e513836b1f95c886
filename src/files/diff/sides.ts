/** The two things that a diff compares, each as the pointers that it has. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { checkPath, type RepoPath } from "../../base/paths.ts";
import { isPointerPath, type Pointer, POINTERS, targetOf } from "../../values/pointer.ts";
import { commitPointers, type PointerUses, readPointers } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { look } from "../../worktree/stamp.ts";
import type { Revision } from "./operands.ts";

export type Side = ({ kind: "commit" } & Revision) | { kind: "nothing" } | { kind: "index" } | { kind: "work tree" };

/** What a side tracks. Of the work tree it is what the index tracks: its bytes are looked at later. */
export interface SidePointers {
  pointers: Map<RepoPath, Pointer>;
  /** Both sides of an unfinished merge are there. */
  conflicted: RepoPath[];
  broken: PointerUses["broken"];
}

/** Which sides these revisions mean, as for `git diff`. Throws `usage`. */
export async function chooseSides(
  repo: Repo,
  revisions: readonly Revision[],
  cached: boolean,
): Promise<{ before: Side; after: Side }> {
  const [first, second] = revisions;
  if (revisions.length > 2)
    throw new MvgitError("usage", `${revisions.length} revisions were named, and at most two can be compared`);
  if (cached && second)
    throw new MvgitError("usage", "'--cached' compares the index with one revision, and two were named");
  if (first && second) return { before: { kind: "commit", ...first }, after: { kind: "commit", ...second } };
  const named = first ? ({ kind: "commit", ...first } as const) : null;
  if (cached) return { before: named ?? (await head(repo)), after: { kind: "index" } };
  return { before: named ?? { kind: "index" }, after: { kind: "work tree" } };
}

async function head(repo: Repo): Promise<Side> {
  const commit = await repo.git.resolveCommit("HEAD");
  return commit === null ? { kind: "nothing" } : { kind: "commit", name: "HEAD", commit };
}

/** A side in words. */
export function sideName(side: Side): string {
  if (side.kind === "commit") return side.name;
  return side.kind === "nothing" ? "no commit yet" : `the ${side.kind}`;
}

/** What a side tracks. Throws `unsafe-path`. */
export async function pointersOf(repo: Repo, side: Side): Promise<SidePointers> {
  if (side.kind === "nothing") return { pointers: new Map(), conflicted: [], broken: [] };
  if (side.kind === "commit") return collected(await commitPointers(repo, side.commit), []);
  const entries = (await repo.git.index([POINTERS])).filter(
    (entry) => isPointerPath(entry.path) && entry.mode.startsWith("100"),
  );
  const merged = entries.filter(
    (entry) => entry.stage === 0 && !(side.kind === "work tree" && entry.skipped && !standsHere(repo, entry.path)),
  );
  const uses = await readPointers(
    repo,
    merged.map(({ path, oid }) => ({ path, oid, where: "the index" })),
  );
  const unmerged = entries
    .filter((entry) => entry.stage !== 0)
    .map((entry) => targetOf(checkPath(entry.path, "pointer's name")));
  return collected(uses, [...new Set(unmerged)]);
}

/** Sparse checkout may leave a pointer out whose file is here all the same. */
function standsHere(repo: Repo, pointerPath: string): boolean {
  return look(join(repo.top, targetOf(checkPath(pointerPath, "pointer's name")))) !== null;
}

/** A pointer that was committed with its markers is as good as conflicted. */
function collected({ uses, broken }: PointerUses, unmerged: RepoPath[]): SidePointers {
  return { pointers: new Map(uses.map(({ path, pointer }) => [path, pointer])), conflicted: unmerged, broken };
}
