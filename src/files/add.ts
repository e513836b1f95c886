/** `mvgit add`: bytes into the cache, then pointers and ignore lines, then Git's index. */
import { join } from "node:path";
import { platform } from "node:process";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, isWithin, parentOf, type RepoPath } from "../base/paths.ts";
import { forEachConcurrent } from "../base/tasks.ts";
import type { Hash } from "../values/hash.ts";
import { LEAF_CAP } from "../values/manifest.ts";
import { readLeaves, readManifest } from "../values/manifest-io.ts";
import { withoutOrigin } from "../values/origin.ts";
import { Spellings } from "../values/name-clash.ts";
import { isPointerPath, type Pointer, sameBytes, samePointer } from "../values/pointer.ts";
import { knowPart } from "../repo/bases.ts";
import { settleAside } from "../repo/displace.ts";
import { ignoreFilesToStage, ignoreTargets, stagePointers, writePointers } from "../repo/pointers.ts";
import type { Repo } from "../repo/repo.ts";
import { listTracked, pointerOf, type Tracked } from "../repo/tracked.ts";
import { decideAdded } from "./merge/decide-added.ts";
import { putOf, samePut } from "../worktree/bases.ts";
import { type ExpectedFile, type Inside, isMeant } from "../worktree/compare.ts";
import { type Copied, copyIntoCache, copySmallIntoCache, identifyFile } from "../worktree/read-file.ts";
import { IGNORE_FILE, isLeftOut } from "../worktree/scan.ts";
import { settleMany } from "../worktree/settle.ts";
import { type Found, look, lookThrough, NO_STAMP } from "../worktree/stamp.ts";
import { FOLDER_STAMP } from "../worktree/stat-cache.ts";
import { refused, takeInFolder } from "../worktree/take-in.ts";
import { SMALL_BLOB } from "../store/write-many.ts";
import { isAbsent, isOutOfDate, outOfDate } from "./out-of-date.ts";
import { trackedStatus } from "./status.ts";

export interface AddRequest {
  /** As typed, from the current folder. */
  paths: readonly string[];
  /** `paths` are patterns, matched by Git's rules against the files of the work tree. */
  glob?: boolean;
  /**
   * Writes pointers and ignore lines, and leaves Git's index as it is: for a caller that stages later, or elsewhere.
   */
  leaveIndex?: boolean;
  /** Takes also what is behind its pointer, incomplete or changed on both sides, as it stands here. */
  asIs?: boolean;
  /**
   * In a folder, what is held back for its name is left out and told, for a caller whose work must not be lost; else it
   * is refused.
   */
  leaveOut?: boolean;
}

export interface Added {
  path: RepoPath;
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Only of a folder. */
  files?: number;
  what: "new" | "changed" | "unchanged";
  /** Files and bytes that the cache did not have. */
  stored: { files: number; bytes: number };
}

export interface AddReport {
  added: Added[];
  /** Paths that Git itself kept until now, and no longer will from the next commit on. */
  takenFromGit: RepoPath[];
  /** Where there are any: of which nothing tells what they were made from, recorded as they stand here. */
  unknown?: RepoPath[];
}

interface Target {
  path: RepoPath;
  found: Found;
  before: Pointer | null;
  inside: Inside;
}

/** Files taken in at once; those that wait share one flush. */
const TOGETHER = 512;

/**
 * Tracks the paths, or takes in the new bytes of tracked ones. Everything is looked at before anything is written.
 * Throws `not-tracked`, `cannot-add`, `link-refused`, `already-tracked`, `unsafe-path`, `changed-while-reading`.
 */
export async function add(repo: Repo, request: AddRequest): Promise<AddReport> {
  const tracked = await listTracked(repo);
  const named = request.glob
    ? await matching(repo, request.paths)
    : request.paths.map((typed) => namedPath(repo, typed));
  const paths = await decideAdded(repo, named, tracked);
  const targets = plan(repo, paths, { tracked, asIs: request.asIs ?? false });
  await refuseClashes(
    repo,
    targets.filter((each) => each.before === null).map((each) => each.path),
    tracked,
  );
  const unknown = request.asIs ? [] : await refuseOutOfDate(repo, targets, tracked);
  repo.cleanTemporary();
  await settleAside(repo);
  const pointers = await takeIn(repo, targets, request.leaveOut ?? false).catch((error: unknown) => {
    repo.cache.temporary.discardOwn();
    throw error;
  });
  return repo.locked(() =>
    record(repo, targets, { results: pointers, leaveIndex: request.leaveIndex ?? false, unknown }),
  );
}

