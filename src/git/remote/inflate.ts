/** Deflated bytes in a pack, inflated no further than they say. */
import { Readable } from "node:stream";
import { createInflate, inflateSync } from "node:zlib";
import { notGit } from "./pkt-line.ts";

/** Bytes up to which one call inflates all at once. */
const AT_ONCE = 1024 * 1024;
/** Deflated bytes that are handed over at once. */
const PORTION = 64 * 1024;

/** `deflated` begins with a stream of exactly `size` bytes; any other throws `remote-unavailable`. */
export interface Deflated {
  deflated: Buffer;
  size: number;
}

/** The whole stream, which the caller knows to be small enough, and how many deflated bytes it was. */
export function inflateAll({ deflated, size }: Deflated): { bytes: Buffer; consumed: number } {
  try {
    // The type of `info` is not declared: with it, zlib tells how many bytes it took.
    const { buffer, engine } = inflateSync(deflated, { info: true, maxOutputLength: Math.max(size, 1) }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (buffer.length === size) return { bytes: buffer, consumed: engine.bytesWritten };
  } catch {
    // Falls through: damaged, or larger than it says.
  }
  throw notGit("its pack is damaged");
}

/** Hands the stream to `take` in portions, of which none is kept here, and answers how many deflated bytes it was. */
export async function inflateThrough({ deflated, size }: Deflated, take: (bytes: Buffer) => void): Promise<number> {
  if (size <= AT_ONCE) {
    const { bytes, consumed } = inflateAll({ deflated, size });
    take(bytes);
    return consumed;
  }
  const source = Readable.from(portionsOf(deflated));
  const engine = source.pipe(createInflate({ chunkSize: PORTION }));
  let length = 0;
  try {
    for await (const bytes of engine as AsyncIterable<Buffer>) {
      length += bytes.length;
      if (length > size) break;
      take(bytes);
    }
  } catch {
    throw notGit("its pack is damaged");
  } finally {
    source.destroy();
    engine.destroy();
  }
  if (length !== size) throw notGit("its pack is damaged");
  return engine.bytesWritten;
}

function* portionsOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PORTION) yield bytes.subarray(at, at + PORTION);
}
