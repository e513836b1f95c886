/**
 * Everything that a repository may still need: whatever Git reaches in any way, in every work tree, and the work trees'
 * files. This is the one door: gc of a cache and gc of a remote both ask here.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { gitDirs, heldObjects } from "../git/held.ts";
import type { IndexEntry } from "../git/program.ts";
import type { Oid } from "../git/reader.ts";
import type { Hash } from "../values/hash.ts";
import { readLeaves } from "../values/manifest-io.ts";
import { isPointerPath, type Pointer, POINTER_CAP, POINTER_SUFFIX, POINTERS, readPointer } from "../values/pointer.ts";
import { FOLDER_STAMP, StatCache } from "../worktree/stat-cache.ts";
import { everClaimed } from "./claim-ledger.ts";
import { needsOf } from "./needs.ts";
import {
  commitPointers,
  indexPointers,
  joinUses,
  newerFormat,
  newerPointer,
  type PointerUse,
  type PointerUses,
  readPointers,
} from "./pointer-uses.ts";
import { Repo, withoutGitVariables } from "./repo.ts";
import { workTreeFile } from "../values/own-files.ts";

export interface ReachOptions {
  /** Commits that count with what they come from, whoever names them. */
  more?: readonly Oid[];
  /** The caller says that no pointer is left, so that finding none is no sign of being blind. */
  emptied?: boolean;
}

/**
 * The hashes that any pointer names, its folder's manifests and files among them, and those that a file of a work tree
 * may be a link to. A pointer or manifest that cannot be read is an error, `pointer-malformed` or `blob-missing`: what
 * it needs is not known, so nothing may be removed.
 */
export async function reachableBlobs(repo: Repo, options: ReachOptions = {}): Promise<Set<Hash>> {
  const reachable = new Set<Hash>();
  for (const pointer of await reachablePointers(repo, options)) {
    if (reachable.has(pointer.hash) && pointer.files === undefined) continue;
    const { blobs, manifests } = await needsOf(pointer, repo.loadManifest).catch(async (error: unknown) => {
      throw await namingFolder(repo, pointer, error);
    });
    for (const { hash } of [...blobs, ...manifests]) reachable.add(hash);
  }
  for (const stats of statCaches(repo)) {
    for (const { hash } of filesOnDisk(stats)) reachable.add(hash);
    for (const hash of await baseManifests(repo, stats)) reachable.add(hash);
  }
  return reachable;
}

