/** Targets taken into the cache: what their pointers are to say. */
import { platform } from "node:process";
import { MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { forEachConcurrent } from "../../base/tasks.ts";
import type { Hash } from "../../values/hash.ts";
import { LEAF_CAP } from "../../values/manifest.ts";
import { readLeaves, readManifest } from "../../values/manifest-io.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { SMALL_BLOB } from "../../store/write-many.ts";
import type { ExpectedFile } from "../../worktree/compare.ts";
import { type Copied, copyIntoCache, copySmallIntoCache, identifyFile } from "../../worktree/read-file.ts";
import { IGNORE_FILE, isLeftOut } from "../../worktree/ignore-rules.ts";
import { settleMany } from "../../worktree/settle.ts";
import { FOLDER_STAMP } from "../../worktree/stat-cache.ts";
import { takeInFolder } from "../../worktree/take-in.ts";
import type { Target } from "./targets.ts";
import { isLack } from "../../store/lack.ts";

/** Files taken in at once; those that wait share one flush. */
const TOGETHER = 512;

/** What was taken in of one target. */
export interface Taken {
  pointer: Pointer;
  /** Null while the file is too young to be remembered. */
  stamp: string | null;
  /** Files and bytes that the cache did not have. */
  stored: { files: number; bytes: number };
  /** Files of the folder that are not here for their names, and that its manifest keeps. */
  keptBack?: readonly RepoPath[];
}

export async function takeIn(repo: Repo, targets: readonly Target[], leaveOut: boolean): Promise<Map<RepoPath, Taken>> {
  const results = new Map<RepoPath, Taken>();
  const files = targets.filter((each) => each.found.kind === "file");
  const bytes = files.reduce((sum, each) => sum + each.found.size, 0);
  const task = repo.watch.progress.task("adding", { files: files.length, bytes });
  await settleMany(
    files.filter((each) => repo.stats.target(each.path)?.stamp !== each.found.stamp).map((each) => each.found),
  );
  try {
    await forEachConcurrent(files, TOGETHER, async (target) => {
      repo.watch.signal.throwIfAborted();
      results.set(target.path, await takeInOne(repo, target, (count) => task.advance(count)));
      task.advance(0, 1);
    });
  } finally {
    task.done();
  }
  for (const target of targets)
    if (target.found.kind === "folder") results.set(target.path, await takeInWhole(repo, target, leaveOut));
  return results;
}

async function takeInOne(repo: Repo, target: Target, onBytes: (count: number) => void): Promise<Taken> {
  const { cache, stats } = repo;
  const file = target.found.real;
  const extra = target.before?.extra ?? new Map();
  const pointerTo = ({ hash, size, exec }: Pick<Copied, "hash" | "size" | "exec">): Pointer => ({
    hash,
    size,
    ...(isExec(target, exec) ? { exec: true } : {}),
    extra,
  });
  const known = stats.target(target.path);
  const isCached = (hash: Hash): boolean => cache.freshen(hash, target.found.size);
  if (known?.stamp === target.found.stamp && isCached(known.hash)) {
    return {
      pointer: pointerTo({ ...target.found, hash: known.hash }),
      stamp: known.stamp,
      stored: { files: 0, bytes: 0 },
    };
  }
  if (target.before?.size === target.found.size && target.before.files === undefined && cache.has(target.before)) {
    // A file that was only touched is the common case of this: one read, no write.
    const same = await identifyFile(file, () => {});
    if (isCached(same.hash)) return { pointer: pointerTo(same), stamp: same.stamp, stored: { files: 0, bytes: 0 } };
  }
  const copied: Copied =
    target.found.size <= SMALL_BLOB ? copySmallIntoCache(cache, file) : await copyIntoCache(cache, file, onBytes);
  if (copied.temporary) await cache.land(copied.temporary, copied.hash);
  else cache.rely(copied.hash);
  const stored = copied.temporary ? { files: 1, bytes: copied.size } : { files: 0, bytes: 0 };
  return { pointer: pointerTo(copied), stamp: copied.stamp, stored };
}

/** Where the system has no such bit, it is what the pointer said. */
function isExec({ before }: Target, found: boolean): boolean {
  return platform === "win32" ? before?.exec === true : found;
}

async function takeInWhole(repo: Repo, target: Target, leaveOut: boolean): Promise<Taken> {
  const { before, inside, path } = target;
  const tell = (left: RepoPath): void =>
    repo.watch.warn(`left out '${display(left)}': ${repo.guard.readerOf(left)} would read or run it by its name`);
  const taken = await takeInFolder(
    { target: path, before: filesOf(repo, target), inside, leaveOut: leaveOut ? tell : null },
    repo,
  );
  if (taken === null) throw nothingIn(repo, path);
  const pointer = {
    hash: taken.root,
    size: taken.size,
    files: taken.files,
    extra: before?.extra ?? new Map<string, string>(),
  };
  return { pointer, stamp: FOLDER_STAMP, stored: taken.stored, keptBack: taken.keptBack };
}

function nothingIn(repo: Repo, path: RepoPath): MvgitError {
  const name = display(repo.typed(path));
  const [why, hint] = isLeftOut(repo.guard, path)
    ? [
        `a '${IGNORE_FILE}' above it leaves the whole folder out`,
        `remove its line from '${IGNORE_FILE}', or add files of it by name`,
      ]
    : [
        "the folder holds no files",
        `an empty folder has nothing to track; put a file into it first, or look into '${IGNORE_FILE}'`,
      ];
  return new MvgitError("cannot-add", `cannot add '${name}': ${why}`, { subject: name, hint });
}

/** The files that the pointer had; a manifest that is not here matters only when part of it is to be kept. */
async function* filesOf(repo: Repo, { path, before, inside }: Target): AsyncGenerator<ExpectedFile[]> {
  if (before?.files === undefined) return;
  try {
    const remembered = repo.stats.filesOf(path, before.hash);
    // A manifest that went bad is set aside now, so that it is stored anew.
    if (remembered)
      for (const { hash } of await readLeaves(before.hash, repo.loadManifest)) repo.loadManifest(hash, LEAF_CAP);
    yield* remembered ?? readManifest(before.hash, repo.loadManifest);
  } catch (error) {
    if (inside !== null || !isLack(error)) throw error;
  }
}
