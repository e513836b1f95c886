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
  #versions = 0;

  constructor(address = "memory://bucket") {
    this.address = address;
  }

  /** Puts bytes under a name whatever is there, as whoever damages or mends it does. */
  put(name: ObjectName, bytes: Uint8Array): void {
    this.objects.set(name, { bytes, version: String(++this.#versions), created: Date.now() });
  }

  async head(name: ObjectName): Promise<ObjectStat | null> {
    throwIfStopped();
    const found = this.objects.get(name);
    return found === undefined ? null : statOf(found);
  }

  async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    throwIfStopped();
    const found = this.objects.get(name);
    if (found === undefined) throw new MvgitError("object-missing", `'${name}' is not in '${this.address}'`);
    const { length } = found.bytes;
    const { start, end, of = length } = range ?? { start: 0, end: length };
    if (end > length || of !== length)
      throw new WrongBytes("remote-unavailable", `'${name}' in '${this.address}' has ${length} bytes`);
    if (end > start) yield found.bytes.slice(start, end);
  }

  async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    throwIfStopped();
    const bytes = await readAll(source.open(0), source.size);
    if (bytes?.length !== source.size) throw new MvgitError("blob-damaged", `the source of '${name}' is not exact`);
    throwIfStopped();
    const found = this.objects.get(name);
    if (found !== undefined) return found.bytes.length === source.size ? "present" : { found: statOf(found) };
    this.put(name, bytes);
    return "written";
  }

  async *list(prefix: string): AsyncGenerator<{ name: ObjectName } & ObjectStat> {
    throwIfStopped();
    for (const [name, found] of [...this.objects]) if (name.startsWith(prefix)) yield { name, ...statOf(found) };
  }

  async delete(name: ObjectName, version: string): Promise<void> {
    const found = this.objects.get(name);
    if (found === undefined) return;
    if (found.version !== version) throw new MvgitError("object-exists", `'${name}' was replaced meanwhile`);
    this.objects.delete(name);
  }
}

function statOf({ bytes, version, created }: StoredObject): ObjectStat {
  return { size: bytes.length, version, created };
}
