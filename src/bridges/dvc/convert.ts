/** Pointers as DVC's files, blobs in DVC's cache. */
import { join } from "node:path";
import { readUpTo, removeFile, replaceFile } from "../../base/disk.ts";
import { baseOf, display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { DVC_CONFIG_CAP, readDvcConfig } from "./format-config.ts";
import { formatDvcFile } from "./format-file.ts";
import { formatDvcListing } from "./format-folder.ts";
import { pointerPathOf } from "../../values/pointer.ts";
import { ignoreTargets } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import { type DvcOuts, outsOf, rootOf, type WantedOut } from "./outs.ts";
import { objectNames } from "./places.ts";
import type { Conversion, Converted, Leaving } from "../foreign/conversion.ts";
import { Shelf } from "../foreign/shelf.ts";
import { workTreeFile } from "../../values/own-files.ts";

/** Writes a `.dvc` file beside each path, unless DVC's own files of HEAD name these bytes already. */
export async function toDvc({ repo, copy, head, leaving }: Conversion): Promise<Converted> {
  const outs = await outsOf(repo, head);
  const known = new Map(outs.wanted.map((out) => [out.path, out]));
  const changed = prepare(copy, outs);
  const shelves = new Map(
    [...new Set(leaving.map((each) => rootOf(each.path, outs.roots)))].map((root) => [root, shelfOf(repo, copy, root)]),
  );
  const notes: string[] = [];
  const task = repo.watch.progress.task("converting to DVC", {
    bytes: leaving.reduce((sum, each) => sum + each.pointer.size, 0),
  });
  for (const each of leaving) {
    repo.watch.signal.throwIfAborted();
    const md5 = await put(shelves.get(rootOf(each.path, outs.roots)) as Shelf, each, (count) => task.advance(count));
    const file = `${each.path}.dvc` as RepoPath;
    const own = known.get(each.path);
    if (!own || (own.listedIn === file && !isSame(own, md5))) {
      replaceFile(
        copy.guard.resolveForWriting(file),
        formatDvcFile({
          md5,
          size: each.pointer.size,
          ...(each.files && { files: each.files.length }),
          path: baseOf(each.path),
        }),
        false,
      );
      changed.push(file);
    } else if (!isSame(own, md5)) {
      notes.push(
        prose`'${display(own.listedIn)}' names other bytes for '${display(each.path)}': run 'dvc checkout' with
          care, or 'dvc commit' after putting the file in place`,
      );
    }
    const exec = each.files?.filter((entry) => entry.mode === "exec").length ?? (each.pointer.exec ? 1 : 0);
    if (exec > 0) notes.push(`'${display(each.path)}' has executable files (${exec}), which DVC does not remember`);
    const pointerPath = pointerPathOf(each.path);
    removeFile(copy.guard.resolve(pointerPath));
    changed.push(pointerPath);
  }
  task.done();
  return {
    changed: [
      ...changed,
      ...ignoreTargets(
        copy,
        leaving.map((each) => each.path),
      ),
    ],
    notes,
  };
}

/** True when DVC 3 finds the bytes under what the file says: DVC 2's names are another layout. */
function isSame({ name, isFolder }: WantedOut, md5: string): boolean {
  return !name.foldsLines && `${name.digest}${isFolder ? ".dir" : ""}` === md5;
}

/** The MD5 as DVC writes it, of a folder with `.dir`. */
async function put(shelf: Shelf, { pointer, files }: Leaving, onBytes: (count: number) => void): Promise<string> {
  await shelf.putAll(files ?? [pointer], onBytes);
  if (files === null) return shelf.digestOf(pointer.hash);
  const listing = formatDvcListing(files.map(({ path, hash }) => ({ path, md5: shelf.digestOf(hash) })));
  return `${await shelf.putBytes(Buffer.from(listing), ".dir")}.dir`;
}

function shelfOf(repo: Repo, copy: Repo, root: string): Shelf {
  const fileOf = (name: string): string =>
    copy.guard.resolveForWriting(join(root, ".dvc/cache", objectNames(name, false)[0] as string) as RepoPath);
  copy.guard.resolveForWriting(join(root, ".dvc/cache/files") as RepoPath);
  return new Shelf(
    repo.cache,
    { algorithm: "md5", folder: join(copy.top, root, ".dvc/cache"), fileOf },
    workTreeFile(copy.git.place, "tmp"),
  );
}

/**
 * A DVC repository where there is none, and one whose committed settings keep the cache elsewhere told to use its own.
 */
function prepare(copy: Repo, { roots }: DvcOuts): RepoPath[] {
  const changed: RepoPath[] = [];
  if (roots.length === 0) {
    for (const [path, text] of Object.entries({
      ".dvc/config": "",
      ".dvc/.gitignore": "/config.local\n/tmp\n/cache\n",
      ".dvcignore": "",
    })) {
      replaceFile(copy.guard.resolveForWriting(path as RepoPath), text, false);
      changed.push(path as RepoPath);
    }
  }
  for (const root of roots) {
    const config =
      readUpTo(copy.guard.resolve(join(root, ".dvc/config") as RepoPath), DVC_CONFIG_CAP)?.toString("utf8") ?? "";
    if (readDvcConfig(config).cacheDir !== null)
      replaceFile(
        copy.guard.resolveForWriting(join(root, ".dvc/config.local") as RepoPath),
        "[cache]\n    dir = cache\n",
        false,
      );
  }
  return changed;
}
