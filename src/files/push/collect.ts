/** All blobs that pointers need, their manifests brought first where the cache lacks them. */
import { forEachConcurrent } from "../../base/tasks.ts";
import { manifestLoader, needsOf } from "../../repo/needs.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";
import { type Claimed, claimedOf } from "../../values/claim.ts";
import { type Hash, parseHash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import { lackingOf, type PushReport } from "./report.ts";
import { isListLack, listLackOf, type Lack } from "../../store/lack.ts";

const MANIFESTS_AT_ONCE = 16;

export interface Collected {
  /** Those whose needs are known. */
  pointers: Pointer[];
  blobs: Need[];
  manifests: Need[];
  users: Map<Hash, PointerUse>;
}

/** Every blob that the pointers need, once. Manifests that neither cache nor remote has are lacking. */
export async function collect(
  repo: Repo,
  remote: Remote,
  uses: readonly PointerUse[],
  report: PushReport,
): Promise<Collected> {
  const load = manifestLoader(repo.cache, async () => remote);
  await bringManifests(repo, uses, load);
  const blobs = new Map<Hash, Need>();
  const manifests = new Map<Hash, Need>();
  const users = new Map<Hash, PointerUse>();
  const pointers: Pointer[] = [];
  const seen = new Set<Claimed>();
  for (const use of uses) {
    if (seen.has(claimedOf(use.pointer))) continue;
    seen.add(claimedOf(use.pointer));
    report.pointers++;
    try {
      const needs = await needsOf(use.pointer, load);
      pointers.push(use.pointer);
      for (const need of needs.blobs) blobs.set(need.hash, need);
      for (const need of needs.manifests) manifests.set(need.hash, need);
      for (const need of [...needs.blobs, ...needs.manifests]) if (!users.has(need.hash)) users.set(need.hash, use);
    } catch (error) {
      if (!isListLack(error)) throw error;
      const hash = parseHash(error.subject ?? "") ?? use.pointer.hash;
      const why = listLackOf(error) as Lack;
      report.lacking.push(lackingOf({ hash, why }, use, { cache: repo.cache, at: "cache" }));
    }
  }
  return { pointers, blobs: [...blobs.values()], manifests: [...manifests.values()], users };
}

/** Takes out what folders had before, as far as the cache can tell; answers how many blobs that are. */
export async function leaveOut(repo: Repo, needs: Collected, before: readonly PointerUse[]): Promise<number> {
  const had = new Map<Hash, number>();
  for (const { pointer } of before) {
    try {
      const { blobs, manifests } = await needsOf(pointer, async (hash, cap) => repo.cache.readSmall(hash, cap));
      for (const { hash, size } of [...blobs, ...manifests]) had.set(hash, size);
    } catch (error) {
      // It is asked for, as if nothing were known.
      if (!isListLack(error)) throw error;
    }
  }
  const isNew = ({ hash, size }: Need): boolean => had.get(hash) !== size;
  const all = needs.blobs.length + needs.manifests.length;
  needs.blobs = needs.blobs.filter(isNew);
  needs.manifests = needs.manifests.filter(isNew);
  return all - needs.blobs.length - needs.manifests.length;
}

/**
 * A long history's manifests that the cache lacks come together, not one after the other; what is wrong with one is
 * found, and told, by who needs it.
 */
async function bringManifests(
  repo: Repo,
  uses: readonly PointerUse[],
  load: ReturnType<typeof manifestLoader>,
): Promise<void> {
  const absent = new Map<Hash, Pointer>();
  for (const { pointer } of uses)
    if (pointer.files !== undefined && repo.cache.sizeOf(pointer.hash) === null) absent.set(pointer.hash, pointer);
  if (absent.size < 2) return;
  await forEachConcurrent(absent.values(), MANIFESTS_AT_ONCE, async (pointer) => {
    await needsOf(pointer, load).catch((error: unknown) => {
      if (!isListLack(error)) throw error;
    });
  });
}
