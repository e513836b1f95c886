/** `mvgit status`: how the work tree, the cache and Git's index stand to each other. */
import { join } from "node:path";
import { andMore } from "../base/counts.ts";
import { isMvgitError } from "../base/errors.ts";
import { isWithin, type RepoPath } from "../base/paths.ts";
import type { FileState } from "../values/file-state.ts";
import { pointerOfManifest } from "../values/manifest-io.ts";
import { isPointerPath, type Pointer } from "../values/pointer.ts";
import { baseSource } from "../repo/bases.ts";
import type { Repo } from "../repo/repo.ts";
import { leftTargets } from "../repo/left-targets.ts";
import { tellOpen } from "./merge/open.ts";
import { listTracked, select, type Selected } from "../repo/tracked.ts";
import type { BaseSource } from "../worktree/base-files.ts";
import { type Base, type Put, putOf, samePut } from "../worktree/bases.ts";
import { isClean as isAsWanted } from "../worktree/compare.ts";
import { compareFolder, compareTarget, identifyTarget, rootOfFound } from "../worktree/compare-target.ts";
import { scanFolder } from "../worktree/scan.ts";
import { type Found, look } from "../worktree/stamp.ts";
import { type FileStates, FileTally } from "./file-tally.ts";

/** Above this many files, listing the cache costs less than asking it for each. */
const MANY = 1000;
/** Files named at most. */
const SHOWN = 3;

export interface StatusRequest {
  paths: readonly string[];
  /** Also what this remote lacks; "" for the default one. */
  remote?: string;
  /** Reads every file, whatever is remembered of it. */
  verify?: boolean;
}

/** What HEAD, the index and unpublished commits need and a remote does not have. */
interface RemoteStatus {
  name: string;
  address: string;
  /** What was looked at, in words. */
  looked: string;
  blobs: number;
  lacks: { blobs: number; bytes: number };
  /** Of these blobs, how many are there with another size. */
  damaged: number;
  /** Of these, what the cache does not have either. */
  lost: { blobs: number; bytes: number };
  /** Folders whose lists of files are in neither, so that what else is lacking is not known. */
  unknown: RepoPath[];
}

/** What is to be said of one tracked path; several states may hold. */
export interface PathStatus {
  path: RepoPath;
  /** `unpointed`: its pointer was removed from the work tree. */
  state: FileState | "unpointed" | "conflicted" | "malformed" | "newer" | "blocked" | "held" | "sparse";
  /** Bytes that the pointer names. */
  size: number | null;
  /** Why, for states that need words. */
  detail?: string;
  /** Of a folder that is not clean: how many of its files are not as the pointer says, whoever changed them. */
  changes?: { modified: number; missing: number; added: number };
  /** Of a folder in conflict: its files that wait for a decision. */
  open?: RepoPath[];
  /** The same by who changed them, each with the first names. */
  files?: FileStates;
  /** What stands there is a file where the pointer names a folder, or a folder where it names a file. */
  isOther?: true;
  /** Nothing tells what it was made from, so that who changed it is not known. */
  isUnknown?: true;
  /** The bytes that the pointer names are not, or not all, in the cache. */
  notInCache: boolean;
}

export interface StatusReport {
  tracked: PathStatus[];
  /** Files that neither Git nor mvgit tracks and that are too large for Git. */
  tooLarge: { path: RepoPath; size: number }[];
  /** What an earlier commit or an undone add left, where there is any: no pointer of Git's index stands for it. */
  left?: { path: RepoPath; kind: "file" | "folder"; isPointed: boolean }[];
  /** Bytes above which a file is too large for Git. */
  maxFileSize: number;
  /** Only where a remote was asked for. */
  remote?: RemoteStatus;
}

/**
 * Reads no file whose stamp is known, unless asked to. Throws `not-tracked` for a named path that is not tracked, and
 * what a remote throws.
 */
