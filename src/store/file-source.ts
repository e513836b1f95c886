/** A local file as restartable bytes, read ahead of whoever consumes them. */
import * as fs from "node:fs";
import { plural } from "../base/counts.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { throwIfStopped } from "../base/stop.ts";
import type { BlobSource, ByteRange } from "./bytes.ts";

/** Bytes read at once: large enough that calls cost nothing, small enough that two of them are no memory. */
const CHUNK = 4 * 1024 * 1024;

/** A file that nobody changes (a blob of a store). `size` as it was looked up. */
export function fileSource(file: string, size: number): BlobSource {
  return { size, open: (from) => readFileRange(file, { start: from, end: size }) };
}

/**
 * The bytes of a range of a file. While one chunk is out, the next is being read; a chunk may be overwritten after the
 * next one is asked for. Ends with the reason when the process is to stop. An end before the range's end, and what is
 * no regular file, throws `blob-damaged`; an absent file, `blob-missing`.
 */
export async function* readFileRange(file: string, range: ByteRange): AsyncGenerator<Uint8Array> {
  const handle = await openToRead(file);
  try {
    yield* readHandle(handle, range, file);
  } finally {
    await handle.close();
  }
}

/** As `readFileRange`, of a file that is open already and stays open. */
export async function* readHandle(
  handle: fs.promises.FileHandle,
  range: ByteRange,
  file: string,
): AsyncGenerator<Uint8Array> {
  const length = Math.max(1, Math.min(CHUNK, range.end - range.start));
  const buffers: Buffer[] = [];
  let position = range.start;
  let turn = 0;
  const readNext = (): Promise<{ bytesRead: number; buffer: Buffer }> => {
    const buffer = (buffers[turn++ % 2] ??= Buffer.allocUnsafeSlow(length));
    const reading = handle.read(buffer, 0, Math.min(length, range.end - position), position);
    reading.catch(() => {});
    return reading;
  };
  let next = position < range.end ? readNext() : null;
  try {
    while (next !== null) {
      const { bytesRead, buffer } = await next;
      next = null;
      throwIfStopped();
      if (bytesRead === 0) throw shortFile(file, position);
      position += bytesRead;
      if (position < range.end) next = readNext();
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  } finally {
    // The handle must not be closed under a read that is under way.
    if (next !== null) await next.catch(() => null);
  }
}

function shortFile(file: string, length: number): MvgitError {
  return new MvgitError("blob-damaged", `'${file}' ends after ${plural(length, "byte")}`, { subject: file });
}

async function openToRead(file: string): Promise<fs.promises.FileHandle> {
  const handle = await openAnything(file);
  if (handle !== null && (await handle.stat()).isFile()) return handle;
  await handle?.close();
  throw new MvgitError("blob-damaged", `'${file}' is no file`, { subject: file });
}

/** Neither follows a link nor waits for the other end of a pipe: null where the system refuses that. */
async function openAnything(file: string): Promise<fs.promises.FileHandle | null> {
  try {
    return await fs.promises.open(
      file,
      fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0),
    );
  } catch (error) {
    const code = systemCode(error) ?? "";
    if (["ELOOP", "EMLINK", "ENXIO", "EISDIR"].includes(code)) return null;
    if (code === "ENOENT") {
      throw new MvgitError("blob-missing", `'${file}' is not there`, { subject: file, cause: error });
    }
    throw fromSystem(error, `read '${file}'`, file);
  }
}
