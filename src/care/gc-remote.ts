/**
 * `mvgit gc --remote`: removes from a remote what no repository needs any more. docs/decisions/0004-gc-of-a-remote.md
 * says why it is safe.
 */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { forEachConcurrent, mapOrdered } from "../base/tasks.ts";
import { REMOTE_GRACE } from "../base/times.ts";
import { type Claimed, claimedOf, readClaimed } from "../values/claim.ts";
import type { Hash } from "../values/hash.ts";
import type { Oid } from "../git/reader.ts";
import { seeEverything } from "../repo/git-host.ts";
import { repositoryId, repositoryIds } from "../repo/identity.ts";
import { manifestLoader } from "../repo/needs.ts";
import { pointersEver } from "../repo/named-here.ts";
import { reachablePointers } from "../repo/reachable.ts";
import type { Repo } from "../repo/repo.ts";
import type { ObjectStat } from "../store/bucket.ts";
import type { ListedClaim } from "../store/remote/claims.ts";
import type { Remote } from "../store/remote/remote.ts";
import type { BlobObject } from "../store/remote/whole-blobs.ts";
import { afterLife, whileMarked } from "./gc-remote/mark.ts";
import { Needed, type RepositoryLine } from "./gc-remote/needed.ts";

/** Requests at once that remove or read small objects. */
const TOGETHER = 32;
export interface GcRemoteRequest {
  /** The default one when absent. */
  remote?: string;
  dryRun: boolean;
  /** The caller vouches that no other clone has commits that this one lacks. */
  offline: boolean;
  /** Removes also what was pushed before claims were written, and nobody claimed since. */
  unclaimed: boolean;
  /** No pointer is left in this repository, on purpose. */
  emptied?: boolean;
  /**
   * A repository that is no more, by its id or the beginning of it: its claims past the grace period count for nothing.
   */
  forget?: string;
}

interface Amount {
  blobs: number;
  bytes: number;
}

export interface GcRemoteReport {
  remote: string;
  address: string;
  dryRun: boolean;
  needed: number;
  /** Not needed, but made within the grace period. */
  young: number;
  /** Not needed by any claim, but older than all claims, and kept for that. */
  unclaimed: Amount;
  /** What was, or would be, removed. */
  removed: Amount;
  /** What was to be removed when the time was over; run again. */
  left: Amount;
  /** `kept`: old ones under this repository's name that name what nothing here ever named. */
  claims: { written: number; removed: number; kept: number };
  repositories: RepositoryLine[];
}

/**
 * Throws `check-failed` from a clone that does not see everything, `lock-held` beside another gc or a push under way,
 * `usage` for a repository to forget that is none or several, `remote-unknown`, and what the remote throws.
 */
export async function gcRemote(repo: Repo, request: GcRemoteRequest): Promise<GcRemoteReport> {
  const remote = await repo.remote(request.remote);
  const more = await seeEverything(repo.git, request);
  const report: GcRemoteReport = {
    remote: remote.name,
    address: remote.address,
    dryRun: request.dryRun,
    needed: 0,
    young: 0,
    unclaimed: { blobs: 0, bytes: 0 },
    removed: { blobs: 0, bytes: 0 },
    left: { blobs: 0, bytes: 0 },
    claims: { written: 0, removed: 0, kept: 0 },
    repositories: [],
  };
  if (!(await remote.place.recognise())) return report;
  await remote.place.refuseLater();
  const isOver = afterLife(repo.watch.clock);
  const collect = (now: number): Promise<void> =>
    new Collection(repo, remote, { request, report, now, isOver }).run(more);
  if (request.dryRun) await collect(repo.watch.clock.now());
  else await whileMarked(repo, remote, request.remote, (mark) => collect(mark.created));
  return report;
}

interface Terms {
  request: GcRemoteRequest;
  report: GcRemoteReport;
  /** Milliseconds since 1970, by the medium's clock. */
  now: number;
  /** Whether nothing more may be removed. */
  isOver: () => boolean;
}

interface Sorted {
  kept: ListedClaim[];
  dropped: ListedClaim[];
}

/** Under which claims of this repository stand: the one that is written now, and every one that may be its own. */
interface Names {
  own: Hash;
  mine: ReadonlySet<Hash>;
}

class Collection {
  readonly #repo: Repo;
  readonly #remote: Remote;
  readonly #terms: Terms;
  readonly #needed: Needed;

  constructor(repo: Repo, remote: Remote, terms: Terms) {
    this.#repo = repo;
    this.#remote = remote;
    this.#terms = terms;
    this.#needed = new Needed(manifestLoader(repo.cache, async () => remote));
  }

