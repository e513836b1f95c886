/** Large blobs as the index, HEAD and the last commits have them, the newest first. */
import { POINTER_SUFFIX, isPointerPath } from "../../values/pointer.ts";
import { type Hash } from "../../values/hash.ts";
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

/** `folders`: the tracked folders in which large blobs are new. `brought`: commits that brought some. */
export async function standing(
  repo: Repo,
  { folders, brought }: { folders: ReadonlySet<string>; brought: readonly Oid[] },
): Promise<Standing[]> {
  const all: Standing[] = [];
  const states = new Map<string, Set<Hash>>();
  for (const use of await recentUses(repo, brought)) {
    const { path, pointer } = use;
    if (pointer.files === undefined) {
      if (pointer.size > SMALL_BLOB) all.push({ path, hash: pointer.hash, size: pointer.size, pointer });
      continue;
    }
    const seen = states.get(path) ?? new Set();
    if (!folders.has(path) || seen.has(pointer.hash) || seen.size === STATES) continue;
    states.set(path, seen.add(pointer.hash));
    all.push(...(await largeFiles(repo, use)));
  }
  return all;
}

async function recentUses(repo: Repo, brought: readonly Oid[]): Promise<PointerUse[]> {
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
