/** A range of an open file, asked for in portions, many of them under way. */
import type { ByteRange } from "../../bytes.ts";
import type { SftpClient } from "./client.ts";

/** Bytes under way at once: more than the window of a channel of `ssh`. */
export const WINDOW = 4 * 1024 * 1024;

/** The bytes in order; fewer than the range has where the file ends before. */
export async function* readPortions(client: SftpClient, handle: Buffer, range: ByteRange): AsyncGenerator<Buffer> {
  const portion = client.limits.read;
  const pending: { at: number; length: number; bytes: Promise<Buffer | null> }[] = [];
  const ask = (at: number, length: number) => {
    const bytes = client.read(handle, at, length);
    bytes.catch(() => undefined);
    return { at, length, bytes };
  };
  let next = range.start;
  for (;;) {
    while (next < range.end && pending.length * portion < WINDOW) {
      const length = Math.min(portion, range.end - next);
      pending.push(ask(next, length));
      next += length;
    }
    const first = pending.shift();
    if (first === undefined) return;
    const bytes = await first.bytes;
    if (bytes === null) return;
    // A server may give less than was asked for, without being at the end.
    if (bytes.length < first.length) pending.unshift(ask(first.at + bytes.length, first.length - bytes.length));
    yield bytes;
  }
}
