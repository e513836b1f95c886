/** A planned checkout carried out: each file is looked at again where it is replaced or removed. */
import type { RepoPath } from "../../base/paths.ts";
import type { ProgressTask } from "../../base/progress.ts";
import type { Hash } from "../../values/hash.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import type { LoadBlob } from "../../values/manifest-io.ts";
import { baseSource, knowPart } from "../../repo/bases.ts";
import type { Repo } from "../../repo/repo.ts";
import type { BaseSource } from "../../worktree/base-files.ts";
import { putOf } from "../../worktree/bases.ts";
import { isClean, isMeant, type Pair } from "../../worktree/compare.ts";
import { compareFolder } from "../../worktree/compare-folder.ts";
import { type CompareContext, compareTarget, type TargetState } from "../../worktree/compare-target.ts";
import type { OpenFolders } from "../../worktree/open-folders.ts";
import type { Found, Stamp } from "../../worktree/stamp.ts";
import { FOLDER_STAMP, type FolderUpdate } from "../../worktree/stat-cache.ts";
import type { Losing } from "../losing.ts";
import { type Action, actionOf, isMade } from "./action.ts";
import { type Applied, Done } from "./done.ts";
import { Maker } from "./maker.ts";
import { ManyMaker, type WantedPair } from "./many-maker.ts";
import type { Goal } from "./plan.ts";
import { Remover } from "./remover.ts";

/** Files of a folder that are made together: whole folders among them come at once. */
const MADE_TOGETHER = 8000;

export interface ApplyContext {
  repo: Repo;
  load: LoadBlob;
  losing: Losing;
  /** Files that tracked folders no longer have, which may go. */
  surplus: ReadonlySet<RepoPath>;
  /** Gets a blob that the cache has damaged from a remote. */
  refetch: (hash: Hash, size: number, path: RepoPath) => Promise<void>;
  task: ProgressTask;
  /** Replaces what the user changed as well. */
  force: boolean;
  /** Paths that are not brought out, for their names. */
  held: ReadonlySet<string>;
}

/**
 * What one checkout does to the work tree. `close` it in every case. What turns out to be other than it was planned is
 * kept, and in the report; it throws what the disk throws, and what no store has.
 */
export class Apply {
  readonly remover: Remover;
  readonly #context: ApplyContext;
  readonly #done = new Done();
  readonly #maker: Maker;
  readonly #many: ManyMaker;
  readonly #folders: OpenFolders;
  readonly #bases: BaseSource;

