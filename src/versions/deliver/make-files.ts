/** Files made of blobs in a folder that nobody reads yet: what the cache lacks is fetched, every byte is verified. */
import { dirname } from "node:path";
import { flushFiles, flushFileSystem, flushFolder } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import type { Watch } from "../../base/watch.ts";
import type { LinkType } from "../../values/settings.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { quickCache } from "../../store/cache/write-in-threads.ts";
import type { Remotes } from "../../transfer/remotes.ts";
import { unhad, unhadError } from "../../transfer/unhad.ts";
import { BringOut } from "../../worktree/bring-out.ts";
import { Guard } from "../../worktree/guard.ts";
import type { File } from "./content.ts";

/** Where the bytes are had from. */
export interface Stores {
  cache: Cache;
  /** How a file is made of a blob of the cache. */
  links: readonly LinkType[];
  /** Asked for what the cache lacks. */
  remotes(): Promise<Remotes>;
}

/** One making of files, and what came from the remote for it. */
export interface Making {
  stores: Stores;
  watch: Watch;
  jobs: number | undefined;
  /** Counted up. */
  fetched: { copied: number; bytes: number };
}

/** Throws `blob-missing` and `blob-damaged` naming the file, and what a store throws. */
export async function fetchBlobs(files: readonly File[], { stores, jobs, fetched }: Making): Promise<void> {
  if (files.length === 0) return;
  const remotes = await stores.remotes();
  const { copied, bytes, failed } = await remotes.copyTo(quickCache(stores.cache), files, { jobs });
  fetched.copied += copied;
  fetched.bytes += bytes;
  if (failed.length === 0) return;
  const of = new Map(failed.map((each) => [each.hash, each]));
  const lacking = files.flatMap(({ hash, path }) => {
    const each = of.get(hash);
    return each === undefined ? [] : [unhad(each, path, { cache: stores.cache, at: "remote" })];
  });
  throw unhadError("cannot bring", lacking, remotes.name);
}

/**
 * Makes the files below `top`, by `temporary`, a folder on the same file system; answers where they are. Not flushed.
 */
export async function makeFiles(
  files: readonly File[],
  { top, temporary }: { top: string; temporary: string },
  making: Making,
): Promise<string[]> {
  const { stores, watch } = making;
  const guard = new Guard(top, stores.cache.blobs);
  const bringOut = new BringOut(stores.cache, temporary, stores.links);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const task = watch.progress.task("making files", { files: files.length, bytes });
  const made: string[] = [];
  try {
    await forEachConcurrent(files, 8, async (wanted) => {
      watch.signal.throwIfAborted();
      const file = guard.resolveForWriting(wanted.path);
      const make = async (): Promise<void> => {
        if (
          (await bringOut.make({ ...wanted, at: file, shown: wanted.path, seen: null }, (count) =>
            task.advance(count),
          )) === null
        )
          throw madeByOther(wanted.path);
      };
      await make().catch(async (error: unknown) => {
        // The cache's copy turned out to be damaged, and was set aside.
        if (!isMvgitError(error, "blob-damaged") && !isMvgitError(error, "blob-missing")) throw error;
        await fetchBlobs([wanted], making);
        await make();
      });
      made.push(file);
      task.advance(0, 1);
    });
  } finally {
    task.done();
  }
  return made;
}

function madeByOther(path: string): MvgitError {
  return new MvgitError("local-changes", `'${display(path)}' was made by somebody else while the release was written`, {
    subject: display(path),
    hint: "run the command again when nothing else writes to the folder",
  });
}

/** More folders than this are flushed with their file system. */
const MANY_FOLDERS = 16;

/** Flushes files, and their folders below `upTo`. */
export async function flushMade(files: readonly string[], upTo: string): Promise<void> {
  await flushFiles(files);
  const folders = new Set<string>();
  for (const file of files)
    for (let at = dirname(file); at !== upTo && !folders.has(at); at = dirname(at)) folders.add(at);
  if (folders.size > MANY_FOLDERS && (await flushFileSystem(upTo))) return;
  for (const folder of folders) flushFolder(folder);
}
