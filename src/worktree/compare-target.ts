/** A tracked path of the work tree, held against its pointer: in what it differs. */
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import type { Hash } from "../model/hash.ts";
import { type LoadBlob, readManifest } from "../model/manifest-io.ts";
import type { Pointer } from "../model/pointer.ts";
import { type Inside, isMeant, mustBeRead, type Pair, pairUp } from "./compare.ts";
import type { Guard } from "./guard.ts";
import { type Identified, identifyFile } from "./read-file.ts";
import { scanFolder, type ScannedFile } from "./scan.ts";
import { type Found, look, lookThrough } from "./stamp.ts";
import type { StatCache } from "./stat-cache.ts";

export interface CompareContext {
  guard: Guard;
  stats: StatCache;
  load: LoadBlob;
  /** Told of bytes that had to be read. */
  onBytes: (count: number) => void;
  signal: AbortSignal;
}

/** How a single file, or a folder as a whole, stands against its pointer. */
export type TargetState =
  | { kind: "absent" }
  /** Something that is not of the pointer's kind: a link, a folder for a file, a file for a folder, a special file. */
  | { kind: "other"; found: Found }
  | { kind: "file"; found: Found; hash: Hash | null; clean: boolean }
  | { kind: "folder" };

/** Looks at the target itself. A file whose size is the pointer's and whose stamp is unknown is read, and remembered. */
export async function compareTarget(path: RepoPath, pointer: Pointer, context: CompareContext): Promise<TargetState> {
  const found = lookThrough(context.guard.resolve(path), context.guard.blobs);
  if (found === null) return { kind: "absent" };
  if (pointer.files !== undefined) return found.kind === "folder" ? { kind: "folder" } : { kind: "other", found };
  if (found.kind !== "file") return { kind: "other", found };
  const hash = await knownHash(path, found, { pointer, ...context });
  return { kind: "file", found, hash, clean: hash === pointer.hash };
}

async function knownHash(path: RepoPath, found: Found, context: CompareContext & { pointer: Pointer }): Promise<Hash | null> {
  const known = context.stats.target(path);
  if (known?.stamp === found.stamp) return known.hash;
  if (found.size !== context.pointer.size) return null;
  return identifyTarget(path, found, context);
}

/** Reads a single tracked file and remembers what it is. */
export async function identifyTarget(path: RepoPath, found: Found, context: CompareContext): Promise<Hash> {
  const identified = await identifySettled(found.real, context.onBytes);
  if (identified.stamp) context.stats.setTarget(path, identified.stamp, identified.hash);
  return identified.hash;
}

/**
 * Yields every file of a tracked folder beside what the manifest wants, in batches. Files that only reading can tell
 * are read, and remembered when the walk ends. A folder that is absent has no files.
 */
export async function* compareFolder(path: RepoPath, pointer: Pointer, context: CompareContext & { inside: Inside }): AsyncGenerator<Pair[]> {
  const folder = context.guard.resolve(path);
  const known = context.stats.readFolder(path);
  const learned: { path: string; stamp: string; hash: Hash }[] = [];
  try {
    const wanted = readManifest(pointer.hash, context.load, { files: pointer.files as number, size: pointer.size });
    const isThere = look(folder)?.kind === "folder";
    const found = isThere ? { scanned: scanFolder(context.guard, path), known, lookFor: lookInside(context.guard, path) } : { scanned: [], known };
    for await (const batch of pairUp(wanted, found)) {
      context.signal.throwIfAborted();
      const meant = batch.filter((pair) => isMeant(pair.path, context.inside));
      for (const pair of meant) if (mustBeRead(pair)) await readPair(pair, { learned, onBytes: context.onBytes });
      yield meant;
    }
  } finally {
    known.close();
    if (learned.length > 0) context.stats.updateFolder(path, learned);
  }
}

/** A tracked file is looked at also where `.mvgitignore` now names it: it may have changed, and must not be taken for absent. */
function lookInside(guard: Guard, target: RepoPath): (path: RepoPath) => ScannedFile | null {
  return (path) => {
    const found = lookThrough(guard.resolve(`${target}/${path}` as RepoPath), guard.blobs);
    return found?.kind === "file" ? { ...found, path } : null;
  };
}

async function readPair(pair: Pair, context: { learned: { path: string; stamp: string; hash: Hash }[]; onBytes: (count: number) => void }): Promise<void> {
  const identified = await identifySettled((pair.found as Found).real, context.onBytes);
  pair.hash = identified.hash;
  if (identified.stamp) context.learned.push({ path: pair.path, stamp: identified.stamp, hash: identified.hash });
}

/** A file that another checkout replaces meanwhile is read again; one that is written all the time is an error. */
async function identifySettled(file: string, onBytes: (count: number) => void): Promise<Identified> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await identifyFile(file, onBytes);
    } catch (error) {
      if (!isMvgitError(error, "changed-while-reading") || attempt === READINGS) throw error;
    }
  }
}

const READINGS = 5;
