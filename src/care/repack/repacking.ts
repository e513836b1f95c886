/** A repack of one remote: blobs are claimed, looked at once more, and written anew; nothing is removed. */
import { REPACKING } from "../../store/remote/claims.ts";
import { PackBuilder } from "../../store/remote/packs/pack-builder.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { claim } from "../../repo/claim.ts";
import { claimedOf } from "../../values/claim.ts";
import type { Item, Survey } from "./survey.ts";
import { Rewriting } from "./writing.ts";

/** About so many bytes are written under one claim, and of so many blobs. */
const BATCH_BYTES = 256 * 1024 * 1024;
const BATCH_BLOBS = 100_000;

/** What was written. */
export interface Rewritten {
  blobs: number;
  bytes: number;
  /** Blobs that are not right, or not there any more: they stay as they are. */
  passed: number;
}

/**
 * Writes all that a survey found. A gc that begins meanwhile sees the claims, and one that works refuses this: so what
 * is written rests on nothing that is about to go. Throws `lock-held` beside a gc, `not-supported` where the mark of
 * the remote may not be replaced, and what the place throws. Killed anywhere, what was written counts, and the rest is
 * found by the next survey.
 */
export async function rewrite(
  remote: Remote,
  { items, packs, bases }: Survey,
  options: { signal: AbortSignal; onWritten?(bytes: number): void },
): Promise<Rewritten> {
  const rewriting = new Rewriting(remote, { packs, bases });
  const done: Rewritten = { blobs: 0, bytes: 0, passed: 0 };
  for (const batch of batchesOf(items)) {
    options.signal.throwIfAborted();
    const written = await claim(remote, REPACKING, new Set(batch.map(claimedOf)));
    await remote.packed.index.refresh();
    const builder = new PackBuilder(remote.place, remote.packed.index);
    try {
      for (const item of batch) {
        options.signal.throwIfAborted();
        const bytes = isStill(remote, item) ? await rewriting.add(item, builder) : null;
        if (bytes === null) done.passed++;
        else {
          done.blobs++;
          done.bytes += bytes;
          options.onWritten?.(bytes);
        }
      }
      await builder.flush();
    } catch (error) {
      await builder.abandon(error);
      // What stays counts for nothing when it is older than the grace period.
      await remote.place.claims.withdraw(written).catch(() => undefined);
      throw error;
    }
    await remote.place.claims.withdraw(written);
  }
  return done;
}

/** Whether it is as it was found: another repack, or a gc, may have been there. */
function isStill({ packed }: Remote, item: Item): boolean {
  const [best] = packed.index.find(item.hash);
  if (item.kind === "whole") return best === undefined;
  const { table, entry } = item.located;
  return best?.table.pack === table.pack && best.entry.offset === entry.offset;
}

function* batchesOf(items: readonly Item[]): Generator<Item[]> {
  let [batch, bytes]: [Item[], number] = [[], 0];
  for (const item of items) {
    batch.push(item);
    bytes += item.kind === "whole" ? item.object.size : item.located.entry.size;
    if (bytes < BATCH_BYTES && batch.length < BATCH_BLOBS) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}
