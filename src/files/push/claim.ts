/** A push tells the remote what its repository needs before it relies on anything there. */
import { isMvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { type Claimed, claimedOf } from "../../values/claim.ts";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import { ClaimLedger } from "../../repo/claim-ledger.ts";
import { repositoryId, repositoryIds } from "../../repo/identity.ts";
import type { Repo } from "../../repo/repo.ts";
import type { ObjectName } from "../../store/bucket.ts";
import type { Remote } from "../../store/remote/remote.ts";

/** Claims that are looked through for other repositories, when a clone pushes for the first time. */
const LOOKED_AT = 1000;

export interface Announced {
  /** Milliseconds since 1970 at which the claim was made, or found to be unneeded. */
  time: number;
  /** To be called when all of it is in the remote. */
  done(): void;
}

/**
 * From its return on, no gc that begins later removes what these pointers need. Throws `lock-held` while a gc works
 * there: the claim is written first and the mark of gc looked for afterwards, so that one of the two sees the other.
 */
export async function announce(repo: Repo, remote: Remote, pointers: Iterable<Pointer>): Promise<Announced> {
  if (await remote.place.prepare())
    repo.watch.note(`${remote.name} ('${display(remote.address)}') was empty, and is new from now on`);
  const repository = await repositoryId(repo.git);
  const ledger = new ClaimLedger(repo.git.place.commonDir, {
    remote: remote.place.identity,
    repository,
    now: () => repo.watch.clock.now(),
  });
  const wanted = ledger.unclaimed([...pointers].map(claimedOf));
  const time = repo.watch.clock.now();
  if (wanted.size > 0) {
    if (ledger.isNew) await tellOfOthers(repo, remote);
    await claim(remote, repository, wanted);
  }
  return { time, done: () => wanted.size > 0 && ledger.record(wanted, time) };
}

async function claim(remote: Remote, repository: Hash, pointers: ReadonlySet<Claimed>): Promise<void> {
  const { claims, gcMark } = remote.place;
  const names = await claims.write(repository, pointers);
  try {
    await gcMark.refuse(() => claims.timeOf(names[0] as ObjectName));
  } catch (error) {
    if (isMvgitError(error, "lock-held")) await claims.withdraw(names);
    throw error;
  }
}

async function tellOfOthers(repo: Repo, remote: Remote): Promise<void> {
  const own = await repositoryIds(repo.git);
  const others = new Set<Hash>();
  let looked = 0;
  for await (const { repository } of remote.place.claims.list()) {
    if (own.has(repository)) return;
    others.add(repository);
    if (++looked === LOOKED_AT) break;
  }
  if (others.size === 0) return;
  const who = others.size === 1 ? "another repository keeps its" : `${others.size} other repositories keep their`;
  repo.watch.note(
    prose`
      ${who} blobs in ${remote.name} ('${display(remote.address)}') too;
      if this is the wrong place, see 'mvgit remote list'
    `,
  );
}
