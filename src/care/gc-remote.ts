/**
 * `mvgit gc --remote`: removes from a remote what no repository needs any more. docs/decisions/0004-gc-of-a-remote.md
 * says why it is safe.
 */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { forEachConcurrent, mapOrdered } from "../base/tasks.ts";
import { GC_LIFE, LONGEST_PUSH, REMOTE_GRACE } from "../base/times.ts";
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
import { type ListedClaim, REPACKING } from "../store/remote/claims.ts";
import type { Remote } from "../store/remote/remote.ts";
import type { LoadBlob } from "../values/manifest-io.ts";
import { afterLife, whileMarked } from "./gc-remote/mark.ts";
import { Needed, type RepositoryLine } from "./gc-remote/needed.ts";
import { nothingSwept, Sweep, type SweepReport } from "./gc-remote/sweep.ts";

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

export interface GcRemoteReport extends SweepReport {
  remote: string;
  address: string;
  dryRun: boolean;
  /** `kept`: old ones under this repository's name that name what nothing here ever named. */
  claims: { written: number; removed: number; kept: number };
  repositories: RepositoryLine[];
}

/**
 * Throws `check-failed` from a clone that does not see everything, `lock-held` beside another gc or a push under way,
 * `usage` for a repository to forget that is none or several, `remote-unknown`, `read-only`, and what the remote
 * throws.
 */
export async function gcRemote(repo: Repo, request: GcRemoteRequest): Promise<GcRemoteReport> {
  const remote = await repo.remote(request.remote);
  remote.place.writable();
  const more = await seeEverything(repo.git, { offline: request.offline, intro: "nothing was removed" });
  const report = emptyReport(remote, request.dryRun);
  if (!(await remote.place.recognise())) return report;
  const { clock, signal } = repo.watch;
  const [isOver, isReadingOver] = [afterLife(clock), afterLife(clock, GC_LIFE / 2)];
  const load = manifestLoader(repo.cache, async () => remote);
  const collect = async (now: number): Promise<void> => {
    const ours = await oursOf(repo, { more, emptied: request.emptied ?? false });
    await new Collection({ remote, load, ours }, { request, report, now, isOver, isReadingOver, signal }).run();
  };
  if (request.dryRun) await collect(clock.now());
  else await whileMarked(repo, remote, request.remote, (mark) => collect(mark.created));
  return report;
}

/** Nothing found yet. */
export function emptyReport({ name, address }: Remote, dryRun: boolean): GcRemoteReport {
  const claims = { written: 0, removed: 0, kept: 0 };
  return { remote: name, address, dryRun, ...nothingSwept(), claims, repositories: [] };
}

async function oursOf(repo: Repo, { more, emptied }: { more: readonly Oid[]; emptied: boolean }): Promise<Ours> {
  const known = new Set((await repo.git.refs()).map(({ oid }) => oid));
  const unknown = more.filter((oid) => !known.has(oid));
  return {
    own: await repositoryId(repo.git),
    mine: await repositoryIds(repo.git),
    // Those of commits behind Git's replacements too.
    pointers: new Set((await reachablePointers(repo, { more: unknown, emptied })).map(claimedOf)),
    ever: () => pointersEver(repo.git),
  };
}

/** The repository that collects. */
export interface Ours {
  /** Under which its claims are written now, and every one that may be its own. */
  own: Hash;
  mine: ReadonlySet<Hash>;
  /** Every pointer that anything here may need. */
  pointers: ReadonlySet<Claimed>;
  /** Every one that any object here ever named. */
  ever(): Promise<ReadonlySet<Claimed>>;
}

/** What a collection may do, and what it is told. */
export interface Terms {
  request: Pick<GcRemoteRequest, "dryRun" | "unclaimed" | "forget">;
  report: GcRemoteReport;
  /** Milliseconds since 1970, by the medium's clock. */
  now: number;
  /** Whether nothing more may be removed, or read to see whether it may be. */
  isOver: () => boolean;
  isReadingOver: () => boolean;
  signal: AbortSignal;
}

interface Sorted {
  kept: ListedClaim[];
  dropped: ListedClaim[];
}

/** One gc of one remote, under its mark: `run` it once. */
export class Collection {
  readonly #remote: Remote;
  readonly #ours: Ours;
  readonly #terms: Terms;
  readonly #needed: Needed;

  /** `load` gives manifests. */
  constructor({ remote, ours, load }: { remote: Remote; ours: Ours; load: LoadBlob }, terms: Terms) {
    this.#remote = remote;
    this.#ours = ours;
    this.#terms = terms;
    this.#needed = new Needed(load);
  }