/**
 * Throws `out-of-date`. Answers those of which nothing tells what they were made from: whoever names one means it as it
 * is.
 */
async function refuseOutOfDate(
  repo: Repo,
  targets: readonly Target[],
  tracked: readonly Tracked[],
): Promise<RepoPath[]> {
  const { bases } = repo.stats;
  const isOther = ({ found, before }: Target): boolean => (found.kind === "folder") !== (before?.files !== undefined);
  const asked = targets.filter(
    (each) =>
      each.before !== null &&
      (isOther(each) ||
        !samePut(bases.get(each.path).put, putOf(each.before)) ||
        bases.get(each.path).begun.length > 0),
  );
  if (asked.length === 0) return [];
  const byPath = new Map(tracked.map((each) => [each.path, each]));
  const states = await trackedStatus(
    repo,
    asked.map(({ path, inside }) => ({ ...(byPath.get(path) as Tracked), inside })),
  );
  const stale = states.filter((each) => isOutOfDate(each) && !isAbsent(each));
  if (stale.length > 0)
    throw outOfDate(repo, stale, { what: "nothing was added", asIs: "'mvgit add --as-is' records what stands here" });
  return states.filter((each) => each.isUnknown).map((each) => each.path);
}

function namedPath(repo: Repo, typed: string): RepoPath {
  const path = repo.pathOf(typed);
  if (path !== "" && repo.guard.readerOf(path) !== null) throw refused(repo.guard, [path]);
  if (path !== "") return path;
  throw new MvgitError("cannot-add", "the whole work tree cannot be tracked as one folder", {
    subject: typed,
    hint: "name the files and folders that are too large for Git",
  });
}

async function matching(repo: Repo, patterns: readonly string[]): Promise<RepoPath[]> {
  const { prefix } = repo.git.place;
  const specs = patterns.map((pattern) => `:(top,glob)${prefix}${pattern}`);
  const { stdout } = await repo.git.run(["ls-files", "-z", "-c", "-o", "--full-name", "--", ...specs]);
  const found = stdout
    .toString("utf8")
    .split("\0")
    .filter(
      (path) =>
        path !== "" &&
        !isPointerPath(path) &&
        repo.guard.readerOf(path as RepoPath) === null &&
        look(join(repo.top, path)) !== null,
    );
  if (found.length > 0) return [...new Set(found)].map((path) => repo.pathOf(join(repo.top, path)) as RepoPath);
  throw new MvgitError("cannot-add", `no file matches ${patterns.map((each) => `'${display(each)}'`).join(", ")}`, {
    hint: "patterns are relative to the current folder; '**' crosses folders",
  });
}

function plan(
  repo: Repo,
  paths: readonly RepoPath[],
  { tracked, asIs }: { tracked: readonly Tracked[]; asIs: boolean },
): Target[] {
  const targets = new Map<RepoPath, Target>();
  const byPath = new Map(tracked.map((each) => [each.path, each]));
  const named = new Set<string>(paths);
  for (const path of paths) {
    // A folder that is named as well takes it in.
    if (
      parentsOf(path).some((each) => named.has(each) && look(repo.guard.resolve(each as RepoPath))?.kind === "folder")
    )
      continue;
    const holder = holderOf(path, byPath);
    const target = holder ?? path;
    const found = lookAtTarget(repo, target, path);
    if (found.kind === "folder") refuseNested(target, tracked);
    const reading = byPath.get(target)?.reading;
    const part = holder ? (path.slice(holder.length + 1) as RepoPath) : null;
    refuseUnread(repo, byPath.get(target), { isPart: part !== null, asIs });
    const known = targets.get(target);
    const inside = part === null || (known && known.inside === null) ? null : [...(known?.inside ?? []), part];
    targets.set(target, { path: target, found, before: reading?.kind === "pointer" ? reading.pointer : null, inside });
  }
  return [...targets.values()];
}

/**
 * What a pointer says that cannot be read here is not known: the rest of its folder would be lost, or a colleague's
 * bytes.
 */
