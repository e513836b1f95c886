/** A source into a new file of a folder, of which more bytes than were promised are never written on. */
import * as fs from "node:fs";
import { createFile, writeAll } from "../../../base/disk.ts";
import { throwIfStopped } from "../../../base/stop.ts";
import type { BlobSource } from "../../bytes.ts";
import { GrowingFile } from "../../growing-file.ts";

export async function copySmall(file: string, source: BlobSource, like: string): Promise<number> {
  const fd = createFile(file, 0o444, like);
  let size = 0;
  try {
    for await (const chunk of source.open(0)) {
      throwIfStopped();
      size += chunk.length;
      if (size > source.size) break;
      writeAll(fd, chunk, file);
    }
    throwIfStopped();
    return size;
  } finally {
    fs.closeSync(fd);
  }
}

export async function copyLarge(file: string, source: BlobSource, like: string): Promise<number> {
  const growing = GrowingFile.create(file, like);
  try {
    await growing.append(stopAfter(source.open(0), source.size), { early: true });
    return growing.size;
  } finally {
    growing.close();
  }
}

/** The chunks until more than `size` bytes came, so that an endless source ends. */
async function* stopAfter(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of chunks) {
    done += chunk.length;
    yield chunk;
    if (done > size) return;
  }
}
