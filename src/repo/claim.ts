/** A push tells the remote what its repository needs before it relies on anything there. */
import { monotonicNow, systemClock } from "../base/clock.ts";
import { isMvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { HOUR } from "../base/times.ts";
import { type Claimed, claimedOf } from "../values/claim.ts";
import type { Hash } from "../values/hash.ts";
import type { Pointer } from "../values/pointer.ts";
import { ClaimLedger } from "./claim-ledger.ts";
import { repositoryId, repositoryIds } from "./identity.ts";
import { ReceiptBook } from "./receipts.ts";
import type { Repo } from "./repo.ts";
import type { WrittenClaim } from "../store/remote/claims.ts";
import type { Remote } from "../store/remote/remote.ts";

/** Claims that are looked through for other repositories, when a clone pushes for the first time. */
const LOOKED_AT = 1000;

export interface Announced {
  /** Milliseconds since 1970 at which the claim was made, or found to be unneeded. */
  time: number;
  /** Claims that this clone made lately are gone: what they held, a gc may have removed. */
  isDoubtful: boolean;
  /** To be called when all of it is in the remote. */
  done(): void;
  /** Whether a claim stands for it. */
  has(pointer: Pointer): boolean;
  /** As `announce`, of what is relied on besides. */
  also(pointers: Iterable<Pointer>): Promise<void>;
}

/**
 * From its return on, no gc that begins later removes what these pointers need. Throws `lock-held` while a gc works
 * there: the claim is written first and the mark of gc looked for afterwards, so that one of the two sees the other.
 * A claim of before is relied on only where it is still there.
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
  const isDoubtful = await areGone(ledger, repository, { repo, remote });
  const claimed = new Set([...pointers].map(claimedOf));
  const wanted = ledger.unclaimed(claimed);
  const time = repo.watch.clock.now();
  let objects: WrittenClaim[] = [];
  if (wanted.size > 0) {
    if (ledger.isNew) await tellOfOthers(repo, remote);
    objects = await claim(remote, repository, wanted);
  }
  return {
    time,
    isDoubtful,
    done: () => wanted.size > 0 && ledger.record({ time, objects, pointers: [...wanted] }),
    has: (pointer) => claimed.has(claimedOf(pointer)),
    async also(more) {
      const added = [...more].map(claimedOf).filter((each) => !claimed.has(each));
      const left = ledger.unclaimed(added);
      if (left.size > 0) await claim(remote, repository, left);
      for (const each of added) claimed.add(each);
    },
  };
}

/**
 * Whether claims that this clone remembers are not there as they were, though gc would have kept them. What it saw
 * there is forgotten then: of what its history needs, claims may be gone as well.
 */
async function areGone(
  ledger: ClaimLedger,
  repository: Hash,
  { repo, remote }: { repo: Repo; remote: Remote },
): Promise<boolean> {
  const { standing } = ledger;
  if (standing === null) return false;
  const { gone, hasNone } = await remote.place.claims.missing(repository, standing);
  if (gone.size === 0 && !hasNone) return false;
  new ReceiptBook(repo.git.place.commonDir, remote.place.identity).forget();
  ledger.forget(gone);
  repo.watch.warn(prose`
    claims that this clone made in ${remote.name} ('${display(remote.address)}') are gone, or changed: somebody, or a
    rule of the bucket, removes what lies below 'roots/' there. What is pushed now is claimed anew; let everybody who
    uses this remote run 'mvgit push --all' before anybody runs 'mvgit gc --remote'
  `);
  return true;
}

/** As `announce`, for a repository by its id, whatever was claimed before. Answers the new claims. */
export async function claim(remote: Remote, repository: Hash, pointers: ReadonlySet<Claimed>): Promise<WrittenClaim[]> {
  const { claims, gcMark } = remote.place;
  if (pointers.size === 0) return [];
  const [start, steady] = [systemClock.now(), monotonicNow()];
  const written = await claims.write(repository, pointers);
  try {
    await gcMark.refuse(() => claims.timeOf((written[0] as WrittenClaim).name));
  } catch (error) {
    // One that is older may be the only one by now: a gc took it for one that lasts, and dropped others for it.
    const isNew = systemClock.now() - start < HOUR && monotonicNow() - steady < HOUR;
    if (isMvgitError(error, "lock-held") && isNew) await claims.withdraw(written);
    throw error;
  }
  return written;
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
