/** A folder of the work tree into the cache, and its manifest. */
import { andMore } from "../base/counts.ts";
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { shellName } from "../base/shell.ts";
import { answerOf, type Attempt } from "../base/job.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../base/pool.ts";
import { mapOrdered } from "../base/tasks.ts";
import type { Watch } from "../base/watch.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { ALLOW_KEY } from "../values/settings.ts";
import type { PathArrays } from "../values/path-cursor.ts";
import { type FolderSummary, ManifestWriter } from "../values/manifest-io.ts";
import type { Cache } from "../store/cache/cache.ts";
import { Intake } from "../store/cache/intake.ts";
import { SMALL_BLOB } from "../store/write-many.ts";
import { type ExpectedFile, isMeant, type Inside, type Pair, pairUp } from "./compare.ts";
import type { Guard } from "./guard.ts";
import { type Copied, copyIntoCache, copySmallIntoCache } from "./read-file.ts";
import { IGNORE_FILE, isNamedByIgnoreFile, scanFolder, type ScannedFile } from "./scan.ts";
import { knownFlushes, settleMany } from "./settle.ts";
import type { StatCache } from "./stat-cache.ts";
import { takeInJob } from "./take-in-job.ts";

export interface TakenFolder extends FolderSummary {
  /** Files whose bytes the cache did not have, and how many bytes they are. */
  stored: { files: number; bytes: number };
  /** Files that are not here for their names, and that the manifest keeps. */
  keptBack: RepoPath[];
}

export interface FolderRequest {
  /** The folder's path in the work tree. */
  target: RepoPath;
  /** The files of the manifest so far; none for a new folder. */
  before: PathArrays<ExpectedFile>;
  /** Only these paths are looked at, the rest stays as the manifest has it; null for all. */
  inside: Inside;
  /** What is held back for its name is left out, and told; else, where the manifest does not have it yet, refused. */
  leaveOut: ((path: RepoPath) => void) | null;
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
    const taken = mapOrdered(batches, pool.width, (pairs) => taker.takeAll(pairs, pool));
    for await (const results of taken) {
      watch.signal.throwIfAborted();
      for (const { entry, stamp } of results) if (stamp) table.add(entry.path, stamp, entry.hash);
      await manifest.addAll(results.map((each) => each.entry));
      task.advance(
        results.reduce((sum, { entry }) => sum + entry.size, 0),
        results.length,
      );
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

interface Taken {
  entry: ManifestEntry;
  /** Null while the file is too young to be remembered. */
  stamp: string | null;
}

/** The error for files that some program would read or run for their names. */
export function refused(guard: Guard, paths: readonly RepoPath[]): MvgitError {
  const first = paths[0] as RepoPath;
  const names =
    paths
      .slice(0, SHOWN)
      .map((each) => `'${display(each)}'`)
      .join(", ") + andMore(paths.length - SHOWN);
  return new MvgitError(
    "cannot-add",
    `cannot add ${names}: ${guard.readerOf(first) ?? "Git"} reads or runs it by its name, and a review would ` +
      "see a hash",
    {
      subject: display(first),
      hint:
        `let Git keep it ('git add -f'), or name it in '${IGNORE_FILE}' to leave it out of its folder; to ` +
        `track it all the same: 'git config --add ${ALLOW_KEY} ${shellName(first)}'`,
    },
  );
}

const SHOWN = 10;

class Taker {
  readonly stored = { files: 0, bytes: 0 };
  readonly keptBack: RepoPath[] = [];
  /** What must not be taken in. */
  readonly refused: RepoPath[] = [];
  readonly #request: FolderRequest;
  readonly #cache: Cache;
  readonly #guard: Guard;
  readonly #intake: Intake;
  #seen = 0;

  constructor(request: FolderRequest, { cache, guard, intake }: { cache: Cache; guard: Guard; intake: Intake }) {
    this.#request = request;
    this.#cache = cache;
    this.#guard = guard;
    this.#intake = intake;
  }

  /** The manifest's entries for these pairs, in their order. */
  async takeAll(pairs: readonly Pair[], pool: PoolOf<typeof takeInJob>): Promise<Taken[]> {
    const results = pairs.map((pair) => this.#withoutReading(pair));
    const unread = pairs
      .map((pair, index) => ({ pair, index }))
      .filter(({ pair, index }) => results[index] === undefined && pair.found);
    const small = unread.filter(({ pair }) => (pair.found as ScannedFile).size <= SMALL_BLOB);
    this.#seen += small.length;
    await settleMany(unread.map(({ pair }) => pair.found as ScannedFile));
    const files = small.map(({ pair }) => this.#fileOf(pair));
    const copies: Attempt<Copied>[] =
      this.#seen > WORTH_A_POOL
        ? await pool.ask({ files, flushes: knownFlushes() })
        : files.map((file) => ({ answer: copySmallIntoCache(this.#cache, file) }));
    for (const [index, each] of small.entries())
      results[each.index] = this.#land(each.pair, answerOf(copies[index] as Attempt<Copied>));
    for (const { pair, index } of unread)
      results[index] ??= this.#land(pair, await copyIntoCache(this.#cache, this.#fileOf(pair), () => {}));
    // Lets landings, progress and signals have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return results.filter((each) => each !== undefined && each !== null);
  }

  #fileOf(pair: Pair): string {
    return (pair.found as ScannedFile).real;
  }

  /** Undefined when the file must be read; null when there is nothing to be taken. */
  #withoutReading(pair: Pair): Taken | null | undefined {
    const { found, wanted, hash } = pair;
    if (!isMeant(pair.path, this.#request.inside))
      return (
        wanted && {
          entry: wanted,
          stamp: found && hash === wanted.hash && found.exec === (wanted.mode === "exec") ? found.stamp : null,
        }
      );
    if (found === null) return wanted && this.#isKeptBack(pair) ? { entry: wanted, stamp: null } : null;
    if (wanted === null && this.#isRefused(pair)) return null;
    if (hash === null || this.#cache.sizeOf(hash) !== found.size) return undefined;
    if (hash !== wanted?.hash) this.#cache.freshen(hash, found.size);
    return {
      entry: { path: pair.path, hash, size: found.size, mode: found.exec ? "exec" : "file" },
      stamp: found.stamp,
    };
  }

  #isRefused(pair: Pair): boolean {
    const path = this.#pathOf(pair);
    if (this.#guard.readerOf(path) === null) return false;
    const { leaveOut } = this.#request;
    if (leaveOut) leaveOut(path);
    else this.refused.push(path);
    return true;
  }

  /**
   * A file that no checkout brings out is not gone for being absent, unless somebody said that it is to be left out.
   */
  #isKeptBack(pair: Pair): boolean {
    const path = this.#pathOf(pair);
    const isKept = this.#guard.readerOf(path) !== null && !isNamedByIgnoreFile(this.#guard, path);
    if (isKept) this.keptBack.push(pair.path);
    return isKept;
  }

  #pathOf(pair: Pair): RepoPath {
    return `${this.#request.target}/${pair.path}` as RepoPath;
  }

  #land(pair: Pair, copied: Copied): Taken {
    if (copied.temporary === null) this.#cache.rely(copied.hash);
    if (copied.temporary) {
      this.#intake.land(copied.temporary, copied.hash);
      this.stored.files++;
      this.stored.bytes += copied.size;
    }
    return {
      entry: { path: pair.path, hash: copied.hash, size: copied.size, mode: copied.exec ? "exec" : "file" },
      stamp: copied.stamp,
    };
  }
}
