/** Orders in which several actors reach one bucket: each operation is a point at which another goes on. */
import { setImmediate } from "node:timers/promises";
import { MvgitError } from "../../../src/base/errors.ts";
import type { Bucket, ObjectName, ObjectRange } from "../../../src/store/bucket.ts";
import type { BlobSource } from "../../../src/store/bytes.ts";
import type { MemoryBucket } from "../memory-bucket.ts";

/** Numbers in [0, 1), the same for each seed. */
export function dice(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Waiting {
  actor: string;
  go: () => void;
}

/** Lets one operation at a time happen, of an actor that is drawn. */
export class Schedule {
  /** What happened, in its order: for whoever looks at a seed. */
  readonly told: string[] = [];
  readonly #draw: () => number;
  #waiting: Waiting[] = [];

  constructor(draw: () => number) {
    this.#draw = draw;
  }

  /** Resolves when it is this one's turn. */
  turn(actor: string, what: string): Promise<void> {
    return new Promise((resolve) =>
      this.#waiting.push({
        actor,
        go: () => {
          this.told.push(`${actor}: ${what}`);
          resolve();
        },
      }),
    );
  }

  /** Until all of these have ended, in whichever way. */
  async run(actors: readonly Promise<unknown>[]): Promise<void> {
    let left = actors.length;
    for (const each of actors)
      each.then(
        () => left--,
        () => left--,
      );
    for (let idle = 0; left > 0;) {
      await this.#settle();
      const actor = this.#drawn();
      idle = actor === null ? idle + 1 : 0;
      if (idle > 10_000) throw new Error(`nobody goes on, after ${this.told.at(-1)}`);
    }
  }

  /** Whoever can go on does, until each waits for its turn. */
  async #settle(): Promise<void> {
    for (let quiet = 0, before = -1; quiet < 3; before = this.#waiting.length) {
      await setImmediate();
      quiet = this.#waiting.length === before ? quiet + 1 : 0;
    }
  }

  #drawn(): string | null {
    const actors = [...new Set(this.#waiting.map(({ actor }) => actor))].toSorted();
    const actor = actors[Math.floor(this.#draw() * actors.length)];
    const at = this.#waiting.findIndex((each) => each.actor === actor);
    if (actor === undefined || at < 0) return null;
    this.#waiting.splice(at, 1)[0]?.go();
    return actor;
  }
}

/** What an actor sees of the bucket, until it is killed. */
export class ScheduledBucket implements Bucket {
  readonly address: string;
  readonly concurrency = { small: 3, large: 2 };
  readonly #under: MemoryBucket;
  readonly #schedule: Schedule;
  readonly #actor: string;
  /** After so many operations the actor is dead. */
  #life: number;

  constructor(under: MemoryBucket, { schedule, actor, life }: { schedule: Schedule; actor: string; life: number }) {
    this.address = under.address;
    this.#under = under;
    this.#schedule = schedule;
    this.#actor = actor;
    this.#life = life;
  }

  async head(name: ObjectName): ReturnType<Bucket["head"]> {
    await this.#turn(`head ${name}`);
    return this.#under.head(name);
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    await this.#turn(`get ${name}`);
    yield* this.#under.get(name, range);
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): ReturnType<Bucket["putIfAbsent"]> {
    await this.#turn(`put ${name}`);
    return this.#under.putIfAbsent(name, source);
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    await this.#turn(`replace ${name}`);
    return this.#under.replace(name, version, source);
  }

  async *list(prefix: string): ReturnType<Bucket["list"]> {
    await this.#turn(`list ${prefix}`);
    yield* this.#under.list(prefix);
  }

  async delete(name: ObjectName, version: string): Promise<void> {
    await this.#turn(`delete ${name}`);
    return this.#under.delete(name, version);
  }

  async #turn(what: string): Promise<void> {
    if (this.#life <= 0) throw killed();
    await this.#schedule.turn(this.#actor, what);
    if (this.#life-- <= 0) throw killed();
  }
}

function killed(): MvgitError {
  return new MvgitError("interrupted", "killed");
}
