/** `mvgit diff`: what changed between commits, the index and the work tree, per file. */
import { join } from "node:path";
import { comparePaths, isWithin, type RepoPath } from "../base/paths.ts";
import { type Pointer, samePointer } from "../values/pointer.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { PointerUses } from "../repo/pointer-uses.ts";
import type { Inside } from "../registry/inside.ts";
import type { Repo } from "../repo/repo.ts";
import { notTracked } from "../repo/tracked.ts";
import type { Inside as InsideFolder } from "../worktree/compare.ts";
import { hashFile } from "../worktree/read-file.ts";
import {
  type FileDifference,
  type FileVersion,
  pointerChanges,
  type Subject,
  workTreeChanges,
} from "./diff/changes.ts";
import { lookInside } from "./diff/inside.ts";
import { splitOperands } from "./diff/operands.ts";
import { joinRenames } from "./diff/renames.ts";
import { chooseSides, pointersOf, type Side, sideName, type SidePointers } from "./diff/sides.ts";

export interface DiffRequest {
  /** Revisions, then paths, as typed. */
  operands: readonly string[];
  /** How many of them came before `--`; null without one. */
  separator: number | null;
  /** The index instead of the work tree. */
  cached?: boolean;
  /** Bytes of each side up to which files are looked into; absent: they are not. */
  inside?: number;
}

/** One file, or a whole folder that only went to another name. */
export interface Change {
  what: "added" | "removed" | "modified" | "renamed" | "mode";
  path: RepoPath;
  /** Of a renamed one. */
  from?: RepoPath;
  /** What is tracked and holds it: the file itself, or a folder. */
  tracked: RepoPath;
  /** Files of a renamed folder. */
  files?: number;
  before: FileVersion | null;
  after: FileVersion | null;
  /** What differs inside of it, where it was looked into and something is known of that. */
  inside?: Inside;
}

export interface DiffReport {
  /** The two sides in words. */
  before: string;
  after: string;
  /** Tracked paths that were compared. */
  compared: number;
  changes: Change[];
  /** Tracked paths that an unfinished merge has in two forms, and that are not compared. */
  conflicted: RepoPath[];
  /** Pointers that cannot be read. */
  broken: PointerUses["broken"];
  /** Sums over the files before and after that changed. */
  bytes: { before: number; after: number };
}

/** Throws `usage`, `not-tracked`; `blob-missing` when a folder's list of files is neither here nor in the remote. */
export async function diff(repo: Repo, request: DiffRequest): Promise<DiffReport> {
  const { revisions, paths } = await splitOperands(repo, request.operands, request.separator);
  const sides = await chooseSides(repo, revisions, request.cached ?? false);
  const before = await pointersOf(repo, sides.before);
  const after = await pointersOf(repo, sides.after);
  const conflicted = [...new Set([...before.conflicted, ...after.conflicted])].sort(comparePaths);
  const subjects = subjectsOf(repo, paths, { before, after, conflicted });
  const changes = await compareAll(repo, subjects.compared, { ...sides, inside: request.inside ?? null });
  const sum = (side: "before" | "after"): number => changes.reduce((total, each) => total + (each[side]?.size ?? 0), 0);
  return {
    before: sideName(sides.before),
    after: sideName(sides.after),
    compared: subjects.compared.length,
    changes,
    conflicted: subjects.conflicted,
    broken: [...before.broken, ...after.broken],
    bytes: { before: sum("before"), after: sum("after") },
  };
}

/** What is to be compared: everything, or the paths named. Throws `not-tracked` for a path that neither side has. */
function subjectsOf(
  repo: Repo,
  typed: readonly string[],
  sides: { before: SidePointers; after: SidePointers; conflicted: RepoPath[] },
): { compared: Subject[]; conflicted: RepoPath[] } {
  const { before, after } = sides;
  const all = [...new Set([...before.pointers.keys(), ...after.pointers.keys(), ...sides.conflicted])].sort(
    comparePaths,
  );
  const wanted = typed.map((text) => repo.pathOf(text));
  for (const [index, path] of wanted.entries()) {
    if (path !== "" && !all.some((each) => isWithin(each, path) || isWithin(path, each)))
      throw notTracked(repo, typed[index] as string);
  }
  const meant = all.filter(
    (path) => wanted.length === 0 || wanted.some((each) => isWithin(path, each) || isWithin(each, path)),
  );
  const isConflicted = (path: RepoPath): boolean => sides.conflicted.includes(path);
  const compared = meant
    .filter((path) => !isConflicted(path))
    .map((path) => ({
      path,
      inside: insideOf(path, wanted),
      before: before.pointers.get(path) ?? null,
      after: after.pointers.get(path) ?? null,
    }));
  return { compared, conflicted: meant.filter(isConflicted) };
}

