/** A tracked path of the work tree, held against its pointer: in what it differs. */
import { platform } from "node:process";
import { isMvgitError } from "../base/errors.ts";
import { comparePaths, type RepoPath } from "../base/paths.ts";
import { breathe } from "../base/stop.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { decideFile, type FileContent, type FileDecision } from "../values/file-state.ts";
import type { Hash } from "../values/hash.ts";
import { type LoadBlob, ManifestWriter, readManifest } from "../values/manifest-io.ts";
import type { Pointer } from "../values/pointer.ts";
import { type BaseSource, fileBase, FolderBase, type Past } from "./base-files.ts";
import { type Inside, isClean, isMeant, mustBeRead, type Pair, pairUp } from "./compare.ts";
import type { Guard } from "./guard.ts";
import { type Identified, identifyFile } from "./read-file.ts";
import { scanFolder, type ScannedFile } from "./scan.ts";
import { settleMany } from "./settle.ts";
import { type Found, look, lookThrough } from "./stamp.ts";
import type { Change, StatCache } from "./stat-cache.ts";
import type { StatReader } from "./stat-table.ts";

export interface CompareContext {
  guard: Guard;
  stats: StatCache;
  load: LoadBlob;
  /** Where it is asked for who changed what is not as the pointer says. */
  bases?: BaseSource;
  /** Told of each file of a manifest that is held back: it is no part of what is compared. */
  onHeld?: (path: RepoPath, reader: string) => void;
  /** Told of bytes that had to be read. */
  onBytes: (count: number) => void;
  signal: AbortSignal;
}

/** How a single file, or a folder as a whole, stands against its pointer. */
export type TargetState =
  | { kind: "absent" }
  /** Something that is not of the pointer's kind: a link, a folder for a file, a file for a folder, a special file. */
  | { kind: "other"; found: Found }
  | { kind: "file"; found: Found; hash: Hash | null; clean: boolean; decision?: FileDecision }
  | { kind: "folder" };

/**
 * Looks at the target itself. A file whose size is the pointer's and whose stamp is unknown is read, and remembered.
 */
export async function compareTarget(path: RepoPath, pointer: Pointer, context: CompareContext): Promise<TargetState> {
  const found = lookThrough(context.guard.resolve(path), context.guard.blobs);
  if (found === null) return { kind: "absent" };
  if (pointer.files !== undefined) return found.kind === "folder" ? { kind: "folder" } : { kind: "other", found };
  if (found.kind !== "file") return { kind: "other", found };
  const hash = await knownHash(path, found, { pointer, ...context });
  if (hash === pointer.hash && hasMode(found, pointer)) return { kind: "file", found, hash, clean: true };
  if (!context.bases) return { kind: "file", found, hash, clean: false };
  const past = await fileBase(path, context.bases);
  const read = hash ?? (mayBeOf(found, past) ? await identifyTarget(path, found, context) : null);
  return {
    kind: "file",
    found,
    hash: read,
    clean: false,
    decision: decideTarget(pointer, { hash: read, mode: modeOf(found, pointer) }, past),
  };
}

function decideTarget(pointer: Pointer, found: FileContent, past: Past): FileDecision {
  return decideFile<FileContent>({
    found,
    pointer: { hash: pointer.hash, mode: pointer.exec ? "exec" : "file" },
    ...past,
  });
}

/** Windows has no such bit. */
function modeOf(found: Found, pointer: Pointer): FileContent["mode"] {
  return (platform === "win32" ? pointer.exec : found.exec) ? "exec" : "file";
}

/** Whether only reading the file can tell whether it has the bytes of a base. */
function mayBeOf(found: Found, { put, begun }: Past): boolean {
  return [put, ...begun].some((each) => each !== null && each !== "unknown" && each.size === found.size);
}

/** Windows has no such bit: a file has there what its pointer says. */
function hasMode(found: Found, pointer: Pointer): boolean {
  return platform === "win32" || found.exec === (pointer.exec ?? false);
}