  async run(more: readonly Oid[]): Promise<void> {
    const { request, report } = this.#terms;
    const own = await repositoryId(this.#repo.git);
    const mine = await repositoryIds(this.#repo.git);
    const pointers = await this.#ownPointers(more);
    const { kept, dropped } = await this.#claims(mine, pointers);
    await this.#needed.addOwn(own, pointers);
    const claimed = await this.#addClaims({ own, mine }, kept);
    const found = await this.#look(await this.#since(), pointers);
    report.repositories = this.#needed.repositories;
    report.claims.removed = dropped.length;
    if (request.dryRun) {
      for (const each of found.candidates) count(report.removed, each.size);
      return;
    }
    // What still holds is written before what held until now is taken away.
    const fresh = new Set([...found.present].filter((each) => !claimed.has(each)));
    report.claims.written = (await this.#remote.place.claims.write(own, fresh)).length;
    const { claims } = this.#remote.place;
    await forEachConcurrent(dropped, TOGETHER, (each) => this.#inTime(() => claims.remove(each)).then(() => undefined));
    if (found.candidates.length > 0) await this.#remote.place.epoch.begin();
    await forEachConcurrent(found.candidates, TOGETHER, async (each) =>
      count(
        (await this.#inTime(() => this.#remote.whole.delete(each.hash, each.version))) ? report.removed : report.left,
        each.size,
      ),
    );
  }

  /**
   * Claims of this repository, and of one to be forgotten, are dropped when they are old; all others always count. So
   * does one under this repository's name that names what nothing here ever named: it is somebody else's.
   */
  async #claims(mine: ReadonlySet<Hash>, pointers: ReadonlySet<Claimed>): Promise<Sorted> {
    const all: ListedClaim[] = [];
    for await (const claim of this.#remote.place.claims.list()) all.push(claim);
    const forget = this.#terms.request.forget === undefined ? null : forgotten(this.#terms.request.forget, all);
    const dropped = new Set(all.filter((each) => each.repository === forget && this.#isOld(each)));
    const own = all.filter((each) => mine.has(each.repository) && this.#isOld(each) && !dropped.has(each));
    const named = own.length === 0 ? pointers : new Set([...pointers, ...(await pointersEver(this.#repo.git))]);
    const read = async (claim: ListedClaim) => ({ claim, lines: await this.#remote.place.claims.read(claim) });
    for await (const { claim, lines } of mapOrdered(own, TOGETHER, read)) {
      if (lines === null || lines.every((line) => named.has(line))) dropped.add(claim);
      else this.#terms.report.claims.kept++;
    }
    return { kept: all.filter((each) => !dropped.has(each)), dropped: [...dropped] };
  }

  /** Every pointer that anything here may need, those of commits behind Git's replacements too. */
  async #ownPointers(more: readonly Oid[]): Promise<Set<Claimed>> {
    const known = new Set((await this.#repo.git.refs()).map(({ oid }) => oid));
    const { emptied = false } = this.#terms.request;
    return new Set(
      (await reachablePointers(this.#repo, { more: more.filter((oid) => !known.has(oid)), emptied })).map(claimedOf),
    );
  }

  /** Answers what this repository's own claims name. */
  async #addClaims({ own, mine }: Names, claims: readonly ListedClaim[]): Promise<Set<Claimed>> {
    const claimed = new Set<Claimed>();
    const read = async (claim: ListedClaim) => ({ claim, pointers: await this.#remote.place.claims.read(claim) });
    for await (const { claim, pointers } of mapOrdered(claims, TOGETHER, read)) {
      this.#repo.watch.signal.throwIfAborted();
      // Gone since it was listed: a push that met the mark took its own claim back.
      if (pointers === null) continue;
      await this.#needed.addClaim(claim, pointers, { now: this.#terms.now, isOwn: mine.has(claim.repository) });
      if (claim.repository === own) for (const pointer of pointers) claimed.add(pointer);
    }
    return claimed;
  }

  /** Before this, pushes may have written no claim. */
  async #since(): Promise<number> {
    const since = await this.#remote.place.claims.since();
    if (since !== null) return since;
    if (!this.#terms.request.dryRun) await this.#remote.place.claims.begin();
    return this.#terms.now;
  }

  /** Goes through all blobs; answers what may be removed, and which of the pointers' own blobs are there. */
  async #look(
    since: number,
    pointers: ReadonlySet<Claimed>,
  ): Promise<{ candidates: BlobObject[]; present: Claimed[] }> {
    const { request, report } = this.#terms;
    const tops = new Map<Hash, Claimed[]>();
    for (const each of pointers) tops.set(readClaimed(each).hash, [...(tops.get(readClaimed(each).hash) ?? []), each]);
    const found = { candidates: [] as BlobObject[], present: [] as Claimed[] };
    for await (const { hash, ...object } of this.#remote.whole.list()) {
      this.#repo.watch.signal.throwIfAborted();
      found.present.push(...(tops.get(hash) ?? []));
      if (this.#needed.has(hash, object.size)) report.needed++;
      else if (!this.#isOld(object)) report.young++;
      else if (object.created < since && !request.unclaimed) count(report.unclaimed, object.size);
      else found.candidates.push({ hash, ...object });
    }
    return found;
  }

  #isOld({ created }: Pick<ObjectStat, "created">): boolean {
    return this.#terms.now - created > REMOTE_GRACE;
  }

  /** False when the time is over. An object that was replaced since it was listed is somebody's new one, and stays. */
  async #inTime(remove: () => Promise<void>): Promise<boolean> {
    const { watch } = this.#repo;
    watch.signal.throwIfAborted();
    if (this.#terms.isOver()) return false;
    try {
      await remove();
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw error;
    }
    return true;
  }
}

function count(amount: Amount, size: number): void {
  amount.blobs++;
  amount.bytes += size;
}

/** The one repository that `id` means. Throws `usage`. */
function forgotten(id: string, claims: readonly ListedClaim[]): Hash {
  const known = [...new Set(claims.map((each) => each.repository))].filter(
    (each) => /^[0-9a-f]{10,64}$/.test(id) && each.startsWith(id),
  );
  if (known.length === 1) return known[0] as Hash;
  const why = known.length > 1 ? "means several repositories" : "is no repository that the remote knows";
  throw new MvgitError("usage", `'--forget': the id ${why}`, {
    hint: "'mvgit gc --remote --dry-run' lists the repositories",
  });
}
