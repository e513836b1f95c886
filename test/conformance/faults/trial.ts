/** What a cell of the fault plan is tested with. */
import { expect } from "vitest";
import { isMvgitError, type MvgitError } from "../../../src/base/errors.ts";
import type { Bucket, PutOutcome } from "../../../src/store/bucket.ts";
import { bytesSource } from "../../../src/store/bytes.ts";
import type { FaultProxy } from "../../support/fault-proxy.ts";
import type { FaultAction, RequestKind } from "../../support/faults.ts";
import type { WaitlessClock } from "../../support/watch.ts";
import { MIB, names, readAll, versionOf } from "../bucket/cell.ts";
import { noise } from "../noise.ts";

export type Op = "head" | "get" | "putIfAbsent" | "replace" | "list" | "delete";

/** A place behind a fault proxy, shared by all cells: each has names of its own. */
export interface FaultedPlace {
  proxy: Pick<FaultProxy, "faults" | "counts" | "received">;
  /** Opened at the proxy, with this clock and as many tries as people have. */
  bucket: Bucket;
  clock: WaitlessClock;
  /** The same, which bears that many milliseconds of silence and tries twice, at once. */
  impatient(inactivityMs: number): Promise<Bucket>;
  /** Puts an object there past the bucket; absent where the bucket itself does. */
  give?(name: string, bytes: Buffer): Promise<void>;
  /** Bytes of an object that is sent in several requests; 9 MiB and some when absent. */
  large?: number;
  /** As the service refuses a request because of the clock of whoever asks, and because credentials are too old. */
  skewed?: FaultAction;
  expired?: FaultAction;
  /** As it refuses to go on with an upload that it has forgotten, and what it refuses then. */
  forgotten?: { kind: RequestKind; action: FaultAction };
  cleanup(): Promise<void>;
}

/** A driver's word on what does not apply to it, by cell or by operation, each with its reason. */
export type Lacks = Readonly<Record<string, string>>;

export const SMALL = noise(1000);
/** What comes in its place. */
export const OTHER = noise(1200, "other");

const LARGE = new Map<number, Buffer>();
function largeOf(size: number): Buffer {
  const bytes = LARGE.get(size) ?? noise(size);
  LARGE.set(size, bytes);
  return bytes;
}

/** One piece of work, and what must be so when it has succeeded. */
export interface Work {
  label: string;
  op: Op;
  /** Whether it moves the bytes of a large object. */
  isLarge?: true;
  run(bucket: Bucket): Promise<unknown>;
  /** Looks without faults. */
  hold(result: unknown): Promise<void>;
}

/** One cell's use of the place. */
export class Trial {
  readonly place: FaultedPlace;
  readonly bucket: Bucket;
  readonly large: Buffer;
  readonly #cell: string;
  readonly #lacks: Lacks;
  readonly #objects = new Map<string, Promise<string>>();
  #names = 0;

  constructor(place: FaultedPlace, cell: string, lacks: Lacks) {
    this.place = place;
    this.bucket = place.bucket;
    this.large = largeOf(place.large ?? 9 * MIB + 5);
    this.#cell = cell.replaceAll(/[^a-zA-Z0-9]+/g, "-");
    this.#lacks = lacks;
  }

  name(): string {
    return `${this.#cell}/${String(++this.#names).padStart(3, "0")}`;
  }

  meets(action: FaultAction, how: { kind?: RequestKind; nth?: number; times?: number } = {}): void {
    this.place.proxy.faults.add({ ...how, action });
  }

  calm(): void {
    this.place.proxy.faults.clear();
  }

  /** Makes an object without faults. */
  async given(bytes: Buffer, name = this.name()): Promise<string> {
    this.calm();
    if (this.place.give) await this.place.give(name, bytes);
    else expect(await this.bucket.putIfAbsent(name, bytesSource(bytes))).toBe("written");
    return name;
  }

  /** Kinds of requests that a piece of work makes. */
  async kindsOf(work: Work): Promise<RequestKind[]> {
    this.place.proxy.counts.clear();
    await work.run(this.bucket);
    return [...this.place.proxy.counts.keys()];
  }

