/** A tracked folder of the work tree, held against its manifest file by file. */
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import { breathe } from "../base/stop.ts";
import { hashBytes } from "../hashing/hasher.ts";
import type { Hash } from "../values/hash.ts";
import { ManifestWriter, readManifest } from "../values/manifest-io.ts";
import type { Pointer } from "../values/pointer.ts";
import { type Inside, isClean, isMeant, mustBeRead, type Pair, pairUp } from "./compare.ts";
import type { CompareContext } from "./compare-target.ts";
import { Deciding, Learning } from "./folder-walk.ts";
import type { Guard } from "./guard.ts";
import { identifySettled } from "./identify.ts";
import { scanFolder, type ScannedFile } from "./scan.ts";
import { look, lookThrough } from "./stamp.ts";

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
      await learning.read(meant.filter(mustBeRead), context.onBytes);
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
