/** A folder of the work tree into the cache, and its manifest. */
import type { Clock } from "../base/clock.ts";
import type { RepoPath } from "../base/paths.ts";
import { Pool } from "../base/pool.ts";
import type { ProgressTask } from "../base/progress.ts";
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
  const count = new Count(guard, request.target, watch.clock);
  let committed = false;
  const pool = new Pool(takeInJob, { cacheFolder: cache.folder });
  try {
    const batches = pairUp(request.before, { scanned: scanFolder(guard, request.target), known });
    for await (const results of mapOrdered(batches, pool.width, (pairs) => taker.takeAll(pairs, pool))) {
      watch.signal.throwIfAborted();
      for (const { entry, stamp } of results) if (stamp) table.add(entry.path, stamp, entry.hash);
      await manifest.addAll(results.map((each) => each.entry));
      task.advance(sizeOf(results), results.length);
      count.tell(task);
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

/** Milliseconds of work before anybody wants to know how much it is, and that counting may take. */
const QUIET = 500;
const PATIENCE = 300;

/**
 * How much a folder holds, counted once, when its work turns out to take a while: one that is done at once, or that has
 * more names than can be counted quickly, is not counted.
 */
class Count {
  readonly #of: { guard: Guard; target: RepoPath; clock: Pick<Clock, "now"> };
  readonly #startedAt: number;
  #isDone = false;

  constructor(guard: Guard, target: RepoPath, clock: Pick<Clock, "now">) {
    this.#of = { guard, target, clock };
    this.#startedAt = clock.now();
  }

  tell(task: Pick<ProgressTask, "expect">): void {
    const { guard, target, clock } = this.#of;
    const from = clock.now();
    if (this.#isDone || from - this.#startedAt < QUIET) return;
    this.#isDone = true;
    const total = { files: 0, bytes: 0 };
    for (const batch of scanFolder(guard, target)) {
      if (clock.now() - from > PATIENCE) return;
      total.files += batch.length;
      for (const { size } of batch) total.bytes += size;
    }
    task.expect(total);
  }
}
