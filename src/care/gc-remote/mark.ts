/** Holds the mark of gc in a remote while it works, whatever ends the work. */
import { type Clock, monotonicNow } from "../../base/clock.ts";
import { withLock } from "../../base/lock.ts";
import { GC_LIFE } from "../../base/times.ts";
import { cloneToken } from "../../repo/identity.ts";
import type { Repo } from "../../repo/repo.ts";
import type { ObjectStat } from "../../store/bucket.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { cloneFile } from "../../values/own-files.ts";

/** Milliseconds that an interrupted run takes at most to remove its mark. */
const LAST_WORDS = 10_000;

/**
 * Runs `work` under the mark. One gc of this clone at a time, so that the mark of one that was killed is known for what
 * it is. Throws `lock-held`, and `access-denied` before anything was written when nothing may be deleted there. `name`:
 * as `Repo.remote` takes it.
 */
export function whileMarked(
  repo: Repo,
  remote: Remote,
  name: string | undefined,
  work: (mark: ObjectStat) => Promise<void>,
): Promise<void> {
  return withLock(cloneFile(repo.git.place, "gc-remote.lock"), async () => {
    const { gcMark } = remote.place;
    await gcMark.tryDeleting();
    const mark = await gcMark.make(`mvgit-gc 1\n${cloneToken(repo.git)}\n`);
    try {
      await work(mark);
    } catch (error) {
      // What failed is told; a mark that stays is taken over by the next run here.
      await leave(repo, name, mark).catch(() => undefined);
      throw error;
    }
    await gcMark.remove(mark);
  });
}

/** Over a connection of its own: the one in use may have been told to stop. */
async function leave(repo: Repo, name: string | undefined, mark: ObjectStat): Promise<void> {
  const { place } = await repo.remote(name, AbortSignal.timeout(LAST_WORDS));
  await place.gcMark.remove(mark);
}

/**
 * Tells when gc has to stop, by two clocks: one stands still while the machine sleeps, the other may be set back
 * meanwhile.
 */
export function afterLife(clock: Clock, life = GC_LIFE): () => boolean {
  const [start, steady] = [clock.now(), monotonicNow()];
  return () => clock.now() - start > life || monotonicNow() - steady > life;
}
