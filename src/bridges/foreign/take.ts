/** Bytes that another program keeps, brought into the cache from wherever they can be had. */
import * as fs from "node:fs";
import { discard } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { gate, mapOrdered } from "../../base/tasks.ts";
import type { ProgressTask } from "../../base/progress.ts";
import type { Watch } from "../../base/watch.ts";
import type { Checked, ForeignName } from "./name.ts";
import type { Hash } from "../../values/hash.ts";
import type { ReadableBucket } from "../../store/bucket.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { Intake } from "../../store/cache/intake.ts";
import { TakenBefore } from "./taken-before.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import { answerOf } from "../../base/job.ts";
import { Pool, type PoolOf, WORTH_A_POOL } from "../../base/pool.ts";
import { takeForeignJob } from "../take-foreign-job.ts";
import {
  isReachedPlainly,
  type SmallAnswer,
  takeForeignBytes,
  type TakenForeign,
  takeLargeForeign,
  takeSmallForeign,
} from "./read.ts";

/** Bytes that are wanted. */
export interface ForeignWant {
  name: ForeignName;
  /** Absolute paths of files that may be it, in the order to be tried. */
  places: readonly string[];
  /** What it may be called in the bucket. */
  objects: readonly string[];
}

/**
 * `taken`: in the cache, or (`dryRun`) would be; `shared` when the cache had it before. `hash` is null while it is not
 * known, in a dry run. `missing`: nowhere; `wrong` are the places that hold other bytes under its name.
 */
export type ForeignOutcome =
  | { kind: "taken"; hash: Hash | null; size: number; shared: boolean; checked: Checked }
  | { kind: "missing"; wrong: string[] };

export interface TakingOptions {
  cache: Cache;
  watch: Watch;
  /** Where what no place has is looked for; null for nowhere. */
  bucket: ReadableBucket | null;
  /** Only looks whether it is there. */
  dryRun: boolean;
}

/** One import's work. `end` it when all went well; `close` it in every case. */
export class Taking {
  readonly intake: Intake;
  readonly #options: TakingOptions;
  readonly #before: TakenBefore;
  readonly #pool: PoolOf<typeof takeForeignJob>;
  readonly #task: ProgressTask;
  readonly #landings = new Set<Promise<void>>();
  readonly #landed = new Set<Hash>();
  readonly #largeGate: ReturnType<typeof gate>;
  #seen = 0;

  constructor(options: TakingOptions, label: string) {
    this.#options = options;
    this.#largeGate = gate(options.bucket?.concurrency.large ?? 1);
    this.intake = new Intake(options.cache);
    this.#before = new TakenBefore(options.cache);
    this.#pool = new Pool(takeForeignJob, { cacheFolder: options.cache.folder });
    this.#task = options.watch.progress.task(label);
  }

  /** How many calls of `take` at once keep everything busy. */
  get width(): number {
    return this.#pool.width;
  }

  /** In the order asked. Throws only for what is wrong with this machine or the bucket, never for what is missing. */
  async take(wants: readonly ForeignWant[]): Promise<ForeignOutcome[]> {
    this.#options.watch.signal.throwIfAborted();
    const outcomes: (ForeignOutcome | null)[] = wants.map((want) => this.#fromBefore(want));
    const open = [...wants.keys()].filter((index) => outcomes[index] === null);
    const answers = this.#options.dryRun
      ? open.map((index) => lookFor(wants[index] as ForeignWant))
      : await this.#takeSmall(open.map((index) => wants[index] as ForeignWant));
    for (const [at, index] of open.entries())
      outcomes[index] = await this.#fromPlaces(
        wants[index] as ForeignWant,
        answers[at] as SmallAnswer | ForeignOutcome,
      );
    const absent = [...wants.keys()].filter((index) => outcomes[index]?.kind === "missing");
    const bucket = this.#options.bucket;
    if (bucket && absent.length > 0) {
      const found = mapOrdered(absent, bucket.concurrency.small, async (index) => ({
        index,
        outcome: await this.#fromBucket(wants[index] as ForeignWant, bucket),
      }));
      for await (const { index, outcome } of found) outcomes[index] = outcome ?? (outcomes[index] as ForeignOutcome);
    }
    this.#task.advance(0, wants.length);
    // Lets landings, progress and signals have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return outcomes as ForeignOutcome[];
  }

