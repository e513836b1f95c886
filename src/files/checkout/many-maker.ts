/** Many files of one folder made: small ones by worker threads, where they are copied. */
import type { Attempt } from "../../base/job.ts";
import type { RepoPath } from "../../base/paths.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../../base/pool.ts";
import { forEachConcurrent, inGroups } from "../../base/tasks.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { bringOutJob } from "../../worktree/bring-out-job.ts";
import type { WantedFile } from "../../worktree/bring-out.ts";
import type { Pair } from "../../worktree/compare.ts";
import { MOST_OPEN } from "../../worktree/open-folders.ts";
import type { Stamp } from "../../worktree/stamp.ts";
import { HiddenFolders } from "./hidden-folders.ts";
import type { Maker, MakerContext } from "./maker.ts";

/** Files that a thread is asked for at once. */
const PORTION = 128;

/** A file of a folder that is to be made, or is to have another mode. */
export type WantedPair = Pair & { wanted: ManifestEntry };

/** Threads are started when there is enough to do; `close` it in every case. Throws what `Maker` throws. */
export class ManyMaker {
  readonly #maker: Maker;
  readonly #context: MakerContext;
  readonly #pool: PoolOf<typeof bringOutJob>;
  /** False once a folder could not get its name: what hindered one may hinder the next. */
  #isHiding = true;

  constructor(maker: Maker, context: MakerContext) {
    this.#maker = maker;
    this.#context = context;
    const setup = { cacheFolder: context.repo.cache.folder, places: context.bringOut.places };
    this.#pool = new Pool(bringOutJob, setup);
  }

  /**
   * Stamps of the files, in their order; null for what was kept. Many small ones go to worker threads, once it is known
   * that they are copied.
   */
  async makeAll(folder: RepoPath, pairs: readonly WantedPair[]): Promise<(Stamp | null)[]> {
    const { folders } = this.#context;
    const small = pairs.filter((pair) => pair.wanted.size <= SMALL_BLOB && !hasBytesWanted(pair));
    const made = new Map<Pair, Stamp>();
    if (small.length >= WORTH_A_POOL && (await this.#areCopied(folder, small[0] as WantedPair))) {
      if (this.#isHiding) await this.#makeHidden(folder, small, made);
      const others = small.filter((pair) => !made.has(pair));
      if (others.length >= WORTH_A_POOL) await this.#makeSmall(folder, others, made);
    }
    const stamps: (Stamp | null)[] = [];
    for (const pair of pairs) {
      stamps.push(made.get(pair) ?? (await this.#makeOne(folder, pair)));
      if (folders.count > MOST_OPEN) folders.renew();
    }
    return stamps;
  }

  async #areCopied(folder: RepoPath, pair: WantedPair): Promise<boolean> {
    const { bringOut } = this.#context;
    await bringOut.learnLinks({ ...this.#wantedAs(folder, pair), at: "" });
    return bringOut.linkType === "copy";
  }

  async #makeOne(folder: RepoPath, pair: WantedPair): Promise<Stamp | null> {
    const path = `${folder}/${pair.path}` as RepoPath;
    return hasBytesWanted(pair)
      ? this.#maker.changeMode(path, pair.found, pair.wanted)
      : this.#maker.make(path, pair.wanted, pair.found);
  }

  /** Those in folders that are not there yet, which come with all their files. What cannot be made so is left out. */
  async #makeHidden(folder: RepoPath, pairs: readonly WantedPair[], made: Map<Pair, Stamp>): Promise<void> {
    const { done, folders } = this.#context;
    const absent = pairs.filter((pair) => pair.found === null);
    const hidden = new HiddenFolders<WantedPair>(this.#context);
    try {
      const opened = hidden.open(absent.map((pair) => ({ pair, wanted: this.#wantedAs(folder, pair) })));
      const stamps = await this.#ask(opened.flatMap(({ files }) => files.map(({ file }) => file)));
      for (const each of opened) {
        if (!each.files.every(({ file }) => stamps.has(file))) hidden.giveUp(each);
        else if (!hidden.show(each)) this.#isHiding = false;
        else
          for (const { pair, file } of each.files) {
            made.set(pair, stamps.get(file) as Stamp);
            done.made(file.shown as RepoPath, false, file.size);
          }
      }
    } finally {
      hidden.close();
    }
    folders.renew();
  }

  /** Files that a worker could not make are left out: the slow way tells why, or gets their blob again. */
  async #makeSmall(folder: RepoPath, pairs: readonly WantedPair[], made: Map<Pair, Stamp>): Promise<void> {
    const { done, folders } = this.#context;
    for (let from = 0; from < pairs.length;) {
      const wanted: WantedFile[] = [];
      // As many as lie in folders that can be held open at once.
      while (from + wanted.length < pairs.length && folders.count <= MOST_OPEN)
        wanted.push(this.#wantedOf(folder, pairs[from + wanted.length] as WantedPair));
      const stamps = await this.#ask(wanted);
      for (const [index, file] of wanted.entries()) {
        const stamp = stamps.get(file);
        if (stamp === undefined) continue;
        made.set(pairs[from + index] as WantedPair, stamp);
        done.made(file.shown as RepoPath, file.seen !== null, file.size);
      }
      folders.renew();
      from += wanted.length;
    }
  }

  #wantedOf(folder: RepoPath, pair: WantedPair): WantedFile {
    const wanted = this.#wantedAs(folder, pair);
    return { ...wanted, at: this.#context.folders.reach(wanted.shown, { make: true }) };
  }

  #wantedAs(folder: RepoPath, { path, wanted, found }: WantedPair): Omit<WantedFile, "at"> & { shown: RepoPath } {
    const { hash, size, mode } = wanted;
    const shown = `${folder}/${path}` as RepoPath;
    this.#context.repo.guard.admit(shown);
    return { shown, seen: found?.stamp ?? null, hash, size, exec: mode === "exec" };
  }

  /** Stamps of those that the threads made. */
  async #ask(wanted: readonly WantedFile[]): Promise<Map<WantedFile, Stamp>> {
    const { task } = this.#context;
    const made = new Map<WantedFile, Stamp>();
    await forEachConcurrent(inGroups(wanted, PORTION), this.#pool.width, async (portion) => {
      const answers = await this.#pool.ask(portion);
      for (const [index, file] of portion.entries()) {
        const attempt = answers[index] as Attempt<Stamp | null>;
        if ("error" in attempt || attempt.answer === null) continue;
        made.set(file, attempt.answer);
        task.advance(file.size, 1);
      }
    });
    return made;
  }

  /** Ends the worker threads. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** True where the mode alone is to be another. */
function hasBytesWanted(pair: WantedPair): pair is WantedPair & { found: NonNullable<Pair["found"]> } {
  return pair.found !== null && pair.hash === pair.wanted.hash;
}
