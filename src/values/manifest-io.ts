/** Manifests written and read as streams: one leaf in memory at a time. */
import { formatCount, plural } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { prose } from "../base/prose.ts";
import { breathe } from "../base/stop.ts";
import { FolderCheck, type PathProblem } from "./folder-check.ts";
import type { Hash } from "./hash.ts";
import type { Pointer } from "./pointer.ts";
import {
  formatLeaf,
  formatRoot,
  isLeafEnd,
  LEAF_CAP,
  type LeafEntry,
  malformed,
  type ManifestEntry,
  parseLeaf,
  parseRoot,
  ROOT_CAP,
} from "./manifest.ts";

/** What a folder's pointer says of it. */
export interface FolderSummary {
  root: Hash;
  files: number;
  /** Bytes of all files. */
  size: number;
}

/** Takes a folder's files in path order, stores leaves as they fill and the root at the end. */
export class ManifestWriter {
  readonly #store: (bytes: Buffer) => Hash | Promise<Hash>;
  readonly #check = new FolderCheck();
  readonly #leaves: LeafEntry[] = [];
  #entries: ManifestEntry[] = [];

  /** `store` keeps bytes as a blob and answers its hash. */
  constructor(store: (bytes: Buffer) => Hash | Promise<Hash>) {
    this.#store = store;
  }

  /**
   * Adds one file. A promise only where a leaf ends, to be awaited before the next call. Throws `name-clash`,
   * `unsafe-path`; `manifest-malformed` when the order is wrong; after an error the writer is of no more use.
   */
  add(entry: ManifestEntry): Promise<void> | null {
    const problem = this.#check.problem(entry.path);
    if (problem) throw refuse(problem);
    this.#entries.push(entry);
    return isLeafEnd(entry.path, this.#entries.length) ? this.#endLeaf() : null;
  }

  /** Adds files as `add` does. */
  async addAll(entries: readonly ManifestEntry[]): Promise<void> {
    for (const entry of entries) {
      const leafEnd = this.add(entry);
      if (leafEnd) await leafEnd;
    }
  }

  async #endLeaf(): Promise<void> {
    const entries = this.#entries;
    this.#entries = [];
    const hash = await this.#store(formatLeaf(entries));
    this.#leaves.push({
      hash,
      files: entries.length,
      bytes: sizeOf(entries),
      first: (entries[0] as ManifestEntry).path,
    });
  }

  /**
   * Stores what is left and the root; null for a folder without files, which has no manifest. Throws `cannot-add` for
   * too many.
   */
  async end(): Promise<FolderSummary | null> {
    if (this.#entries.length > 0) await this.#endLeaf();
    if (this.#leaves.length === 0) return null;
    const summary = sums(this.#leaves);
    const root = formatRoot(this.#leaves);
    if (root.length > ROOT_CAP || !Number.isSafeInteger(summary.size)) {
      throw new MvgitError(
        "cannot-add",
        `cannot track a folder of ${plural(summary.files, "file")} and ${plural(summary.size, "byte")} as one`,
        { hint: "add its subfolders one by one" },
      );
    }
    return { root: await this.#store(root), ...summary };
  }
}

function sizeOf(entries: readonly ManifestEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.size, 0);
}

function sums(leaves: readonly LeafEntry[]): { files: number; size: number } {
  return leaves.reduce((sum, leaf) => ({ files: sum.files + leaf.files, size: sum.size + leaf.bytes }), {
    files: 0,
    size: 0,
  });
}

function refuse(problem: PathProblem): MvgitError {
  if (problem.code === "manifest-malformed") return malformed(problem.reason);
  return new MvgitError(problem.code, `cannot track the folder: ${problem.reason}`, {
    hint: "rename one of the files, or name it in '.mvgitignore'",
  });
}

/** Gives the verified bytes of a blob of at most `cap` bytes. */
export type LoadBlob = (hash: Hash, cap: number) => Buffer | Promise<Buffer>;

/**
 * The leaves of a folder, as its root lists them. Throws `manifest-malformed`, `format-newer`, and what `load` throws.
 */
export async function readLeaves(root: Hash, load: LoadBlob): Promise<LeafEntry[]> {
  return parseRoot(await load(root, ROOT_CAP));
}

/** What a pointer to the manifest would say; null where it cannot be had. */
export async function pointerOfManifest(root: Hash, load: LoadBlob): Promise<Pointer | null> {
  try {
    const leaves = await readLeaves(root, load);
    for (const { hash } of leaves) await load(hash, LEAF_CAP);
    return { hash: root, ...sums(leaves), extra: new Map() };
  } catch (error) {
    if (UNREADABLE.some((code) => isMvgitError(error, code))) return null;
    throw error;
  }
}

const UNREADABLE = ["blob-missing", "blob-damaged", "manifest-malformed", "format-newer"] as const;

/** What a pointer promises of its folder, held against the manifest. */
export interface Promised {
  files: number;
  size: number;
}

/**
 * Yields the files of a folder, one leaf at a time. All that the format demands is checked before a leaf is yielded;
 * the sums against `promised` at the start. Throws `manifest-malformed`, `format-newer`, and what `load` throws.
 */
export async function* readManifest(root: Hash, load: LoadBlob, promised?: Promised): AsyncGenerator<ManifestEntry[]> {
  const leaves = await readLeaves(root, load);
  const { files, size } = sums(leaves);
  if (!Number.isSafeInteger(size)) throw malformed("its sizes are too large");
  if (promised && (promised.files !== files || promised.size !== size)) {
    throw malformed(
      prose`it has ${plural(files, "file")} of ${plural(size, "byte")}, its pointer says
        ${formatCount(promised.files)} of ${formatCount(promised.size)}`,
    );
  }
  const check = new FolderCheck();
  for (const [index, leaf] of leaves.entries()) {
    await breathe();
    const entries = parseLeaf(await load(leaf.hash, LEAF_CAP));
    checkLeaf(entries, leaf, index === leaves.length - 1);
    for (const entry of entries) {
      const problem = check.problem(entry.path);
      if (problem) throw malformed(problem.reason);
    }
    yield entries;
  }
}

function checkLeaf(entries: readonly ManifestEntry[], leaf: LeafEntry, isLast: boolean): void {
  if (entries.length !== leaf.files || sizeOf(entries) !== leaf.bytes || entries[0]?.path !== leaf.first) {
    throw malformed("a leaf differs from what the root says of it");
  }
  const end = entries.findIndex((entry, index) => isLeafEnd(entry.path, index + 1));
  const isCutRight = end === entries.length - 1 || (end === -1 && isLast);
  if (!isCutRight) throw malformed("a leaf is not cut where the format cuts");
}
