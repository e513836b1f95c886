/** A planned checkout carried out. */
import * as fs from "node:fs";
import { join } from "node:path";
import { moveFile, removeEmptyFolder, removeFile } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { ProgressTask } from "../../base/progress.ts";
import type { Hash } from "../../model/hash.ts";
import type { ManifestEntry } from "../../model/manifest.ts";
import type { LoadBlob } from "../../model/manifest-io.ts";
import { displace } from "../../repo/displace.ts";
import type { Repo } from "../../repo/repo.ts";
import type { BringOut } from "../../worktree/bring-out.ts";
import { isClean, type Pair } from "../../worktree/compare.ts";
import { compareFolder, compareTarget } from "../../worktree/compare-target.ts";
import { Pool, WORTH_A_POOL } from "../../worktree/pool.ts";
import { scanFolder } from "../../worktree/scan.ts";
import { look, NO_STAMP, sameContent } from "../../worktree/stamp.ts";
import { FOLDER_STAMP, type FolderUpdate } from "../../worktree/stat-cache.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import type { BringAnswer } from "../../worktree/worker-protocol.ts";
import type { Goal, Obstacle } from "./plan.ts";

export interface Applied {
  created: number;
  replaced: number;
  removed: number;
  bytes: number;
}

export interface ApplyContext {
  repo: Repo;
  load: LoadBlob;
  /** Gets a blob that the cache has damaged from a remote. */
  refetch: (hash: Hash, size: number) => Promise<void>;
  task: ProgressTask;
}

export class Apply {
  readonly done: Applied = { created: 0, replaced: 0, removed: 0, bytes: 0 };
  readonly #context: ApplyContext;
  readonly #bringOut: BringOut;
  readonly #pool: Pool;

  constructor(context: ApplyContext) {
    this.#context = context;
    this.#bringOut = context.repo.bringOut();
    this.#pool = new Pool({ cacheFolder: context.repo.cache.folder, outFolder: this.#bringOut.temporaryFolder });
  }

  /** Makes the work tree what the goal says. */
  async reach(goal: Goal): Promise<void> {
    if (goal.pointer.files !== undefined) return this.#reachFolder(goal);
    const { repo } = this.#context;
    const state = await compareTarget(goal.path, goal.pointer, this.#compareContext());
    if (state.kind === "file" && state.clean) return;
    const stamp = await this.#make(goal.path, { hash: goal.pointer.hash, size: goal.pointer.size, mode: state.kind === "file" && state.found.exec ? "exec" : "file" }, state.kind !== "absent");
    repo.stats.setTarget(goal.path, stamp, goal.pointer.hash);
  }

  #compareContext(): Parameters<typeof compareTarget>[2] {
    const { repo, load } = this.#context;
    return { guard: repo.guard, stats: repo.stats, load, onBytes: () => {}, signal: repo.watch.signal };
  }

