/** Large ranges in parallel: several requests at once, their bytes in order, in bounded memory. */
import { MvgitError } from "../../base/errors.ts";
import { mapOrdered } from "../../base/tasks.ts";
import type { BlobSource, ByteRange, WriteOutcome } from "../blob-store.ts";
import type { AccessReport, Bucket, InspectableBucket, ObjectName, ObjectStat } from "../bucket.ts";

export interface ReadAhead {
  /** Requests under way at once. */
  parts: number;
  /** Bytes of each; `parts * partSize` is what a reading holds in memory. */
  partSize: number;
}

/** 32 MiB for a reading: two of them, and two uploads, fit into the memory that mvgit allows itself. */
const CLOUD: ReadAhead = { parts: 4, partSize: 8 * 1024 * 1024 };

/** The bytes of a range, in order. Each part is one `get`, which fails or goes on by itself; the first failure is thrown. */
export async function* readAhead(
  bucket: Bucket,
  { name, range }: { name: ObjectName; range: ByteRange },
  { parts, partSize }: ReadAhead,
): AsyncGenerator<Uint8Array> {
  yield* mapOrdered(partsOf(range, partSize), parts, (part) => collect(bucket, name, part));
}

function* partsOf({ start, end }: ByteRange, partSize: number): Generator<ByteRange> {
  for (let from = start; from < end; from += partSize) yield { start: from, end: Math.min(from + partSize, end) };
}

async function collect(bucket: Bucket, name: ObjectName, part: ByteRange): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(part.end - part.start);
  let done = 0;
  for await (const chunk of bucket.get(name, part)) {
    if (done + chunk.length > bytes.length) throw inexact(bucket, name);
    bytes.set(chunk, done);
    done += chunk.length;
  }
  if (done < bytes.length) throw inexact(bucket, name);
  return bytes;
}

function inexact(bucket: Bucket, name: ObjectName): MvgitError {
  return new MvgitError("remote-unavailable", `'${bucket.address}' gave another number of bytes of '${name}' than asked for`, {
    subject: name,
  });
}

/** A bucket whose `get` reads ahead where a range is named that has more than one part. */
export class ReadAheadBucket implements InspectableBucket {
  readonly #inner: InspectableBucket;
  readonly #settings: ReadAhead;

  constructor(inner: InspectableBucket, settings: ReadAhead = CLOUD) {
    this.#inner = inner;
    this.#settings = settings;
  }

  get address(): string {
    return this.#inner.address;
  }

  get concurrency(): Bucket["concurrency"] {
    return this.#inner.concurrency;
  }

  get(name: ObjectName, range?: ByteRange): AsyncIterable<Uint8Array> {
    if (range === undefined || range.end - range.start <= this.#settings.partSize) return this.#inner.get(name, range);
    return readAhead(this.#inner, { name, range }, this.#settings);
  }

  head(name: ObjectName): Promise<ObjectStat | null> {
    return this.#inner.head(name);
  }

  putIfAbsent(name: ObjectName, source: BlobSource): Promise<WriteOutcome> {
    return this.#inner.putIfAbsent(name, source);
  }

  list(prefix: string): AsyncIterable<{ name: ObjectName } & ObjectStat> {
    return this.#inner.list(prefix);
  }

  delete(name: ObjectName, version: string): Promise<void> {
    return this.#inner.delete(name, version);
  }

  inspect(): Promise<AccessReport> {
    return this.#inner.inspect();
  }
}
