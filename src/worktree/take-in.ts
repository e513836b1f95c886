/** A folder of the work tree into the cache, and its manifest. */
import { join } from "node:path";
import type { RepoPath } from "../base/paths.ts";
import type { Watch } from "../base/watch.ts";
import type { ManifestEntry } from "../model/manifest.ts";
import { type FolderSummary, ManifestWriter } from "../model/manifest-io.ts";
import type { Cache } from "../store/cache.ts";
import { Intake } from "../store/intake.ts";
import { SMALL_BLOB } from "../store/write-many.ts";
import { isMeant, type Inside, type Pair, pairUp } from "./compare.ts";
import { copyIntoCache, copySmallIntoCache } from "./read-file.ts";
import { scanFolder, type ScannedFile } from "./scan.ts";
import type { StatCache } from "./stat-cache.ts";

export interface TakenFolder extends FolderSummary {
  /** Files whose bytes the cache did not have, and how many bytes they are. */
  stored: { files: number; bytes: number };
}

export interface FolderRequest {
  /** Absolute. */
  folder: string;
  /** The tracked folder's path in the work tree. */
  target: RepoPath;
  /** The files of the manifest so far; none for a new folder. */
  before: AsyncIterable<ManifestEntry[]>;
  /** Only these paths are looked at, the rest stays as the manifest has it; null for all. */
  inside: Inside;
}

/**
 * Takes in every file that the stat cache does not vouch for, writes the manifest, and remembers all stamps. Null for a
 * folder without files. All blobs are durable when it answers.
 */
export async function takeInFolder(request: FolderRequest, context: { cache: Cache; stats: StatCache; watch: Watch }): Promise<TakenFolder | null> {
  const { cache, stats, watch } = context;
  const known = stats.readFolder(request.target);
  const table = stats.writeFolder(request.target);
  const intake = new Intake(cache);
  const taker = new Taker(request, cache, intake);
  const manifest = new ManifestWriter(async (bytes) => intake.store(bytes));
  const task = watch.progress.task(`adding ${request.target}`);
  let committed = false;
  try {
    for await (const pairs of pairUp(request.before, scanFolder(request.folder), known)) {
      const entries = await taker.takeAll(pairs, (path, stamp, hash) => table.add(path, stamp, hash));
      await manifest.addAll(entries);
      task.advance(entries.reduce((sum, entry) => sum + entry.size, 0), entries.length);
      watch.signal.throwIfAborted();
    }
    const summary = await manifest.end();
    await intake.settle();
    if (summary === null) return null;
    table.commit();
    committed = true;
    return { ...summary, stored: taker.stored };
  } finally {
    if (!committed) table.discard();
    known.close();
    task.done();
    await intake.settle().catch(() => {});
  }
}

type Remember = (path: string, stamp: string, hash: ManifestEntry["hash"]) => void;

class Taker {
  readonly stored = { files: 0, bytes: 0 };
  readonly #request: FolderRequest;
  readonly #cache: Cache;
  readonly #intake: Intake;

  constructor(request: FolderRequest, cache: Cache, intake: Intake) {
    this.#request = request;
    this.#cache = cache;
    this.#intake = intake;
  }

  /** The manifest's entries for these pairs, in their order. */
  async takeAll(pairs: readonly Pair[], remember: Remember): Promise<ManifestEntry[]> {
    const entries: ManifestEntry[] = [];
    for (const pair of pairs) {
      const isLeft = !isMeant(pair.path, this.#request.inside);
      const entry = isLeft ? this.#leave(pair, remember) : pair.found && (await this.#take(pair, pair.found, remember));
      if (entry) entries.push(entry);
    }
    // Lets landings, progress and signals have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return entries;
  }

  #leave(pair: Pair, remember: Remember): ManifestEntry | null {
    if (pair.found && pair.hash) remember(pair.path, pair.found.stamp, pair.hash);
    return pair.wanted;
  }

  async #take(pair: Pair, found: ScannedFile, remember: Remember): Promise<ManifestEntry> {
    if (pair.hash && this.#cache.sizeOf(pair.hash) === found.size) {
      if (pair.hash !== pair.wanted?.hash) this.#cache.freshen(pair.hash, found.size);
      remember(pair.path, found.stamp, pair.hash);
      return { path: pair.path, hash: pair.hash, size: found.size, mode: found.exec ? "exec" : "file" };
    }
    const file = join(this.#request.folder, pair.path);
    const copied = found.size <= SMALL_BLOB ? copySmallIntoCache(this.#cache, file) : await copyIntoCache(this.#cache, file, () => {});
    if (copied.temporary) {
      this.#intake.land(copied.temporary, copied.hash);
      this.stored.files++;
      this.stored.bytes += copied.size;
    }
    if (copied.stamp) remember(pair.path, copied.stamp, copied.hash);
    return { path: pair.path, hash: copied.hash, size: copied.size, mode: copied.exec ? "exec" : "file" };
  }
}
