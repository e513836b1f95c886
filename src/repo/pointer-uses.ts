/** Pointers as Git has them: in the work tree, the index, and commits. */
import { MvgitError } from "../base/errors.ts";
import { checkPath, display, type RepoPath } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import {
  isPointerPath,
  type Pointer,
  POINTER_CAP,
  POINTER_SUFFIX,
  POINTERS,
  type PointerReading,
  readPointer,
  targetOf,
} from "../values/pointer.ts";
import type { Repo } from "./repo.ts";

/** A pointer and where it was found. */
export interface PointerUse {
  /** Of what is tracked. */
  path: RepoPath;
  pointer: Pointer;
  /** The commit that brought it; `index` or `work tree` for what is in none. */
  where: string;
}

export interface PointerUses {
  uses: PointerUse[];
  broken: BrokenPointer[];
}

/** A pointer that cannot be read. */
export interface BrokenPointer {
  path: string;
  where: string;
  reason: string;
  /** Its format, where that is one of a later mvgit: nothing is wrong with it. */
  newer?: number;
}

/** What is to be said of the first of them that a later mvgit made, before anything else is; null for none. */
export function newerPointer(broken: readonly BrokenPointer[]): MvgitError | null {
  const found = broken.find(({ newer }) => newer !== undefined);
  return found === undefined ? null : newerFormat(found.path, found.newer as number);
}

/** `format-newer` of a pointer. */
export function newerFormat(path: string, version: number): MvgitError {
  return new MvgitError("format-newer", `'${display(path)}' has format ${version}, made by a newer mvgit`, {
    subject: display(path),
    hint: "update mvgit",
  });
}

/** Reads the pointers behind blob ids, each id once. */
export async function readPointers(
  repo: Repo,
  found: readonly { path: string; oid: Oid; where: string }[],
): Promise<PointerUses> {
  const oids = [...new Set(found.map((each) => each.oid))];
  const readings = new Map<Oid, ReturnType<typeof readPointer>>();
  for await (const { oid, bytes } of repo.git.blobs(oids, POINTER_CAP))
    readings.set(oid, bytes ? readPointer(bytes) : { kind: "other" });
  const result: PointerUses = { uses: [], broken: [] };
  for (const { path, oid, where } of found) {
    const reading = readings.get(oid);
    if (reading?.kind === "pointer")
      result.uses.push({
        path: checkPath(targetOf(path as RepoPath), "pointer's name"),
        pointer: reading.pointer,
        where,
      });
    else if (reading && reading.kind !== "other") result.broken.push({ path, where, ...whyBroken(reading) });
  }
  return result;
}

/** Why it is no pointer that can be followed, in words. */
export function whyBroken(
  reading: Exclude<PointerReading, { kind: "pointer" | "other" }>,
): Pick<BrokenPointer, "reason" | "newer"> {
  if (reading.kind === "newer")
    return { reason: `it has format ${reading.version}, made by a newer mvgit`, newer: reading.version };
  return { reason: reading.kind === "malformed" ? reading.reason : reading.kind };
}

/** Pointers in the index. */
export async function indexPointers(repo: Repo): Promise<PointerUses> {
  const entries = await repo.git.index([POINTERS]);
  const found = entries.filter((entry) => isPointerPath(entry.path) && entry.mode.startsWith("100"));
  return readPointers(
    repo,
    found.map(({ path, oid }) => ({ path, oid, where: "index" })),
  );
}

/** Pointers of one commit's tree. */
export async function commitPointers(repo: Repo, commit: Oid): Promise<PointerUses> {
  const found: { path: string; oid: Oid; where: string }[] = [];
  for await (const file of repo.git.treeFiles(commit, { suffix: POINTER_SUFFIX })) {
    if (isPointerPath(file.path) && file.mode.startsWith("100"))
      found.push({ path: file.path, oid: file.oid, where: commit });
  }
  return readPointers(repo, found);
}

/** Pointers that commits reachable from `include` but not from `exclude` brought. */
export async function historyPointers(
  repo: Repo,
  include: readonly string[],
  exclude: readonly string[],
): Promise<PointerUses> {
  const found: { path: string; oid: Oid; where: string }[] = [];
  for await (const { path, oid, commit } of repo.git.history({ include, exclude }, POINTER_SUFFIX)) {
    if (isPointerPath(path)) found.push({ path, oid, where: commit });
  }
  return readPointers(repo, found);
}

/** Several findings as one. */
export function joinUses(...all: readonly PointerUses[]): PointerUses {
  return { uses: all.flatMap((each) => each.uses), broken: all.flatMap((each) => each.broken) };
}