/** The paths inside a tracked folder that are meant; null when all of it is. */
function insideOf(path: RepoPath, wanted: readonly (RepoPath | "")[]): InsideFolder {
  if (wanted.length === 0 || wanted.some((each) => isWithin(path, each))) return null;
  return wanted.filter((each) => isWithin(each, path)).map((each) => each.slice(path.length + 1) as RepoPath);
}

interface How {
  after: Side;
  inside: number | null;
}

async function compareAll(repo: Repo, subjects: readonly Subject[], sides: How): Promise<Change[]> {
  const load = manifestLoader(repo.cache, () => repo.remotes());
  const task = repo.watch.progress.task("reading changed files");
  const onBytes = (count: number): void => task.advance(count);
  const isWorkTree = sides.after.kind === "work tree";
  const { moved, others } = isWorkTree ? { moved: [], others: subjects } : movedFolders(subjects);
  const differences: FileDifference[] = [];
  const holders = new Map<FileDifference, RepoPath>();
  try {
    for (const subject of others) {
      repo.watch.signal.throwIfAborted();
      if (!isWorkTree && subject.before && subject.after && samePointer(subject.before, subject.after)) continue;
      for await (const found of isWorkTree
        ? workTreeChanges(subject, repo, { load, onBytes })
        : pointerChanges(subject, load)) {
        for (const each of found) holders.set(each, subject.path);
        differences.push(...found);
      }
    }
    const joined = await joinRenames(differences, async (path) => hashFile(join(repo.top, path), onBytes));
    const tracked = new Map([...holders].map(([{ path }, holder]) => [path, holder]));
    const inside =
      sides.inside === null
        ? new Map<RepoPath, Inside>()
        : await lookInside(repo, joined, { isWorkTree, budget: { left: sides.inside } });
    return [
      ...moved,
      ...joined.map((each) => ({
        what: kindOf(each),
        ...each,
        tracked: tracked.get(each.path) as RepoPath,
        ...insideOfFile(inside.get(each.path)),
      })),
    ].sort((a, b) => comparePaths(a.path, b.path));
  } finally {
    task.done();
    await repo.stats.save();
  }
}

function insideOfFile(inside: Inside | undefined): { inside?: Inside } {
  return inside === undefined ? {} : { inside };
}

function kindOf(difference: FileDifference & { from?: RepoPath }): Change["what"] {
  if (difference.from !== undefined) return "renamed";
  if (difference.before === null) return "added";
  if (difference.after === null) return "removed";
  return difference.before.hash === difference.after.hash ? "mode" : "modified";
}

/** Folders that went to another name as they were: told as one, without a look at their files. */
function movedFolders(subjects: readonly Subject[]): { moved: Change[]; others: Subject[] } {
  const sources = new Map(
    subjects
      .filter((each) => each.before?.files !== undefined && each.after === null && each.inside === null)
      .map((each) => [each.before?.hash, each]),
  );
  const moved: Change[] = [];
  const gone = new Set<Subject>();
  for (const subject of subjects) {
    const { path, before, after, inside } = subject;
    const source =
      before === null && inside === null && after?.files !== undefined ? sources.get(after.hash) : undefined;
    if (!source || !after || gone.has(source)) continue;
    gone.add(source).add(subject);
    moved.push({
      what: "renamed",
      path,
      from: source.path,
      tracked: path,
      files: after.files as number,
      before: asVersion(after),
      after: asVersion(after),
    });
  }
  return { moved, others: subjects.filter((each) => !gone.has(each)) };
}

function asVersion({ hash, size, exec }: Pointer): FileVersion {
  return { hash, size, mode: exec ? "exec" : "file" };
}