export async function status(repo: Repo, request: StatusRequest): Promise<StatusReport> {
  if (request.verify) repo.stats.believeNothing();
  const selected = await select(repo, request.paths);
  const within = request.paths.map((typed) => repo.pathOf(typed));
  const [tooLarge, tracked] = await Promise.all([findTooLarge(repo, within), trackedStatus(repo, selected)]);
  const left = (await leftTargets(repo, request.paths.length === 0 ? selected : await listTracked(repo))).filter(
    ({ path }) => within.length === 0 || within.some((each) => isWithin(path, each)),
  );
  await repo.stats.save();
  const remote =
    request.remote === undefined ? {} : { remote: await remoteStatus(repo, request.remote, request.paths) };
  return {
    tracked,
    tooLarge: tooLarge.filter((large) => !left.some(({ path }) => isWithin(large.path, path))),
    ...(left.length > 0 && { left }),
    maxFileSize: repo.settings.maxFileSize,
    ...remote,
  };
}

async function remoteStatus(repo: Repo, name: string, paths: readonly string[]): Promise<RemoteStatus> {
  // Whoever asks no remote, as every commit does, starts without it.
  const { push } = await import("./push.ts");
  const plan = await push(repo, { paths, dryRun: true, isLook: true, ...(name === "" ? {} : { remote: name }) });
  const { address, looked, blobs, copied, bytes, damaged, lost, lacking } = plan;
  return {
    name: name || (repo.settings.defaultRemote ?? ""),
    address,
    looked,
    blobs,
    lacks: { blobs: copied, bytes },
    damaged,
    lost,
    unknown: lacking.map((each) => each.path),
  };
}

/** The states of tracked paths alone. */
export async function trackedStatus(repo: Repo, selected: readonly Selected[]): Promise<PathStatus[]> {
  const task = repo.watch.progress.task("reading changed files");
  const tracked: PathStatus[] = [];
  try {
    for (const each of selected) {
      repo.watch.signal.throwIfAborted();
      tracked.push(await statusOf(repo, each, (count) => task.advance(count)));
    }
  } finally {
    task.done();
    await repo.stats.save();
  }
  return tracked;
}

async function statusOf(repo: Repo, selected: Selected, onBytes: (count: number) => void): Promise<PathStatus> {
  const { path, reading } = selected;
  const base = { path, size: null, notInCache: false };
  switch (reading.kind) {
    case "pointer":
      return compare(repo, selected, { pointer: reading.pointer, onBytes });
    case "absent":
      return { ...base, state: "unpointed" };
    case "malformed":
      return { ...base, state: "malformed", detail: reading.reason };
    case "newer":
      return { ...base, state: "newer", detail: `format ${reading.version}` };
    case "conflicted":
      return { ...base, state: "conflicted", ...(await tellOpen(repo, selected)) };
    default:
      return { ...base, state: "sparse" };
  }
}

type Comparing = Parameters<typeof compareTarget>[2] & { bases: BaseSource };

async function compare(
  repo: Repo,
  selected: Selected,
  options: { pointer: Pointer; onBytes: (count: number) => void },
): Promise<PathStatus> {
  const { pointer } = options;
  const { path } = selected;
  const bases = baseSource(repo);
  const context = {
    guard: repo.guard,
    stats: repo.stats,
    load: repo.loadManifest,
    bases,
    onBytes: options.onBytes,
    signal: repo.watch.signal,
  };
  const base = { path, size: pointer.size, notInCache: !isInCache(repo, pointer) };
  const state = await compareTarget(path, pointer, context);
  const reader = state.kind === "file" && state.clean ? null : repo.guard.readerOf(path);
  if (reader !== null) return { ...base, state: "held", detail: `${reader} would read or run it` };
  if (state.kind === "absent") return { ...base, state: isPut(bases.of(path)) ? "deleted" : "incomplete" };
  if (state.kind === "other")
    return {
      ...base,
      detail: `a ${state.found.kind} stands there`,
      ...(await compareOther(selected, { found: state.found, pointer, context })),
    };
  if (state.kind === "folder") return { ...base, ...(await compareWhole(repo, selected, { pointer, context })) };
  if (state.clean) {
    if (selected.indexOid !== null) repo.stats.bases.learn(path, putOf(pointer));
    return { ...base, state: "clean" };
  }
  const unknown = unknownOf(bases.of(path));
  const mode = state.hash === pointer.hash ? { detail: pointer.exec ? "not executable here" : "executable here" } : {};
  return { ...base, state: state.decision?.state ?? "modified", ...mode, ...unknown };
}

