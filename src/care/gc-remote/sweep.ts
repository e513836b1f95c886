/** What of a remote's objects goes, and how: what says that a blob is there goes before what it rests on. */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import { contentsOf, type KeptObject } from "../../store/remote/contents.ts";
import { indexName } from "../../store/remote/layout.ts";
import { ensureListed } from "../../store/remote/packs/index-list.ts";
import type { KnownTable } from "../../store/remote/packs/table-set.ts";
import type { Remote } from "../../store/remote/remote.ts";
import type { Hash } from "../../values/hash.ts";
import { type Judge, PackedForms, type TableLoss } from "./forms.ts";

/** Requests at once that remove small objects. */
const TOGETHER = 32;
/** How often a table is looked at again that somebody else changes. */
const TRIES = 10;

/** Blobs, and bytes of objects. */
export interface Amount {
  blobs: number;
  bytes: number;
}

/** What a sweep found, and did. */
export interface SweepReport {
  /** Blobs. */
  needed: number;
  /** Not needed, but made within the grace period. */
  young: number;
  /** Not needed by any claim, but older than all claims, and kept for that. */
  unclaimed: Amount;
  /** What was, or would be, removed: blobs of which nothing is left, and bytes of all objects. */
  removed: Amount;
  /** What was to be removed when the time was over; run again. */
  left: Amount;
  /** Blobs that nobody needs, and that others are read from. */
  sources: Amount;
  /** Packs among what was, or would be, removed. */
  packs: { removed: number; bytes: number };
  /** Blobs with several old copies that all stay, since the best one could not be read, or the time was over. */
  doubtful: number;
}

export function nothingSwept(): SweepReport {
  const nothing = (): Amount => ({ blobs: 0, bytes: 0 });
  return {
    needed: 0,
    young: 0,
    unclaimed: nothing(),
    removed: nothing(),
    left: nothing(),
    sources: nothing(),
    packs: { removed: 0, bytes: 0 },
    doubtful: 0,
  };
}

/** Who needs what, and for how long it may be removed. */
export interface SweepTerms extends Judge {
  report: SweepReport;
  isDry: boolean;
  /** Whole blobs that are older, and that nobody claims, were perhaps pushed by somebody who wrote no claim. */
  isUnclaimed(object: { created: number }): boolean;
  /** A blob that somebody needs is there. */
  found(hash: Hash, size: number): void;
  /** Whether nothing more may be removed; `isReadingOver`: nor read, so that time is left to remove. */
  isOver(): boolean;
  isReadingOver(): boolean;
  signal: AbortSignal;
}

/** Looks at a remote once, and removes from it. `look` comes first. */
export class Sweep {
  readonly #remote: Remote;
  readonly #terms: SweepTerms;
  #forms!: PackedForms;
  readonly #whole: KeptObject[] = [];
  /** Old copies of what is needed. */
  #copies: KeptObject[] = [];
  /** Whether anything is left to be read in another form than before. */
  #hasSpares = false;
  readonly #packs: KeptObject[] = [];
  readonly #cuts: KeptObject[] = [];
  /** Tables that were taken out, as long as their packs stay for them, and when both go. */
  readonly #aside = { young: new Set<Hash>(), old: [] as KeptObject[] };

  constructor(remote: Remote, terms: SweepTerms) {
    this.#remote = remote;
    this.#terms = terms;
  }

