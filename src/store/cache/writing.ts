/** A blob's bytes on their way into a cache: a temporary file that is complete and right, or none. */
import { plural } from "../../base/counts.ts";
import { discard, removeFile, writeNewFile } from "../../base/disk.ts";
import { isMvgitError, type MvgitError } from "../../base/errors.ts";
import { fromSystem } from "../../base/system-errors.ts";
import { throwIfStopped } from "../../base/stop.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { type Hash, shortHash } from "../../values/hash.ts";
import type { BlobSource } from "../bytes.ts";
import { HashedFile } from "../hashed-file.ts";
import type { TemporaryFolder } from "../temporary.ts";
import { SMALL_BLOB } from "../write-many.ts";
import { damaged } from "./blob-errors.ts";

/** From this many bytes the beginning of an interrupted copy is kept and continued. */
const WORTH_CONTINUING = 16 * 1024 * 1024;

/** Where files are written before they are blobs. */
export interface Workshop {
  temporary: TemporaryFolder;
  /** As of `makeFolder`. */
  like: string;
  /** Starts to flush large files while they are written. */
  early: boolean;
  now: () => number;
}

/** The temporary file with all bytes of the source, which are the blob's. Throws `blob-damaged`, leaving nothing. */
export async function writeVerified(workshop: Workshop, hash: Hash, source: BlobSource): Promise<string> {
  if (source.size <= SMALL_BLOB) return writeBytes(workshop, await collect(hash, source));
  const { temporary } = workshop;
  const isWorthy = source.size >= WORTH_CONTINUING;
  const adopted = isWorthy ? temporary.adoptPart(hash) : null;
  const file = adopted ?? temporary.newName(isWorthy ? hash : undefined);
  const endLife = isWorthy ? temporary.showLife(file, workshop.now) : null;
  try {
    const growing = adopted === null ? HashedFile.create(file, workshop.like) : await HashedFile.reopen(file);
    if (await fill(growing, { hash, source, early: workshop.early, isWorthy, isAdopted: adopted !== null }))
      return file;
  } finally {
    endLife?.();
  }
  // A beginning that was continued did not fit: once more, from the start.
  return writeVerified(workshop, hash, source);
}

/** A new temporary file with these bytes. */
export function writeBytes({ temporary, like }: Workshop, bytes: Uint8Array): string {
  const file = temporary.newName();
  try {
    writeNewFile(file, bytes, 0o444, like);
    return file;
  } catch (error) {
    discard(file);
    throw fromSystem(error, "write to the cache", file);
  }
}

interface Filling {
  hash: Hash;
  source: BlobSource;
  early: boolean;
  isWorthy: boolean;
  isAdopted: boolean;
}

/** False when an adopted beginning did not fit, and is gone. What fails of itself leaves a beginning that is worthy. */
async function fill(growing: HashedFile, { hash, source, early, isWorthy, isAdopted }: Filling): Promise<boolean> {
  let keep = false;
  try {
    if (growing.size <= source.size) await growing.append(source.open(growing.size), { early });
    const written = growing.finish();
    keep = written.hash === hash && written.size === source.size;
    if (!keep && !isAdopted) throw damaged(hash, `the bytes for it hash to ${shortHash(written.hash)}`);
    return keep;
  } catch (error) {
    keep = isWorthy && !isMvgitError(error, "blob-damaged");
    throw error;
  } finally {
    growing.close();
    if (!keep) removeFile(growing.file);
  }
}

/** All bytes of a small blob, which are right. */
async function collect(hash: Hash, source: BlobSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.open(0)) {
    throwIfStopped();
    size += chunk.length;
    if (size > source.size) break;
    chunks.push(Buffer.from(chunk));
  }
  throwIfStopped();
  const bytes = Buffer.concat(chunks);
  if (size !== source.size) throw wrongBytes(hash, size);
  checkBytes(hash, bytes);
  return bytes;
}

/** Throws `blob-damaged` for bytes that are not the blob's. */
export function checkBytes(hash: Hash, bytes: Uint8Array): void {
  if (hashBytes(bytes) !== hash) throw wrongBytes(hash, bytes.length);
}

function wrongBytes(hash: Hash, size: number): MvgitError {
  return damaged(hash, `${plural(size, "byte")} came for it that are not the right ones`);
}
