/** Finds out what a checkout is about to do, without changing anything. */
import type { RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import type { LoadBlob } from "../../values/manifest-io.ts";
import { clashesOf } from "../../values/name-clash.ts";
import { baseSource } from "../../repo/bases.ts";
import { leftTargets } from "../../repo/left-targets.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Tracked } from "../../repo/tracked.ts";
import type { BaseSource } from "../../worktree/base-files.ts";
import { isClean, type Pair } from "../../worktree/compare.ts";
import { compareFolder } from "../../worktree/compare-folder.ts";
import { type CompareContext, compareTarget, identifyTarget, type TargetState } from "../../worktree/compare-target.ts";
import type { Held } from "../../worktree/held-back.ts";
import { isEmptyScan } from "../../worktree/scan.ts";
import type { Found } from "../../worktree/stamp.ts";
import { type Action, actionOf } from "./action.ts";
import { contentOf, holdsOthers } from "./content.ts";
import { Losing, type Verdict } from "../losing.ts";
import { emptyPlan, type Goal, type Plan } from "./plan.ts";

/** Names that a plan keeps of what stays. */
const NAMED = 1000;

/** Holds every goal against the work tree. `load` may fetch manifests. The plan is made when `settle` was called. */
export class Planner {
  readonly #repo: Repo;
  readonly #load: LoadBlob;
  /** What waits for the verdict on its bytes. */
  readonly #asked: { hashes: ReadonlySet<Hash>; decide: (verdict: Verdict) => void }[] = [];
  readonly plan: Plan;
  readonly #clashes: ReadonlyMap<RepoPath, RepoPath>;
  readonly #bases: BaseSource;
  readonly #force: boolean;

  /**
   * `tracked`: all that is tracked, where paths may be held back for clashing. `force`: what the user changed is in the
   * way as well.
   */
  constructor(
    repo: Repo,
    load: LoadBlob,
    { tracked = [], force = false }: { tracked?: readonly RepoPath[]; force?: boolean } = {},
  ) {
    this.#repo = repo;
    this.#load = load;
    this.plan = emptyPlan(new Losing(repo));
    this.#bases = baseSource(repo);
    this.#force = force;
    this.#clashes = clashesOf(tracked.filter((path) => !repo.guard.isAllowed(path)));
  }

  /** Adds one goal: what it needs, and what is in its way. */
  async consider(goal: Goal): Promise<void> {
    const context = this.#compareContext();
    const state = await compareTarget(goal.path, goal.pointer, context);
    if (state.kind === "file" && state.clean) return void this.plan.settled.push(goal);
    const held = this.#heldOf(goal.path);
    if (held !== null) return void this.plan.held.push(held);
    if (state.kind === "other") await this.#blocked(goal.path, state.found.kind);
    if (goal.pointer.files !== undefined) return this.#considerFolder(goal, state);
    if (state.kind === "file") return this.#considerFile(goal, state);
    this.#need(goal.pointer.hash, goal.pointer.size);
    this.plan.goals.push(goal);
  }

  #compareContext(): CompareContext {
    const { guard, stats, watch } = this.#repo;
    const onHeld = (path: RepoPath, reader: string): void => void this.plan.held.push({ path, reader, clash: null });
    return { guard, stats, load: this.#load, bases: this.#bases, onBytes: () => {}, onHeld, signal: watch.signal };
  }

  async #considerFile(goal: Goal, { found, hash, decision }: Extract<TargetState, { kind: "file" }>): Promise<void> {
    const { path, pointer } = goal;
    const action = actionOf(
      { found, wanted: pointer, ...(decision && { decision }) },
      { restore: goal.restore, force: this.#force },
    );
    if (this.#isStaying(path, action)) return void this.plan.settled.push(goal);
    this.plan.goals.push(goal);
    if (action === "conflict") return void this.plan.obstacles.push({ path, kind: "conflict" });
    if (action === "mode") return this.#stay("edited", path);
    // Only the mode differs, and the bytes are nobody else's.
    if (hash === pointer.hash && found.links === 1 && found.real === this.#repo.guard.resolve(path)) return;
    this.#need(pointer.hash, pointer.size);
    if (hash !== pointer.hash)
      await this.#replacing(path, path, hash ?? (await identifyTarget(path, found, this.#compareContext())));
  }

  async #considerFolder(goal: Goal, state: TargetState): Promise<void> {
    const whole = { ...goal, restore: goal.restore || state.kind !== "folder" };
    let isWork = state.kind !== "folder";
    let isEmpty: boolean | null = null;
    for await (const pairs of compareFolder(goal.path, goal.pointer, {
      ...this.#compareContext(),
      inside: goal.inside,
    })) {
      // Of what is gone altogether no edit can be recorded: it is brought back.
      if (!whole.restore && pairs.some(({ found, decision }) => found === null && decision?.goal !== "pointer"))
        whole.restore = isEmpty ??= isEmptyScan(this.#repo.guard, goal.path);
      for (const pair of pairs) if (!isClean(pair) && (await this.#considerPair(whole, pair))) isWork = true;
    }
    if (isWork) this.plan.goals.push(whole);
    else this.plan.settled.push(whole);
  }

  /** Of a file that is not as wanted: true when something is to be done about it. */
  async #considerPair(goal: Goal, pair: Pair): Promise<boolean> {
    const path = `${goal.path}/${pair.path}` as RepoPath;
    const action = actionOf(pair, { restore: goal.restore, force: this.#force });
    if (this.#isStaying(path, action)) return false;
    if (action === "mode") this.#stay("edited", path);
    else if (action === "conflict") this.plan.obstacles.push({ path, kind: "conflict" });
    else if (pair.wanted !== null) await this.#considerWanted(goal, path, pair as Pair & { wanted: ManifestEntry });
    else await this.#ask(goal.path, [pair.hash as Hash], (verdict) => this.#decideSurplus(path, verdict));
    return true;
  }

  async #considerWanted(
    goal: Goal,
    path: RepoPath,
    { found, hash, wanted }: Pair & { wanted: ManifestEntry },
  ): Promise<void> {
    if (found !== null && hash === wanted.hash) return;
    this.#need(wanted.hash, wanted.size);
    if (found !== null) await this.#replacing(goal.path, path, hash ?? (await this.plan.losing.hashOf(path, found)));
  }

  /** What stays is told, but for files that are nobody's but the user's. */
  #isStaying(path: RepoPath, action: Action): boolean {
    if (action === "edited" || action === "deleted") this.#stay(action, path);
    return action === "edited" || action === "deleted" || action === "beside";
  }

  #stay(action: "edited" | "deleted", path: RepoPath): void {
    const stays = this.plan[action];
    if (stays.count++ < NAMED) stays.first.push(path);
  }

  #heldOf(path: RepoPath): Held | null {
    const reader = this.#repo.guard.readerOf(path);
    const clash = this.#clashes.get(path) ?? null;
    return reader === null && clash === null ? null : { path, reader, clash };
  }

  #decideSurplus(path: RepoPath, verdict: Verdict): void {
    if (verdict === "may go") this.plan.surplus.add(path);
    else if (verdict === "unnamed") this.plan.left.push(path);
  }

  #replacing(owner: RepoPath, path: RepoPath, hash: Hash): Promise<void> {
    return this.#ask(
      owner,
      [hash],
      (verdict) => void (verdict !== "may go" && this.plan.obstacles.push({ path, kind: verdict })),
    );
  }

  async #ask(owner: RepoPath, hashes: Iterable<Hash>, decide: (verdict: Verdict) => void): Promise<void> {
    const asked = new Set(hashes);
    for (const hash of asked) await this.plan.losing.ask(owner, hash);
    this.#asked.push({ hashes: asked, decide });
  }

  /** Decides about all that was considered, which asks Git at most once. */
  async settle(): Promise<Plan> {
    const { losing } = this.plan;
    await losing.settle();
    for (const { hashes, decide } of this.#asked.splice(0)) {
      const bad = [...hashes].map((hash) => losing.verdict(hash)).find((verdict) => verdict !== "may go");
      decide(bad ?? "may go");
    }
    return this.plan;
  }

  #need(hash: Hash, size: number): void {
    this.plan.making.files++;
    this.plan.making.bytes += size;
    if (!this.#repo.cache.has({ hash, size })) this.plan.absent.set(hash, { hash, size });
  }

  async #blocked(path: RepoPath, kind: Found["kind"]): Promise<void> {
    const isRemovable = kind === "file" || (kind === "folder" && !holdsOthers(this.#repo, path));
    const content = isRemovable ? await contentOf(this.#repo, { path, kind, losing: this.plan.losing }) : null;
    if (content === null) return void this.plan.obstacles.push({ path, kind: kind === "link" ? "link" : "blocked" });
    await this.#ask(path, content.hashes, (verdict) => {
      if (verdict === "may go") this.plan.clear.push({ path, files: content.files });
      else this.plan.obstacles.push({ path, kind: "blocked" });
    });
  }

  /** Finds targets of earlier checkouts that nothing in the work tree stands for now. */
  async considerStale(tracked: readonly Tracked[]): Promise<void> {
    for (const { path, kind, isPointed } of await leftTargets(this.#repo, tracked)) {
      const leave = (): void => void this.plan.left.push(path);
      if (isPointed || !(await this.considerRemoval(path, kind, (verdict) => void (verdict !== "may go" && leave()))))
        leave();
    }
  }

  /**
   * Has what stands there removed if all of it may go, or in any case; `decide` is told the verdict. False where it
   * cannot be told what that is.
   */
  async considerRemoval(
    path: RepoPath,
    kind: Found["kind"],
    decide: (verdict: Verdict) => void,
    inAnyCase = false,
  ): Promise<boolean> {
    const content = await contentOf(this.#repo, { path, kind, losing: this.plan.losing });
    if (content === null) return false;
    await this.#ask(path, content.hashes, (verdict) => {
      if (verdict === "may go" || inAnyCase) this.plan.stale.push({ path, files: content.files });
      decide(verdict);
    });
    return true;
  }
}
