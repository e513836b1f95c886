/**
 * What a push need not look at again, because this clone saw it confirmed in that very remote, and nothing speaks
 * against it since.
 */
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../values/hash.ts";
import type { Announced } from "../../repo/claim.ts";
import { commitsHere } from "../../repo/common-history.ts";
import { LostList } from "../../repo/lost.ts";
import { isFresh, ReceiptBook, type Receipts } from "../../repo/receipts.ts";
import type { Repo } from "../../repo/repo.ts";
import { isOverNetwork } from "../../store/drivers.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";
import type { PushRequest } from "./report.ts";

/** Blobs that are remembered, to be asked for later. */
const WITNESSES = 4;

/**
 * What one clone believes of one remote. It only gets less during a push: what turns out to be gone takes all with it.
 * Its methods throw what the remote throws.
 */
export class Confirmed {
  readonly #repo: Repo;
  readonly #remote: Remote;
  #receipts: Receipts | null;
  /** As it was before anything was looked at. */
  #epoch: string | null = null;

  /** Nothing is asked yet. */
  constructor(repo: Repo, remote: Remote) {
    this.#repo = repo;
    this.#remote = remote;
    this.#receipts = remote.place.expected === null ? null : this.#book(remote.place.expected).read();
  }

  /**
   * Whether what was seen there before is not asked for again: over a network, where each look costs. Who wants to know
   * how things are, or to mend them, is answered by looking at all.
   */
  isEnough({ paths, verify, repair, dryRun, isLook }: PushRequest): boolean {
    const asksForAll = paths.length > 0 || verify || repair || dryRun || isLook;
    // What was given up was never there, and may be had again.
    const isLost = (): boolean => new LostList(this.#repo.git.place.commonDir).read().size > 0;
    return !asksForAll && !isLost() && isOverNetwork(this.#remote.address);
  }

  #book(identity: string): ReceiptBook {
    return new ReceiptBook(this.#repo.git.place.commonDir, identity);
  }

  /** Everything that these and their ancestors need was there. */
  get commits(): readonly Oid[] {
    return this.#receipts?.commits ?? [];
  }

  /** Claims stand for it, so that no gc can have removed any of it. */
  get #isFresh(): boolean {
    return this.#receipts !== null && isFresh(this.#receipts, this.#repo.watch.clock.now());
  }

  /**
   * Asks whether the remote is still the one that it was, and nothing was removed from it; false when what was leaned
   * on has to be looked at.
   */
  async check(): Promise<boolean> {
    if (!(await this.#remote.place.recognise())) {
      // From an empty place nothing was removed.
      this.#epoch = "";
      return this.drop();
    }
    if (this.#isFresh) return true;
    // What was removed from it nobody can tell: all is looked at, each time.
    if (this.#remote.place.isReadOnly) return this.drop();
    this.#epoch = await this.#remote.place.epoch.read();
    return this.#receipts === null || this.#receipts.epoch === this.#epoch || this.drop();
  }

  /**
   * As `check`, from a claim on: false when something was removed before it stood, and where claims of before are gone,
   * so that nothing is known to be claimed of what was seen.
   */
  async stillHolds({ isDoubtful }: Pick<Announced, "isDoubtful">): Promise<boolean> {
    if (this.#receipts !== null && isDoubtful) return false;
    if (this.#receipts === null || this.#isFresh) return true;
    return (await this.#remote.place.epoch.read()) === this.#receipts.epoch;
  }

  /** As `check`: asks for what was there, unless it is looked at anyway. */
  async checkWitnesses(looked: ReadonlySet<Hash>): Promise<boolean> {
    const asked = (this.#receipts?.witnesses ?? []).filter(({ hash }) => !looked.has(hash));
    const sizes = new Map(asked.map(({ hash, size }) => [hash, size]));
    for await (const { hash, stat } of this.#remote.statMany([...sizes.keys()])) {
      if (stat?.size === sizes.get(hash)) continue;
      this.#epoch ??= await this.#remote.place.epoch.read();
      return this.drop();
    }
    return true;
  }

  /** What was leaned on and turned out to be absent. */
  has(hash: Hash): boolean {
    return this.#receipts?.witnesses.some((each) => each.hash === hash) ?? false;
  }

  /** As `drop`, and for good: something that was seen is there no more. */
  forget(): void {
    const { expected } = this.#remote.place;
    if (this.#receipts !== null && expected !== null) this.#book(expected).forget();
    this.drop();
  }

  /** Believes nothing more; true when nothing was believed before either. */
  drop(): boolean {
    const hadNone = this.#receipts === null;
    this.#receipts = null;
    return hadNone;
  }

  /**
   * Remembers that all of it is there. `claimed`: since when claims of this push stand for what it looked at; null for
   * a look that made none, which is remembered only where no gc is at work.
   */
  async record(
    tips: readonly string[],
    { claimed, needs }: { claimed: number | null; needs: readonly Need[] },
  ): Promise<void> {
    const before = this.#receipts;
    const epoch = before?.epoch ?? this.#epoch;
    const commits = await commitsHere(this.#repo.git, tips);
    if (epoch === null || commits.length === 0) return;
    if (claimed === null && !(await this.#isQuiet(epoch))) return;
    const since = Math.min(claimed ?? 0, before?.since ?? Infinity);
    const fresh = needs.slice(0, before === null ? WITNESSES : WITNESSES / 2).map(({ hash, size }) => ({ hash, size }));
    const witnesses = [
      ...fresh,
      ...(before?.witnesses ?? []).filter(({ hash }) => !fresh.some((each) => each.hash === hash)),
    ].slice(0, WITNESSES);
    this.#book(this.#remote.place.expected ?? this.#remote.place.identity).write({
      commits: [...commits, ...(before?.commits ?? [])],
      since,
      epoch,
      witnesses,
    });
  }

  async #isQuiet(epoch: string): Promise<boolean> {
    const { gcMark, epoch: now } = this.#remote.place;
    return !(await gcMark.isThere()) && (await now.read()) === epoch;
  }
}