function refuseUnread(
  repo: Repo,
  tracked: Tracked | undefined,
  { isPart, asIs }: { isPart: boolean; asIs: boolean },
): void {
  const kind = tracked?.reading.kind;
  if (
    tracked === undefined ||
    !(isPart ? kind !== "absent" && kind !== "pointer" : kind === "sparse" || kind === "newer") ||
    (asIs && !isPart)
  )
    return;
  if (kind !== "sparse") pointerOf(tracked);
  const name = display(repo.typed(tracked.path));
  throw new MvgitError(
    "cannot-add",
    `cannot add to '${name}': sparse checkout leaves its pointer out of the work tree`,
    {
      subject: name,
      hint:
        "bring it in with 'git sparse-checkout add' or 'git sparse-checkout disable' " +
        `first${isPart ? "" : "; 'mvgit add --as-is' records what stands here"}`,
    },
  );
}

/** The tracked folder that a path lies in, null for a path of its own. */
function holderOf(path: RepoPath, byPath: ReadonlyMap<string, Tracked>): RepoPath | null {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const holder = byPath.get(path.slice(0, slash));
    if (holder && holder.reading.kind !== "absent") return holder.path;
  }
  return null;
}

function lookAtTarget(repo: Repo, target: RepoPath, named: RepoPath): Found {
  const found = lookThrough(repo.guard.resolve(target), repo.guard.blobs);
  const name = display(repo.typed(named));
  if (found === null || look(repo.guard.resolve(named)) === null) {
    throw new MvgitError("cannot-add", `there is no '${name}' to add`, {
      subject: name,
      hint: "check the name; 'mvgit checkout' brings back a tracked file that is gone",
    });
  }
  if (found.kind === "link") {
    throw new MvgitError("link-refused", `cannot add '${name}': it is a symbolic link`, {
      subject: name,
      hint: "name the file or folder that it points to, if that is in the work tree",
    });
  }
  if (found.kind === "special")
    throw new MvgitError("cannot-add", `cannot add '${name}': it is neither a file nor a folder`, {
      subject: name,
      hint: "only what has bytes of its own can be tracked",
    });
  return found;
}

function refuseNested(target: RepoPath, tracked: readonly Tracked[]): void {
  const inner = tracked.find((each) => each.path !== target && isWithin(each.path, target));
  if (!inner) return;
  throw new MvgitError(
    "already-tracked",
    `cannot add '${display(target)}': '${display(inner.path)}' inside it is tracked on its own`,
    {
      subject: display(target),
      hint: `run 'mvgit rm --keep ${display(inner.path)}' first, or add the other files of the folder one by one`,
    },
  );
}

/** Throws what `add` would throw for the names of paths that are to be added later. */
export async function refuseNames(repo: Repo, paths: readonly RepoPath[]): Promise<void> {
  const held = paths.filter((path) => repo.guard.readerOf(path) !== null);
  if (held.length > 0) throw refused(repo.guard, held);
  const tracked = await listTracked(repo);
  await refuseClashes(
    repo,
    paths.filter((path) => !tracked.some((each) => isWithin(path, each.path))),
    tracked,
  );
}

/** A new name must not be one with another on a system that takes no notice of letter case or Unicode form. */
async function refuseClashes(repo: Repo, paths: readonly RepoPath[], tracked: readonly Tracked[]): Promise<void> {
  const added = paths.filter((path) => !repo.guard.isAllowed(path));
  if (added.length === 0) return;
  const known = tracked.filter((each) => each.reading.kind !== "absent").map((each) => each.path);
  const forms = new Set(added.flatMap((path) => [path, path.normalize("NFC"), path.normalize("NFD")]));
  const inGit = (await repo.git.indexAt([...forms], { anyCase: true })).map((entry) => entry.path as RepoPath);
  const all = new Spellings([...known, ...inGit, ...paths]);
  for (const path of added) {
    const clash = all.clashOf(path);
    if (clash !== null) throw clashing(repo, path, clash);
  }
}

function clashing(repo: Repo, path: RepoPath, other: RepoPath): MvgitError {
  const name = display(repo.typed(path));
  return new MvgitError(
    "name-clash",
    `cannot add '${name}': '${display(repo.typed(other))}' is here already, and both are one name on some systems`,
    {
      subject: name,
      hint: "rename one of them; letter case and Unicode form do not tell names apart on macOS and Windows",
    },
  );
}

