/** A planned checkout carried out: each file is looked at again where it is replaced or removed. */
import * as fs from "node:fs";
import { removeEmptyFolder, setOpenMode } from "../../base/disk.ts";
import { fromSystem, isMvgitError } from "../../base/errors.ts";
import { comparePaths, display, isWithin, parentOf, type RepoPath } from "../../base/paths.ts";
import type { Attempt } from "../../base/job.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../../base/pool.ts";
import type { ProgressTask } from "../../base/progress.ts";
import type { Hash } from "../../values/hash.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import type { LoadBlob } from "../../values/manifest-io.ts";
import { baseSource, knowPart } from "../../repo/bases.ts";
import type { Repo } from "../../repo/repo.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { nameAside, takeAway } from "../../worktree/act.ts";
import type { BringOut, WantedFile } from "../../worktree/bring-out.ts";
import type { BaseSource } from "../../worktree/base-files.ts";
import { putOf } from "../../worktree/bases.ts";
import { isClean, isMeant, type Pair } from "../../worktree/compare.ts";
import { compareFolder, compareTarget } from "../../worktree/compare-target.ts";
import { MOST_OPEN, OpenFolders } from "../../worktree/open-folders.ts";
import { bringOutJob } from "../../worktree/bring-out-job.ts";
import { isEmptyScan } from "../../worktree/scan.ts";
import { type Found, look, lookAt, lookThrough, NO_STAMP, sameContent, type Stamp } from "../../worktree/stamp.ts";
import { FOLDER_STAMP, type FolderUpdate } from "../../worktree/stat-cache.ts";
import { type Action, actionOf, isMade } from "./action.ts";
import type { Losing } from "../losing.ts";
import type { Doomed, Goal, Removal } from "./plan.ts";

/** Names of files that a report has at most. */
const NAMED = 1000;

export interface Applied {
  created: number;
  replaced: number;
  removed: number;
  bytes: number;
  /** The first thousand of each. */
  replacedFiles: RepoPath[];
  removedFiles: RepoPath[];
  /** Files of which the mode alone was changed, and the first thousand of them. */
  modes: number;
  modeFiles: RepoPath[];
  /** Files that are not what was decided on any more, and so were left as they are. */
  kept: RepoPath[];
}

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
  force?: boolean;
  /** Paths that are not brought out, for their names. */
  held?: ReadonlySet<string>;
}

type WantedPair = Pair & { wanted: ManifestEntry };

export class Apply {
  readonly done: Applied = {
    created: 0,
    replaced: 0,
    removed: 0,
    bytes: 0,
    replacedFiles: [],
    removedFiles: [],
    modes: 0,
    modeFiles: [],
    kept: [],
  };
  readonly #context: ApplyContext;
  readonly #bringOut: BringOut;
  readonly #pool: PoolOf<typeof bringOutJob>;
  readonly #folders: OpenFolders;
  readonly #bases: BaseSource;

  constructor(context: ApplyContext) {
    this.#context = context;
    this.#bases = baseSource(context.repo);
    this.#bringOut = context.repo.bringOut();
    this.#pool = new Pool(bringOutJob, { cacheFolder: context.repo.cache.folder, places: this.#bringOut.places });
    this.#folders = context.repo.openFolders();
  }

