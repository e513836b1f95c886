/** A folder of the work tree into the cache, and its manifest. */
import type { RepoPath } from "../base/paths.ts";
import { Pool } from "../base/pool.ts";
import { mapOrdered } from "../base/tasks.ts";
import type { Watch } from "../base/watch.ts";
import { type FolderSummary, ManifestWriter } from "../values/manifest-io.ts";
import type { Cache } from "../store/cache/cache.ts";
import { Intake } from "../store/cache/intake.ts";
import { pairUp } from "./compare.ts";
import type { Guard } from "./guard.ts";
import { refused } from "./refused.ts";
import { scanFolder } from "./scan.ts";
import type { StatCache } from "./stat-cache.ts";
import { takeInJob } from "./take-in-job.ts";
import { type FolderRequest, type Taken, Taker } from "./taker.ts";

export interface TakenFolder extends FolderSummary {
  /** Files whose bytes the cache did not have, and how many bytes they are. */
  stored: { files: number; bytes: number };
  /** Files that are not here for their names, and that the manifest keeps. */
  keptBack: RepoPath[];
}

/**
 * Takes in every file that the stat cache does not vouch for, writes the manifest, and remembers all stamps. Null for a
 * folder without files. All blobs are durable when it answers.
 */
export async function takeInFolder(
  request: FolderRequest,
  context: { cache: Cache; guard: Guard; stats: StatCache; watch: Watch },
): Promise<TakenFolder | null> {
  const { cache, guard, stats, watch } = context;
  const known = stats.readFolder(request.target);
  const table = stats.writeFolder(request.target);
  const intake = new Intake(cache);
  const taker = new Taker(request, { cache, guard, intake });
  const manifest = new ManifestWriter(async (bytes) => intake.store(bytes));
  const task = watch.progress.task(`adding ${request.target}`);
  let committed = false;
  const pool = new Pool(takeInJob, { cacheFolder: cache.folder });
  try {
    const batches = pairUp(request.before, { scanned: scanFolder(guard, request.target), known });
    for await (const results of mapOrdered(batches, pool.width, (pairs) => taker.takeAll(pairs, pool))) {
      watch.signal.throwIfAborted();
      for (const { entry, stamp } of results) if (stamp) table.add(entry.path, stamp, entry.hash);
      await manifest.addAll(results.map((each) => each.entry));
      task.advance(sizeOf(results), results.length);
    }
    if (taker.refused.length > 0) throw refused(guard, taker.refused);
    const summary = await manifest.end();
    await intake.settle();
    if (summary === null) return null;
    table.commit(table.count === summary.files ? summary.root : null);
    committed = true;
    return { ...summary, stored: taker.stored, keptBack: taker.keptBack };
  } finally {
    if (!committed) table.discard();
    known.close();
    task.done();
    await pool.close();
    await intake.settle().catch(() => {});
  }
}

function sizeOf(taken: readonly Taken[]): number {
  return taken.reduce((sum, { entry }) => sum + entry.size, 0);
}
