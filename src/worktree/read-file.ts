/** The user's files, read so that what is stored is always what was hashed, and a change meanwhile is noticed. */
import * as fs from "node:fs";
import { discard } from "../base/disk.ts";
import { systemClock } from "../base/clock.ts";
import { MvgitError, systemCode } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { display } from "../base/paths.ts";
import { hashBytes, newHasher } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import type { Cache } from "../store/cache/cache.ts";
import { SMALL_BLOB as SMALL } from "../store/write-many.ts";
import { readHandle } from "../store/file-source.ts";
import { HashedFile } from "../store/hashed-file.ts";
import { settle, settleNow } from "./settle.ts";
import { type Found, isTrustworthy, look, lookAt, type Stamp } from "./stamp.ts";

/** A file's hash, and the stamp under which it may be remembered: null while the file is too young to tell. */
export interface Identified {
  hash: Hash;
  size: number;
  exec: boolean;
  stamp: string | null;
}

type OnBytes = (count: number) => void;

/**
 * Hashes a file of the work tree. Throws `changed-while-reading`, `file-unreadable`, `cannot-add` for what is no file.
 */
export async function identifyFile(file: string, onBytes: OnBytes): Promise<Identified> {
  return withFile(file, { isRemembered: true }, hashing(file, onBytes));
}

/** As `identifyFile`, for a caller that remembers nothing: costs no flush, and answers no stamp. */
export async function identifyOnce(file: string, onBytes: OnBytes = () => {}): Promise<Identified> {
  return withFile(file, { isRemembered: false }, hashing(file, onBytes));
}

/** The hash that `identifyOnce` finds. */
export async function hashFile(file: string, onBytes: OnBytes = () => {}): Promise<Hash> {
  return (await identifyOnce(file, onBytes)).hash;
}

function hashing(file: string, onBytes: OnBytes): Reading {
  return async (handle, found) => {
    if (found.size <= SMALL) {
      const bytes = readWhole(handle.fd, found.size, file);
      onBytes(bytes.length);
      return hashBytes(bytes);
    }
    const hasher = newHasher();
    for await (const chunk of readHandle(handle, { start: 0, end: found.size }, file)) {
      hasher.update(chunk);
      onBytes(chunk.length);
    }
    return hasher.digest();
  };
}

/** What was copied: a temporary file to be landed, or null when the cache had the blob. */
export type Copied = Identified & { temporary: string | null };

/**
 * Copies a file's bytes into a temporary file of the cache, which the caller lands under the hash. Fails as
 * `identifyFile` does; then nothing is left.
 */
export async function copyIntoCache(cache: Cache, file: string, onBytes: OnBytes): Promise<Copied> {
  const temporary = cache.temporary.newName();
  const identified = await withFile(file, { isRemembered: true, temporary }, (handle, found) =>
    copyIn(handle, found, temporary, onBytes),
  );
  if (!cache.freshen(identified.hash, identified.size)) return { ...identified, temporary };
  discard(temporary);
  return { ...identified, temporary: null };
}

/** As `copyIntoCache`, for a small file, without waiting for anything. */
export function copySmallIntoCache(cache: Cache, file: string): Copied {
  const started = systemClock.now();
  const fd = openForReading(file);
  try {
    checkFile(lookAt(fd), file);
    const { found: before, settled } = settleNow(fd, file, started);
    const bytes = readWhole(fd, before.size, file);
    if (look(file)?.stamp !== before.stamp) throw changed(file);
    const hash = hashBytes(bytes);
    const temporary = cache.freshen(hash, bytes.length) ? null : cache.writeTemporary(bytes);
    return {
      hash,
      size: bytes.length,
      exec: before.exec,
      stamp: settled && isTrustworthy(before, started) ? before.stamp : null,
      temporary,
    };
  } catch (error) {
    throw fromSystem(error, `read '${display(file)}'`, display(file));
  } finally {
    fs.closeSync(fd);
  }
}

async function copyIn(
  handle: fs.promises.FileHandle,
  found: Found,
  temporary: string,
  onBytes: OnBytes,
): Promise<Hash> {
  const growing = HashedFile.create(temporary);
  try {
    await growing.append(readHandle(handle, { start: 0, end: found.size }, temporary), { early: true, onBytes });
    return growing.finish().hash;
  } finally {
    growing.close();
  }
}

/** The stamp that a blob of the cache's has now, its times telling of every later write; null where they do not. */
export async function settledStamp(file: string): Promise<Stamp | null> {
  const started = systemClock.now();
  const handle = await openFile(file);
  try {
    const { found, settled } = await settle(handle, file, started);
    // One that was just made is nobody else's yet.
    return settled || !isTrustworthy(found, started) ? found.stamp : null;
  } finally {
    await handle.close();
  }
}

type Reading = (handle: fs.promises.FileHandle, found: Found) => Promise<Hash>;

async function withFile(
  file: string,
  { isRemembered, temporary }: { isRemembered: boolean; temporary?: string },
  read: Reading,
): Promise<Identified> {
  const started = systemClock.now();
  const handle = await openFile(file);
  try {
    const opened = checkFile(lookAt(handle.fd), file);
    const { found: before, settled } = isRemembered
      ? await settle(handle, file, started)
      : { found: opened, settled: false };
    const hash = await read(handle, before);
    if (look(file)?.stamp !== before.stamp) throw changed(file);
    return {
      hash,
      size: before.size,
      exec: before.exec,
      stamp: settled && isTrustworthy(before, started) ? before.stamp : null,
    };
  } catch (error) {
    if (temporary) discard(temporary);
    // A file that shrank is a change of the user's, not damage of a store.
    throw error instanceof MvgitError && error.code === "blob-damaged"
      ? changed(file)
      : fromSystem(error, `read '${display(file)}'`, display(file));
  } finally {
    await handle.close();
  }
}

function readWhole(fd: number, size: number, file: string): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  for (let done = 0; done < size;) {
    const got = fs.readSync(fd, bytes, done, size - done, done);
    if (got === 0) throw changed(file);
    done += got;
  }
  return bytes;
}

const READ_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

async function openFile(file: string): Promise<fs.promises.FileHandle> {
  try {
    return await fs.promises.open(file, READ_FLAGS);
  } catch (error) {
    throw openFailed(error, file);
  }
}

function openForReading(file: string): number {
  try {
    return fs.openSync(file, READ_FLAGS);
  } catch (error) {
    throw openFailed(error, file);
  }
}

function openFailed(error: unknown, file: string): MvgitError {
  if (systemCode(error) === "ELOOP") {
    return new MvgitError("link-refused", `cannot read '${display(file)}': it is a symbolic link`, {
      subject: display(file),
      hint: "name the file that it points to",
    });
  }
  if (systemCode(error) === "ENOENT") return changed(file);
  return fromSystem(error, `read '${display(file)}'`, display(file));
}

function checkFile(found: Found, file: string): Found {
  if (found.kind === "file") return found;
  throw new MvgitError("cannot-add", `cannot read '${display(file)}': it is not a regular file`, {
    subject: display(file),
  });
}

/** The error for a file that is being written by somebody. */
function changed(file: string): MvgitError {
  return new MvgitError("changed-while-reading", `'${display(file)}' changed while it was read`, {
    subject: display(file),
    hint: "run the command again when nothing writes to the file",
  });
}
