/** In what one tracked path differs between two sides, file by file. */
import type { RepoPath } from "../../base/paths.ts";
import { diffManifests } from "../../values/diff-manifests.ts";
import type { Hash } from "../../values/hash.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import { type LoadBlob, readManifest } from "../../values/manifest-io.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Inside, isClean, isMeant, type Pair } from "../../worktree/compare.ts";
import { compareFolder } from "../../worktree/compare-folder.ts";
import { compareTarget } from "../../worktree/compare-target.ts";
import { scanFolder } from "../../worktree/scan.ts";
import type { Found } from "../../worktree/stamp.ts";

/** A file as one side has it. */
export interface FileVersion {
  /** Null for a file of the work tree that did not have to be read. */
  hash: Hash | null;
  /** Bytes. */
  size: number;
  mode: "file" | "exec";
}

/** A file that is not the same on both sides. */
export interface FileDifference {
  /** In the work tree. */
  path: RepoPath;
  before: FileVersion | null;
  after: FileVersion | null;
}

/** A tracked path, or a part of it, as both sides have it: null where a side does not track it. */
export interface Subject {
  path: RepoPath;
  inside: Inside;
  before: Pointer | null;
  after: Pointer | null;
}

/** Between two sets of pointers. Throws what `load` throws for a manifest that cannot be had. */
export async function* pointerChanges(
  { path, inside, before, after }: Subject,
  load: LoadBlob,
): AsyncGenerator<FileDifference[]> {
  for await (const changes of diffManifests(filesOf(before, inside, load), filesOf(after, inside, load))) {
    yield changes.map((each) => ({
      path: below(path, each.path),
      before: version(each.before),
      after: version(each.after),
    }));
  }
}

/** A folder's files; a single file as one entry without a path. */
async function* filesOf(pointer: Pointer | null, inside: Inside, load: LoadBlob): AsyncGenerator<ManifestEntry[]> {
  if (pointer === null) return;
  const { hash, size, files, exec } = pointer;
  if (files === undefined) return yield [{ path: "" as RepoPath, hash, size, mode: exec ? "exec" : "file" }];
  for await (const entries of readManifest(hash, load, { files, size }))
    yield entries.filter((entry) => isMeant(entry.path, inside));
}

function below(target: RepoPath, path: string): RepoPath {
  return path === "" ? target : (`${target}/${path}` as RepoPath);
}

function version(entry: ManifestEntry | null): FileVersion | null {
  return entry && { hash: entry.hash, size: entry.size, mode: entry.mode };
}

/**
 * Between pointers and the bytes of the work tree. Files whose stamp is known are not read; of the others only those
 * that have the wanted size.
 */
export async function* workTreeChanges(
  subject: Subject,
  repo: Repo,
  options: { load: LoadBlob; onBytes: (count: number) => void },
): AsyncGenerator<FileDifference[]> {
  const { path, inside, before } = subject;
  const pointer = before ?? subject.after;
  if (pointer === null || subject.after === null)
    return yield* pointerChanges({ ...subject, after: null }, options.load);
  const context = { guard: repo.guard, stats: repo.stats, signal: repo.watch.signal, ...options };
  const state = await compareTarget(path, pointer, context);
  if (state.kind === "folder") {
    for await (const pairs of compareFolder(path, pointer, { ...context, inside })) {
      yield pairs.flatMap((pair) => ofPair(path, pair, before !== null));
    }
    return;
  }
  if (state.kind === "file") {
    const after = ofFound(state.found, state.hash);
    if (before === null) yield [{ path, before: null, after }];
    else if (!state.clean)
      yield [{ path, before: { hash: before.hash, size: before.size, mode: before.exec ? "exec" : "file" }, after }];
    return;
  }
  yield* pointerChanges({ ...subject, after: null }, options.load);
  if (state.kind === "other") yield* standingThere(repo, path, state.found);
}

function ofPair(target: RepoPath, pair: Pair, isTracked: boolean): FileDifference[] {
  const before = isTracked ? version(pair.wanted) : null;
  if ((isTracked && isClean(pair)) || (before === null && pair.found === null)) return [];
  return [{ path: below(target, pair.path), before, after: pair.found && ofFound(pair.found, pair.hash) }];
}

function ofFound(found: Found, hash: Hash | null): FileVersion {
  return { hash, size: found.size, mode: found.exec ? "exec" : "file" };
}

/** A folder where the pointer means a file, or the other way round. */
function* standingThere(repo: Repo, path: RepoPath, found: Found): Generator<FileDifference[]> {
  if (found.kind === "file") yield [{ path, before: null, after: ofFound(found, null) }];
  if (found.kind !== "folder") return;
  for (const files of scanFolder(repo.guard, path))
    yield files.map((file) => ({ path: below(path, file.path), before: null, after: ofFound(file, null) }));
}
