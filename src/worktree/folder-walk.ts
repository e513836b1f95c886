/** What a walk through a tracked folder decides about its files, and what it learns for the next one. */
import { comparePaths, type RepoPath } from "../base/paths.ts";
import { decideFile, type FileContent } from "../values/file-state.ts";
import type { Pointer } from "../values/pointer.ts";
import { type BaseSource, FolderBase, mayBeOf, type Past } from "./base-files.ts";
import { isClean, type Pair } from "./compare.ts";
import type { CompareContext } from "./compare-target.ts";
import { identifySettled } from "./identify.ts";
import type { Identified } from "./read-file.ts";
import { settleMany } from "./settle.ts";
import type { Found } from "./stamp.ts";
import type { Change, StatCache } from "./stat-cache.ts";
import type { StatReader } from "./stat-table.ts";

/** Says of the files that are not as wanted who changed them. Nothing is opened for a folder in which all are. */
export class Deciding {
  readonly #path: RepoPath;
  readonly #pointer: Pointer;
  readonly #context: CompareContext;
  readonly #learning: Learning;
  #base: FolderBase | null = null;

  constructor(
    path: RepoPath,
    pointer: Pointer,
    { context, learning }: { context: CompareContext; learning: Learning },
  ) {
    this.#path = path;
    this.#pointer = pointer;
    this.#context = context;
    this.#learning = learning;
  }

  async decide(pairs: readonly Pair[]): Promise<void> {
    const { bases, onBytes } = this.#context;
    const changed = bases ? pairs.filter((pair) => !isClean(pair)) : [];
    if (changed.length === 0) return;
    this.#base ??= await FolderBase.open(this.#path, this.#pointer, bases as BaseSource);
    const pasts: Past[] = [];
    for (const pair of changed) pasts.push(await this.#base.at(pair.path, pair.wanted));
    const unread = changed.filter(
      (pair, at) => pair.found !== null && pair.hash === null && mayBeOf(pair.found, pasts[at] as Past),
    );
    await this.#learning.read(unread, onBytes);
    for (const [at, pair] of changed.entries()) {
      const found: FileContent | null = pair.found && { hash: pair.hash, mode: pair.found.exec ? "exec" : "file" };
      pair.decision = decideFile<FileContent>({ found, pointer: pair.wanted, ...(pasts[at] as Past) });
    }
  }

  async close(): Promise<void> {
    await this.#base?.close();
  }
}

/** What a walk through a folder finds out for its stat table. */
export class Learning {
  readonly #learned: Change[] = [];
  readonly #pointer: Pointer;
  /** Files that are as the manifest wants them and that the table knows, or will; and all others. */
  #asWanted = 0;
  #others = 0;

  constructor(pointer: Pointer) {
    this.#pointer = pointer;
  }

  /** Reads files that are there, and that only reading can tell. */
  async read(pairs: readonly Pair[], onBytes: (count: number) => void): Promise<void> {
    await settleMany(pairs.map((pair) => pair.found as Found));
    for (const pair of pairs) this.#learn(pair, await identifySettled((pair.found as Found).real, onBytes));
  }

  #learn(pair: Pair, { hash, stamp }: Identified): void {
    pair.hash = hash;
    if (stamp) this.#learned.push({ path: pair.path, stamp, hash });
    else this.#others++;
  }

  count(pairs: readonly Pair[]): void {
    const clean = pairs.filter(isClean).length;
    this.#asWanted += clean;
    this.#others += pairs.length - clean;
  }

  /** Writes the table anew when there is something to be said: of files, or that all of them are the manifest's. */
  keep(known: StatReader, stats: StatCache, path: RepoPath): void {
    const { hash, files } = this.#pointer;
    const root = this.#others === 0 && this.#asWanted === files ? hash : null;
    const isNews = root !== null && known.root !== root && known.countAll() === files;
    const learned = this.#learned.toSorted((a, b) => comparePaths(a.path, b.path));
    if (learned.length > 0 || isNews)
      stats.updateFolder(path, learned, root && { root, files: files as number, base: known.sum });
  }
}