  async run(): Promise<void> {
    const { request, report } = this.#terms;
    const { own, pointers } = this.#ours;
    const { kept, dropped } = await this.#claims();
    await this.#needed.addOwn(own, pointers);
    const claimed = await this.#addClaims(kept);
    const present = new Set<Claimed>();
    const sweep = await this.#look(present);
    report.repositories = this.#needed.repositories.filter(({ id }) => id !== REPACKING);
    report.claims.removed = dropped.length;
    if (request.dryRun) return sweep.plan();
    // What still holds is written before what held until now is taken away.
    const held = dropped.length > 0 ? claimed.lasting : claimed.all;
    const fresh = new Set([...present].filter((each) => !held.has(each)));
    const { claims, epoch } = this.#remote.place;
    report.claims.written = (await claims.write(own, fresh)).length;
    await forEachConcurrent(dropped, TOGETHER, (each) => this.#removeClaim(each));
    if (!sweep.isNeeded) return sweep.plan();
    await epoch.begin();
    await sweep.remove();
  }

  /**
   * Claims of this repository, of one to be forgotten and of repacks are dropped when they are old; all others always
   * count. So does one under this repository's name that names what nothing here ever named: it is somebody else's.
   */
  async #claims(): Promise<Sorted> {
    const { mine, pointers, ever } = this.#ours;
    const all: ListedClaim[] = [];
    for await (const claim of this.#remote.place.claims.list()) all.push(claim);
    const forget = this.#terms.request.forget === undefined ? null : forgotten(this.#terms.request.forget, all);
    const isDropped = ({ repository }: ListedClaim): boolean => repository === forget || repository === REPACKING;
    const dropped = new Set(all.filter((each) => isDropped(each) && this.#isOld(each)));
    const own = all.filter((each) => mine.has(each.repository) && this.#isOld(each) && !dropped.has(each));
    const named = own.length === 0 ? pointers : new Set([...pointers, ...(await ever())]);
    const read = async (claim: ListedClaim) => ({ claim, lines: await this.#remote.place.claims.read(claim) });
    for await (const { claim, lines } of mapOrdered(own, TOGETHER, read)) {
      if (lines === null || lines.every((line) => named.has(line))) dropped.add(claim);
      else this.#terms.report.claims.kept++;
    }
    return { kept: all.filter((each) => !dropped.has(each)), dropped: [...dropped] };
  }

  /**
   * Answers what this repository's own claims name. Not all of them last: a push takes its own back when it meets the
   * mark, though never one that is older than any push.
   */
  async #addClaims(claims: readonly ListedClaim[]): Promise<Record<"all" | "lasting", Set<Claimed>>> {
    const { own, mine } = this.#ours;
    const claimed = { all: new Set<Claimed>(), lasting: new Set<Claimed>() };
    const read = async (claim: ListedClaim) => ({ claim, pointers: await this.#remote.place.claims.read(claim) });
    for await (const { claim, pointers } of mapOrdered(claims, TOGETHER, read)) {
      this.#terms.signal.throwIfAborted();
      // Gone since it was listed: a push that met the mark took its own claim back.
      if (pointers === null) continue;
      await this.#needed.addClaim(claim, pointers, { now: this.#terms.now, isOwn: mine.has(claim.repository) });
      if (claim.repository !== own) continue;
      for (const pointer of pointers) claimed.all.add(pointer);
      if (this.#terms.now - claim.created > LONGEST_PUSH) for (const pointer of pointers) claimed.lasting.add(pointer);
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

  /** Goes through all that is there. `present`: is told which of the pointers' own blobs are. */
  async #look(present: Set<Claimed>): Promise<Sweep> {
    const { request, report, isOver, isReadingOver, signal } = this.#terms;
    const since = await this.#since();
    const tops = new Map<Hash, Claimed[]>();
    for (const each of this.#ours.pointers) {
      const { hash } = readClaimed(each);
      tops.set(hash, [...(tops.get(hash) ?? []), each]);
    }
    const sweep = new Sweep(this.#remote, {
      report,
      isDry: request.dryRun,
      isOld: (object) => this.#isOld(object),
      needs: (hash) => this.#needed.has(hash),
      isUnclaimed: ({ created }) => created < since && !request.unclaimed,
      found: (hash, size) => {
        this.#needed.count(hash, size);
        for (const each of tops.get(hash) ?? []) present.add(each);
      },
      ...{ isOver, isReadingOver, signal },
    });
    await sweep.look();
    return sweep;
  }

  #isOld({ created }: Pick<ObjectStat, "created">): boolean {
    return this.#terms.now - created > REMOTE_GRACE;
  }

  /** Not when the time is over. One that was replaced since it was listed is somebody's new one, and stays. */
  async #removeClaim(claim: ListedClaim): Promise<void> {
    this.#terms.signal.throwIfAborted();
    if (this.#terms.isOver()) return;
    try {
      await this.#remote.place.claims.remove(claim);
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw error;
    }
  }
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
