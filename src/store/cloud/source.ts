/** A source on its way to a bucket: counted, summed with CRC32C, and never complete unless it is exact. */
import { crc32c } from "../../base/crc32c.ts";
import { formatCount, plural } from "../../base/counts.ts";
import { MvgitError } from "../../base/errors.ts";
import type { BlobSource } from "../bytes.ts";
import { crcText } from "./crc32c.ts";

/** What the end of a reading brings: the bytes held back, and the sum of all. */
export interface Tail {
  bytes: Buffer;
  crc: string;
}

/**
 * Readings of one source, each from its beginning, that hold back the last part until the source was found exact.
 * Throws what the source throws, and `blob-damaged` for one that gives another number of bytes than its size.
 */
export class SourceReading {
  readonly #source: BlobSource;
  readonly #name: string;
  /** Where the part that is held back begins, in bytes. */
  readonly #boundary: number;
  /** Set when a reading reached the end and the source was exact. */
  tail: Tail | null = null;
  /** What the source itself threw, or did wrong: never to be tried again by whoever sends. */
  failure: { error: unknown } | null = null;

  constructor(name: string, source: BlobSource, boundary: number) {
    this.#name = name;
    this.#source = source;
    this.#boundary = boundary;
  }

  /** Yields from `from` to the boundary, then reads the rest into `tail`. From the beginning each time, for the sum. */
  async *open(from: number): AsyncGenerator<Uint8Array> {
    const held = Buffer.allocUnsafe(this.#source.size - this.#boundary);
    let done = 0;
    let crc = 0;
    try {
      for await (const chunk of exactly(this.#name, this.#source)) {
        const start = done;
        done += chunk.length;
        crc = crc32c(chunk, crc);
        const cut = Math.max(0, Math.min(chunk.length, this.#boundary - start));
        held.set(chunk.subarray(cut), Math.max(0, start - this.#boundary));
        const first = Math.max(0, from - start);
        if (first < cut) yield chunk.subarray(first, cut);
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
    this.tail = { bytes: held, crc: crcText(crc) };
  }

  /** Reads on to the end without sending: what is held back, and the sum. */
  async finish(): Promise<Tail> {
    if (this.tail === null) for await (const _ of this.open(this.#boundary)) continue;
    return this.tail as unknown as Tail;
  }
}

/** All bytes of a source. Throws what it throws, and `blob-damaged` where it gives another number of them. */
export async function* exactly(name: string, source: BlobSource): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of source.open(0)) {
    done += chunk.length;
    if (done > source.size) throw inexact(name, `more than ${plural(source.size, "byte")}`);
    yield chunk;
  }
  if (done < source.size) throw inexact(name, `${plural(done, "byte")} instead of ${formatCount(source.size)}`);
}

function inexact(name: string, how: string): MvgitError {
  return new MvgitError("blob-damaged", `the source of '${name}' gave ${how}`, { subject: name });
}

/** The same chunks, with the first one read: so that no connection waits while the source skips what is not needed. */
export async function primed(chunks: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  const first = await chunks.next();
  return (async function* () {
    try {
      if (!first.done) yield first.value;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  })();
}
