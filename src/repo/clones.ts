/**
 * The repositories that share a cache (`mvgit.cacheDir`): each has a file in `<cache>/clones/`, so that gc can look at
 * what all of them need. Why this is safe: docs/decisions/0006-gc-of-a-shared-cache.md.
 */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { makeFolder, readUpTo, replaceFile, shareWritten } from "../base/disk.ts";
import { isMvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { ownNames } from "../base/own-folder.ts";
import type { GitPlace } from "../git/place.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { cloneToken } from "./identity.ts";
import { isReadOnly } from "./known-stores.ts";
import { cacheFile } from "../values/own-files.ts";

const CAP = 64 * 1024;

/** A repository as it registered itself. */
export interface Clone {
  host: string;
  /** Absolute, on that host: Git's common directory. */
  commonDir: string;
  /** A work tree of it, from which it was opened. */
  top: string;
  /** Its own (`cloneToken`): another repository may have its place now. Null where it had none when it registered. */
  token: string | null;
  /** Where this is written. */
  file: string;
}

/**
 * Writes down that this repository uses the cache, unless it stands there. A cache that cannot be written is left as it
 * is.
 */
export function registerClone(cacheFolder: string, place: GitPlace): void {
  try {
    const token = tokenOf(place);
    const file = fileOf(cacheFolder, place.commonDir, token);
    const known = readClone(file);
    if (known?.commonDir === place.commonDir && (known.top === place.top || fs.existsSync(known.top))) return;
    makeFolder(cacheFile(cacheFolder, "clones"), cacheFolder);
    replaceFile(
      file,
      `${JSON.stringify({ mvgit: 1, host: hostname(), commonDir: place.commonDir, top: place.top, token })}\n`,
    );
    shareWritten(file, cacheFolder);
  } catch (error) {
    const failure = fromSystem(error, `register in the cache '${cacheFolder}'`, cacheFolder);
    if (!isMvgitError(failure, "read-only") && !isMvgitError(failure, "file-unreadable")) throw failure;
  }
}

/**
 * Every repository that registered. An entry that cannot be read is one of an unknown repository: its fields are empty.
 */
export function listClones(cacheFolder: string): Clone[] {
  const folder = cacheFile(cacheFolder, "clones");
  return ownNames(folder)
    .filter((name) => !name.startsWith("."))
    .map((name) => {
      const file = join(folder, name);
      return readClone(file) ?? { host: "", commonDir: "", top: "", token: null, file };
    });
}

/** The entries of a folder: a work tree, its Git directory, or an entry's own file. */
export function clonesAt(cacheFolder: string, folder: string): Clone[] {
  return listClones(cacheFolder).filter((each) => [each.top, each.commonDir, each.file].includes(folder));
}

/** Whether an entry is that of this repository. */
export function isOf({ host, commonDir, token }: Clone, git: { place: GitPlace }): boolean {
  return host === hostname() && commonDir === git.place.commonDir && (token === null || token === tokenOf(git.place));
}

/** Null for a clone that may not be written, and has none. */
function tokenOf(place: GitPlace): string | null {
  try {
    return cloneToken({ place });
  } catch (error) {
    if (isReadOnly(error)) return null;
    throw error;
  }
}

function fileOf(cacheFolder: string, commonDir: string, token: string | null): string {
  const name = hashBytes(Buffer.from([hostname(), commonDir, token ?? ""].join("\0"))).slice(0, 32);
  return join(cacheFile(cacheFolder, "clones"), name);
}

function readClone(file: string): Clone | null {
  const text = readUpTo(file, CAP)?.toString("utf8") ?? "";
  try {
    const { host, commonDir, top, token } = JSON.parse(text) as Record<string, unknown>;
    return typeof host === "string" && typeof commonDir === "string" && typeof top === "string"
      ? { host, commonDir, top, token: typeof token === "string" ? token : null, file }
      : null;
  } catch {
    // Whoever lists it says so.
    return null;
  }
}
