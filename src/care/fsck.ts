/** `mvgit fsck`: everything that pointers need, read and hashed again. */
import type { RepoPath } from "../base/paths.ts";
import type { ProgressTask } from "../base/progress.ts";
import { breathe } from "../base/stop.ts";
import { portions } from "../base/tasks.ts";
import type { Hash } from "../values/hash.ts";
import { LEAF_CAP, parseLeaf, ROOT_CAP } from "../values/manifest.ts";
import { readLeaves } from "../values/manifest-io.ts";
import {
  type BrokenPointer,
  commitPointers,
  historyPointers,
  indexPointers,
  joinUses,
  type PointerUse,
  type PointerUses,
} from "../repo/pointer-uses.ts";
import { ReceiptBook } from "../repo/receipts.ts";
import type { Repo } from "../repo/repo.ts";
import type { BlobStore } from "../store/blob-store.ts";
import { isLack, type Lack } from "../store/lack.ts";
import { DamagedBlob } from "../store/remote/blob-errors.ts";
import { Remote } from "../store/remote/remote.ts";
import { examine, readTogether } from "../transfer/examine.ts";

/** Blobs of a remote that are read together, where nothing else says which belong together. */
const TOGETHER = 4096;

export interface FsckRequest {
  /** Every ref, and every blob of the store. */
  all?: boolean;
  /** A remote instead of the cache; "" for the default one. */
  remote?: string;
}

export interface FsckFinding {
  hash: Hash;
  why: Lack;
  /** Who needs it; empty for a blob that nothing looked at needs. */
  users: { path: RepoPath; where: string; file: RepoPath | null }[];
  /** Of a remote: what the blob is read from and is missing or damaged, where it does not lie whole. */
  objects?: readonly string[];
  /** Where the cache's damaged copy was set aside; null where there is none. */
  aside: string | null;
}

export interface FsckReport {
  store: string;
  /** Blobs that were read. */
  checked: number;
  bytes: number;
  findings: FsckFinding[];
  /** Of a remote into which nothing can be pushed. */
  readOnly?: true;
  /** Pointers that cannot be read. */
  broken: BrokenPointer[];
}

async function headPointers(repo: Repo): Promise<PointerUses> {
  const head = await repo.git.resolveCommit("HEAD");
  return head === null ? { uses: [], broken: [] } : commitPointers(repo, head);
}

/**
 * Damaged blobs of the cache are set aside, so that a fetch gets them anew. Throws `remote-unknown`, and
 * what the store itself throws.
 */
export async function fsck(repo: Repo, request: FsckRequest): Promise<FsckReport> {
  const store: BlobStore =
    request.remote === undefined ? repo.cache : await repo.remote(request.remote === "" ? undefined : request.remote);
  const committed = request.all ? await historyPointers(repo, ["--all"], []) : await headPointers(repo);
  const { uses, broken } = joinUses(committed, await indexPointers(repo));
  const report: FsckReport = { store: store.name, checked: 0, bytes: 0, findings: [], broken };
  if (store instanceof Remote && store.place.isReadOnly) report.readOnly = true;
  const task = repo.watch.progress.task(`reading ${store.name}`);
  const work = new Check(repo, store, { report, task });
  try {
    for (const use of uses) await work.pointer(use);
    if (request.all) await work.rest();
  } finally {
    task.done();
  }
  // What a push saw there before counts for nothing then: the next one looks at all.
  if (store instanceof Remote && report.findings.length > 0 && store.place.expected !== null)
    new ReceiptBook(repo.git.place.commonDir, store.place.expected).forget();
  return report;
}

class Check {
  readonly #repo: Repo;
  readonly #store: BlobStore;
  readonly #report: FsckReport;
  readonly #task: ProgressTask;
  /** Null for a blob that is right. */
  readonly #seen = new Map<Hash, FsckFinding | null>();

  constructor(repo: Repo, store: BlobStore, { report, task }: { report: FsckReport; task: ProgressTask }) {
    this.#repo = repo;
    this.#store = store;
    this.#report = report;
    this.#task = task;
  }