  /** The claims were read before. Throws `blob-damaged` where it cannot be known what something needs. */
  async look(): Promise<void> {
    const { index } = this.#remote.packed;
    await index.refresh();
    if (index.doubt !== null) throw uncertain(index.doubt);
    this.#forms = new PackedForms(this.#remote.packed, this.#terms);
    this.#sortEntries();
    for await (const object of contentsOf(this.#remote.place)) {
      this.#terms.signal.throwIfAborted();
      this.#sort(object);
    }
    const { isDry, isReadingOver, report } = this.#terms;
    const spares = await this.#forms.settleSpares({ isDry, isOver: isReadingOver });
    report.doubtful = spares.doubtful;
    this.#copies = spares.whole;
    this.#hasSpares = spares.settled > 0;
    await this.#forms.followRecipes();
  }

  #sortEntries(): void {
    const { report } = this.#terms;
    this.#forms.sort(({ hash, size, isNeeded, isGone }) => {
      if (isNeeded) {
        report.needed++;
        this.#terms.found(hash, size);
      } else if (!isGone) report.young++;
    });
  }

  #sort(object: KeptObject): void {
    if (object.kind === "whole") return this.#sortWhole(object);
    if (object.kind === "aside") return this.#sortAside(object);
    if (object.kind === "table" || !this.#terms.isOld(object)) return;
    if (object.kind === "pack") this.#packs.push(object);
    else if (!this.#terms.needs(object.hash)) this.#cuts.push(object);
  }

  #sortAside(object: KeptObject): void {
    if (this.#terms.isOld(object)) this.#aside.old.push(object);
    else this.#aside.young.add(object.hash);
  }

  #sortWhole(object: KeptObject): void {
    const { report } = this.#terms;
    const { hash, size } = object;
    if (this.#terms.needs(hash)) {
      if (this.#forms.addNeededWhole(object) === "beside") return;
      report.needed++;
      this.#terms.found(hash, size);
    } else if (!this.#terms.isOld(object)) {
      if (!this.#forms.has(hash)) report.young++;
    } else if (this.#terms.isUnclaimed(object)) count(report.unclaimed, 1, size);
    else this.#whole.push(object);
  }

  /** Whether anything is to be removed. */
  get isNeeded(): boolean {
    for (const _ of this.#forms.losses()) return true;
    return [...this.#objects()].length > 0;
  }

  /** Counts what `remove` would do. */
  plan(): void {
    const { removed, sources } = this.#terms.report;
    for (const { isAll, blobs, table } of this.#forms.losses()) count(removed, blobs, isAll ? table.bytes.length : 0);
    for (const object of this.#objects()) this.#tell(object, removed);
    for (const { hash, size } of this.#whole) if (this.#forms.isSource(hash)) count(sources, 1, size);
  }

  /**
   * Tables first: from then on nobody finds what is about to go. Before a copy goes, who cannot list is told of the
   * table that has the other one.
   */
  async remove(): Promise<void> {
    const { report } = this.#terms;
    if (this.#hasSpares) {
      const tables = [...this.#remote.packed.index.tables()];
      await ensureListed(
        this.#remote.place,
        tables.map(({ pack }) => pack),
      );
    }
    const losses = [...this.#forms.losses()];
    await forEachConcurrent(losses, TOGETHER, async (loss) => {
      const isDone = await this.#inTime(() => this.#lose(loss));
      count(isDone ? report.removed : report.left, loss.blobs, loss.isAll ? loss.table.bytes.length : 0);
    });
    const { index } = this.#remote.packed;
    // What an earlier gc was killed before is made up for.
    if (!this.#terms.isOver()) await (losses.some(({ isAll }) => isAll) ? index.renewList() : index.settleList());
    const bucket = this.#remote.place.writable();
    await forEachConcurrent([...this.#objects()], TOGETHER, async (object) => {
      const isDone = await this.#inTime(() => bucket.delete(object.name, object.version));
      this.#tell(object, isDone ? report.removed : report.left);
    });
    for (const { hash, size } of this.#whole) if (this.#forms.isSource(hash)) count(report.sources, 1, size);
  }

  /** What is not in a table. */
  *#objects(): Generator<KeptObject> {
    for (const object of [...this.#whole, ...this.#copies]) if (!this.#forms.isSource(object.hash)) yield object;
    for (const pack of this.#packs)
      if (!this.#forms.isPackNeeded(pack.hash) && !this.#aside.young.has(pack.hash)) yield pack;
    yield* this.#aside.old;
    for (const cuts of this.#cuts) if (!this.#forms.isSource(cuts.hash)) yield cuts;
  }

  #tell({ kind, hash, size }: KeptObject, amount: Amount): void {
    const { report } = this.#terms;
    count(amount, kind === "whole" && !this.#terms.needs(hash) && !this.#forms.has(hash) ? 1 : 0, Math.max(0, size));
    if (kind !== "pack" || amount !== report.removed) return;
    report.packs.removed++;
    report.packs.bytes += size;
  }

  /** Takes entries out of a table, whatever it was made meanwhile, which can only be less. */
  async #lose(loss: TableLoss): Promise<void> {
    const { packed, place } = this.#remote;
    const { pack } = loss.table;
    for (let attempt = 0, now = loss.table; attempt < TRIES; attempt++) {
      if (await this.#loseNow(loss, now)) return;
      await packed.index.refresh();
      const found = [...packed.index.tables()].find((each) => each.pack === pack);
      if (found === undefined) return;
      now = found;
    }
    throw new MvgitError("remote-unavailable", `others change '${indexName(pack)}' in ${place.name}, time after time`, {
      subject: indexName(pack),
    });
  }

  /** False where the table is another one by now. */
  async #loseNow({ isAll, isDead }: TableLoss, table: KnownTable): Promise<boolean> {
    if (!isAll) return this.#remote.packed.takeEntries(table, isDead);
    try {
      await this.#remote.place.writable().delete(indexName(table.pack), table.version as string);
      return true;
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw error;
      return false;
    }
  }

  /** False when the time is over. An object that was replaced since it was listed is somebody's new one, and stays. */
  async #inTime(remove: () => Promise<void>): Promise<boolean> {
    this.#terms.signal.throwIfAborted();
    if (this.#terms.isOver()) return false;
    try {
      await remove();
    } catch (error) {
      if (!isMvgitError(error, "object-exists")) throw error;
    }
    return true;
  }
}

function count(amount: Amount, blobs: number, bytes: number): void {
  amount.blobs += blobs;
  amount.bytes += bytes;
}

function uncertain(error: MvgitError): MvgitError {
  return new MvgitError(error.code, `nothing was removed: ${error.message}`, {
    ...(error.subject !== undefined && { subject: error.subject }),
    hint: error.hint ?? "run 'mvgit fsck --remote', which says how to mend it",
    cause: error,
  });
}
