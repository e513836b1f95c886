/** What new large blobs are compared with: what stood at their paths before, claimed before it is relied on. */
import type { Announced } from "../../repo/claim.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import type { Need } from "../../transfer/copy.ts";
import { claimedOf } from "../../values/claim.ts";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import { isOid } from "../../git/objects.ts";
import { Alike, type Standing } from "./alike.ts";
import { standing } from "./standing.ts";

/**
 * The same needs, large ones with what they may be like, what stood somewhere first before what came later: so that of
 * several versions each can rely on the one before.
 */
export async function withNear(
  repo: Repo,
  remote: Remote,
  {
    absent,
    usesOf,
    announced,
  }: {
    absent: ReadonlyMap<Hash, Need>;
    /** Who needs these, as far as it is known: of more, what stood before is looked for. */
    usesOf: (large: readonly Need[]) => readonly PointerUse[];
    announced: Announced | null;
  },
): Promise<Map<Hash, Need>> {
  const large = [...absent.values()].filter(({ size }) => size > SMALL_BLOB);
  if (large.length === 0 || announced === null || !remote.isCompact) return new Map(absent);
  const alike = new Alike(await standing(repo, whereOf(usesOf(large))));
  const ordered = large.toSorted((a, b) => alike.ageOf(b.hash) - alike.ageOf(a.hash));
  const written = new Set<Hash>();
  const known = new Pointers(remote, announced);
  const needs = new Map([...absent].filter(([, { size }]) => size <= SMALL_BLOB));
  for (const need of ordered) {
    const found = alike.to(need).filter(({ hash }) => !absent.has(hash) || written.has(hash));
    const near: Standing[] = [];
    for (const each of found) if (written.has(each.hash) || (await known.isUsable(each.pointer))) near.push(each);
    const isVersion = ({ path }: Standing): boolean => path === alike.pathOf(need.hash);
    needs.set(need.hash, {
      ...need,
      near: near.map((each) => ({ hash: each.hash, size: each.size, isVersion: isVersion(each) })),
    });
    written.add(need.hash);
  }
  await announced.also(known.usable);
  return needs;
}

function whereOf(uses: readonly PointerUse[]): Parameters<typeof standing>[1] {
  const folders = uses.filter(({ pointer }) => pointer.files !== undefined).map(({ path }) => path);
  return { folders: new Set(folders), brought: [...new Set(uses.map(({ where }) => where))].filter(isOid) };
}

/** Pointers that can be claimed: a folder's only while the remote has its list of files, or gc would wait for it. */
class Pointers {
  readonly #remote: Remote;
  readonly #announced: Announced;
  readonly #known = new Map<string, { pointer: Pointer; isUsable: boolean }>();

  constructor(remote: Remote, announced: Announced) {
    this.#remote = remote;
    this.#announced = announced;
  }

  async isUsable(pointer: Pointer): Promise<boolean> {
    if (this.#announced.has(pointer)) return true;
    const key = claimedOf(pointer);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { pointer, isUsable: pointer.files === undefined || (await this.#remote.stat(pointer.hash)) !== null };
      this.#known.set(key, known);
    }
    return known.isUsable;
  }

  get usable(): Pointer[] {
    return [...this.#known.values()].flatMap(({ pointer, isUsable }) => (isUsable ? [pointer] : []));
  }
}