  async pointer(use: PointerUse): Promise<void> {
    const { pointer } = use;
    await this.blob(pointer.hash, use);
    if (pointer.files === undefined) return;
    const root = await this.#manifest({ hash: pointer.hash, cap: ROOT_CAP }, use);
    if (root === null) return;
    for (const leaf of await readLeaves(pointer.hash, () => root)) {
      const bytes = await this.#manifest({ hash: leaf.hash, cap: LEAF_CAP }, use);
      const entries = bytes === null ? [] : parseLeaf(bytes);
      await this.#together(entries);
      for (const { hash, path } of entries) await this.blob(hash, use, `${use.path}/${path}` as RepoPath);
    }
  }

  /**
   * Null where it cannot be had. What a folder needs is known from the cache too, where the remote's own list is
   * missing or damaged.
   */
  async #manifest({ hash, cap }: { hash: Hash; cap: number }, use: PointerUse): Promise<Buffer | null> {
    await this.blob(hash, use);
    const isRight = this.#seen.get(hash) === null;
    try {
      const bytes = isRight && this.#store instanceof Remote ? await this.#store.readSmall(hash, cap) : null;
      return bytes ?? this.#repo.cache.readSmall(hash, cap);
    } catch (error) {
      if (!isLack(error)) throw error;
      return null;
    }
  }

  /** What no pointer needs, where the store tells what it has. */
  async rest(): Promise<void> {
    if (this.#store instanceof Remote && this.#store.place.isReadOnly)
      return this.#repo.watch.note(`${this.#store.name} cannot be listed: what refs need was read, and nothing else`);
    for await (const some of portions(this.#store.list(), TOGETHER)) {
      await this.#together(some);
      for (const { hash } of some) await this.blob(hash, null);
    }
  }

  /** Of a remote: reads what lies together in packs at once. What is not right then, `blob` looks at. */
  async #together(wanted: readonly { hash: Hash; size: number }[]): Promise<void> {
    const remote = this.#store;
    if (!(remote instanceof Remote)) return;
    const unseen = new Map(wanted.filter(({ hash }) => !this.#seen.has(hash)).map((each) => [each.hash, each]));
    const jobs = remote.place.bucket.concurrency.large;
    for await (const { wanted: each, isRight } of readTogether(remote, [...unseen.values()], jobs)) {
      this.#repo.watch.signal.throwIfAborted();
      if (!isRight) continue;
      this.#seen.set(each.hash, null);
      this.#report.checked++;
      this.#report.bytes += each.size;
      this.#task.advance(each.size, 1);
    }
  }

  /** Reads a blob once, however many need it. `file`: that of a folder. */
  async blob(hash: Hash, use: PointerUse | null, file: RepoPath | null = null): Promise<void> {
    this.#repo.watch.signal.throwIfAborted();
    let finding = this.#seen.get(hash);
    if (finding === undefined) {
      const objects = new Set<string>();
      const why = await this.#examine(hash, objects);
      const aside = why === null || this.#store !== this.#repo.cache ? null : this.#repo.cache.asideOf(hash);
      finding = why && { hash, why: aside === null ? why : "damaged", users: [], aside };
      if (finding && objects.size > 0) finding.objects = [...objects];
      if (finding) this.#report.findings.push(finding);
      this.#seen.set(hash, finding);
    }
    if (finding && use && !finding.users.some((each) => each.path === use.path && each.where === use.where))
      finding.users.push({ path: use.path, where: use.where, file });
  }

  async #examine(hash: Hash, objects: Set<string>): Promise<FsckFinding["why"] | null> {
    const problem = await examine(this.#store, hash, {
      isRemote: this.#store !== this.#repo.cache,
      onLack: (error) => error instanceof DamagedBlob && error.objects.forEach((each) => objects.add(each)),
      onBytes: (count) => {
        this.#report.bytes += count;
        this.#task.advance(count);
      },
    });
    this.#task.advance(0, 1);
    await breathe();
    if (problem === null) this.#report.checked++;
    return problem;
  }
}