async function knownHash(
  path: RepoPath,
  found: Found,
  context: CompareContext & { pointer: Pointer },
): Promise<Hash | null> {
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
export async function* compareFolder(
  path: RepoPath,
  pointer: Pointer,
  context: CompareContext & { inside: Inside },
): AsyncGenerator<Pair[]> {
  const { stats, inside } = context;
  const folder = context.guard.resolve(path);
  const known = stats.readFolder(path);
  const learning = new Learning(pointer);
  const deciding = new Deciding(path, pointer, { context, learning });
  const isThere = look(folder)?.kind === "folder";
  const found = isThere
    ? { scanned: scanFolder(context.guard, path), known, lookFor: lookInside(context.guard, path) }
    : { scanned: [], known };
  try {
    // Where the stat table says what the manifest says, nothing has to be read, hashed and checked.
    const wanted =
      stats.filesOf(path, pointer.hash) ??
      readManifest(pointer.hash, context.load, { files: pointer.files as number, size: pointer.size });
    for await (const batch of pairUp(wanted, found)) {
      await breathe();
      context.signal.throwIfAborted();
      const meant = batch.filter((pair) => isMeant(pair.path, inside));
      const unread = meant.filter(mustBeRead);
      await settleMany(unread.map((pair) => pair.found as Found));
      for (const pair of unread)
        learning.learn(pair, await identifySettled((pair.found as Found).real, context.onBytes));
      const shown = meant.filter((pair) => !isHeld(path, pair, context));
      await deciding.decide(shown);
      learning.count(batch);
      yield shown;
    }
  } finally {
    await deciding.close();
    learning.keep(known, stats, path);
    known.close();
  }
}

/**
 * The root of the manifest that a folder would have as it stands; null where it could have none. Reads the files of
 * which no stamp tells.
 */
export async function rootOfFound(
  path: RepoPath,
  { guard, stats, onBytes, signal }: CompareContext,
): Promise<Hash | null> {
  const writer = new ManifestWriter(hashBytes);
  const known = stats.readFolder(path);
  try {
    for await (const pairs of pairUp([], { scanned: scanFolder(guard, path), known })) {
      signal.throwIfAborted();
      for (const { path: inside, found, hash } of pairs as {
        path: RepoPath;
        found: ScannedFile;
        hash: Hash | null;
      }[]) {
        const read = hash ?? (await identifySettled(found.real, onBytes)).hash;
        await writer.add({ path: inside, hash: read, size: found.size, mode: found.exec ? "exec" : "file" });
      }
    }
    return (await writer.end())?.root ?? null;
  } catch (error) {
    if (isMvgitError(error, "name-clash") || isMvgitError(error, "unsafe-path") || isMvgitError(error, "link-refused"))
      return null;
    throw error;
  } finally {
    known.close();
  }
}

/** A file that is as wanted is nobody's worry, whatever its name. */
function isHeld(target: RepoPath, pair: Pair, { guard, onHeld }: CompareContext): boolean {
  if (pair.wanted === null || isClean(pair)) return false;
  const path = `${target}/${pair.path}` as RepoPath;
  const reader = guard.readerOf(path);
  if (reader !== null) onHeld?.(path, reader);
  return reader !== null;
}

/**
 * A tracked file is looked at also where `.mvgitignore` now names it: it may have changed, and must not be taken for
 * absent.
 */
function lookInside(guard: Guard, target: RepoPath): (path: RepoPath) => ScannedFile | null {
  return (path) => {
    const found = lookThrough(guard.resolve(`${target}/${path}` as RepoPath), guard.blobs);
    return found?.kind === "file" ? { ...found, path } : null;
  };
}

/** A file that another checkout replaces meanwhile is read again; one that is written all the time is an error. */
export async function identifySettled(file: string, onBytes: (count: number) => void): Promise<Identified> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await identifyFile(file, onBytes);
    } catch (error) {
      if (!isMvgitError(error, "changed-while-reading") || attempt === READINGS) throw error;
    }
  }
}

const READINGS = 5;

/** Says of the files that are not as wanted who changed them. Nothing is opened for a folder in which all are. */
class Deciding {
  readonly #path: RepoPath;
  readonly #pointer: Pointer;
  readonly #context: CompareContext;
  readonly #learning: Learning;
  #base: FolderBase | null = null;

  constructor(
    path: RepoPath,
    pointer: Pointer,
    { context, learning }: { context: CompareContext; learning: Learning },
  ) {
    this.#path = path;
    this.#pointer = pointer;
    this.#context = context;
    this.#learning = learning;
  }

  async decide(pairs: readonly Pair[]): Promise<void> {
    const { bases, onBytes } = this.#context;
    const changed = bases ? pairs.filter((pair) => !isClean(pair)) : [];
    if (changed.length === 0) return;
    this.#base ??= await FolderBase.open(this.#path, this.#pointer, bases as BaseSource);
    const pasts: Past[] = [];
    for (const pair of changed) pasts.push(await this.#base.at(pair.path, pair.wanted));
    const unread = changed.filter(
      (pair, at) => pair.found !== null && pair.hash === null && mayBeOf(pair.found, pasts[at] as Past),
    );
    await settleMany(unread.map((pair) => pair.found as Found));
    for (const pair of unread) this.#learning.learn(pair, await identifySettled((pair.found as Found).real, onBytes));
    for (const [at, pair] of changed.entries()) {
      const found: FileContent | null = pair.found && { hash: pair.hash, mode: pair.found.exec ? "exec" : "file" };
      pair.decision = decideFile<FileContent>({ found, pointer: pair.wanted, ...(pasts[at] as Past) });
    }
  }

  async close(): Promise<void> {
    await this.#base?.close();
  }
}

/** What a walk through a folder finds out for its stat table. */
class Learning {
  readonly #learned: Change[] = [];
  readonly #pointer: Pointer;
  /** Files that are as the manifest wants them and that the table knows, or will; and all others. */
  #asWanted = 0;
  #others = 0;

  constructor(pointer: Pointer) {
    this.#pointer = pointer;
  }

  learn(pair: Pair, { hash, stamp }: Identified): void {
    pair.hash = hash;
    if (stamp) this.#learned.push({ path: pair.path, stamp, hash });
    else this.#others++;
  }

  count(pairs: readonly Pair[]): void {
    const clean = pairs.filter(isClean).length;
    this.#asWanted += clean;
    this.#others += pairs.length - clean;
  }

  /** Writes the table anew when there is something to be said: of files, or that all of them are the manifest's. */
  keep(known: StatReader, stats: StatCache, path: RepoPath): void {
    const { hash, files } = this.#pointer;
    const root = this.#others === 0 && this.#asWanted === files ? hash : null;
    const isNews = root !== null && known.root !== root && known.countAll() === files;
    const learned = this.#learned.toSorted((a, b) => comparePaths(a.path, b.path));
    if (learned.length > 0 || isNews)
      stats.updateFolder(path, learned, root && { root, files: files as number, base: known.sum });
  }
}
