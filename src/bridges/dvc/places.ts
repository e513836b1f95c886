/** Where a DVC repository's bytes are: its cache, the work tree, its remote. */
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { showAddress } from "../../base/address.ts";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { DVC_CONFIG_CAP, readDvcConfig } from "./format-config.ts";
import { committedLinks } from "../../repo/committed-links.ts";
import type { Repo } from "../../repo/repo.ts";
import { realOf } from "../foreign/read.ts";
import type { Bucket } from "../../store/bucket.ts";
import { isPlainBucket, openBucket } from "../../store/drivers.ts";

/** Of DVC's schemes those that name a bucket as mvgit does, and so are read by its driver. */
const BUCKETS = ["gs://"];

/** What `--from` takes: the places of DVC's that are read, in words. */
export const DVC_ADDRESSES = ["a folder", ...BUCKETS].join(" or ");

export interface DvcPlaces {
  /** Folders with DVC's layout, absolute: caches first, then a remote that is a folder. */
  caches: string[];
  folderRemote: string | null;
  /** A remote that is a bucket. */
  bucket: Bucket | null;
  notes: string[];
}

interface Config {
  remote: Setting | null;
  cacheDir: Setting | null;
  urls: Map<string, Setting>;
}

/** A value, the folder that relative paths count from, and whether it is the user's own and not the repository's. */
interface Setting {
  value: string;
  base: string;
  isOwn: boolean;
}

/**
 * Reads DVC's settings for the repository at `root` of the work tree. `from` (one of `DVC_ADDRESSES`, as typed)
 * takes the place of the remote. A folder outside of the work tree that only the committed file names is not looked
 * into: it may lie on another machine, to which the system would sign in; nor is one behind a link that Git brought.
 * Both are named in the notes.
 */
export async function dvcPlaces(repo: Repo, root: string, from: string | undefined): Promise<DvcPlaces> {
  const folder = join(repo.top, root, ".dvc");
  const places: DvcPlaces = { caches: [], folderRemote: null, bucket: null, notes: [] };
  const config = await loadConfig(repo, root, places);
  const cacheDir = config.cacheDir && (await folderOf(repo, config.cacheDir, places));
  if (cacheDir) places.caches.push(cacheDir);
  const usual = await plainFolder(repo, join(folder, "cache"), places);
  if (usual !== null && !places.caches.includes(usual)) places.caches.push(usual);
  const name = config.remote?.value ?? (config.urls.size === 1 ? [...config.urls.keys()][0] : undefined);
  const url =
    from === undefined ? name !== undefined && config.urls.get(name) : { value: from, base: repo.cwd, isOwn: true };
  if (url) await useRemote(repo, url, places);
  return places;
}

async function useRemote(repo: Repo, url: Setting, places: DvcPlaces): Promise<void> {
  const { value } = url;
  if (BUCKETS.some((scheme) => value.startsWith(scheme))) {
    if (!url.isOwn && !isPlainBucket(value))
      places.notes.push(
        `the remote '${showAddress(value)}' was not asked: it is not a plain bucket; give it with '--from'`,
      );
    else places.bucket = await openBucket({ url: value.replace(/\/+$/, "") }, { env: repo.env, watch: repo.watch });
  } else if (/^[a-z][a-z0-9+.-]+:\/\//i.test(value) && !value.startsWith("file://")) {
    const shown = showAddress(value.replace(/\/\/[^/@]*@/, "//"));
    const advice = "run 'dvc fetch' first to have its bytes in DVC's cache";
    places.notes.push(`the remote '${shown}' is of a kind that mvgit does not read; ${advice}`);
  } else {
    places.folderRemote = await folderOf(repo, url, places);
  }
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

async function loadConfig(repo: Repo, root: string, places: DvcPlaces): Promise<Config> {
  const local = join(root, ".dvc/config.local") as RepoPath;
  // Git ignores this file, so it is the user's own, unless somebody committed one.
  const isLocalOwn = (await repo.git.index([`:(top,literal)${local}`])).length === 0;
  const merged: Config = { remote: null, cacheDir: null, urls: new Map() };
  merge(merged, join(globalFolder(repo), "config"), true);
  for (const [path, isOwn] of [
    [join(root, ".dvc/config"), false],
    [local, isLocalOwn],
  ] as const) {
    const file = await plainFolder(repo, join(repo.top, path), places);
    if (file !== null) merge(merged, join(repo.top, path), isOwn);
  }
  return merged;
}

/** Where DVC looks for a user's own settings. */
function globalFolder({ env }: Repo): string {
  return (
    env["DVC_GLOBAL_CONFIG_DIR"] ?? join(env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? homedir(), ".config"), "dvc")
  );
}

function merge(config: Config, file: string, isOwn: boolean): void {
  const text = readUpTo(file, DVC_CONFIG_CAP)?.toString("utf8");
  if (text === undefined) return;
  const { remote, cacheDir, urls } = readDvcConfig(text);
  const setting = (value: string): Setting => ({ value, base: dirname(file), isOwn });
  if (remote !== null) config.remote = setting(remote);
  if (cacheDir !== null) config.cacheDir = setting(cacheDir);
  for (const [name, url] of urls) config.urls.set(name, setting(url));
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
