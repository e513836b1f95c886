/** Files of one folder of the work tree taken into the cache: what its manifest is to say of them. */
import { answerOf, type Attempt } from "../base/job.ts";
import type { RepoPath } from "../base/paths.ts";
import { type PoolOf, WORTH_A_POOL } from "../base/pool.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import type { PathArrays } from "../values/path-cursor.ts";
import type { Cache } from "../store/cache/cache.ts";
import type { Intake } from "../store/cache/intake.ts";
import { SMALL_BLOB } from "../store/write-many.ts";
import { type ExpectedFile, type Inside, isMeant, type Pair } from "./compare.ts";
import type { Guard } from "./guard.ts";
import { isNamedByIgnoreFile } from "./ignore-rules.ts";
import { type Copied, copyIntoCache, copySmallIntoCache } from "./read-file.ts";
import type { ScannedFile } from "./scan.ts";
import { knownFlushes, settleMany } from "./settle.ts";
import type { takeInJob } from "./take-in-job.ts";

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

/** A file that was taken in, or that needed no look. */
export interface Taken {
  entry: ManifestEntry;
  /** Null while the file is too young to be remembered. */
  stamp: string | null;
}

/**
 * Takes in the files of one folder, batch by batch; small ones by worker threads once there are many. Throws what
 * reading a file throws; what must not be taken in it only notes.
 */
export class Taker {
  readonly stored = { files: 0, bytes: 0 };
  readonly keptBack: RepoPath[] = [];
  /** What must not be taken in. */
  readonly refused: RepoPath[] = [];
  readonly #request: FolderRequest;
  readonly #cache: Cache;
  readonly #guard: Guard;
  readonly #intake: Intake;
  /** Small files so far. */
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
    const copies = await this.#copySmall(
      small.map(({ pair }) => this.#fileOf(pair)),
      pool,
    );
    for (const [at, { pair, index }] of small.entries())
      results[index] = this.#land(pair, answerOf(copies[at] as Attempt<Copied>));
    for (const { pair, index } of unread)
      results[index] ??= this.#land(pair, await copyIntoCache(this.#cache, this.#fileOf(pair), () => {}));
    // Lets landings, progress and signals have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return results.filter((each) => each !== undefined && each !== null);
  }

  async #copySmall(files: readonly string[], pool: PoolOf<typeof takeInJob>): Promise<Attempt<Copied>[]> {
    return this.#seen > WORTH_A_POOL
      ? pool.ask({ files, flushes: knownFlushes() })
      : files.map((file) => ({ answer: copySmallIntoCache(this.#cache, file) }));
  }

  #fileOf(pair: Pair): string {
    return (pair.found as ScannedFile).real;
  }

  /** Undefined when the file must be read; null when there is nothing to be taken. */
  #withoutReading(pair: Pair): Taken | null | undefined {
    const { found, wanted, hash } = pair;
    if (!isMeant(pair.path, this.#request.inside)) return asItWas(pair);
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

/** Of a file that nobody meant; its stamp is remembered where it is what the manifest says. */
function asItWas({ found, wanted, hash }: Pair): Taken | null {
  if (wanted === null) return null;
  const isSame = found !== null && hash === wanted.hash && found.exec === (wanted.mode === "exec");
  return { entry: wanted, stamp: isSame ? found.stamp : null };
}
