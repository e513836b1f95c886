/** All stat tables of one work tree: one for targets, and one for the files of each tracked folder. */
import { join } from "node:path";
import { comparePaths, type RepoPath } from "../base/paths.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { Bases } from "./bases.ts";
import type { ExpectedFile } from "./compare.ts";
import { readStamp, type Stamp } from "./stamp.ts";
import { type StatEntry, StatReader, StatWriter } from "./stat-table.ts";

/** Files handed on at once. */
const BATCH = 1000;

/** What stands in place of a stamp for a target that is a folder. */
export const FOLDER_STAMP = "folder";

/**
 * Targets are the paths that mvgit took in or brought out; of each it knows the hash it had then. A folder's own table
 * knows its files. Changes are kept in memory until `save`.
 */
export class StatCache {
  /** What targets were made from; dropped and saved with what is known of them. */
  readonly bases: Bases;
  readonly #folder: string;
  #targets: Map<string, StatEntry> | null = null;
  readonly #changes = new Map<string, StatEntry | null>();
  #isBlind = false;

  constructor(folder: string) {
    this.#folder = folder;
    this.bases = new Bases(folder);
  }

  /** From now on no stamp that was remembered is believed: every file counts as one that must be read. */
  believeNothing(): void {
    this.#isBlind = true;
    this.#targets = null;
  }

  target(path: RepoPath): StatEntry | null {
    return this.#load().get(path) ?? null;
  }

  /** Every target. */
  targets(): Iterable<StatEntry> {
    return this.#load().values();
  }

  setTarget(path: RepoPath, stamp: Stamp, hash: Hash): void {
    const known = this.target(path);
    if (known?.stamp === stamp && known.hash === hash) return;
    this.#change(path, { path, stamp, hash });
  }

  dropTarget(path: RepoPath): void {
    if (this.target(path)) this.#change(path, null);
    this.bases.drop(path);
  }

  #change(path: string, entry: StatEntry | null): void {
    this.#changes.set(path, entry);
    if (entry) this.#load().set(path, entry);
    else this.#load().delete(path);
  }

  #load(): Map<string, StatEntry> {
    this.#targets ??= this.#read(this.#isBlind);
    return this.#targets;
  }

  #read(isBlind = false): Map<string, StatEntry> {
    const reader = new StatReader(join(this.#folder, "targets"), isBlind);
    const entries = new Map([...reader.rest()].map((entry) => [entry.path, entry]));
    reader.close();
    return entries;
  }

  /** Writes what changed over what is on disk now, which another process may have written meanwhile. */
  async save(): Promise<void> {
    this.#saveTargets();
    await this.bases.save();
  }

  #saveTargets(): void {
    if (this.#changes.size === 0) return;
    const entries = this.#read();
    for (const [path, entry] of this.#changes) {
      if (entry) entries.set(path, entry);
      else entries.delete(path);
    }
    const writer = new StatWriter(join(this.#folder, "targets"));
    const sorted = [...entries.values()].sort((a, b) => comparePaths(a.path, b.path));
    for (const { path, stamp, hash } of sorted) writer.add(path, stamp, hash);
    writer.commit(null);
    this.#changes.clear();
  }

  #tableOf(target: RepoPath): string {
    return join(this.#folder, `folder-${hashBytes(Buffer.from(target)).slice(0, 32)}`);
  }

  /** The table of a tracked folder's files, by their paths inside it. */
  readFolder(target: RepoPath): StatReader {
    return new StatReader(this.#tableOf(target), this.#isBlind);
  }

  /**
   * The files of a folder's manifest, in batches, without reading it: null when the table does not say that it has
   * them.
   */
  filesOf(target: RepoPath, root: Hash): Generator<ExpectedFile[]> | null {
    const reader = this.readFolder(target);
    if (reader.root === root) return asManifest(reader);
    reader.close();
    return null;
  }

  /** A new table for a tracked folder. */
  writeFolder(target: RepoPath): StatWriter {
    return new StatWriter(this.#tableOf(target));
  }

  /**
   * Puts entries (in path order; a null hash removes) over what the folder's table has. `clean`: what these entries
   * over the table `base` are found to be; it is believed only where the table is still that one.
   */
  updateFolder(target: RepoPath, changes: readonly Change[], clean: Clean | null = null): void {
    if (changes.length === 0 && clean === null) return;
    const update = this.startUpdate(target);
    for (const change of changes) update.put(change);
    update.commit(clean);
  }

  /** As `updateFolder`, change by change, for a folder of which not all changes fit into memory. */
  startUpdate(target: RepoPath): FolderUpdate {
    return new FolderUpdate(this.writeFolder(target), new StatReader(this.#tableOf(target)));
  }
}

/** The manifest all of whose files, and no others, a table has with their hashes, sizes and modes. */
export interface Clean {
  root: Hash;
  files: number;
  /** `sum` of the table that was compared with the manifest. */
  base: string | null;
}

/** A folder's table being written anew; nothing is visible before `commit`. */
export class FolderUpdate {
  readonly #writer: StatWriter;
  readonly #reader: StatReader;
  readonly #old: Iterator<StatEntry>;
  #next: IteratorResult<StatEntry>;

  constructor(writer: StatWriter, reader: StatReader) {
    this.#writer = writer;
    this.#reader = reader;
    this.#old = reader.rest();
    this.#next = this.#old.next();
  }

  /** Paths must come in ascending order. */
  put({ path, stamp, hash }: Change): void {
    while (!this.#next.done && comparePaths(this.#next.value.path, path) < 0) this.#keep(this.#next.value);
    if (!this.#next.done && this.#next.value.path === path) this.#next = this.#old.next();
    if (hash) this.#writer.add(path, stamp, hash);
  }

  #keep({ path, stamp, hash }: StatEntry): void {
    this.#writer.add(path, stamp, hash);
    this.#next = this.#old.next();
  }

  commit(clean: Clean | null): void {
    while (!this.#next.done) this.#keep(this.#next.value);
    this.#reader.close();
    // Another process may have written the table meanwhile, and nobody compared its entries with the manifest.
    const isWhatWasCompared = clean !== null && clean.base === this.#reader.sum && clean.files === this.#writer.count;
    this.#writer.commit(isWhatWasCompared ? clean.root : null);
  }

  /** Gives up what was put. */
  discard(): void {
    this.#reader.close();
    this.#writer.discard();
  }
}

function* asManifest(table: StatReader): Generator<ExpectedFile[]> {
  try {
    let batch: ExpectedFile[] = [];
    for (const { path, hash, stamp } of table.rest()) {
      const { size, exec } = readStamp(stamp);
      batch.push({ path: path as RepoPath, hash, size, mode: exec ? "exec" : "file", stamp });
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    yield batch;
  } finally {
    table.close();
  }
}

/** What is now known of a file; a null hash: nothing. */
export interface Change {
  path: string;
  stamp: Stamp;
  hash: Hash | null;
}