/**
 * Of what is not of the pointer's kind: whether it is what the pointer named before, and whether the pointer changed
 * since.
 */
async function compareOther(
  { path }: Selected,
  { found, pointer, context }: { found: Found; pointer: Pointer; context: Comparing },
): Promise<Pick<PathStatus, "state" | "isOther" | "isUnknown">> {
  if (found.kind !== "file" && found.kind !== "folder") return { state: "blocked" };
  const left = found.kind === "folder" ? await leftInside(path, context) : null;
  if (left !== null) return { state: left ? "behind" : "diverged", isOther: true };
  const { put, begun } = context.bases.of(path);
  const earlier = put === "unknown" ? await context.bases.history(path) : [];
  for (const each of [put, ...begun, ...earlier])
    if (typeof each !== "string" && (await isAsPut(path, { found, put: each, context })))
      return { state: "behind", isOther: true };
  if (put === "unknown") return { state: "blocked", isUnknown: true };
  return { state: samePut(put, putOf(pointer)) ? "blocked" : "diverged", isOther: true };
}

/**
 * Of a folder in which another commit has tracked paths: whether nothing else stands there than what that commit left;
 * null of any other.
 */
async function leftInside(folder: RepoPath, context: Comparing): Promise<boolean | null> {
  const { guard, stats } = context;
  const targets = [...stats.targets()].filter(({ path }) => path !== folder && isWithin(path, folder));
  if (targets.length === 0) return null;
  for (const batch of scanFolder(guard, folder)) {
    for (const each of batch) {
      const path = `${folder}/${each.path}` as RepoPath;
      const target = targets.find((owner) => isWithin(path, owner.path));
      if (target === undefined) return false;
      if (
        target.path === path &&
        target.stamp !== each.stamp &&
        (await identifyTarget(path, each, context)) !== target.hash
      )
        return false;
    }
  }
  return true;
}

async function isAsPut(
  path: RepoPath,
  { found, put, context: { bases, ...context } }: { found: Found; put: Put; context: Comparing },
): Promise<boolean> {
  if (put.kind !== "folder")
    return (
      found.kind === "file" && found.size === put.size && (await identifyTarget(path, found, context)) === put.hash
    );
  const before = found.kind === "folder" ? await pointerOfManifest(put.hash, bases.load) : null;
  if (before === null) return false;
  for await (const pairs of compareFolder(path, before, { ...context, inside: null }))
    if (!pairs.every(isAsWanted)) return false;
  return true;
}

/** Whether all of it was here once. */
function isPut({ put, begun }: Base): boolean {
  return typeof put !== "string" && begun.length === 0;
}

function unknownOf({ put }: Base): Pick<PathStatus, "isUnknown"> {
  return put === "unknown" ? { isUnknown: true } : {};
}

type WholeStatus = Pick<PathStatus, "state" | "changes" | "files" | "detail" | "notInCache" | "isUnknown">;

async function compareWhole(
  repo: Repo,
  selected: Selected,
  options: { pointer: Pointer; context: Comparing },
): Promise<WholeStatus> {
  try {
    return await compareFiles(repo, selected, options);
  } catch (error) {
    if (isMvgitError(error, "blob-missing") || isMvgitError(error, "blob-damaged"))
      return compareWithBase(repo, selected, options);
    if (isMvgitError(error, "link-refused"))
      return { state: "modified", notInCache: !isInCache(repo, options.pointer), detail: error.message };
    throw error;
  }
}

