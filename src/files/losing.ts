/** Which bytes of the work tree may go: those that the cache has and that a commit names, or that were kept before. */
import type { RepoPath } from "../base/paths.ts";
import type { Hash } from "../values/hash.ts";
import { unnamed } from "../repo/named.ts";
import type { Repo } from "../repo/repo.ts";
import { identifySettled } from "../worktree/identify.ts";
import { type Found, isTrustworthy, type Stamp } from "../worktree/stamp.ts";

/** `unstored`: the cache does not have them. `unnamed`: it does, until gc, since no commit names them. */
export type Verdict = "may go" | "unstored" | "unnamed";

/**
 * Milliseconds, and how often they are waited for a file's time to be past: more than the 2 s of the coarsest file
 * systems.
 */
const TICK = 25;
const WAITS = 100;

/** Is asked about everything first, and then settles it all at once. */
export class Losing {
  readonly #repo: Repo;
  readonly #verdicts = new Map<Hash, Verdict>();
  readonly #open = new Map<RepoPath, Set<Hash>>();
  readonly #read = new Map<string, { stamp: Stamp; hash: Hash }>();

  constructor(repo: Repo) {
    this.#repo = repo;
  }

  /** Hash of a file whose bytes no trusted stamp tells; read once as long as it stays as it is. */
  async hashOf(path: string, found: Found): Promise<Hash> {
    const known = this.#read.get(path);
    if (known?.stamp === found.stamp) return known.hash;
    // Flushed, so that a later write through a mapping shows in the stamp as well.
    const { hash } = await identifySettled(found.real, () => {});
    this.#read.set(path, { stamp: found.stamp, hash });
    return hash;
  }

  /**
   * The same for a file that is about to go: one that changed within the last tick of the clock is read again after it,
   * since a later change in that tick would leave the same stamp. `known`: what a trusted stamp told.
   */
  async settledHash(path: string, found: Found, known: Hash | null): Promise<Hash> {
    const { clock } = this.#repo.watch;
    if (isTrustworthy(found, clock.now())) return known ?? this.hashOf(path, found);
    for (let waits = 0; waits < WAITS && !isTrustworthy(found, clock.now()); waits++) await clock.sleep(TICK);
    this.#read.delete(path);
    return this.hashOf(path, found);
  }

  /** Asks about bytes that stand at or below a path that is, or was, tracked. */
  async ask(owner: RepoPath, hash: Hash): Promise<void> {
    if (this.#verdicts.has(hash)) return;
    if (!(await isStored(this.#repo, hash))) return void this.#verdicts.set(hash, "unstored");
    this.#verdicts.set(hash, "may go");
    const open = this.#open.get(owner);
    if (open) open.add(hash);
    else this.#open.set(owner, new Set([hash]));
  }

  /** To be called before `verdict`, after everything was asked. */
  async settle(): Promise<void> {
    if (this.#open.size === 0) return;
    for (const hash of await unnamed(this.#repo, this.#open)) this.#verdicts.set(hash, "unnamed");
    this.#open.clear();
  }

  /** Null for bytes that nobody asked about: they came later. */
  verdict(hash: Hash): Verdict | null {
    return this.#verdicts.get(hash) ?? null;
  }

  /** These bytes were put where gc keeps them. */
  kept(hash: Hash): void {
    this.#verdicts.set(hash, "may go");
  }
}

/** True when the cache has these bytes, having read them: only then may a copy of them be replaced. */
async function isStored(repo: Repo, hash: Hash): Promise<boolean> {
  return repo.cache.sizeOf(hash) !== null && (await repo.cache.verify(hash));
}
