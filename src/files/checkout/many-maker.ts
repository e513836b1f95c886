/** Many files of one folder made: small ones by worker threads, where they are copied. */
import type { Attempt } from "../../base/job.ts";
import type { RepoPath } from "../../base/paths.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../../base/pool.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { bringOutJob } from "../../worktree/bring-out-job.ts";
import type { WantedFile } from "../../worktree/bring-out.ts";
import type { Pair } from "../../worktree/compare.ts";
import { MOST_OPEN } from "../../worktree/open-folders.ts";
import type { Stamp } from "../../worktree/stamp.ts";
import type { Maker, MakerContext } from "./maker.ts";

/** A file of a folder that is to be made, or is to have another mode. */
export type WantedPair = Pair & { wanted: ManifestEntry };

/** Threads are started when there is enough to do; `close` it in every case. Throws what `Maker` throws. */
export class ManyMaker {
  readonly #maker: Maker;
  readonly #context: MakerContext;
  readonly #pool: PoolOf<typeof bringOutJob>;

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
    const { bringOut, folders } = this.#context;
    const stamps: (Stamp | null)[] = [];
    const [first, ...others] = pairs;
    if (first) stamps[0] = await this.#makeOne(folder, first);
    const isForPool = others.length >= WORTH_A_POOL && bringOut.linkType === "copy";
    const small = isForPool ? others.filter((pair) => pair.wanted.size <= SMALL_BLOB && !hasBytesWanted(pair)) : [];
    const made = await this.#makeSmall(folder, small);
    for (const [index, pair] of pairs.entries()) {
      if (index === 0) continue;
      stamps[index] = made.get(pair) ?? (await this.#makeOne(folder, pair));
      if (folders.count > MOST_OPEN) folders.renew();
    }
    return stamps;
  }

  async #makeOne(folder: RepoPath, pair: WantedPair): Promise<Stamp | null> {
    const path = `${folder}/${pair.path}` as RepoPath;
    return hasBytesWanted(pair)
      ? this.#maker.changeMode(path, pair.found, pair.wanted)
      : this.#maker.make(path, pair.wanted, pair.found);
  }

  /** Files that a worker could not make are left out: the slow way tells why, or gets their blob again. */
  async #makeSmall(folder: RepoPath, pairs: readonly WantedPair[]): Promise<Map<Pair, Stamp>> {
    const { folders } = this.#context;
    const made = new Map<Pair, Stamp>();
    for (let from = 0; from < pairs.length;) {
      const wanted: WantedFile[] = [];
      // As many as lie in folders that can be held open at once.
      while (from + wanted.length < pairs.length && folders.count <= MOST_OPEN)
        wanted.push(this.#wantedOf(folder, pairs[from + wanted.length] as WantedPair));
      await this.#askPool(pairs.slice(from, from + wanted.length), wanted, made);
      folders.renew();
      from += wanted.length;
    }
    return made;
  }

  #wantedOf(folder: RepoPath, { path, wanted: { hash, size, mode }, found }: WantedPair): WantedFile {
    const { repo, folders } = this.#context;
    const shown = `${folder}/${path}` as RepoPath;
    repo.guard.admit(shown);
    const at = folders.reach(shown, { make: true });
    return { at, shown, seen: found?.stamp ?? null, hash, size, exec: mode === "exec" };
  }

  async #askPool(pairs: readonly WantedPair[], wanted: readonly WantedFile[], made: Map<Pair, Stamp>): Promise<void> {
    const { task, done } = this.#context;
    const portions = inPortions(
      wanted.map((file, index) => ({ file, pair: pairs[index] as WantedPair })),
      this.#pool.width - 1,
    );
    await Promise.all(
      portions.map(async (portion) => {
        const answers = await this.#pool.ask(portion.map(({ file }) => file));
        for (const [index, { file, pair }] of portion.entries()) {
          const attempt = answers[index] as Attempt<Stamp | null>;
          if ("error" in attempt || attempt.answer === null) continue;
          made.set(pair, attempt.answer);
          done.made(file.shown as RepoPath, file.seen !== null, file.size);
          task.advance(file.size, 1);
        }
      }),
    );
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

/** As many slices of about equal length. */
function inPortions<T>(items: readonly T[], count: number): T[][] {
  const length = Math.ceil(items.length / count);
  return Array.from({ length: count }, (_, i) => items.slice(i * length, (i + 1) * length)).filter(
    (each) => each.length > 0,
  );
}
