/** Where a DVC repository's bytes are: its cache, the work tree, its remote. */
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ErrorCode, isMvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { committedLinks } from "../../repo/committed-links.ts";
import type { Repo } from "../../repo/repo.ts";
import { realOf } from "../foreign/read.ts";
import type { ReadableBucket } from "../../store/bucket.ts";
import { openBucket } from "../../store/drivers.ts";
import { FOREIGN_SCHEMES } from "../../store/foreign-places.ts";
import {
  bucketSettings,
  defaultRemote,
  type DvcRemote,
  loadConfig,
  type Setting,
  typedRemote,
  unusedCredentials,
} from "./remote.ts";

/** What `--from` takes: the places of DVC's that are read, in words. */
export const DVC_ADDRESSES = [
  ["a folder", ...FOREIGN_SCHEMES.slice(0, -1)].join(", "),
  ...FOREIGN_SCHEMES.slice(-1),
].join(" or ");

export interface DvcPlaces {
  /** Folders with DVC's layout, absolute: caches first, then a remote that is a folder. */
  caches: string[];
  folderRemote: string | null;
  /** A remote that is a bucket. */
  bucket: ReadableBucket | null;
  notes: string[];
}

/**
 * Reads DVC's settings for the repository at `root` of the work tree. `from` (one of `DVC_ADDRESSES`, as typed)
 * takes the place of the remote. A folder outside of the work tree that only the committed file names is not looked
 * into: it may lie on another machine, to which the system would sign in; nor is one behind a link that Git brought.
 * Both are named in the notes, and so is a remote that is not asked; where `from` is none that can be, throws `usage`
 * or `setting-untrusted`.
 */
export async function dvcPlaces(repo: Repo, root: string, from: string | undefined): Promise<DvcPlaces> {
  const folder = join(repo.top, root, ".dvc");
  const places: DvcPlaces = { caches: [], folderRemote: null, bucket: null, notes: [] };
  const config = await loadConfig(repo, root, (file) => plainFolder(repo, file, places));
  const cacheDir = config.cacheDir && (await folderOf(repo, config.cacheDir, places));
  if (cacheDir) places.caches.push(cacheDir);
  const usual = await plainFolder(repo, join(folder, "cache"), places);
  if (usual !== null && !places.caches.includes(usual)) places.caches.push(usual);
  const remote = from === undefined ? defaultRemote(config, places.notes) : typedRemote(config, from, repo.cwd);
  if (remote === null) return places;
  try {
    await useRemote(repo, remote, places);
  } catch (error) {
    // One that was typed is wanted, others may have what is lacking.
    if (from !== undefined || !isMvgitError(error) || !NOT_ASKED.includes(error.code)) throw error;
    places.notes.push(`${error.message}; ${error.hint}`);
  }
  return places;
}

/** Codes of errors before a first request. */
const NOT_ASKED: readonly ErrorCode[] = ["usage", "setting-untrusted", "setting-invalid", "not-supported"];

/** Anything that is an address, and no folder. */
const ADDRESS = /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i;

async function useRemote(repo: Repo, remote: DvcRemote, places: DvcPlaces): Promise<void> {
  const { url } = remote;
  if (!ADDRESS.test(url.value)) {
    places.folderRemote = await folderOf(repo, url, places);
    return;
  }
  places.bucket = await openBucket(bucketSettings(repo, remote), { env: repo.env, watch: repo.watch });
  const unused = unusedCredentials(remote);
  if (unused !== null) places.notes.push(unused);
}

async function folderOf(repo: Repo, { value, base, isOwn }: Setting, places: DvcPlaces): Promise<string | null> {
  const path = value.startsWith("file://")
    ? fileURLToPath(value)
    : value.replace(/^~(?=\/|$)/, repo.env["HOME"] ?? homedir());
  const folder = resolve(base, path);
  const inside = relative(repo.top, folder);
  if (isOwn || !(inside.startsWith("..") || isAbsolute(inside))) return plainFolder(repo, folder, places);
  const shown = display(folder);
  places.notes.push(
    prose`'${shown}' was not looked into: only the committed '.dvc/config' names it; if it is yours, give it
      with '--from ${shown}'`,
  );
  return null;
}

/** What a folder leads to; null, and a note, where it leads through a link that Git brought. */
async function plainFolder(repo: Repo, folder: string, places: DvcPlaces): Promise<string | null> {
  const [link] = await committedLinks(repo, [folder]);
  if (!link) return realOf(folder);
  places.notes.push(
    prose`'${display(link)}' was not looked into: it is a symbolic link that the repository brought; if where
      it leads is yours, give that with '--from'`,
  );
  return null;
}

/** What an object is called below a cache or remote: DVC 3's name and DVC 2's, the more likely one first. */
export function objectNames(md5: string, isVersion2: boolean): string[] {
  const old = `${md5.slice(0, 2)}/${md5.slice(2)}`;
  return isVersion2 ? [old, `files/md5/${old}`] : [`files/md5/${old}`, old];
}

/** The work tree's own file, null when a link or something else on the way keeps it from being looked at. */
export function workTreeFile(repo: Repo, path: RepoPath): string | null {
  try {
    return repo.guard.resolve(path);
  } catch (error) {
    if (isMvgitError(error)) return null;
    throw error;
  }
}
