/** What new blobs are compared with: what stood at their paths before, claimed before it is relied on. */
import type { Announced } from "../../repo/claim.ts";
import type { PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { LEAST_PACKED } from "../../store/remote/packs/write-packed.ts";
import { LEAST_PATCHED } from "../../store/remote/packs/small-patch.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import type { Need } from "../../transfer/copy.ts";
import { claimedOf } from "../../values/claim.ts";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import { isOid } from "../../git/objects.ts";
import type { Oid } from "../../git/reader.ts";
import { Alike, type Standing } from "./alike.ts";
import { earlier } from "./earlier.ts";
import { recentUses, standing } from "./standing.ts";

/** Small blobs fewer than are packed anyway, and with fewer bytes than this, are not looked for. */
const LEAST_BYTES = 64 * 1024;

/** What of a push is absent, and what stood before, asked for once. */
export class Before {
  readonly #repo: Repo;
  readonly #uses: () => readonly PointerUse[];
  #recent: Promise<readonly PointerUse[]> | null = null;

  /** `uses`: who needs what is new, as far as it is known. */
  constructor(repo: Repo, uses: () => readonly PointerUse[]) {
    this.#repo = repo;
    this.#uses = uses;
  }

  recent(): Promise<readonly PointerUse[]> {
    const brought = (): Oid[] => [...new Set(this.#uses().map(({ where }) => where))].filter(isOid);
    return (this.#recent ??= recentUses(this.#repo, brought()));
  }
}

interface Means {
  absent: ReadonlyMap<Hash, Need>;
  /** Who needs these, as far as it is known: of more, what stood before is looked for. */
  usesOf: (needs: readonly Need[]) => readonly PointerUse[];
  before: Before;
  announced: Announced | null;
}

/**
 * The same needs with what they may be like, which is claimed: small ones, and then large ones, what stood somewhere
 * first before what came later: so that of several versions each can rely on the one before.
 */
export async function withNear(repo: Repo, remote: Remote, means: Means): Promise<Map<Hash, Need>> {
  const { absent, announced } = means;
  if (announced === null || !remote.isCompact) return new Map(absent);
  const known = new Pointers(remote, announced);
  const needs = await smallWithNear(repo, means, known);
  for (const [hash, need] of await largeWithNear(repo, means, known)) needs.set(hash, need);
  await announced.also(known.usable);
  return needs;
}

/** Each with the last one that stood at its path. */
async function smallWithNear(repo: Repo, { absent, before }: Means, known: Pointers): Promise<Map<Hash, Need>> {
  const needs = new Map([...absent].filter(([, { size }]) => size <= SMALL_BLOB));
  const meant = [...needs.values()].filter(({ size }) => size >= LEAST_PATCHED);
  const isFew = needs.size < LEAST_PACKED && meant.reduce((sum, { size }) => sum + size, 0) < LEAST_BYTES;
  if (meant.length === 0 || isFew) return needs;
  const isAll = (all: ReadonlyMap<Hash, unknown>): boolean => meant.every(({ hash }) => all.has(hash));
  const found = await earlier(repo, await before.recent(), { isNew: (hash) => absent.has(hash), isAll });
  for (const need of meant) {
    const near = found.get(need.hash);
    if (near === undefined || near.size < LEAST_PATCHED || !(await known.isUsable(near.pointer))) continue;
    needs.set(need.hash, { ...need, near: [{ hash: near.hash, size: near.size, isVersion: true }] });
  }
  return needs;
}

async function largeWithNear(repo: Repo, { absent, usesOf, before }: Means, known: Pointers): Promise<Map<Hash, Need>> {
  const large = [...absent.values()].filter(({ size }) => size > SMALL_BLOB);
  const needs = new Map<Hash, Need>();
  if (large.length === 0) return needs;
  const folders = usesOf(large).flatMap(({ path, pointer }) => (pointer.files === undefined ? [] : [path]));
  const alike = new Alike(await standing(repo, await before.recent(), new Set(folders)));
  const ordered = large.toSorted((a, b) => alike.ageOf(b.hash) - alike.ageOf(a.hash));
  const written = new Set<Hash>();
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
  return needs;
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
