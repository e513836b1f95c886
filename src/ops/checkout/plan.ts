/** What a checkout is about to do, found out without changing anything. */
import { join } from "node:path";
import { readdirSync } from "node:fs";
import { isMvgitError } from "../../base/errors.ts";
import { isWithin, type RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../model/hash.ts";
import type { LoadBlob } from "../../model/manifest-io.ts";
import type { Pointer } from "../../model/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Tracked } from "../../repo/tracked.ts";
import type { Need } from "../../transfer/copy.ts";
import { type Inside, isClean, type Pair } from "../../worktree/compare.ts";
import { compareFolder, compareTarget, identifyTarget } from "../../worktree/compare-target.ts";
import { hashFile } from "../../worktree/read-file.ts";
import { FOLDER_STAMP } from "../../worktree/stat-cache.ts";
import { scanFolder } from "../../worktree/scan.ts";
import { type Found, lookThrough } from "../../worktree/stamp.ts";

/** A target with its pointer, or a part of its folder. */
export interface Goal {
  path: RepoPath;
  pointer: Pointer;
  inside: Inside;
}

/** A file or link that stands in the way, whose bytes are in no store. */
export interface Obstacle {
  /** In the work tree. */
  path: RepoPath;
  /** `changed`: a file whose bytes would be lost. `blocked`: something that no checkout replaces. */
  kind: "changed" | "blocked" | "link";
}

export interface Plan {
  goals: Goal[];
  obstacles: Obstacle[];
  /** Blobs that the work tree needs and the cache does not have. */
  absent: Map<Hash, Need>;
  /** Folders where a file belongs, and files where a folder does, whose bytes are all in the cache. */
  clear: RepoPath[];
  /** Targets that no pointer stands for any more, and whose bytes are all in the cache. */
  stale: RepoPath[];
  /** The same, but with bytes that are in no store: left alone. */
  left: RepoPath[];
}

/** Holds every goal against the work tree. `load` may fetch manifests. */
export class Planner {
  readonly #repo: Repo;
  readonly #load: LoadBlob;
  readonly plan: Plan = { goals: [], obstacles: [], absent: new Map(), clear: [], stale: [], left: [] };

  constructor(repo: Repo, load: LoadBlob) {
    this.#repo = repo;
    this.#load = load;
  }

  /** Adds one goal: what it needs, and what is in its way. */
  async consider(goal: Goal): Promise<void> {
    const repo = this.#repo;
    const context = { guard: repo.guard, stats: repo.stats, load: this.#load, onBytes: () => {}, signal: repo.watch.signal };
    const state = await compareTarget(goal.path, goal.pointer, context);
    if (state.kind === "file" && state.clean) return;
    this.plan.goals.push(goal);
    if (goal.pointer.files !== undefined) {
      if (state.kind === "other") await this.#blocked(goal.path, state.found.kind);
      for await (const pairs of compareFolder(goal.path, goal.pointer, { ...context, inside: goal.inside })) await this.#considerPairs(goal, pairs);
      return;
    }
    this.#need(goal.pointer.hash, goal.pointer.size);
    if (state.kind === "other") return this.#blocked(goal.path, state.found.kind);
    if (state.kind === "file" && !(await this.isKept(state.hash ?? (await identifyTarget(goal.path, state.found, context))))) {
      this.plan.obstacles.push({ path: goal.path, kind: "changed" });
    }
  }

  async #considerPairs(goal: Goal, pairs: readonly Pair[]): Promise<void> {
    for (const pair of pairs) {
      if (pair.wanted && (pair.found === null || pair.hash !== pair.wanted.hash)) this.#need(pair.wanted.hash, pair.wanted.size);
      if (isClean(pair) || pair.found === null || pair.hash === pair.wanted?.hash) continue;
      const hash = pair.hash ?? (await hashFile(pair.found.real));
      if (await this.isKept(hash)) continue;
      // A file of the user's own beside the tracked ones is in nobody's way.
      if (pair.wanted !== null) this.plan.obstacles.push({ path: `${goal.path}/${pair.path}` as RepoPath, kind: "changed" });
    }
  }

  #need(hash: Hash, size: number): void {
    if (this.#repo.cache.sizeOf(hash) !== size) this.plan.absent.set(hash, { hash, size });
  }

  async #blocked(path: RepoPath, kind: Found["kind"]): Promise<void> {
    if ((kind === "file" || (kind === "folder" && !this.#holdsOthers(path))) && (await this.isWhollyKept(path, kind))) return void this.plan.clear.push(path);
    this.plan.obstacles.push({ path, kind: kind === "link" ? "link" : "blocked" });
  }

  /** True for a folder with files that `.mvgitignore` leaves out. */
  #holdsOthers(path: RepoPath): boolean {
    const folder = join(this.#repo.top, path);
    const all = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => !entry.isDirectory()).length;
    return [...scanFolder(this.#repo.guard, path)].reduce((sum, batch) => sum + batch.length, 0) !== all;
  }

  /** True when the cache has these bytes, having read them: only then may a copy of them be replaced. */
  async isKept(hash: Hash): Promise<boolean> {
    return this.#repo.cache.sizeOf(hash) !== null && (await this.#repo.cache.verify(hash));
  }

  /** Finds targets of earlier checkouts that nothing in the work tree stands for now. */
  async considerStale(tracked: readonly Tracked[]): Promise<void> {
    const current = tracked.map((each) => each.path);
    for (const target of this.#repo.stats.targets()) {
      const path = target.path as RepoPath;
      if (current.some((each) => isWithin(each, path) || isWithin(path, each))) continue;
      const found = lookThrough(this.#repo.guard.resolve(path), this.#repo.guard.blobs);
      if (found === null) {
        this.#repo.stats.dropTarget(path);
        continue;
      }
      const isGitOwned = (await this.#repo.git.index([`:(top,literal)${path}`])).length > 0;
      if (isGitOwned) this.#repo.stats.dropTarget(path);
      else if (await this.isWhollyKept(path, target.stamp === FOLDER_STAMP ? "folder" : "file")) this.plan.stale.push(path);
      else this.plan.left.push(path);
    }
  }

  /** True when what stands there is of that kind and the cache has its bytes; those of every file that a folder tracks. */
  async isWhollyKept(path: RepoPath, kind: Found["kind"]): Promise<boolean> {
    const found = lookThrough(join(this.#repo.top, path), this.#repo.guard.blobs);
    if (found?.kind !== kind) return false;
    if (kind === "file") return this.isKept(await hashFile(found.real));
    return kind === "folder" && this.#isFolderKept(path);
  }

  async #isFolderKept(path: RepoPath): Promise<boolean> {
    try {
      for (const batch of scanFolder(this.#repo.guard, path)) {
        for (const each of batch) if (!(await this.isKept(await hashFile(each.real)))) return false;
      }
      return true;
    } catch (error) {
      if (isMvgitError(error, "link-refused") || isMvgitError(error, "cannot-add") || isMvgitError(error, "unsafe-path")) return false;
      throw error;
    }
  }
}