  /** Makes the work tree what the goal says. */
  async reach(goal: Goal): Promise<void> {
    if (goal.pointer.files !== undefined) return this.#reachFolder(goal);
    const { repo } = this.#context;
    const { hash, size } = goal.pointer;
    const state = await compareTarget(goal.path, goal.pointer, this.#compareContext());
    if (state.kind === "file" && state.clean) return;
    if (state.kind === "folder" || state.kind === "other") return this.#keep(goal.path);
    const found = state.kind === "file" ? state.found : null;
    const action = found === null ? "bring" : this.#actionOf(goal, { ...state, found, wanted: goal.pointer });
    if (action === "conflict") return this.#keep(goal.path);
    if (action === "mode" && found !== null) {
      this.#setMode(goal.path, found.stamp, goal.pointer.exec ? "exec" : "file");
      this.#folders.renew();
    }
    if (!isMade(action)) return this.settle(goal);
    const wanted = { hash, size, mode: modeFor(action, found, goal.pointer.exec ? "exec" : "file") } as const;
    const isModeOnly = state.kind === "file" && state.hash === hash;
    // That a file may be run, which its pointer does not say, is the user's own change, or of before pointers could say
    // it.
    if (isModeOnly && action === "unclear" && !goal.pointer.exec) return;
    if (state.kind === "file" && !isModeOnly && !(await this.#mayGo(goal.path, state.found, state.hash)))
      return this.#keep(goal.path);
    const stamp =
      isModeOnly && found
        ? await this.#changeMode(goal.path, found, wanted)
        : await this.#make(goal.path, wanted, found);
    if (stamp !== null) {
      repo.stats.setTarget(goal.path, stamp, hash);
      repo.stats.bases.set(goal.path, putOf(goal.pointer));
    }
    this.#folders.renew();
  }

  #compareContext(): Parameters<typeof compareTarget>[2] {
    const { repo, load } = this.#context;
    return {
      guard: repo.guard,
      stats: repo.stats,
      load,
      bases: this.#bases,
      onBytes: () => {},
      signal: repo.watch.signal,
    };
  }

  #actionOf(goal: Goal, asked: Parameters<typeof actionOf>[0]): Action {
    return actionOf(asked, { restore: goal.restore, force: this.#context.force ?? false });
  }

  #keep(path: RepoPath): void {
    this.done.kept.push(path);
  }

  /** Whether these bytes may be lost; those of a file that changed since the plan was made nobody asked about. */
  async #mayGo(path: RepoPath, found: Found, hash: Hash | null): Promise<boolean> {
    const { losing } = this.#context;
    return losing.verdict(await losing.settledHash(path, found, hash)) === "may go";
  }

  async #reachFolder(goal: Goal): Promise<void> {
    const { repo } = this.#context;
    const state = await compareTarget(goal.path, goal.pointer, this.#compareContext());
    if (state.kind === "other" || state.kind === "file") return this.#keep(goal.path);
    // Removed last, so that a name that changed only its case does not take the new file along.
    const surplus: Pair[] = [];
    const kept = this.done.kept.length;
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
    await this.settle(goal, this.done.kept.slice(kept));
  }

  /** A folder's base is its pointer now, but for files that were kept or held back, and those that were not meant. */
  async settle({ path, pointer, inside }: Goal, kept: readonly RepoPath[] = []): Promise<void> {
    const { repo, held = new Set() } = this.#context;
    const within = (paths: Iterable<string>): Set<string> =>
      new Set([...paths].filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1)));
    const [but, apart] = [within(kept), within(held)];
    if (but.size + apart.size === 0 && inside === null) repo.stats.bases.set(path, putOf(pointer));
    else if (pointer.files !== undefined)
      await knowPart(repo, path, {
        root: pointer.hash,
        isPart: (each) => isMeant(each, inside) && !but.has(each),
        apart,
      });
  }

  async #makeFiles(goal: Goal, surplus: Pair[], update: FolderUpdate): Promise<void> {
    for await (const pairs of compareFolder(goal.path, goal.pointer, {
      ...this.#compareContext(),
      inside: goal.inside,
    })) {
      const changed = pairs.filter((pair) => !isClean(pair));
      this.#setModes(goal, changed);
      surplus.push(...changed.filter((pair) => pair.wanted === null));
      const wanted = await this.#thatMayGo(
        goal,
        changed.flatMap((pair) => this.#toMake(goal, pair)),
      );
      const stamps = await this.#settleAll(goal, wanted);
      for (const [index, pair] of wanted.entries()) {
        const stamp = stamps[index] as Stamp | null;
        if (stamp !== null) update.put({ path: pair.path, stamp, hash: pair.wanted.hash });
      }
      this.#folders.renew();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Of files whose bytes only the user changed, and whose mode only the pointer did. */
  #setModes(goal: Goal, pairs: readonly Pair[]): void {
    for (const { path, found, wanted, decision } of pairs) {
      if (found === null || wanted === null || decision?.goal !== "mode" || this.#context.force) continue;
      this.#setMode(`${goal.path}/${path}` as RepoPath, found.stamp, wanted.mode);
    }
  }

  /** The file as it is to be, if it is to be made or changed; what both changed since it was looked at is kept. */
  #toMake(goal: Goal, pair: Pair): WantedPair[] {
    if (pair.wanted === null) return [];
    const action = this.#actionOf(goal, pair);
    if (action === "conflict") this.#keep(`${goal.path}/${pair.path}` as RepoPath);
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
      else this.#keep(path);
    }
    return free;
  }

  /**
   * Stamps of the files, in their order; null for what was kept. Many small ones go to worker threads, once it is known
   * that they are copied.
   */
  async #settleAll(goal: Goal, pairs: readonly WantedPair[]): Promise<(Stamp | null)[]> {
    const stamps: (Stamp | null)[] = [];
    const [first, ...others] = pairs;
    if (first) stamps[0] = await this.#settle(goal, first);
    const isForPool = others.length >= WORTH_A_POOL && this.#bringOut.linkType === "copy";
    const small = isForPool
      ? others.filter(
          (pair) => pair.wanted.size <= SMALL_BLOB && (pair.found === null || pair.hash !== pair.wanted.hash),
        )
      : [];
    const made = await this.#makeMany(goal, small);
    for (const [index, pair] of pairs.entries()) {
      if (index === 0) continue;
      stamps[index] = made.get(pair) ?? (await this.#settle(goal, pair));
      if (this.#folders.count > MOST_OPEN) this.#folders.renew();
    }
    return stamps;
  }

  /** Files that a worker could not make are left out: the slow way tells why, or gets their blob again. */
  async #makeMany(goal: Goal, pairs: readonly WantedPair[]): Promise<Map<Pair, Stamp>> {
    const made = new Map<Pair, Stamp>();
    for (let from = 0; from < pairs.length;) {
      const wanted: WantedFile[] = [];
      // As many as lie in folders that can be held open at once.
      while (from + wanted.length < pairs.length && this.#folders.count <= MOST_OPEN)
        wanted.push(this.#wantedOf(goal, pairs[from + wanted.length] as WantedPair));
      await this.#bringMany(pairs.slice(from, from + wanted.length), wanted, made);
      this.#folders.renew();
      from += wanted.length;
    }
    return made;
  }

  #wantedOf(goal: Goal, { path, wanted: { hash, size, mode }, found }: WantedPair): WantedFile {
    const shown = `${goal.path}/${path}` as RepoPath;
    this.#context.repo.guard.admit(shown);
    return {
      at: this.#folders.reach(shown, { make: true }),
      shown,
      seen: found?.stamp ?? null,
      hash,
      size,
      exec: mode === "exec",
    };
  }

  async #bringMany(pairs: readonly WantedPair[], wanted: readonly WantedFile[], made: Map<Pair, Stamp>): Promise<void> {
    const { task } = this.#context;
    const portions = inPortions(
      wanted.map((file, index) => ({ file, pair: pairs[index] as WantedPair })),
      this.#pool.width - 1,
    );
    await Promise.all(
      portions.map(async (portion) => {
        const answers = await this.#pool.ask(portion.map(({ file }) => file));
        for (const [index, { file, pair }] of portion.entries()) {
          const answer = answers[index] as Attempt<Stamp | null>;
          if ("error" in answer || answer.answer === null) continue;
          made.set(pair, answer.answer);
          this.#count(file.shown as RepoPath, file.seen !== null, file.size);
          task.advance(file.size, 1);
        }
      }),
    );
  }

  #count(path: RepoPath, isThere: boolean, size: number): void {
    if (!isThere) this.done.created++;
    else if (this.done.replaced++ < NAMED) this.done.replacedFiles.push(path);
    this.done.bytes += size;
  }

  /** What was done, its names in path order. */
  report(): Applied {
    const { replacedFiles, removedFiles, modeFiles, kept, ...counts } = this.done;
    const sorted = (paths: readonly RepoPath[]): RepoPath[] => paths.toSorted(comparePaths);
    return {
      ...counts,
      replacedFiles: sorted(replacedFiles),
      removedFiles: sorted(removedFiles),
      modeFiles: sorted(modeFiles),
      kept: sorted(kept),
    };
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    this.#folders.close();
    return this.#pool.close();
  }

  async #settle(goal: Goal, pair: WantedPair): Promise<Stamp | null> {
    const path = `${goal.path}/${pair.path}` as RepoPath;
    if (pair.found === null || pair.hash !== pair.wanted.hash) return this.#make(path, pair.wanted, pair.found);
    return this.#changeMode(path, pair.found, pair.wanted);
  }

  /** Of a file with the bytes wanted. Of bytes that something shares, the mode is not ours to change. */
  async #changeMode(
    path: RepoPath,
    found: Found,
    wanted: Pick<ManifestEntry, "hash" | "size" | "mode">,
  ): Promise<Stamp | null> {
    if (found.links > 1 || found.real !== this.#context.repo.guard.resolve(path))
      return this.#make(path, wanted, found);
    return this.#setMode(path, found.stamp, wanted.mode) ?? this.#make(path, wanted, found);
  }

  /** Null when not that file stands there which was seen. */
  #setMode(path: RepoPath, seen: Stamp, mode: ManifestEntry["mode"]): Stamp | null {
    const file = this.#folders.reach(path);
    let fd: number;
    try {
      fd = fs.openSync(file, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0));
    } catch {
      // What cannot be opened is made anew, which tells why if that cannot be done either.
      return null;
    }
    try {
      if (lookAt(fd).stamp !== seen) return null;
      const now = fs.fstatSync(fd).mode & 0o777;
      // Whoever may read it may run it, as Git does.
      setOpenMode(fd, mode === "exec" ? now | ((now & 0o444) >> 2) : now & ~0o111, file);
      if (this.done.modes++ < NAMED) this.done.modeFiles.push(path);
      const changed = lookAt(fd).stamp;
      return sameContent(changed, seen) ? changed : NO_STAMP;
    } finally {
      fs.closeSync(fd);
    }
  }

  /** Null for a file that is not what was seen, nor has bytes that may go: it is kept. */
  async #make(
    path: RepoPath,
    wanted: Pick<ManifestEntry, "hash" | "size" | "mode">,
    found: Found | null,
  ): Promise<Stamp | null> {
    const { repo, task } = this.#context;
    repo.guard.admit(path);
    let seen = found?.stamp ?? null;
    for (let attempt = 1; attempt <= TRIES; attempt++) {
      repo.watch.signal.throwIfAborted();
      const at = this.#folders.reach(path, { make: true });
      const request = { at, shown: path, seen, hash: wanted.hash, size: wanted.size, exec: wanted.mode === "exec" };
      const stamp = await this.#bring(request, (count) => task.advance(count));
      if (stamp !== null) {
        task.advance(0, 1);
        this.#count(path, seen !== null, wanted.size);
        return stamp;
      }
      // By its plain name: what flushes it may be another program.
      const now = lookThrough(repo.guard.resolve(path), repo.guard.blobs);
      if (now !== null && now.kind !== "file") break;
      const hash = now && (await this.#context.losing.settledHash(path, now, null));
      // Another checkout was here first.
      if (now !== null && hash === wanted.hash) return now.stamp;
      if (hash !== null && this.#context.losing.verdict(hash) !== "may go") break;
      seen = now?.stamp ?? null;
    }
    this.#keep(path);
    return null;
  }

  async #bring(request: WantedFile, onBytes: (count: number) => void): Promise<Stamp | null> {
    try {
      return await this.#bringOut.make(request, onBytes);
    } catch (error) {
      if (!isMvgitError(error, "blob-damaged") && !isMvgitError(error, "blob-missing")) throw error;
      await this.#context.refetch(request.hash, request.size, request.shown as RepoPath);
      return this.#bringOut.make(request, onBytes);
    }
  }

  /** Files that the folder no longer has, of which the plan found that they may go; the user's own stay. */
  #removeSurplus(goal: Goal, surplus: readonly Pair[]): void {
    const { repo, losing, surplus: decided } = this.#context;
    const gone: { path: string; stamp: string; hash: Hash | null }[] = [];
    for (const pair of surplus) {
      const path = `${goal.path}/${pair.path}` as RepoPath;
      if (!decided.has(path)) continue;
      if (pair.found === null || pair.hash === null || losing.verdict(pair.hash) !== "may go") this.#keep(path);
      else if (this.#removeFile({ path, stamp: pair.found.stamp, hash: pair.hash }))
        gone.push({ path: pair.path, stamp: "", hash: null });
      if (this.#folders.count > MOST_OPEN) this.#folders.renew();
    }
    repo.stats.updateFolder(goal.path, gone);
  }

  /** Removes the file if it is still the one that was looked at, and the folders that it leaves empty. */
  #removeFile({ path, stamp }: Doomed): boolean {
    const { repo } = this.#context;
    const at = this.#folders.reach(path);
    try {
      if (!takeAway({ at, shown: path, seen: stamp }, { blobs: repo.guard.blobs, temporary: repo.temporary })) {
        if (look(at) !== null) this.#keep(path);
        return false;
      }
    } catch (error) {
      throw fromSystem(error, `remove '${display(path)}'`, display(path));
    }
    if (this.done.removed++ < NAMED) this.done.removedFiles.push(path);
    this.#removeFolders(parentOf(path));
    return true;
  }

  /** The folder and those above it, as far as they hold nothing. */
  #removeFolders(path: string): void {
    for (let folder = path; folder !== ""; folder = parentOf(folder)) {
      this.#folders.forget(folder);
      if (!removeEmptyFolder(this.#folders.reach(folder as RepoPath))) return;
    }
  }

  /** Removes a target as it was when it was looked at; what came to it meanwhile stays, and its folder with it. */
  remove({ path, files }: Removal): void {
    const { repo } = this.#context;
    for (const file of files) {
      this.#removeFile(file);
      if (this.#folders.count > MOST_OPEN) this.#folders.renew();
    }
    this.#removeEmptyInside(path);
    this.#folders.renew();
    const left = look(repo.guard.resolve(path));
    // What another commit tracked inside it went along.
    if (left === null)
      for (const each of [...repo.stats.targets()])
        if (isWithin(each.path, path)) repo.stats.dropTarget(each.path as RepoPath);
    if (left === null || (left.kind === "folder" && isEmptyScan(repo.guard, path))) repo.stats.dropTarget(path);
    else if (left.kind === "folder" && !this.done.kept.some((each) => each.startsWith(`${path}/`))) this.#keep(path);
  }

  /** Folders that hold nothing, or only such folders. */
  #removeEmptyInside(path: RepoPath): void {
    const place = this.#folders.reach(path);
    if (look(place)?.kind !== "folder") return;
    for (const entry of fs.readdirSync(place, { withFileTypes: true }))
      if (entry.isDirectory()) this.#removeEmptyInside(`${path}/${entry.name}` as RepoPath);
    this.#removeFolders(path);
  }

  /** Moves a link out of the way, to a free name beside it; it holds no bytes of its own. */
  moveLinkAway(path: RepoPath): RepoPath | null {
    const at = this.#folders.reach(path);
    try {
      const kept = look(at)?.kind === "link" ? (`${path}${nameAside(at)}` as RepoPath) : null;
      this.#folders.renew();
      return kept;
    } catch (error) {
      throw fromSystem(error, `move '${display(path)}' away`, display(path));
    }
  }
}

function modeFor(action: Action, found: Found | null, wanted: ManifestEntry["mode"]): ManifestEntry["mode"] {
  return action === "bytes" && found !== null ? (found.exec ? "exec" : "file") : wanted;
}

/** Times that a file may change, to bytes that may go, while it is replaced. */
const TRIES = 3;

/** As many slices of about equal length. */
function inPortions<T>(items: readonly T[], count: number): T[][] {
  const length = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * length, (i + 1) * length)).filter(
    (each) => each.length > 0,
  );
}