  asked(): number {
    return [...this.place.proxy.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Each operation that the driver has, anew: what it changes is its own. */
  async works(only?: Op): Promise<Work[]> {
    const makers: [Op, () => Promise<Work>][] = [
      ["head", () => this.#head()],
      ["get", () => this.#get()],
      ["get", () => this.#getLarge()],
      ["putIfAbsent", () => this.#put(SMALL)],
      ["putIfAbsent", () => this.#put(this.large)],
      ["replace", () => this.#replace()],
      ["list", () => this.#list()],
      ["delete", () => this.#delete()],
    ];
    const works: Work[] = [];
    for (const [op, make] of makers) if (this.#lacks[op] === undefined && (only ?? op) === op) works.push(await make());
    return works;
  }

  /** The same object each time, for those who only read. */
  #kept(bytes: Buffer): Promise<string> {
    const key = `kept-${bytes.length}`;
    const made = this.#objects.get(key) ?? this.given(bytes);
    this.#objects.set(key, made);
    return made;
  }

  async #head(): Promise<Work> {
    const name = await this.#kept(SMALL);
    return {
      label: "head",
      op: "head",
      run: (bucket) => bucket.head(name),
      hold: async (stat) => expect(stat).toMatchObject({ size: SMALL.length }),
    };
  }

  async #get(): Promise<Work> {
    const name = await this.#kept(SMALL);
    return {
      label: "get",
      op: "get",
      run: (bucket) => readAll(bucket, name, { start: 7, end: SMALL.length - 3, of: SMALL.length }),
      hold: async (bytes) => expect((bytes as Buffer).equals(SMALL.subarray(7, -3))).toBe(true),
    };
  }

  async #getLarge(): Promise<Work> {
    const name = await this.#kept(this.large);
    return {
      label: "get, large",
      op: "get",
      isLarge: true,
      run: (bucket) => readAll(bucket, name, { start: 0, end: this.large.length, of: this.large.length }),
      hold: async (bytes) => expect((bytes as Buffer).equals(this.large)).toBe(true),
    };
  }

  async #put(bytes: Buffer): Promise<Work> {
    const name = this.name();
    return {
      label: `putIfAbsent, ${bytes.length} bytes`,
      op: "putIfAbsent",
      ...(bytes === this.large && { isLarge: true }),
      run: (bucket) => bucket.putIfAbsent(name, bytesSource(bytes)),
      hold: (outcome) => this.isThere(name, bytes, outcome),
    };
  }

  async #replace(): Promise<Work> {
    const { name, version } = await this.replaceable();
    return {
      label: "replace",
      op: "replace",
      run: (bucket) => bucket.replace(name, version, bytesSource(OTHER)),
      hold: () => this.isReplaced(name),
    };
  }

  async #list(): Promise<Work> {
    const folder = this.name();
    const made = ["a", "b", "c"].map((each) => `${folder}/${each}`);
    for (const name of made) await this.given(SMALL, name);
    return {
      label: "list",
      op: "list",
      run: (bucket) => names(bucket, `${folder}/`),
      hold: async (found) => expect(found).toEqual(made),
    };
  }

  async #delete(): Promise<Work> {
    const name = await this.given(SMALL);
    const version = this.#lacks["delete"] === undefined ? await versionOf(this.bucket, name) : "";
    return {
      label: "delete",
      op: "delete",
      run: (bucket) => bucket.delete(name, version),
      hold: async () => expect(await this.bucket.head(name)).toBeNull(),
    };
  }

  /** What was told of a write is so: these bytes are there, and no others. */
  async isThere(name: string, bytes: Buffer, outcome: unknown): Promise<void> {
    this.calm();
    expect(outcome).toMatch(/^(written|present)$/);
    expect((await readAll(this.bucket, name)).equals(bytes)).toBe(true);
  }

  /** An object without faults, and its version. */
  async replaceable(): Promise<{ name: string; version: string }> {
    const name = await this.given(SMALL);
    return { name, version: await versionOf(this.bucket, name) };
  }

  /** Nothing but these bytes is under the name. */
  async isReplaced(name: string, bytes = OTHER): Promise<void> {
    this.calm();
    expect((await readAll(this.bucket, name)).equals(bytes)).toBe(true);
    expect(await names(this.bucket, name)).toEqual([name]);
  }

  async isAbsent(name: string): Promise<void> {
    this.calm();
    expect(await this.bucket.head(name)).toBeNull();
    expect(await names(this.bucket, name)).toEqual([]);
  }

  /** Either the right bytes or none are under the name, whatever an error said; then a new try ends it well. */
  async isWholeOrAbsent(name: string, bytes: Buffer): Promise<void> {
    this.calm();
    const outcome: PutOutcome = await this.bucket.putIfAbsent(name, bytesSource(bytes));
    await this.isThere(name, bytes, outcome);
  }
}

export interface FaultCell {
  /** As the table calls it: `get, cut`. */
  name: string;
  prove(trial: Trial): Promise<void>;
}

/** The error that a piece of work ends with, which must be one of ours. */
export async function failure(work: Promise<unknown>, of = ""): Promise<MvgitError> {
  const error: unknown = await work.then(
    (result) => `no error: ${JSON.stringify(result)}`,
    (caught: unknown) => caught,
  );
  if (!isMvgitError(error)) throw new Error(`${of} ended with no MvgitError: ${String(error)}`);
  return error;
}