  #fromBefore({ name }: ForeignWant): ForeignOutcome | null {
    const known = this.#before.find(name);
    return known && { kind: "taken", ...known, shared: true, checked: "digest" };
  }

  async #takeSmall(wants: readonly ForeignWant[]): Promise<SmallAnswer[]> {
    this.#seen += wants.length;
    const files = wants.map(({ name, places }) => ({ name, places }));
    if (this.#seen <= WORTH_A_POOL) return files.map((file) => takeSmallForeign(this.#options.cache, file));
    return (await this.#pool.ask(files)).map(answerOf);
  }

  async #fromPlaces(want: ForeignWant, first: SmallAnswer | ForeignOutcome): Promise<ForeignOutcome> {
    const wrong: string[] = [];
    for (let answer = first; ;) {
      if (answer.kind === "missing" || "shared" in answer) return answer;
      if (answer.kind === "taken") return this.#land(want.name, answer);
      wrong.push(...answer.wrong.map((place) => want.places[place] as string));
      if (answer.kind === "absent") return { kind: "missing", wrong };
      const file = want.places[answer.place] as string;
      const taken = await takeLargeForeign(this.#options.cache, want.name, {
        file,
        onBytes: (count) => this.#task.advance(count),
      });
      if (taken) return this.#land(want.name, taken);
      wrong.push(file);
      answer = takeSmallForeign(this.#options.cache, want, answer.place + 1);
    }
  }

  /** Null when the bucket has it under none of its names. */
  #fromBucket(want: ForeignWant, bucket: ReadableBucket): Promise<ForeignOutcome | null> {
    // A large one comes in several parts at once, each of which takes memory.
    return (want.name.size ?? 0) > SMALL_BLOB
      ? this.#largeGate(() => this.#askBucket(want, bucket))
      : this.#askBucket(want, bucket);
  }

  async #askBucket(want: ForeignWant, bucket: ReadableBucket): Promise<ForeignOutcome | null> {
    this.#options.watch.signal.throwIfAborted();
    const wrong: string[] = [];
    for (const object of want.objects) {
      const taken = this.#options.dryRun
        ? await lookInBucket(bucket, object)
        : await this.#download(want.name, bucket, object);
      if (taken === "absent") continue;
      if (taken !== "wrong") return "shared" in taken ? taken : this.#land(want.name, taken);
      wrong.push(`${bucket.address}/${object}`);
    }
    return wrong.length > 0 ? { kind: "missing", wrong } : null;
  }

  /**
   * One request where the size is not known beforehand, as of a folder's files; else a look, so that large ones come in
   * parts.
   */
  async #download(
    name: ForeignName,
    bucket: ReadableBucket,
    object: string,
  ): Promise<TakenForeign | "absent" | "wrong"> {
    const found = name.size === null ? undefined : await bucket.head(object);
    if (found === null) return "absent";
    if (found && found.size !== name.size) return "wrong";
    const chunks = bucket.get(object, found && { start: 0, end: found.size });
    try {
      return (
        (await takeForeignBytes(this.#options.cache, name, {
          chunks,
          onBytes: (count) => this.#task.advance(count),
        })) ?? "wrong"
      );
    } catch (error) {
      // For what was looked up: removed since.
      if (isMvgitError(error, "object-missing")) return "absent";
      throw error;
    }
  }

  #land(name: ForeignName, { hash, size, temporary, checked }: TakenForeign): ForeignOutcome {
    const twice = temporary !== null && this.#landed.has(hash);
    if (temporary === null) this.#options.cache.rely(hash);
    if (twice) discard(temporary);
    else
      this.#follow(
        temporary === null ? Promise.resolve() : this.#options.cache.land(temporary, hash),
        () => checked === "digest" && this.#before.add(name, { hash, size }),
      );
    const shared = twice || temporary === null;
    if (!shared) this.#landed.add(hash);
    // Larger ones told their bytes while they were copied.
    if (!shared && size <= SMALL_BLOB) this.#task.advance(size);
    return { kind: "taken", hash, size, shared, checked };
  }

  #follow(landing: Promise<unknown>, then: () => void): void {
    const followed = landing.then(() => {
      then();
      this.#landings.delete(followed);
    });
    followed.catch(() => {});
    this.#landings.add(followed);
  }

  /** All that was taken is durable, and remembered. Throws the first failure. */
  async end(): Promise<void> {
    await Promise.all(this.#landings);
    await this.intake.settle();
    this.#before.save();
  }

  async close(): Promise<void> {
    this.#task.done();
    await Promise.allSettled(this.#landings);
    await this.intake.settle().catch(() => {});
    await this.#pool.close();
    if (!this.#options.dryRun) this.#before.save();
  }
}

async function lookInBucket(
  bucket: ReadableBucket,
  object: string,
): Promise<Extract<ForeignOutcome, { kind: "taken" }> | "absent"> {
  const found = await bucket.head(object);
  return found === null ? "absent" : { kind: "taken", hash: null, size: found.size, shared: false, checked: "digest" };
}

/** Whether a place has a file that may be it: of the right size, where that is known. */
function lookFor({ name, places }: ForeignWant): ForeignOutcome {
  const wrong: string[] = [];
  for (const place of places) {
    const found = isReachedPlainly(place) ? fs.lstatSync(place, { throwIfNoEntry: false }) : undefined;
    if (!found?.isFile()) continue;
    if (name.size === null || found.size === name.size)
      return { kind: "taken", hash: null, size: found.size, shared: false, checked: "digest" };
    wrong.push(place);
  }
  return { kind: "missing", wrong };
}
