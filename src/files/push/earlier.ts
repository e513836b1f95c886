/** What stood before where new small blobs stand: of each the last one that is not new itself. */
import { comparePaths } from "../../base/paths.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { isListLack } from "../../store/lack.ts";
import type { Hash } from "../../values/hash.ts";
import type { LeafEntry } from "../../values/manifest.ts";
import { readLeaves, readManifest } from "../../values/manifest-io.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Standing } from "./alike.ts";
import { statesOf } from "./standing.ts";

interface Sought {
  /** Whether a blob is to be pushed. */
  isNew(hash: Hash): boolean;
  /** Whether every one is found that is looked for. */
  isAll(found: ReadonlyMap<Hash, Standing>): boolean;
}

/** `uses`: the newest first. */
export async function earlier(
  repo: Repo,
  uses: readonly PointerUse[],
  sought: Sought,
): Promise<ReadonlyMap<Hash, Standing>> {
  const seeking = new Seeking(sought.isNew);
  for (const { path, pointer } of uses) if (pointer.files === undefined) seeking.see({ ...pointer, path, pointer });
  // Of a folder that stood in one state alone there is nothing earlier.
  const folders = [...statesOf(uses).values()].filter(({ length }) => length > 1);
  for (const look of [seeLists, seeFiles])
    for (const states of folders) {
      if (sought.isAll(seeking.found)) return seeking.found;
      await look(repo, states, seeking);
    }
  return seeking.found;
}

async function seeLists(repo: Repo, states: readonly PointerUse[], seeking: Seeking): Promise<void> {
  const lists = new SeekingLists(seeking, (hash) => repo.cache.sizeOf(hash));
  for (const { path, pointer } of states)
    await unlessLacking(async () => lists.see(path, await readLeaves(pointer.hash, repo.loadManifest), pointer));
}

async function seeFiles(repo: Repo, states: readonly PointerUse[], seeking: Seeking): Promise<void> {
  for (const { path, pointer } of states)
    await unlessLacking(async () => {
      for await (const entries of readManifest(pointer.hash, repo.loadManifest))
        for (const each of entries) seeking.see({ ...each, path: `${path}/${each.path}`, pointer });
    });
}

/** By the lists of files that the cache has; what it lacks is not asked for. */
async function unlessLacking(look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    if (!isListLack(error)) throw error;
  }
}

/** Is shown what stands at paths, the newest first. */
class Seeking {
  readonly found = new Map<Hash, Standing>();
  readonly isNew: (hash: Hash) => boolean;
  readonly #open = new Map<string, Hash[]>();

  constructor(isNew: (hash: Hash) => boolean) {
    this.isNew = isNew;
  }

  see({ path, hash, size, pointer }: Standing): void {
    const open = this.#open.get(path);
    if (this.isNew(hash)) {
      if (open === undefined) this.#open.set(path, [hash]);
      else if (!open.includes(hash)) open.push(hash);
    } else if (open !== undefined) {
      this.#open.delete(path);
      for (const each of open) this.tell(each, { path, hash, size, pointer });
    }
  }

  tell(hash: Hash, standing: Standing): void {
    if (!this.found.has(hash)) this.found.set(hash, standing);
  }
}

/** The same for the parts of one folder's list of files: what begins at the same file, or last before it. */
class SeekingLists {
  readonly #seeking: Seeking;
  readonly #sizeOf: (hash: Hash) => number | null;
  #open: LeafEntry[] = [];

  constructor(seeking: Seeking, sizeOf: (hash: Hash) => number | null) {
    this.#seeking = seeking;
    this.#sizeOf = sizeOf;
  }

  see(path: string, leaves: readonly LeafEntry[], pointer: Pointer): void {
    const { isNew } = this.#seeking;
    const left: LeafEntry[] = [];
    for (const leaf of this.#open) {
      const old = leaves.findLast(({ first }) => comparePaths(first, leaf.first) <= 0) ?? leaves[0];
      const size = old === undefined || isNew(old.hash) ? null : this.#sizeOf(old.hash);
      if (old === undefined || size === null) left.push(leaf);
      else this.#seeking.tell(leaf.hash, { path, hash: old.hash, size, pointer });
    }
    this.#open = [...left, ...leaves.filter(({ hash }) => isNew(hash))];
  }
}
