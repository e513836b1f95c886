/**
 * gc of a remote beside pushes, over orders that are drawn: each request is a point at which another actor goes on,
 * and actors are killed at any of them. A seed replays all of it:
 * `MVGIT_SEED=… npx vitest run test/care/gc-remote-model.test.ts`.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { isMvgitError } from "../../src/base/errors.ts";
import { HOUR } from "../../src/base/times.ts";
import { INDEX_LIST } from "../../src/store/remote/layout.ts";
import type { Claimed } from "../../src/values/claim.ts";
import { dice, Schedule, ScheduledBucket } from "../support/gc/schedule.ts";
import {
  type Blob,
  brokenIn,
  collect,
  days,
  encodeAll,
  lostOf,
  namesOf,
  push,
  repackAll,
  Repository,
  World,
} from "../support/gc/world.ts";

const ROUNDS = 8;

/** What may end an actor: that it was killed, or met another one. */
function isExpected(error: unknown): boolean {
  return isMvgitError(error, "interrupted") || isMvgitError(error, "lock-held");
}

class Model {
  readonly world = new World();
  readonly repositories = ["one", "two", "three"].map((name) => new Repository(name));
  readonly #draw: () => number;
  #log: string[] = [];

  constructor(seed: number) {
    this.#draw = dice(seed);
  }

  #below(count: number): number {
    return Math.floor(this.#draw() * count);
  }

  #one<T>(all: readonly T[]): T | undefined {
    return all[this.#below(all.length)];
  }

  async round(number: number): Promise<void> {
    const schedule = new Schedule(this.#draw);
    const actors = Array.from({ length: 2 + this.#below(3) }, (_, at) => this.#act(schedule, { number, at }));
    await schedule.run(actors);
    await Promise.all(actors);
    this.#log = schedule.told;
    await this.check();
    // Sometimes so little that what was young stays so, sometimes beyond any grace period.
    this.world.later(this.#one([2 * HOUR, days(2), days(8), days(15)]) ?? 0);
    for (const { needed } of this.repositories)
      for (const line of [...needed.keys()]) if (this.#draw() < 0.25) needed.delete(line);
  }

  async #act(schedule: Schedule, { number, at }: { number: number; at: number }): Promise<void> {
    const life = this.#draw() < 0.3 ? this.#below(40) : Infinity;
    const repository = this.#one(this.repositories) as Repository;
    const what = this.#one(["gc", "gc", "repack", "encode", "push", "push", "push"]);
    const name = `${number}.${at} ${what} of ${this.repositories.indexOf(repository)}`;
    const bucket = new ScheduledBucket(this.world.bucket, { schedule, actor: name, life });
    try {
      if (what === "gc") await collect(bucket, repository, { clone: at });
      else if (what === "repack") await repackAll(bucket);
      else if (what === "encode") await encodeAll(bucket, repository, (settled) => this.#one(settled));
      else await this.#push(bucket, repository);
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
  }

  /** Something new, something that others have or had, and new versions of what this repository ever had. */
  async #push(bucket: ScheduledBucket, repository: Repository): Promise<void> {
    const ever = this.repositories.flatMap((each) => [...each.ever.values()]);
    // Few, so that there are several copies of what others rest on.
    const own = [...repository.ever.values()].slice(-5);
    const pick = (from: readonly Blob[]): Blob[] =>
      this.#draw() < 0.5 ? [] : [this.#one(from)].flatMap((each) => each ?? []);
    const fresh = Array.from({ length: this.#below(3) }, () => this.world.blob(1 + this.#below(3)));
    const versions = Array.from({ length: this.#below(3) }, () => {
      const base = this.#draw() < 0.8 ? (this.#one(own) ?? null) : null;
      return { blob: base === null ? this.world.blob(4) : this.world.changed(base), base };
    });
    const small = [...fresh, ...pick(ever)];
    const all = [...versions, ...pick(ever).map((blob) => ({ blob, base: null }))];
    const blind = pick(own);
    const blobs = [...small, ...all.map(({ blob }) => blob), ...blind];
    repository.committed(blobs);
    await push(bucket, repository, { small, large: all, blind });
    repository.pushed(blobs);
  }

  async check(): Promise<void> {
    const wrong = [...(await lostOf(this.world, this.repositories)), ...(await brokenIn(this.world))];
    expect(wrong, this.#log.join("\n")).toEqual([]);
  }

  /** Nobody works any more: of what somebody needs all stays, and of all else nothing. */
  async end(): Promise<void> {
    await this.#collectAll();
    await this.check();
    for (const { needed } of this.repositories) needed.clear();
    await this.#collectAll();
    expect(namesOf(this.world, "blobs", "packs", "index", "chunks").filter((name) => name !== INDEX_LIST)).toEqual([]);
  }

  async #collectAll(): Promise<void> {
    for (let times = 0; times < 5; times++)
      for (const each of this.repositories) {
        this.world.later(days(15));
        // Whoever made the remote may have been killed before it said since when claims are complete.
        await collect(this.world.bucket, each, { unclaimed: true });
      }
  }

  /** Makes sure that a run is about something. */
  get claimed(): Set<Claimed> {
    return new Set(this.repositories.flatMap(({ ever }) => [...ever.keys()]));
  }
}

it(
  "no order of requests, and no kill, loses what anybody needs or leaves what nobody reads",
  { timeout: 120_000 },
  async () => {
    let pushed = 0;
    const model = async (seed: number): Promise<void> => {
      const each = new Model(seed);
      for (let round = 0; round < ROUNDS; round++) await each.round(round);
      pushed += each.claimed.size;
      await each.end();
    };
    const numRuns = Number(process.env["MVGIT_GC_RUNS"] ?? 12);
    await fc.assert(fc.asyncProperty(fc.noShrink(fc.integer()), model), { numRuns });
    expect(pushed).toBeGreaterThan(numRuns);
  },
);