  async #reachFolder(goal: Goal): Promise<void> {
    const { repo } = this.#context;
    // Removed last, so that a name that changed only its case does not take the new file along.
    const surplus: Pair[] = [];
    const update = repo.stats.startUpdate(goal.path);
    try {
      await this.#makeFiles(goal, surplus, update);
    } catch (error) {
      update.discard();
      throw error;
    }
    update.commit(null);
    await this.#removeSurplus(goal, surplus);
    repo.stats.setTarget(goal.path, FOLDER_STAMP, goal.pointer.hash);
  }

  async #makeFiles(goal: Goal, surplus: Pair[], update: FolderUpdate): Promise<void> {
    for await (const pairs of compareFolder(goal.path, goal.pointer, { ...this.#compareContext(), inside: goal.inside })) {
      const changed = pairs.filter((pair) => !isClean(pair));
      surplus.push(...changed.filter((pair) => pair.wanted === null));
      const wanted = changed.filter((pair) => pair.wanted !== null) as (Pair & { wanted: ManifestEntry })[];
      const stamps = await this.#settleAll(goal, wanted);
      for (const [index, pair] of wanted.entries()) update.put({ path: pair.path, stamp: stamps[index] as string, hash: pair.wanted.hash });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Stamps of the files, in their order. Many small ones go to worker threads, once it is known that they are copied. */
  async #settleAll(goal: Goal, pairs: readonly (Pair & { wanted: ManifestEntry })[]): Promise<string[]> {
    const stamps: string[] = [];
    const [first, ...others] = pairs;
    if (first) stamps[0] = await this.#settle(goal, first, first.wanted);
    const isForPool = others.length >= WORTH_A_POOL && this.#bringOut.linkType === "copy";
    const small = isForPool ? others.filter((pair) => pair.wanted.size <= SMALL_BLOB && (pair.found === null || pair.hash !== pair.wanted.hash)) : [];
    const made = await this.#makeMany(goal, small);
    for (const [index, pair] of pairs.entries()) stamps[index] ??= made.get(pair) ?? (await this.#settle(goal, pair, pair.wanted));
    return stamps;
  }

  /** Files that a worker could not make are left out: the slow way tells why, or gets their blob again. */
  async #makeMany(goal: Goal, pairs: readonly (Pair & { wanted: ManifestEntry })[]): Promise<Map<Pair, string>> {
    const { repo, task } = this.#context;
    const made = new Map<Pair, string>();
    const portions = inPortions(pairs, this.#pool.width - 1);
    await Promise.all(portions.map(async (portion) => {
      const wanted = portion.map(({ path, wanted: { hash, size, mode } }) => ({
        file: repo.guard.resolveForWriting(`${goal.path}/${path}` as RepoPath), hash, size, exec: mode === "exec",
      }));
      const answers = await this.#pool.bring(wanted);
      for (const [index, pair] of portion.entries()) {
        const answer = answers[index] as BringAnswer;
        if ("error" in answer) continue;
        made.set(pair, answer.stamp);
        this.#count(pair.found !== null, pair.wanted.size);
        task.advance(pair.wanted.size, 1);
      }
    }));
    return made;
  }

  #count(isThere: boolean, size: number): void {
    if (isThere) this.done.replaced++;
    else this.done.created++;
    this.done.bytes += size;
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  async #settle(goal: Goal, pair: Pair, wanted: ManifestEntry): Promise<string> {
    const path = `${goal.path}/${pair.path}` as RepoPath;
    if (pair.found === null || pair.hash !== wanted.hash) return this.#make(path, wanted, pair.found !== null);
    // Only the executable bit differs; of bytes that something shares, it is not ours to change.
    const file = this.#context.repo.guard.resolve(path);
    if (pair.found.links > 1 || pair.found.real !== file) return this.#make(path, wanted, true);
    const mode = fs.statSync(file).mode & 0o777;
    // Whoever may read it may run it, as Git does.
    fs.chmodSync(file, wanted.mode === "exec" ? mode | ((mode & 0o444) >> 2) : mode & ~0o111);
    const changed = look(file);
    return changed !== null && sameContent(changed.stamp, pair.found.stamp) ? changed.stamp : NO_STAMP;
  }

  async #make(path: RepoPath, wanted: Pick<ManifestEntry, "hash" | "size" | "mode">, isThere: boolean): Promise<string> {
    const { repo, refetch, task } = this.#context;
    repo.watch.signal.throwIfAborted();
    const request = { file: repo.guard.resolveForWriting(path), hash: wanted.hash, size: wanted.size, exec: wanted.mode === "exec" };
    const make = (): Promise<string> => this.#bringOut.make(request, (count) => task.advance(count));
    let stamp: string;
    try {
      stamp = await make();
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") && !isMvgitError(error, "blob-missing")) throw error;
      await refetch(wanted.hash, wanted.size);
      stamp = await make();
    }
    task.advance(0, 1);
    this.#count(isThere, wanted.size);
    return stamp;
  }

  /** Files that the folder no longer has, as far as the cache has their bytes; the user's own stay. */
  async #removeSurplus(goal: Goal, surplus: readonly Pair[]): Promise<void> {
    const { repo } = this.#context;
    const gone: { path: string; stamp: string; hash: Hash | null }[] = [];
    for (const pair of surplus) {
      if (pair.hash === null || repo.cache.sizeOf(pair.hash) === null || !(await repo.cache.verify(pair.hash))) continue;
      this.#removeFile(`${goal.path}/${pair.path}` as RepoPath);
      gone.push({ path: pair.path, stamp: "", hash: null });
    }
    repo.stats.updateFolder(goal.path, gone);
  }

  #removeFile(path: RepoPath): void {
    const { repo } = this.#context;
    removeFile(repo.guard.resolve(path));
    this.done.removed++;
    for (let folder = path.slice(0, path.lastIndexOf("/")); folder !== ""; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
      if (!removeEmptyFolder(join(repo.top, folder))) return;
      repo.guard.forget(folder);
    }
  }

  /** Removes a target that nothing stands for any more, whose bytes the cache has. */
  removeStale(path: RepoPath): void {
    const { repo } = this.#context;
    const file = repo.guard.resolve(path);
    if (look(file)?.kind === "folder") {
      // The walk is ended first: it must not meet the folders that are removed meanwhile.
      for (const batch of [...scanFolder(repo.guard, path)]) for (const each of batch) this.#removeFile(`${path}/${each.path}` as RepoPath);
      removeEmptyFolders(file);
    } else {
      this.#removeFile(path);
    }
    repo.stats.dropTarget(path);
  }

  /** Keeps the bytes of a changed file in the cache before it is replaced; answers their hash. */
  displace(obstacle: Obstacle): Promise<Hash> {
    return displace(this.#context.repo, obstacle.path);
  }

  /** Moves a link out of the way; it holds no bytes of its own. */
  moveLinkAway(path: RepoPath): string {
    const file = this.#context.repo.guard.resolve(path);
    const kept = `${file}.before-checkout`;
    moveFile(file, kept);
    return kept;
  }
}

/** Removes the folder and those in it that hold nothing, or only such folders. */
function removeEmptyFolders(folder: string): void {
  if (!fs.existsSync(folder)) return;
  const inner = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of inner) removeEmptyFolders(join(folder, name));
  removeEmptyFolder(folder);
}

/** As many slices of about equal length. */
function inPortions<T>(items: readonly T[], count: number): T[][] {
  const length = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * length, (i + 1) * length)).filter((each) => each.length > 0);
}