/** Which folder's list it is that cannot be had, and where Git names it. */
async function namingFolder(repo: Repo, pointer: Pointer, error: unknown): Promise<unknown> {
  if (!isMvgitError(error)) return error;
  const use = (await reachableUses(repo)).uses.find((each) => each.pointer.hash === pointer.hash);
  if (use === undefined) return error;
  return new MvgitError(error.code, `'${display(use.path)}' of ${use.where.slice(0, 10)}: ${error.message}`, {
    subject: display(use.path),
    cause: error,
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}

/**
 * Every pointer that anything reaches. Throws `pointer-malformed`, and `check-failed` where there must be some and none
 * is seen.
 */
export async function reachablePointers(repo: Repo, options: ReachOptions = {}): Promise<Pointer[]> {
  const found = new Map<string, Pointer>();
  const add = (pointer: Pointer): void => void found.set(`${pointer.hash} ${pointer.files}`, pointer);
  const { uses, broken } = await reachableUses(repo, options.more);
  const first = broken.find((each) => each.reason !== "conflicted");
  if (first) throw newerPointer(broken) ?? unreadable(first.path, first.where);
  for (const { pointer } of uses) add(pointer);
  // One whose folder is away, on a disk that is not mounted, has what Git's directory has of it.
  const tops = (await repo.git.worktrees()).filter((top) => fs.existsSync(top));
  for (const top of tops) for (const pointer of await pointersOnDisk(await atTop(repo, top))) add(pointer);
  if (found.size === 0 && options.emptied !== true) refuseBlind(repo);
  return [...found.values()];
}

/** Every pointer that Git holds, and where. */
export async function reachableUses(repo: Repo, more: readonly Oid[] = []): Promise<PointerUses> {
  const held = await heldObjects(repo.git, repo.env);
  const brought: { path: string; oid: Oid; where: string }[] = [];
  for await (const { path, oid, commit } of repo.git.reachedHistory({ held: held.commits, more }, POINTER_SUFFIX)) {
    if (isPointerPath(path)) brought.push({ path, oid, where: commit });
  }
  for (const gitDir of gitDirs(repo.git.place.commonDir)) {
    const lines = await repo.git.ofGitDir(gitDir).index([POINTERS], { undone: true });
    for (const { path, oid } of lines.filter(isPointer)) brought.push({ path, oid, where: "index" });
  }
  const found = [await readPointers(repo, brought), await indexPointers(repo), await lonePointers(repo, held.blobs)];
  for (const tree of held.trees) found.push(await commitPointers(repo, tree));
  return joinUses(...found);
}

function isPointer({ path, mode }: IndexEntry): boolean {
  return isPointerPath(path) && mode.startsWith("100");
}

/** Blobs that a ref names, as what stands in another one's place does; any file may be one. */
async function lonePointers(repo: Repo, oids: readonly Oid[]): Promise<PointerUses> {
  const uses: PointerUse[] = [];
  for await (const { oid, bytes } of repo.git.blobs(oids, POINTER_CAP)) {
    const reading = bytes && readPointer(bytes);
    if (reading?.kind === "pointer")
      uses.push({ path: oid as string as RepoPath, pointer: reading.pointer, where: oid });
  }
  return { uses, broken: [] };
}

/**
 * No pointer anywhere, though this clone pushed some, or brought files out: more likely Git hides them than that they
 * are gone.
 */
function refuseBlind(repo: Repo): void {
  const target = statCaches(repo).flatMap((stats) => [...stats.targets()])[0];
  const pushed = everClaimed(repo.git.place.commonDir) ? "it pushed some" : null;
  const why = target ? `it knows '${display(target.path)}'` : pushed;
  if (why === null) return;
  const top = display(repo.top);
  throw new MvgitError(
    "check-failed",
    `nothing was removed: no commit, index or work tree of '${top}' has a pointer, though ${why}`,
    {
      subject: top,
      hint: prose`see whether 'git rev-list --objects --all' lists what you expect; if all of it is gone on
          purpose, add '--emptied'`,
    },
  );
}

/** The work tree at `top`, opened; this one as it is. */
async function atTop(repo: Repo, top: string): Promise<Repo> {
  return top === repo.top ? repo : Repo.open({ cwd: top, env: withoutGitVariables(repo.env), watch: repo.watch });
}

/**
 * Pointers as they stand in a work tree, edited or conflicted ones too: both sides of a conflict count, and what they
 * come from.
 */
async function pointersOnDisk(repo: Repo): Promise<Pointer[]> {
  const { stdout } = await repo.git.run(["ls-files", "-z", "-c", "-o", "--full-name", "--", POINTERS]);
  const pointers: Pointer[] = [];
  for (const path of new Set(
    stdout
      .toString("utf8")
      .split("\0")
      .filter((each) => each !== ""),
  )) {
    const file = join(repo.top, path);
    const bytes = fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readUpTo(file, POINTER_CAP) : null;
    const reading = bytes && readPointer(bytes);
    if (reading?.kind === "pointer") pointers.push(reading.pointer);
    if (reading?.kind === "conflicted")
      pointers.push(
        ...[reading.base, reading.ours, reading.theirs].filter((side) => side !== undefined && side !== null),
      );
    if (reading?.kind === "newer") throw newerFormat(path, reading.version);
    if (reading?.kind === "malformed") throw unreadable(path, "the work tree");
  }
  return pointers;
}

/** Of every work tree, also of one whose folder is away. */
function statCaches(repo: Repo): StatCache[] {
  return gitDirs(repo.git.place.commonDir).map((gitDir) => new StatCache(workTreeFile({ gitDir }, "stat")));
}

/** Manifests of what folders of a work tree were made from: without them nobody could tell who changed a file. */
async function baseManifests(repo: Repo, stats: StatCache): Promise<Hash[]> {
  const found: Hash[] = [];
  for (const { put, begun } of stats.bases.all()) {
    for (const each of [put, ...begun]) {
      if (typeof each === "string" || each.kind !== "folder") continue;
      found.push(each.hash);
      try {
        for (const leaf of await readLeaves(each.hash, repo.loadManifest)) found.push(leaf.hash);
      } catch (error) {
        // What is gone, or no manifest, tells nothing any more.
        if (!isMvgitError(error)) throw error;
      }
    }
  }
  return found;
}

/**
 * Files that a checkout made, as the stat cache knows them: where `mvgit.link` is `symlink`, the blob is all there is
 * of them.
 */
function* filesOnDisk(stats: StatCache): Generator<{ hash: Hash }> {
  for (const target of stats.targets()) {
    if (target.stamp !== FOLDER_STAMP) yield target;
    const files = stats.readFolder(target.path as RepoPath);
    if (target.stamp === FOLDER_STAMP) yield* files.rest();
    files.close();
  }
}

function unreadable(path: string, where: string): MvgitError {
  return new MvgitError(
    "pointer-malformed",
    `what '${display(path)}' of ${where.slice(0, 10)} needs is not known: the pointer cannot be read`,
    {
      subject: display(path),
      hint: "mend the pointer, or let 'git reflog expire' and 'git gc' remove the commit, then run the command again",
    },
  );
}
