/** Bytes that another program keeps, copied into the cache and checked against that program's own name for them. */
import * as fs from "node:fs";
import { dirname } from "node:path";
import { cloneFile, discard, readUpTo, setMode } from "../../base/disk.ts";
import { systemCode } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { display } from "../../base/paths.ts";
import { hashBytes, newHasher } from "../../hashing/hasher.ts";
import { Check } from "./check.ts";
import type { Checked, ForeignName } from "./name.ts";
import type { Hash } from "../../values/hash.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { readFileRange } from "../../store/file-source.ts";
import { HashedFile } from "../../store/hashed-file.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";

/** What is looked for, and the files that may be it, absolute, in the order to be tried. */
export interface ForeignFile {
  name: ForeignName;
  places: readonly string[];
}

/** Right bytes: a temporary file of the cache to be landed, or null when the cache had the blob. */
export interface TakenForeign {
  kind: "taken";
  hash: Hash;
  size: number;
  temporary: string | null;
  checked: Checked;
}

/**
 * `large`: too large for synchronous calls, at that place. `absent`: at none; `wrong` are places that hold other bytes.
 */
export type SmallAnswer =
  | (TakenForeign & { place: number })
  | { kind: "large"; place: number; wrong: number[] }
  | { kind: "absent"; wrong: number[] };

/** Links are not followed: what is named by a digest is a file of its own. */
const READ_FLAGS = fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);

/**
 * Whether no folder on the way to a file is a link. Asked once for each folder in one process: other programs keep many
 * files in few of them. A folder that a user reached by a link of their own is named here by what it leads to.
 */
export function isReachedPlainly(file: string): boolean {
  const folder = dirname(file);
  const known = plainFolders.get(folder);
  if (known !== undefined) return known;
  const isPlain = realOf(folder) === folder;
  if (plainFolders.size > 100_000) plainFolders.clear();
  plainFolders.set(folder, isPlain);
  return isPlain;
}

const plainFolders = new Map<string, boolean>();

/** What a path leads to; the path itself where there is nothing. */
export function realOf(path: string): string {
  try {
    return fs.realpathSync(path);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return path;
    throw fromSystem(error, `look at '${display(path)}'`, display(path));
  }
}

/**
 * A small file's bytes, of more than `cap` only `cap + 1`; null where there is none, or a link stands in its place or
 * on the way.
 */
export function readForeign(file: string, cap: number): Buffer | null {
  return isReachedPlainly(file) && fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readUpTo(file, cap) : null;
}

/**
 * Tries the places from `first` on with synchronous calls, as a worker thread does. Never an error for what is absent.
 */
export function takeSmallForeign(cache: Cache, { name, places }: ForeignFile, first = 0): SmallAnswer {
  const wrong: number[] = [];
  for (let place = first; place < places.length; place++) {
    const file = places[place] as string;
    const bytes = readSmall(file, name.size);
    if (bytes === "large") return { kind: "large", place, wrong };
    const checked = bytes instanceof Buffer ? checkSmall(name, bytes) : null;
    if (bytes instanceof Buffer && checked) {
      const hash = hashBytes(bytes);
      const temporary = cache.freshen(hash, bytes.length) ? null : cache.writeTemporary(bytes);
      return { kind: "taken", hash, size: bytes.length, temporary, checked, place };
    }
    if (bytes !== "absent") wrong.push(place);
  }
  return { kind: "absent", wrong };
}

/** `other`: a file of another size, or no regular file. */
function readSmall(file: string, size: number | null): Buffer | "absent" | "large" | "other" {
  let fd: number;
  try {
    if (!isReachedPlainly(file)) return "absent";
    fd = fs.openSync(file, READ_FLAGS);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP"].includes(systemCode(error) ?? "")) return "absent";
    throw fromSystem(error, `read '${display(file)}'`, display(file));
  }
  try {
    const found = fs.fstatSync(fd);
    if (!found.isFile() || (size !== null && found.size !== size)) return "other";
    if (found.size > SMALL_BLOB) return "large";
    const bytes = Buffer.allocUnsafe(found.size);
    for (let done = 0; done < bytes.length;) {
      const got = fs.readSync(fd, bytes, done, bytes.length - done, done);
      if (got === 0) return "other";
      done += got;
    }
    return bytes;
  } catch (error) {
    throw fromSystem(error, `read '${display(file)}'`, display(file));
  } finally {
    fs.closeSync(fd);
  }
}

function checkSmall(name: ForeignName, bytes: Buffer): Checked | null {
  const check = new Check(name);
  check.update(bytes);
  return check.end();
}

/**
 * Copies a large file: by reflink where the file system can, then only reads it. Null when its bytes are other ones.
 */
export async function takeLargeForeign(
  cache: Cache,
  name: ForeignName,
  source: { file: string; onBytes: (count: number) => void },
): Promise<TakenForeign | null> {
  const { file, onBytes } = source;
  const size = fs.lstatSync(file).size;
  const clone = cloned(cache, file);
  if (clone === null)
    return takeForeignBytes(cache, name, { chunks: readFileRange(file, { start: 0, end: size }), onBytes });
  const check = new Check(name);
  const hasher = newHasher();
  try {
    for await (const chunk of readFileRange(clone, { start: 0, end: size })) {
      check.update(chunk);
      hasher.update(chunk);
      onBytes(chunk.length);
    }
  } catch (error) {
    discard(clone);
    throw error;
  }
  return conclude(cache, clone, { hash: hasher.digest(), size, checked: check.end() });
}

/** A temporary file that shares the file's blocks, null where the file system has no such thing. */
function cloned(cache: Cache, file: string): string | null {
  const temporary = cache.temporary.newName();
  try {
    cloneFile(file, temporary);
    setMode(temporary, 0o444);
    return temporary;
  } catch (error) {
    discard(temporary);
    if (["ENOTSUP", "EOPNOTSUPP", "EXDEV", "EINVAL", "ENOSYS", "ENOTTY", "EPERM"].includes(systemCode(error) ?? ""))
      return null;
    throw fromSystem(error, `copy '${display(file)}'`, display(file));
  }
}

/** Copies bytes from anywhere, read once. Null when they are other ones; then, and after an error, nothing is left. */
export async function takeForeignBytes(
  cache: Cache,
  name: ForeignName,
  source: { chunks: AsyncIterable<Uint8Array>; onBytes: (count: number) => void },
): Promise<TakenForeign | null> {
  const check = new Check(name);
  const growing = HashedFile.create(cache.temporary.newName());
  let written;
  try {
    await growing.append(seen(source.chunks, check), { early: true, onBytes: source.onBytes });
    written = growing.finish();
  } catch (error) {
    discard(growing.file);
    throw error;
  } finally {
    growing.close();
  }
  return conclude(cache, growing.file, { ...written, checked: check.end() });
}

async function* seen(chunks: AsyncIterable<Uint8Array>, check: Check): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    check.update(chunk);
    yield chunk;
  }
}

function conclude(
  cache: Cache,
  temporary: string,
  { hash, size, checked }: { hash: Hash; size: number; checked: Checked | null },
): TakenForeign | null {
  const isOfUse = checked !== null && !cache.freshen(hash, size);
  if (!isOfUse) discard(temporary);
  return checked === null ? null : { kind: "taken", hash, size, temporary: isOfUse ? temporary : null, checked };
}
