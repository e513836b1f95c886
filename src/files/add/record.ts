/** What was taken in, written down: pointers and ignore lines, what is remembered of the files, and Git's index. */
import type { RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import { withoutOrigin } from "../../values/origin.ts";
import { type Pointer, sameBytes, samePointer } from "../../values/pointer.ts";
import { knowPart } from "../../repo/bases.ts";
import { ignoreFilesToStage, ignoreTargets, stagePointers, writePointers } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import { putOf, samePut } from "../../worktree/bases.ts";
import { isMeant } from "../../worktree/compare.ts";
import { NO_STAMP } from "../../worktree/stamp.ts";
import type { Taken } from "./take-in.ts";
import { parentsOf, type Target } from "./targets.ts";

export interface Added {
  path: RepoPath;
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Only of a folder. */
  files?: number;
  what: "new" | "changed" | "unchanged";
  /** Files and bytes that the cache did not have. */
  stored: { files: number; bytes: number };
}

export interface AddReport {
  added: Added[];
  /** Paths that Git itself kept until now, and no longer will from the next commit on. */
  takenFromGit: RepoPath[];
  /** Where there are any: of which nothing tells what they were made from, recorded as they stand here. */
  unknown?: RepoPath[];
}

/** Pointers first, Git's index last: what names bytes is written after them. */
export async function record(
  repo: Repo,
  targets: readonly Target[],
  { results, leaveIndex, unknown }: { results: ReadonlyMap<RepoPath, Taken>; leaveIndex: boolean; unknown: RepoPath[] },
): Promise<AddReport> {
  const added: Added[] = [];
  const pointers = targets.map(
    (target) => [target.path, withTrueOrigin(target, results.get(target.path) as Taken)] as const,
  );
  await writePointers(repo, pointers);
  for (const target of targets) {
    const taken = results.get(target.path) as Taken;
    repo.stats.setTarget(target.path, taken.stamp ?? NO_STAMP, taken.pointer.hash);
    await know(repo, target, taken);
    added.push(reported(target, taken));
  }
  const paths = targets.map((each) => each.path);
  ignoreTargets(repo, paths);
  const takenFromGit = await inGit(repo, paths);
  if (!leaveIndex) {
    await repo.git.unstage(takenFromGit);
    await stagePointers(repo, pointers, await ignoreFilesToStage(repo, paths));
  }
  await repo.stats.save();
  return { added, takenFromGit, ...(unknown.length > 0 && { unknown }) };
}

function reported({ path, before }: Target, { pointer, stored }: Taken): Added {
  const { hash, size, files } = pointer;
  return { path, hash, size, ...(files === undefined ? {} : { files }), what: whatOf(before, pointer), stored };
}

function whatOf(before: Pointer | null, now: Pointer): Added["what"] {
  if (before === null) return "new";
  return samePointer(before, now) ? "unchanged" : "changed";
}

/** What was taken is what stands there; of a folder of which a part was taken, the rest is what it was. */
async function know(repo: Repo, { path, before, inside }: Target, { pointer, keptBack = [] }: Taken): Promise<void> {
  const { bases } = repo.stats;
  const { put, begun } = bases.get(path);
  const isAsPointer = before !== null && begun.length === 0 && samePut(put, putOf(before));
  if (keptBack.length === 0 && (inside === null || isAsPointer)) return bases.set(path, putOf(pointer));
  const apart = new Set(keptBack);
  await knowPart(repo, path, { root: pointer.hash, isPart: (each) => isMeant(each, inside), apart });
}

/** Bytes that changed did not come from where those before did. */
function withTrueOrigin({ before }: Target, { pointer }: Taken): Pointer {
  return before === null || sameBytes(before, pointer) ? pointer : { ...pointer, extra: withoutOrigin(pointer.extra) };
}

/** Paths that are not given to Git one by one. */
const MANY = 100;

/** Which files at or below these paths the index has. */
async function inGit(repo: Repo, paths: readonly RepoPath[]): Promise<RepoPath[]> {
  if (paths.length === 0) return [];
  const entries = await repo.git.index(paths.length > MANY ? [] : paths.map((path) => `:(top,literal)${path}`));
  const wanted = new Set<string>(paths);
  const isMeant = (path: string): boolean => wanted.has(path) || parentsOf(path).some((each) => wanted.has(each));
  return [...new Set(entries.map((entry) => entry.path as RepoPath))].filter(isMeant);
}