  constructor(context: ApplyContext) {
    const { repo, losing, task, refetch } = context;
    this.#context = context;
    this.#bases = baseSource(repo);
    const bringOut = repo.bringOut();
    this.#folders = repo.openFolders();
    const making = { repo, bringOut, folders: this.#folders, losing, done: this.#done, task, refetch };
    this.#maker = new Maker(making);
    this.#many = new ManyMaker(this.#maker, making);
    this.remover = new Remover(repo, { folders: this.#folders, done: this.#done });
  }

  /** Makes the work tree what the goal says. */
  async reach(goal: Goal): Promise<void> {
    if (goal.pointer.files !== undefined) return this.#reachFolder(goal);
    const state = await compareTarget(goal.path, goal.pointer, this.#compareContext());
    if (state.kind === "folder" || state.kind === "other") return this.#done.keep(goal.path);
    if (state.kind === "absent")
      return this.#put(goal, await this.#maker.make(goal.path, wantedOf(goal, "bring", null), null));
    if (!state.clean) return this.#reachFile(goal, state);
  }

  /** Of a file that is not as its pointer says. */
  async #reachFile(goal: Goal, state: Extract<TargetState, { kind: "file" }>): Promise<void> {
    const action = this.#actionOf(goal, { ...state, wanted: goal.pointer });
    if (action === "conflict") return this.#done.keep(goal.path);
    if (action === "mode") {
      this.#maker.setMode(goal.path, state.found.stamp, modeOf(goal));
      this.#folders.renew();
    }
    if (!isMade(action)) return this.settle(goal);
    const wanted = wantedOf(goal, action, state.found);
    if (state.hash !== wanted.hash) return this.#replace(goal, state, wanted);
    // That a file may be run, which its pointer does not say, is the user's own change, or of before pointers could say
    // it.
    if (action === "unclear" && !goal.pointer.exec) return;
    this.#put(goal, await this.#maker.changeMode(goal.path, state.found, wanted));
  }

  async #replace(
    goal: Goal,
    { found, hash }: { found: Found; hash: Hash | null },
    wanted: ReturnType<typeof wantedOf>,
  ): Promise<void> {
    if (!(await this.#mayGo(goal.path, found, hash))) return this.#done.keep(goal.path);
    this.#put(goal, await this.#maker.make(goal.path, wanted, found));
  }

  /** A null stamp: it was kept. */
  #put(goal: Goal, stamp: Stamp | null): void {
    const { stats } = this.#context.repo;
    if (stamp !== null) {
      stats.setTarget(goal.path, stamp, goal.pointer.hash);
      stats.bases.set(goal.path, putOf(goal.pointer));
    }
    this.#folders.renew();
  }

  #compareContext(): CompareContext {
    const { repo, load } = this.#context;
    const { guard, stats, watch } = repo;
    return { guard, stats, load, bases: this.#bases, onBytes: () => {}, signal: watch.signal };
  }

  #actionOf(goal: Goal, asked: Parameters<typeof actionOf>[0]): Action {
    return actionOf(asked, { restore: goal.restore, force: this.#context.force });
  }

  /** Whether these bytes may be lost; those of a file that changed since the plan was made nobody asked about. */
  async #mayGo(path: RepoPath, found: Found, hash: Hash | null): Promise<boolean> {
    const { losing } = this.#context;
    return losing.verdict(await losing.settledHash(path, found, hash)) === "may go";
  }

  async #reachFolder(goal: Goal): Promise<void> {
    const { repo } = this.#context;
    const state = await compareTarget(goal.path, goal.pointer, this.#compareContext());
    if (state.kind === "other" || state.kind === "file") return this.#done.keep(goal.path);
    // Removed last, so that a name that changed only its case does not take the new file along.
    const surplus: Pair[] = [];
    const kept = this.#done.kept.length;
    const update = repo.stats.startUpdate(goal.path);
    try {
      await this.#makeFiles(goal, surplus, update);
    } catch (error) {
      update.discard();
      throw error;
    }
    update.commit(null);
    this.#removeSurplus(goal, surplus);
    this.#folders.renew();
    repo.stats.setTarget(goal.path, FOLDER_STAMP, goal.pointer.hash);
    await this.settle(goal, this.#done.kept.slice(kept));
  }

  /** A folder's base is its pointer now, but for files that were kept or held back, and those that were not meant. */
  async settle({ path, pointer, inside }: Goal, kept: readonly RepoPath[] = []): Promise<void> {
    const { repo, held } = this.#context;
    const within = (paths: Iterable<string>): Set<string> =>
      new Set([...paths].filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1)));
    const [but, apart] = [within(kept), within(held)];
    if (but.size + apart.size === 0 && inside === null) repo.stats.bases.set(path, putOf(pointer));
    else if (pointer.files !== undefined) {
      const isPart = (each: string): boolean => isMeant(each, inside) && !but.has(each);
      await knowPart(repo, path, { root: pointer.hash, isPart, apart });
    }
  }

  async #makeFiles(goal: Goal, surplus: Pair[], update: FolderUpdate): Promise<void> {
    const context = { ...this.#compareContext(), inside: goal.inside };
    let waiting: WantedPair[] = [];
    for await (const pairs of compareFolder(goal.path, goal.pointer, context)) {
      const changed = pairs.filter((pair) => !isClean(pair));
      this.#setModes(goal, changed);
      surplus.push(...changed.filter((pair) => pair.wanted === null));
      for (const pair of changed) waiting.push(...this.#toMake(goal, pair));
      if (waiting.length < MADE_TOGETHER) continue;
      await this.#makePairs(goal, waiting, update);
      waiting = [];
    }
    await this.#makePairs(goal, waiting, update);
  }

  async #makePairs(goal: Goal, pairs: readonly WantedPair[], update: FolderUpdate): Promise<void> {
    const wanted = await this.#thatMayGo(goal, pairs);
    const stamps = await this.#many.makeAll(goal.path, wanted);
    for (const [index, pair] of wanted.entries()) {
      const stamp = stamps[index] as Stamp | null;
      if (stamp !== null) update.put({ path: pair.path, stamp, hash: pair.wanted.hash });
    }
    this.#folders.renew();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Of files whose bytes only the user changed, and whose mode only the pointer did. */
  #setModes(goal: Goal, pairs: readonly Pair[]): void {
    for (const { path, found, wanted, decision } of pairs) {
      if (found === null || wanted === null || decision?.goal !== "mode" || this.#context.force) continue;
      this.#maker.setMode(`${goal.path}/${path}` as RepoPath, found.stamp, wanted.mode);
    }
  }

  /** The file as it is to be, if it is to be made or changed; what both changed since it was looked at is kept. */
  #toMake(goal: Goal, pair: Pair): WantedPair[] {
    if (pair.wanted === null) return [];
    const action = this.#actionOf(goal, pair);
    if (action === "conflict") this.#done.keep(`${goal.path}/${pair.path}` as RepoPath);
    return isMade(action)
      ? [{ ...pair, wanted: { ...pair.wanted, mode: modeFor(action, pair.found, pair.wanted.mode) } }]
      : [];
  }

  async #thatMayGo(goal: Goal, pairs: readonly WantedPair[]): Promise<WantedPair[]> {
    const free: WantedPair[] = [];
    for (const pair of pairs) {
      const path = `${goal.path}/${pair.path}` as RepoPath;
      if (pair.found === null || pair.hash === pair.wanted.hash || (await this.#mayGo(path, pair.found, pair.hash)))
        free.push(pair);
      else this.#done.keep(path);
    }
    return free;
  }

  /** Files that the folder no longer has, of which the plan found that they may go; the user's own stay. */
  #removeSurplus(goal: Goal, surplus: readonly Pair[]): void {
    const { repo, losing, surplus: decided } = this.#context;
    const gone: { path: string; stamp: string; hash: Hash | null }[] = [];
    for (const { path: inside, found, hash } of surplus) {
      const path = `${goal.path}/${inside}` as RepoPath;
      if (!decided.has(path)) continue;
      if (found === null || hash === null || losing.verdict(hash) !== "may go") this.#done.keep(path);
      else if (this.remover.removeFile({ path, stamp: found.stamp, hash }))
        gone.push({ path: inside, stamp: "", hash: null });
    }
    repo.stats.updateFolder(goal.path, gone);
  }

  /** What was done, its names in path order. */
  report(): Applied {
    return this.#done.report();
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    this.#folders.close();
    return this.#many.close();
  }
}

function modeOf({ pointer }: Goal): ManifestEntry["mode"] {
  return pointer.exec ? "exec" : "file";
}

function modeFor(action: Action, found: Found | null, wanted: ManifestEntry["mode"]): ManifestEntry["mode"] {
  if (action !== "bytes" || found === null) return wanted;
  return found.exec ? "exec" : "file";
}

function wantedOf(goal: Goal, action: Action, found: Found | null): Pick<ManifestEntry, "hash" | "size" | "mode"> {
  const { hash, size } = goal.pointer;
  return { hash, size, mode: modeFor(action, found, modeOf(goal)) };
}