type Result = { pointer: Pointer; stamp: string | null; stored: Added["stored"]; keptBack?: readonly RepoPath[] };

async function takeIn(repo: Repo, targets: readonly Target[], leaveOut: boolean): Promise<Map<RepoPath, Result>> {
  const results = new Map<RepoPath, Result>();
  const files = targets.filter((each) => each.found.kind === "file");
  const bytes = files.reduce((sum, each) => sum + each.found.size, 0);
  const task = repo.watch.progress.task("adding", { files: targets.length, bytes });
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

async function takeInOne(repo: Repo, target: Target, onBytes: (count: number) => void): Promise<Result> {
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

async function takeInWhole(repo: Repo, target: Target, leaveOut: boolean): Promise<Result> {
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
    if (inside !== null || !(isMvgitError(error, "blob-missing") || isMvgitError(error, "blob-damaged"))) throw error;
  }
}

async function record(
  repo: Repo,
  targets: readonly Target[],
  {
    results,
    leaveIndex,
    unknown,
  }: { results: ReadonlyMap<RepoPath, Result>; leaveIndex: boolean; unknown: RepoPath[] },
): Promise<AddReport> {
  const added: Added[] = [];
  const pointers = targets.map(
    (target) => [target.path, withTrueOrigin(target, results.get(target.path) as Result)] as const,
  );
  await writePointers(repo, pointers);
  for (const target of targets) {
    const { pointer, stamp, stored, keptBack = [] } = results.get(target.path) as Result;
    repo.stats.setTarget(target.path, stamp ?? NO_STAMP, pointer.hash);
    await know(repo, target, pointer, keptBack);
    const what = target.before === null ? "new" : samePointer(target.before, pointer) ? "unchanged" : "changed";
    added.push({
      path: target.path,
      hash: pointer.hash,
      size: pointer.size,
      ...(pointer.files === undefined ? {} : { files: pointer.files }),
      what,
      stored,
    });
  }
  const paths = targets.map((each) => each.path);
  ignoreTargets(repo, paths);
  const takenFromGit = await inGit(repo, paths);
  if (!leaveIndex) {
    await repo.git.unstage(takenFromGit);
    await stagePointers(repo, pointers, await ignoreFilesToStage(repo, paths));
  }
  await repo.stats.save();
  return { added, takenFromGit, ...(unknown.length > 0 && { unknown }) };
}

/** What was taken is what stands there; of a folder of which a part was taken, the rest is what it was. */
async function know(
  repo: Repo,
  { path, before, inside }: Target,
  pointer: Pointer,
  keptBack: readonly RepoPath[],
): Promise<void> {
  const { bases } = repo.stats;
  const { put, begun } = bases.get(path);
  const isAsPointer = before !== null && begun.length === 0 && samePut(put, putOf(before));
  if (keptBack.length === 0 && (inside === null || isAsPointer)) return bases.set(path, putOf(pointer));
  const apart = new Set(keptBack);
  await knowPart(repo, path, { root: pointer.hash, isPart: (each) => isMeant(each, inside), apart });
}

/** Bytes that changed did not come from where those before did. */
function withTrueOrigin({ before }: Target, { pointer }: Result): Pointer {
  return before === null || sameBytes(before, pointer) ? pointer : { ...pointer, extra: withoutOrigin(pointer.extra) };
}

/** Paths that are not given to Git one by one. */
const MANY = 100;

function parentsOf(path: string): string[] {
  const parent = parentOf(path);
  return parent === "" ? [] : [parent, ...parentsOf(parent)];
}

/** Which files at or below these paths the index has. */
async function inGit(repo: Repo, paths: readonly RepoPath[]): Promise<RepoPath[]> {
  if (paths.length === 0) return [];
  const entries = await repo.git.index(paths.length > MANY ? [] : paths.map((path) => `:(top,literal)${path}`));
  const wanted = new Set<string>(paths);
  const isMeant = (path: string): boolean => wanted.has(path) || parentsOf(path).some((each) => wanted.has(each));
  return [...new Set(entries.map((entry) => entry.path as RepoPath))].filter(isMeant);
}
