/** Files made, and bytes written into them. */
import * as fs from "node:fs";
import { step } from "../faults.ts";
import { shareFile } from "./sharing.ts";

/** Opens a new file for writing; never follows or reuses what is there. `like`: as of `makeFolder`. */
export function createFile(file: string, mode = 0o666, like?: string): number {
  step("create", file);
  const fd = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL, mode);
  if (like !== undefined) shareFile(fd, mode, like);
  return fd;
}

/** Opens a file that is there to change it; nothing is changed by that, so this is no step. */
export function openToChange(file: string): number {
  return fs.openSync(file, "r+");
}

/** Opens a file to write at its end; it is made where there is none. */
export function openToAppend(file: string): number {
  step("create", file);
  return fs.openSync(file, "a");
}

/** Writes all of `bytes` at the file's position. */
export function writeAll(fd: number, bytes: Uint8Array, file: string): void {
  step("write", file);
  for (let done = 0; done < bytes.length;) done += fs.writeSync(fd, bytes, done, bytes.length - done);
}

/** Writes over the beginning of a file. */
export function writeBeginning(fd: number, text: string, file: string): void {
  step("write", file);
  fs.writeSync(fd, text, 0);
}

/** Writes all of `bytes` at a place in the file. They are on their way when this returns. */
export async function writeAt(
  fd: number,
  bytes: Uint8Array,
  { position, file }: { position: number; file: string },
): Promise<void> {
  step("write", file);
  for (let done = 0; done < bytes.length;) {
    done += await new Promise<number>((resolve, reject) => {
      fs.write(fd, bytes, done, bytes.length - done, position + done, (error, count) =>
        error ? reject(error) : resolve(count),
      );
    });
  }
}

/** Makes a small file; nothing may be there yet. Not flushed. `like`: as of `makeFolder`. */
export function writeNewFile(file: string, bytes: string | Uint8Array, mode = 0o666, like?: string): void {
  const fd = createFile(file, mode, like);
  try {
    writeAll(fd, typeof bytes === "string" ? Buffer.from(bytes) : bytes, file);
  } finally {
    fs.closeSync(fd);
  }
}

/** Makes a file of all that comes; nothing may be there yet. What fails leaves what was written. Not flushed. */
export async function writeStream(file: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const fd = createFile(file);
  try {
    let position = 0;
    for await (const chunk of chunks) {
      await writeAt(fd, chunk, { position, file });
      position += chunk.length;
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** Adds to a file's end, which is made if it is not there; not flushed. */
export function appendToFile(file: string, text: string): void {
  step("append", file);
  fs.appendFileSync(file, text);
}
