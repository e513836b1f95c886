/** What a remote holds besides what this repository needs: blobs of others, and their claims. */
import { mapOrdered } from "../../base/tasks.ts";
import { claim } from "../../repo/claim.ts";
import { repositoryIds } from "../../repo/identity.ts";
import type { Repo } from "../../repo/repo.ts";
import { REPACKING } from "../../store/remote/claims.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";
import type { Claimed } from "../../values/claim.ts";
import type { Hash } from "../../values/hash.ts";

/** Requests at once that read claims. */
const TOGETHER = 32;

type ClaimsOf = Map<Hash, Set<Claimed>>;

/** Blobs that `from` lists and nothing of `known` is, with the size that it has there; what is no file is left out. */
export async function* otherBlobs(repo: Repo, from: Remote, known: (hash: Hash) => boolean): AsyncGenerator<Need> {
  for await (const { hash, size } of from.list()) {
    repo.watch.signal.throwIfAborted();
    if (size >= 0 && !known(hash)) yield { hash, size };
  }
}

/**
 * Writes what other repositories claimed in `from` into `to`, under their own ids, so that no gc there takes their
 * blobs for unneeded. Answers for how many repositories. What `to` has already is not written again.
 */
export async function takeClaims(repo: Repo, from: Remote, to: Remote, dryRun: boolean): Promise<number> {
  const own = await repositoryIds(repo.git);
  const theirs = await claimsIn(repo, from, (id) => !own.has(id) && id !== REPACKING);
  const there = dryRun ? new Map() : await claimsIn(repo, to, (id) => theirs.has(id));
  for (const [id, pointers] of theirs) {
    const wanted = new Set([...pointers].filter((each) => there.get(id)?.has(each) !== true));
    if (!dryRun && wanted.size > 0) await claim(to, id, wanted);
  }
  return theirs.size;
}

async function claimsIn(repo: Repo, { place }: Remote, isMeant: (id: Hash) => boolean): Promise<ClaimsOf> {
  const found: ClaimsOf = new Map();
  const read = async (each: Parameters<typeof place.claims.read>[0]) => ({
    id: each.repository,
    pointers: isMeant(each.repository) ? await place.claims.read(each) : null,
  });
  for await (const { id, pointers } of mapOrdered(place.claims.list(), TOGETHER, read)) {
    repo.watch.signal.throwIfAborted();
    if (pointers === null) continue;
    const of = found.get(id) ?? new Set();
    for (const each of pointers) of.add(each);
    found.set(id, of);
  }
  return found;
}
