/** Large ranges in parallel: several requests at once, their bytes in order, in bounded memory. */
import { MvgitError } from "../../base/errors.ts";
import { mapOrdered } from "../../base/tasks.ts";
import type { ByteRange } from "../bytes.ts";

export interface ReadAhead {
  /** Requests under way at once. */
  parts: number;
  /** Bytes of each; `parts * partSize` is what a reading holds in memory. */
  partSize: number;
}

/** Reads one range of one object; goes on after a cut by itself, or throws. */
export type ReadPart = (part: ByteRange) => AsyncIterable<Uint8Array>;

/**
 * The bytes of a range, part after part; a part's memory is used again after the next one is asked for. The first
 * failure is thrown, `remote-unavailable` for a part of another length.
 */
export async function* readAhead(
  read: ReadPart,
  range: ByteRange,
  { parts, partSize }: ReadAhead,
): AsyncGenerator<Uint8Array> {
  const free: Buffer[] = [];
  const collectNext = async (part: ByteRange): Promise<{ buffer: Buffer; length: number }> => {
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(partSize);
    return { buffer, length: await collect(read, part, buffer) };
  };
  for await (const { buffer, length } of mapOrdered(partsOf(range, partSize), parts, collectNext)) {
    yield buffer.subarray(0, length);
    free.push(buffer);
  }
}

function* partsOf({ start, end }: ByteRange, partSize: number): Generator<ByteRange> {
  for (let from = start; from < end; from += partSize) yield { start: from, end: Math.min(from + partSize, end) };
}

/** Fills the buffer with a part: its length. */
async function collect(read: ReadPart, part: ByteRange, buffer: Buffer): Promise<number> {
  const length = part.end - part.start;
  let done = 0;
  for await (const chunk of read(part)) {
    if (done + chunk.length > length) throw inexact(part);
    buffer.set(chunk, done);
    done += chunk.length;
  }
  if (done < length) throw inexact(part);
  return length;
}

function inexact({ start, end }: ByteRange): MvgitError {
  return new MvgitError(
    "remote-unavailable",
    `the remote gave another number of bytes than ${end - start}, from byte ${start}`,
  );
}
