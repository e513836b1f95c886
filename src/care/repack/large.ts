/** Large blobs that lie whole, encoded one after the other: claimed, written, and read back; nothing is removed. */
import { claim } from "../../repo/claim.ts";
import type { NearBlob } from "../../store/blob-store.ts";
import { isLack } from "../../store/lack.ts";
import { REPACKING } from "../../store/remote/claims.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { verifiedSource } from "../../store/verified-source.ts";
import { claimedOf } from "../../values/claim.ts";
import type { Hash } from "../../values/hash.ts";

/** About so many bytes are encoded under one claim, and of so many blobs. */
const BATCH_BYTES = 1024 * 1024 * 1024;
const BATCH_BLOBS = 256;
/** How often a blob is read back before its recipe is taken for wrong. */
const READINGS = 2;

/** A blob that lies whole, and may be encoded. */
export interface LargeItem {
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Whether another blob stood at its path, which may be compared with it. */
  hasVersions: boolean;
  /** What it may be like, the closest first, of those that are settled: each has the form that it will keep. */
  near(isSettled: (hash: Hash) => boolean): NearBlob[];
}

/** Encodes blobs one after the other, of which later ones may rest on earlier ones. */
export interface LargeEncoder {
  /**
   * Bytes that were added for it (about, of one that only looks); null where it stays whole, `unseen` where nothing is
   * known of it. Throws `blob-damaged` and `blob-missing` for what cannot be had.
   */
  encode(item: LargeItem, near: readonly NearBlob[]): Promise<number | null | "unseen">;
  close(): Promise<void>;
}

interface Amount {
  blobs: number;
  bytes: number;
}

/** What became of them: `bytes` are those of the blobs. */
export interface Encoded {
  /** By recipes now; `stored`: what these and their new parts take. */
  encoded: Amount & { stored: number };
  /** Whole, since that takes hardly more. */
  left: Amount;
  unseen: Amount;
  /** Blobs that are not right, or changed meanwhile: they stay as they are. */
  passed: number;
}

export function nothingEncoded(): Encoded {
  const nothing = (): Amount => ({ blobs: 0, bytes: 0 });
  return { encoded: { ...nothing(), stored: 0 }, left: nothing(), unseen: nothing(), passed: 0 };
}

export interface EncodeOptions {
  /** What is claimed is asked for anew by each. */
  open(): LargeEncoder;
  isDry: boolean;
  signal: AbortSignal;
  /** Bytes were read back. */
  onRead?(bytes: number): void;
  /** An item is settled. */
  onSettled?(item: LargeItem): void;
}

/** One run over some blobs: `run` it once. */
export class LargeEncoding {
  readonly #remote: Remote;
  readonly #options: EncodeOptions;
  readonly #done = nothingEncoded();

  constructor(remote: Remote, options: EncodeOptions) {
    this.#remote = remote;
    this.#options = options;
  }

  /**
   * A recipe may rest on what came before it, and never on what is yet to be encoded. What it rests on is claimed
   * before it is looked up, as a push does; a gc that works refuses this. A recipe that does not give the blob back is
   * taken out again; of one that was not read back since this was killed, the gc that lets the whole object go makes
   * sure. Throws `lock-held` beside a gc, and what the place throws. Killed anywhere, what is visible counts.
   */
  async run(items: readonly LargeItem[]): Promise<Encoded> {
    const { isDry, open } = this.#options;
    const pending = new Set(items.map(({ hash }) => hash));
    if (isDry && items.length > 0) await this.#encode(nearOf(items, pending), open());
    if (!isDry) for (const batch of batchesOf(items)) await this.#claimed(nearOf(batch, pending));
    return this.#done;
  }

  async #claimed(batch: readonly Chosen[]): Promise<void> {
    this.#options.signal.throwIfAborted();
    const { place, packed } = this.#remote;
    const relied = batch.flatMap(({ item, near }) => [item, ...near]);
    const written = await claim(this.#remote, REPACKING, new Set(relied.map(claimedOf)));
    try {
      await packed.index.refresh();
      await this.#encode(batch, this.#options.open());
    } catch (error) {
      // What stays counts for nothing when it is older than the grace period.
      await place.claims.withdraw(written).catch(() => undefined);
      throw error;
    }
    await place.claims.withdraw(written);
  }

  async #encode(batch: readonly Chosen[], encoder: LargeEncoder): Promise<void> {
    try {
      for (const chosen of batch) {
        this.#options.signal.throwIfAborted();
        await this.#settle(chosen, encoder);
        this.#options.onSettled?.(chosen.item);
      }
    } finally {
      await encoder.close();
    }
  }

  async #settle({ item, near }: Chosen, encoder: LargeEncoder): Promise<void> {
    const { isDry } = this.#options;
    const { encoded, left, unseen } = this.#done;
    if (!isDry && !(await this.#isStill(item))) return void this.#done.passed++;
    const stored = await this.#stored(item, near, encoder);
    if (stored === null) count(left, item);
    else if (stored === "unseen") count(unseen, item);
    else if (stored === "wrong" || (!isDry && !(await this.#isRight(item)))) this.#done.passed++;
    else {
      count(encoded, item);
      encoded.stored += stored;
    }
  }

  /** Whether it is as it was found: another repack, or a gc, may have been there. */
  async #isStill({ hash, size }: LargeItem): Promise<boolean> {
    return !this.#remote.packed.has(hash) && (await this.#remote.whole.stat(hash))?.size === size;
  }

  async #stored(
    item: LargeItem,
    near: readonly NearBlob[],
    encoder: LargeEncoder,
  ): Promise<number | null | "unseen" | "wrong"> {
    try {
      return await encoder.encode(item, near);
    } catch (error) {
      if (!isLack(error)) throw error;
      return "wrong";
    }
  }

  /** Reads it back, by what everybody would read it by. */
  async #isRight({ hash, size }: LargeItem): Promise<boolean> {
    const { packed } = this.#remote;
    await packed.index.refresh();
    const [best] = packed.index.find(hash);
    if (best === undefined) return false;
    const source = verifiedSource(hash, { size, open: () => packed.bytesIn(best) });
    for (let reading = 1; ; reading++) {
      try {
        for await (const { length } of source.open(0)) {
          this.#options.signal.throwIfAborted();
          this.#options.onRead?.(length);
        }
        return true;
      } catch (error) {
        if (!isLack(error)) throw error;
        if (reading < READINGS) continue;
        await packed.takeOut(hash, [best]);
        return false;
      }
    }
  }
}

interface Chosen {
  item: LargeItem;
  near: readonly NearBlob[];
}

/** Each with what it may rest on: what was pending counts as settled for those behind it. */
function nearOf(items: readonly LargeItem[], pending: Set<Hash>): Chosen[] {
  return items.map((item) => {
    const near = item.near((hash) => !pending.has(hash));
    pending.delete(item.hash);
    return { item, near };
  });
}

function* batchesOf(items: readonly LargeItem[]): Generator<LargeItem[]> {
  let [batch, bytes]: [LargeItem[], number] = [[], 0];
  for (const item of items) {
    batch.push(item);
    bytes += item.size;
    if (bytes < BATCH_BYTES && batch.length < BATCH_BLOBS) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

function count(amount: Amount, { size }: LargeItem): void {
  amount.blobs++;
  amount.bytes += size;
}
