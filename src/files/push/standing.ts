/** Blobs as the index, HEAD and the last commits have them, the newest first. */
import { POINTER_SUFFIX, isPointerPath } from "../../values/pointer.ts";
import { readManifest } from "../../values/manifest-io.ts";
import { commitPointers, indexPointers, type PointerUse, readPointers } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { isListLack } from "../../store/lack.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import type { Oid } from "../../git/reader.ts";
import type { Standing } from "./alike.ts";

/** Commits that are looked at, of all branches: what is older is hardly like what is new. */
const COMMITS = 200;
/** Trees that are looked at as a whole. */
const TREES = 4;
/** States of one folder of which the files are looked at. */
const STATES = 4;

/** `uses`: as `recentUses` answers. `folders`: the tracked ones in which large blobs are new. */
export async function standing(
  repo: Repo,
  uses: readonly PointerUse[],
  folders: ReadonlySet<string>,
): Promise<Standing[]> {
  const all: Standing[] = [];
  const looked = new Set([...statesOf(uses)].flatMap(([path, states]) => (folders.has(path) ? states : [])));
  for (const use of uses) {
    const { path, pointer } = use;
    if (looked.has(use)) all.push(...(await largeFiles(repo, use)));
    else if (pointer.files === undefined && pointer.size > SMALL_BLOB)
      all.push({ path, hash: pointer.hash, size: pointer.size, pointer });
  }
  return all;
}

/** The last states of each folder, in their order. */
export function statesOf(uses: readonly PointerUse[]): Map<string, PointerUse[]> {
  const states = new Map<string, PointerUse[]>();
  for (const use of uses) {
    if (use.pointer.files === undefined) continue;
    const seen = states.get(use.path) ?? [];
    if (seen.length === STATES || seen.some(({ pointer }) => pointer.hash === use.pointer.hash)) continue;
    seen.push(use);
    states.set(use.path, seen);
  }
  return states;
}

/** Pointers of the index, HEAD and the last commits, the newest first. `brought`: commits that brought what is new. */
export async function recentUses(repo: Repo, brought: readonly Oid[]): Promise<PointerUse[]> {
  const uses = [...(await indexPointers(repo)).uses];
  const head = await repo.git.resolveCommit("HEAD");
  if (head === null) return uses;
  uses.push(...(await commitPointers(repo, head)).uses);
  const found: { path: string; oid: Oid; where: string }[] = [];
  const span = { include: [`--max-count=${COMMITS}`, "--branches", "--remotes", head], exclude: [] };
  for await (const { path, oid, commit } of repo.git.history(span, POINTER_SUFFIX))
    if (isPointerPath(path)) found.push({ path, oid, where: commit });
  uses.push(...(await readPointers(repo, found)).uses);
  for (const commit of await before(repo, new Set([head, ...brought])))
    uses.push(...(await commitPointers(repo, commit)).uses);
  return uses;
}

/** What stood before these commits, however long it stood there; the parents of a few. */
async function before(repo: Repo, commits: ReadonlySet<Oid>): Promise<Oid[]> {
  const parents = new Set<Oid>();
  for await (const { commit } of repo.git.commits([...commits].slice(0, TREES)))
    for (const parent of commit.parents) parents.add(parent);
  const missing = await repo.git.absent([...parents]);
  return [...parents].filter((parent) => !commits.has(parent) && !missing.has(parent)).slice(0, TREES);
}

/** By the list of files that the cache has; what it lacks is not asked for. */
async function largeFiles(repo: Repo, { path, pointer }: PointerUse): Promise<Standing[]> {
  const files: Standing[] = [];
  try {
    for await (const entries of readManifest(pointer.hash, repo.loadManifest))
      for (const each of entries)
        if (each.size > SMALL_BLOB)
          files.push({ path: `${path}/${each.path}`, hash: each.hash, size: each.size, pointer });
  } catch (error) {
    if (!isListLack(error)) throw error;
  }
  return files;
}