async function compareFiles(
  repo: Repo,
  selected: Selected,
  { pointer, context }: { pointer: Pointer; context: Comparing },
): Promise<WholeStatus> {
  const tally = new FileTally();
  const held: RepoPath[] = [];
  const onHeld = (path: RepoPath): void => void held.push(path);
  let notInCache = !isInCache(repo, pointer);
  const isCached =
    (pointer.files ?? 0) > MANY
      ? repo.cache.presence()
      : (blob: Pick<Pointer, "hash" | "size">): boolean => repo.cache.has(blob);
  for await (const pairs of compareFolder(selected.path, pointer, { ...context, onHeld, inside: selected.inside })) {
    for (const pair of pairs) {
      if (pair.wanted && !notInCache && !isCached(pair.wanted)) notInCache = true;
      if (!isAsWanted(pair)) tally.add(pair);
    }
  }
  const names =
    held.length > 0 ? { detail: `held back: ${held.slice(0, SHOWN).join(", ")}${andMore(held.length - SHOWN)}` } : {};
  if (tally.isEmpty) {
    if (held.length === 0 && selected.inside === null && selected.indexOid !== null)
      repo.stats.bases.learn(selected.path, putOf(pointer));
    return { state: held.length > 0 ? "held" : "clean", ...names, notInCache };
  }
  const base = context.bases.of(selected.path);
  const isNew = base.put === "nothing" || (base.put === "unknown" && tally.files.behind === undefined);
  const isCut = isNew || base.begun.some((each) => each.hash === pointer.hash);
  return {
    state: tally.state(isCut),
    changes: tally.changes,
    files: tally.files,
    ...names,
    notInCache,
    ...(tally.isGuess ? { isUnknown: true } : unknownOf(base)),
  };
}

/**
 * Where nothing tells what the pointer's folder holds, as before its first fetch: whether what stands here is what it
 * was made from.
 */
async function compareWithBase(
  repo: Repo,
  selected: Selected,
  { pointer, context: { bases, ...context } }: { pointer: Pointer; context: Comparing },
): Promise<WholeStatus> {
  const base = bases.of(selected.path);
  const known = { notInCache: true, detail: "its manifest is not in the cache", ...unknownOf(base) };
  // The pointer did not change since: as after its bytes went from the cache.
  if (samePut(base.put, putOf(pointer)) && base.begun.length === 0)
    return (await rootOfFound(selected.path, context)) === pointer.hash
      ? { state: "clean", notInCache: true }
      : { state: "modified", ...known };
  const put =
    typeof base.put === "string" || base.begun.length > 0
      ? null
      : await pointerOfManifest(base.put.hash, repo.loadManifest);
  if (put === null) return { state: "behind", ...known };
  for await (const pairs of compareFolder(selected.path, put, { ...context, inside: selected.inside })) {
    if (!pairs.every(isAsWanted)) return { state: "diverged", ...known };
  }
  return { state: "behind", ...known };
}

/** Of a folder's manifest the pointer does not say the size; whether it is right shows when it is read. */
function isInCache(repo: Repo, { hash, size, files }: Pointer): boolean {
  return files === undefined ? repo.cache.has({ hash, size }) : (repo.cache.sizeOf(hash) ?? -1) >= 0;
}

async function findTooLarge(repo: Repo, within: readonly (RepoPath | "")[]): Promise<StatusReport["tooLarge"]> {
  const tooLarge: StatusReport["tooLarge"] = [];
  for (const path of await repo.git.untracked()) {
    if (path.endsWith("/") || isPointerPath(path)) continue;
    if (within.length > 0 && !within.some((each) => isWithin(path, each))) continue;
    const found = look(join(repo.top, path));
    if (found?.kind === "file" && found.size > repo.settings.maxFileSize)
      tooLarge.push({ path: path as RepoPath, size: found.size });
  }
  return tooLarge;
}
