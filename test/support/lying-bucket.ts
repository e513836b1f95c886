/** A bucket in memory that lies once about each blob, in each way that a remote must see through. */
import { type ObjectName, type ObjectRange, type PutOutcome, WrongBytes } from "../../src/store/bucket.ts";
import type { BlobSource } from "../../src/store/bytes.ts";
import { MemoryBucket } from "./memory-bucket.ts";

/**
 * The first upload of a blob is cut and leaves a part of it under the name; what is read whole for the first time comes
 * with a wrong byte, what is read in part ends early, and what is listed is listed twice. Other objects are kept well.
 */
export class LyingBucket extends MemoryBucket {
  readonly #told = new Set<string>();
  readonly #about: RegExp;

  /** `about`: names of the objects that it lies about. */
  constructor(address?: string, about = /^blobs\//) {
    super(address);
    this.#about = about;
  }

  override async putIfAbsent(name: ObjectName, source: BlobSource): Promise<PutOutcome> {
    const isAbsent = (await this.head(name)) === null;
    const outcome = await super.putIfAbsent(name, source);
    if (outcome !== "written" || !isAbsent || !this.#liesNow("put", name)) return outcome;
    const { bytes } = this.objects.get(name) ?? { bytes: Buffer.alloc(0) };
    this.put(name, Buffer.concat([bytes.subarray(0, bytes.length / 2), Buffer.from(bytes.length < 2 ? "more" : "")]));
    const found = await this.head(name);
    return found === null ? outcome : { found };
  }

  override async *get(name: ObjectName, range?: ObjectRange): AsyncGenerator<Uint8Array> {
    for await (const bytes of super.get(name, range)) {
      if (bytes.length === 0 || !this.#liesNow("get", name)) {
        yield bytes;
        continue;
      }
      if (range !== undefined) {
        yield bytes.subarray(0, bytes.length / 2);
        throw new WrongBytes("remote-unavailable", `'${name}' ended early`);
      }
      yield Buffer.from(bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)));
    }
  }

  override async *list(prefix: string): ReturnType<MemoryBucket["list"]> {
    for await (const each of super.list(prefix)) {
      yield each;
      if (this.#liesNow("list", each.name)) yield each;
    }
  }

  #liesNow(how: string, name: ObjectName): boolean {
    if (!this.#about.test(name) || this.#told.has(`${how} ${name}`)) return false;
    this.#told.add(`${how} ${name}`);
    return true;
  }
}
