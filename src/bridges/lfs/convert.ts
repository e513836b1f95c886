/** Pointers as Git LFS's, file by file, blobs among its objects. */
import { join } from "node:path";
import { readUpTo, removeFile, replaceFile, setMode } from "../../base/disk.ts";
import { type RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import { formatLfsPointer } from "./pointer.ts";
import { lfsTrackLine } from "./git-attributes.ts";
import { pointerPathOf } from "../../values/pointer.ts";
import { unignoreTargets } from "../../repo/pointers.ts";
import type { Conversion, Converted, Leaving } from "../foreign/conversion.ts";
import { Shelf } from "../foreign/shelf.ts";
import { workTreeFile } from "../../values/own-files.ts";

const ATTRIBUTES = ".gitattributes" as RepoPath;
const CAP = 16 * 1024 * 1024;

/** Writes LFS's pointers into the copy's work tree, where 'git lfs checkout' makes files of them. */
export async function toLfs({ repo, copy, leaving }: Conversion): Promise<Converted> {
  const folder = join(copy.git.place.commonDir, "lfs", "objects");
  const fileOf = (oid: string): string => join(folder, oid.slice(0, 2), oid.slice(2, 4), oid);
  const shelf = new Shelf(repo.cache, { algorithm: "sha256", folder, fileOf }, workTreeFile(copy.git.place, "tmp"));
  const task = repo.watch.progress.task("converting to Git LFS", {
    bytes: leaving.reduce((sum, each) => sum + each.pointer.size, 0),
  });
  const changed: RepoPath[] = [];
  for (const each of leaving) {
    repo.watch.signal.throwIfAborted();
    await shelf.putAll(each.files ?? [each.pointer], (count) => task.advance(count));
    for (const { path, hash, size, isExec } of filesOf(each)) {
      const file = copy.guard.resolveForWriting(path);
      replaceFile(file, formatLfsPointer({ oid: shelf.digestOf(hash), size }), false);
      if (isExec) setMode(file, 0o755);
      changed.push(path);
    }
    removeFile(copy.guard.resolve(pointerPathOf(each.path)));
    changed.push(pointerPathOf(each.path));
  }
  task.done();
  changed.push(
    ...unignoreTargets(
      copy,
      leaving.map((each) => each.path),
    ),
    writeAttributes(copy.guard.resolveForWriting(ATTRIBUTES), leaving),
  );
  return { changed, notes: [] };
}

function filesOf({ path, pointer, files }: Leaving): { path: RepoPath; hash: Hash; size: number; isExec: boolean }[] {
  if (files === null) return [{ path, hash: pointer.hash, size: pointer.size, isExec: pointer.exec === true }];
  return files.map((entry) => ({
    path: `${path}/${entry.path}` as RepoPath,
    hash: entry.hash,
    size: entry.size,
    isExec: entry.mode === "exec",
  }));
}

/**
 * A line for each path, in the top's file: what stands deeper would win over it, so such lines are the user's to judge.
 */
function writeAttributes(file: string, leaving: readonly Leaving[]): RepoPath {
  const text = readUpTo(file, CAP)?.toString("utf8") ?? "";
  const lines = leaving
    .map((each) => lfsTrackLine(each.path, each.files !== null))
    .filter((line) => !text.split("\n").includes(line));
  replaceFile(
    file,
    `${text === "" || text.endsWith("\n") ? text : `${text}\n`}${lines.map((line) => `${line}\n`).join("")}`,
    false,
  );
  return ATTRIBUTES;
}
