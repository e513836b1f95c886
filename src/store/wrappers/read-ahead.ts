/** Large ranges in parallel: several requests at once, their bytes in order, in bounded memory. */
import { MvgitError } from "../../base/errors.ts";
import { mapOrdered } from "../../base/tasks.ts";
import type { ByteRange } from "../blob-store.ts";

export interface ReadAhead {
  /** Requests under way at once. */
  parts: number;
  /** Bytes of each; `parts * partSize` is what a reading holds in memory. */
  partSize: number;
}

/** Reads one range of one object; goes on after a cut by itself, or throws. */
export type ReadPart = (part: ByteRange) => AsyncIterable<Uint8Array>;

/** The bytes of a range, part after part. The first failure is thrown, `remote-unavailable` for a part of another length. */
export async function* readAhead(read: ReadPart, range: ByteRange, { parts, partSize }: ReadAhead): AsyncGenerator<Uint8Array> {
  yield* mapOrdered(partsOf(range, partSize), parts, (part) => collect(read, part));
}

function* partsOf({ start, end }: ByteRange, partSize: number): Generator<ByteRange> {
  for (let from = start; from < end; from += partSize) yield { start: from, end: Math.min(from + partSize, end) };
}

async function collect(read: ReadPart, part: ByteRange): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(part.end - part.start);
  let done = 0;
  for await (const chunk of read(part)) {
    if (done + chunk.length > bytes.length) throw inexact(part);
    bytes.set(chunk, done);
    done += chunk.length;
  }
  if (done < bytes.length) throw inexact(part);
  return bytes;
}

function inexact({ start, end }: ByteRange): MvgitError {
  return new MvgitError("remote-unavailable", `the remote gave another number of bytes than ${end - start}, from byte ${start}`);
}
