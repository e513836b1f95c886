/** Large blobs that lie whole in a remote, in the order of history, and what each may be like. */
import { isMvgitError } from "../../base/errors.ts";
import { breathe } from "../../base/stop.ts";
import { Alike, type Standing } from "../../files/push.ts";
import { historyPointers, indexPointers, joinUses, type PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { NearBlob } from "../../store/blob-store.ts";
import { isListLack } from "../../store/lack.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { LEAF_CAP, parseLeaf } from "../../values/manifest.ts";
import { type LoadBlob, readLeaves } from "../../values/manifest-io.ts";
import type { Hash } from "../../values/hash.ts";
import type { LargeItem } from "./large.ts";

/**
 * Those of `whole` that a ref or the index needs: what stood at one path together, and of that the oldest first; paths
 * in the order in which they came. `load` gives lists of files.
 */
export async function largeItems(
  repo: Repo,
  whole: readonly { hash: Hash; size: number }[],
  load: LoadBlob,
): Promise<LargeItem[]> {
  if (whole.length === 0) return [];
  const standings = await allStanding(repo, load);
  const alike = new Alike(standings);
  const sizes = new Map(standings.map(({ hash, size }) => [hash, size]));
  const byPath = new Map<string, LargeItem[]>();
  const ordered = whole.toSorted((a, b) => alike.ageOf(b.hash) - alike.ageOf(a.hash));
  for (const { hash, size } of ordered) {
    const path = alike.pathOf(hash);
    // What has another size is damaged, which a push mends.
    if (path === undefined || sizes.get(hash) !== size) continue;
    const items = byPath.get(path) ?? [];
    items.push(itemOf({ hash, size }, alike));
    byPath.set(path, items);
  }
  return [...byPath.values()].flat();
}

function itemOf(blob: { hash: Hash; size: number }, alike: Alike): LargeItem {
  return {
    ...blob,
    hasVersions: alike.hasVersions(blob.hash),
    near: (isSettled) => nearest(blob.hash, alike.to(blob, isSettled), alike),
  };
}

/** Of versions the one before comes first, then those before that, then what came later. */
function nearest(hash: Hash, found: readonly Standing[], alike: Alike): NearBlob[] {
  const path = alike.pathOf(hash);
  const isOlder = (each: Standing): boolean => alike.ageOf(each.hash) > alike.ageOf(hash);
  const toldAs = (isVersion: boolean) => (each: Standing) => ({ hash: each.hash, size: each.size, isVersion });
  // The newest stands first.
  const versions = found.filter((each) => each.path === path);
  const ordered = [...versions.filter(isOlder), ...versions.filter((each) => !isOlder(each)).toReversed()];
  return [...ordered.map(toldAs(true)), ...found.filter((each) => each.path !== path).map(toldAs(false))];
}

/** Every large blob that a commit of a ref, or the index, names; the newest first. */
async function allStanding(repo: Repo, load: LoadBlob): Promise<Standing[]> {
  const { uses } = joinUses(await indexPointers(repo), await historyPointers(repo, ["--all"], []));
  const all: Standing[] = [];
  const seen = new Set<string>();
  for (const use of uses) {
    const { path, pointer } = use;
    if (pointer.files !== undefined) await addFolder(all, use, { load, seen });
    else if (pointer.size > SMALL_BLOB) all.push({ path, hash: pointer.hash, size: pointer.size, pointer });
  }
  return all;
}

/** What cannot be read is passed over: its files stay as they are. A part of a list that was seen has nothing new. */
async function addFolder(
  all: Standing[],
  { path, pointer }: PointerUse,
  { load, seen }: { load: LoadBlob; seen: Set<string> },
): Promise<void> {
  const isNew = (hash: Hash): boolean => seen.size < seen.add(`${hash} ${path}`).size;
  if (!isNew(pointer.hash)) return;
  try {
    for (const leaf of await readLeaves(pointer.hash, load)) {
      await breathe();
      if (!isNew(leaf.hash)) continue;
      for (const each of parseLeaf(await load(leaf.hash, LEAF_CAP)))
        if (each.size > SMALL_BLOB)
          all.push({ path: `${path}/${each.path}`, hash: each.hash, size: each.size, pointer });
    }
  } catch (error) {
    if (!isListLack(error) && !isMvgitError(error, "manifest-malformed")) throw error;
  }
}
