/**
 * Large blobs as a remote keeps them that stores only what is new: by a recipe, of parts of blobs that are there and of
 * new parts in packs, where that takes clearly less than the whole blob. docs/decisions/0053 says what is compared with
 * what, and why.
 */
import { recipeLength } from "../../encoding/recipe.ts";
import { gate } from "../../base/tasks.ts";
import type { Cut } from "../../encoding/types.ts";
import type { Hash } from "../../values/hash.ts";
import type { Stored, WriteItem } from "../blob-store.ts";
import type { WriteOutcome } from "../bytes.ts";
import { Candidates } from "./encoder/candidates.ts";
import { Codecs } from "./encoder/codecs.ts";
import { writeCutList } from "./encoder/cut-lists.ts";
import { layoutOfCuts, layoutOfRecipe } from "./encoder/layout.ts";
import { type Kept, LEAST_LISTED } from "./encoder/layouts.ts";
import { type Planned, Planner } from "./encoder/planner.ts";
import type { Looked } from "./encoder/surveyor.ts";
import { storeParts } from "./encoder/store-parts.ts";
import { PackBuilder } from "./packs/pack-builder.ts";

/** Bytes of a pack: of what is written at the same time, two are in memory at once. */
const MOST_IN_PACK = 32 * 1024 * 1024;

/** What became of a blob. */
export interface Outcome {
  outcome: WriteOutcome;
  stored?: Stored;
}

/**
 * Large blobs of one push to one remote: `close` it in every case. Throws what its place throws, and `blob-damaged` for
 * other bytes.
 */
export class LargeBlobs {
  readonly #kept: Kept;
  readonly #candidates: Candidates;
  readonly #planner: Planner;
  readonly #writeWhole: (item: WriteItem) => Promise<WriteOutcome>;
  /** One is read and encoded at a time: memory and threads are for one. */
  readonly #inTurn = gate(1);
  readonly #codecs = new Codecs();
  readonly #underWay = new Map<Hash, Promise<unknown>>();

  /** What is relied on is claimed before the first write. */
  constructor(kept: Kept, writeWhole: (item: WriteItem) => Promise<WriteOutcome>) {
    this.#kept = kept;
    this.#candidates = new Candidates(kept);
    this.#planner = new Planner(kept, this.#candidates, this.#codecs);
    this.#writeWhole = writeWhole;
  }

  /** Writes one that the remote does not have. */
  async write(item: Looked): Promise<Outcome> {
    // What was begun before is waited for, never what comes later: so nobody waits in a circle.
    const before = (item.near ?? []).flatMap(({ hash }) => this.#underWay.get(hash) ?? []);
    const writing = Promise.allSettled(before).then(() => this.#write(item));
    this.#underWay.set(item.hash, writing);
    try {
      return await writing;
    } finally {
      this.#underWay.delete(item.hash);
    }
  }

  async #write(item: Looked): Promise<Outcome> {
    const prospect = await this.#inTurn(() => this.#planner.look(item));
    if (prospect.isHopeless) return this.#writeListed(item, () => this.#planner.cutsOf(prospect));
    const planned = await this.#inTurn(async () => {
      const plan = await this.#planner.plan(prospect);
      const stored = plan && plan.isWorthIt && (await this.#kept.place.raise()) && (await this.#encode(item, plan));
      return stored ? { stored } : { cuts: plan?.cuts ?? null };
    });
    if ("stored" in planned) return { outcome: "written", stored: planned.stored };
    return this.#writeListed(item, async () => planned.cuts);
  }

  /** As an object of its own, and its cut list where a later version may be compared with it. */
  async #writeListed(item: Looked, cutsOf: () => Promise<readonly Cut[] | null>): Promise<Outcome> {
    if (item.source.size < LEAST_LISTED) return { outcome: await this.#writeWhole(item) };
    const [written, listed] = await Promise.allSettled([this.#writeWhole(item), this.#inTurn(cutsOf)]);
    if (written.status === "rejected") throw written.reason;
    if (listed.status === "rejected") throw listed.reason;
    const [outcome, cuts] = [written.value, listed.value];
    if (outcome !== "written" || cuts === null || !(await this.#kept.place.raise())) return { outcome };
    const bytes = item.source.size + (await this.#list(item, cuts));
    return { outcome, stored: { bytes, known: 0, shorter: 0 } };
  }

  /** Writes its cut list; answers what that took. */
  async #list(item: Looked, cuts: readonly Cut[]): Promise<number> {
    const { layout, bytes } = await writeCutList(this.#kept.place, item, cuts);
    await this.#candidates.remember(layout);
    return bytes;
  }

  /**
   * A first look at one that is there whole, which reads a few of its bytes: false where it stays so for sure. What
   * `rewrite` is then given may be read from elsewhere.
   */
  async isPromising(item: Looked): Promise<boolean> {
    return !(await this.#planner.look(item)).isHopeless;
  }

  /**
   * Writes the recipe of one that the place has whole; null where it is not worth it. That one stays whole, with its
   * cut list where `isListed`. What it is compared with is settled: nothing is under way. Throws `blob-damaged` for
   * other bytes.
   */
  async rewrite(item: Looked, { isListed }: { isListed: boolean }): Promise<Stored | null> {
    const { cuts, plan } = await this.#planned(item, isListed);
    const stored = plan?.isWorthIt ? await this.#encode(item, plan) : null;
    const isCut = cuts !== null && item.source.size >= LEAST_LISTED;
    if (stored === null && isListed && isCut && (await this.#kept.place.raise())) await this.#list(item, cuts);
    return stored;
  }

  /** As `rewrite` without writing anything: about how many bytes it would take. Later ones are compared with it. */
  async estimate(item: Looked, { isListed }: { isListed: boolean }): Promise<number | null> {
    const { cuts, plan } = await this.#planned(item, isListed);
    const { size } = item.source;
    if (cuts !== null) await this.#candidates.remember(layoutOfCuts(item.hash, { size, cuts }));
    return plan?.isWorthIt ? plan.bytes : null;
  }

  async #planned(item: Looked, isListed: boolean): Promise<{ cuts: readonly Cut[] | null; plan: Planned | null }> {
    const prospect = await this.#planner.look(item);
    if (prospect.isHopeless) return { cuts: isListed ? await this.#planner.cutsOf(prospect) : null, plan: null };
    const plan = await this.#planner.plan(prospect);
    return { cuts: plan?.cuts ?? null, plan };
  }

  async close(): Promise<void> {
    await this.#codecs.close();
  }

  /** Null where the recipe is too long. */
  async #encode({ hash, source: { size }, look }: Looked, { parts, means, known }: Planned): Promise<Stored | null> {
    const builder = new PackBuilder(this.#kept.place, this.#kept.packed.index, { most: MOST_IN_PACK });
    try {
      const { passed } = look;
      const stored = await storeParts(parts, { means, builder, passed });
      const written = await builder.addRecipe({ hash, size }, stored.recipe);
      if (written === null) return await builder.abandon(new Error("the recipe is too long")).then(() => null);
      await builder.flush();
      const named = stored.recipe(({ pack }) => ({ kind: "pack", hash: pack.hash as Hash }));
      await this.#candidates.remember(layoutOfRecipe(hash, named, hash));
      const bytes = stored.bytes + recipeLength(named);
      return { bytes, known: known + stored.repeated, shorter: stored.plain - stored.bytes };
    } catch (error) {
      await builder.abandon(error);
      throw error;
    }
  }
}
