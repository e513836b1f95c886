/**
 * What a push need not look at again, because this clone saw it confirmed in that very remote, and nothing speaks
 * against it since.
 */
import type { Oid } from "../../git/reader.ts";
import type { Hash } from "../../values/hash.ts";
import { commitsHere } from "../../repo/common-history.ts";
import { isFresh, ReceiptBook, type Receipts } from "../../repo/receipts.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Need } from "../../transfer/copy.ts";

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
    this.#epoch = await this.#remote.place.epoch.read();
    return this.#receipts === null || this.#receipts.epoch === this.#epoch || this.drop();
  }

  /** As `check`: asks for what was there, unless it is looked at anyway. */
  async checkWitnesses(looked: ReadonlySet<Hash>): Promise<boolean> {
    for (const { hash, size } of this.#receipts?.witnesses ?? []) {
      if (looked.has(hash) || (await this.#remote.stat(hash))?.size === size) continue;
      this.#epoch ??= await this.#remote.place.epoch.read();
      return this.drop();
    }
    return true;
  }

  /** What was leaned on and turned out to be absent. */
  has(hash: Hash): boolean {
    return this.#receipts?.witnesses.some((each) => each.hash === hash) ?? false;
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
