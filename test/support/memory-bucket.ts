/** A bucket in memory: what a remote rests on in tests that are not about a medium. */
import { MvgitError } from "../../src/base/errors.ts";
import { throwIfStopped } from "../../src/base/stop.ts";
import { type BlobSource, readAll } from "../../src/store/bytes.ts";
import {
  type Bucket,
  type ObjectName,
  type ObjectRange,
  type ObjectStat,
  type PutOutcome,
  WrongBytes,
} from "../../src/store/bucket.ts";

interface StoredObject {
  bytes: Uint8Array;
  version: string;
  created: number;
}

/** A `Bucket` that answers at once, keeps its whole contract, and shows what it holds. */
export class MemoryBucket implements Bucket {
  readonly address: string;
  readonly concurrency = { small: 32, large: 2 };
  /** What is there. A test may look, and damage it by `put`. */
  readonly objects = new Map<ObjectName, StoredObject>();
  /** What every operation fails with from now on. */
  failure: MvgitError | null = null;
  /** By which it tells when objects were made: milliseconds since 1970. */
  clock: () => number = () => Date.now();
  #versions = 0;

  constructor(address = "memory://bucket") {
    this.address = address;
  }

  /** Puts bytes under a name whatever is there, as whoever damages or mends it does. */
  put(name: ObjectName, bytes: Uint8Array): void {
    this.objects.set(name, { bytes, version: String(++this.#versions), created: this.clock() });
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    this.#mayAnswer();
    const found = this.objects.get(name);
    return found === undefined ? null : statOf(found);
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    this.#mayAnswer();
    const found = this.objects.get(name);
    if (found === undefined) throw new MvgitError("object-missing", `'${name}' is not in '${this.address}'`);
    const { length } = found.bytes;
    const { start, end, of = length } = range ?? { start: 0, end: length };
    if (end > length || of !== length)
      throw new WrongBytes("remote-unavailable", `'${name}' in '${this.address}' has ${length} bytes`);
    yield* inPortions(found.bytes.subarray(start, end));
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    this.#mayAnswer();
    const before = this.#takenBy(name, source.size);
    if (before !== null) return before;
    const bytes = await readAll(source.open(0), source.size);
    if (bytes?.length !== source.size) throw new MvgitError("blob-damaged", `the source of '${name}' is not exact`);
    this.#mayAnswer();
    const now = this.#takenBy(name, source.size);
    if (now === null) this.put(name, bytes);
    return now ?? "written";
  }

  async replace(name: ObjectName, version: string, source: BlobSource): Promise<void> {
    this.#mayAnswer();
    this.#mustBe(name, version);
    const bytes = await readAll(source.open(0), source.size);
    if (bytes?.length !== source.size) throw new MvgitError("blob-damaged", `the source of '${name}' is not exact`);
    this.#mayAnswer();
    this.#mustBe(name, version);
    this.put(name, bytes);
  }

  async *list(prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    this.#mayAnswer();
    for (const [name, found] of [...this.objects]) if (name.startsWith(prefix)) yield { name, ...statOf(found) };
  }

  async delete(name: ObjectName, version: string): Promise<void> {
    if (this.failure) throw this.failure;
    const found = this.objects.get(name);
    if (found === undefined) return;
    this.#mustBe(name, version);
    this.objects.delete(name);
  }

  #mustBe(name: ObjectName, version: string): void {
    const found = this.objects.get(name);
    if (found === undefined) throw new MvgitError("object-missing", `'${name}' is not in '${this.address}'`);
    if (found.version !== version) throw new MvgitError("object-exists", `'${name}' was replaced meanwhile`);
  }

  #takenBy(name: ObjectName, size: number): PutOutcome | null {
    const found = this.objects.get(name);
    if (found === undefined) return null;
    return found.bytes.length === size ? "present" : { found: statOf(found) };
  }

  #mayAnswer(): void {
    throwIfStopped();
    if (this.failure) throw this.failure;
  }
}

/** Copies of the bytes, some at a time, until the process is to stop. */
export function* inPortions(bytes: Uint8Array, size = 1024 * 1024): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    throwIfStopped();
    yield bytes.slice(at, at + size);
  }
}

function statOf({ bytes, version, created }: StoredObject): ObjectStat {
  return { size: bytes.length, version, created };
}
