/** What mvgit tracks in a work tree, and which of it a command is about. */
import { join } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { readUpTo } from "../base/disk.ts";
import { checkPath, display, isWithin, pathProblem, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import type { IndexEntry } from "../git/program.ts";
import { blobId } from "../git/objects.ts";
import type { Oid } from "../git/reader.ts";
import {
  asCommitted,
  isPointerPath,
  type Pointer,
  POINTER_CAP,
  pointerPathOf,
  POINTERS,
  type PointerReading,
  readPointer,
  targetOf,
} from "../values/pointer.ts";
import { look } from "../worktree/stamp.ts";
import { newerFormat } from "./pointer-uses.ts";
import type { Repo } from "./repo.ts";

/** One tracked path, as its pointer in the work tree has it. */
export interface Tracked {
  /** Of what is tracked, without `.mvgit`. */
  path: RepoPath;
  pointerPath: RepoPath;
  /** `absent`: the pointer was removed from the work tree. `sparse`: sparse checkout leaves it out. */
  reading: PointerReading | { kind: "absent" } | { kind: "sparse" };
  /** The pointer's blob in the index; null when Git does not know it, or while a merge of it is unfinished. */
  indexOid: Oid | null;
}

/** A tracked path of which a command means all, or only what lies at or below some paths inside it. */
export interface Selected extends Tracked {
  /** Paths inside the tracked folder; null for all of it. */
  inside: readonly RepoPath[] | null;
}

/** Everything tracked, in path order. Pointers with unsafe paths throw `unsafe-path`. */
export async function listTracked(repo: Repo): Promise<Tracked[]> {
  const entries = await repo.git.index([POINTERS]);
  const byPath = new Map<string, IndexEntry[]>();
  for (const entry of entries) {
    if (!isPointerPath(entry.path) || entry.mode === "160000") continue;
    byPath.set(entry.path, [...(byPath.get(entry.path) ?? []), entry]);
  }
  const tracked = [...byPath].map(([path, lines]) => fromIndex(repo, path, lines));
  return tracked.filter((each) => each.reading.kind !== "other");
}

function fromIndex(repo: Repo, path: string, lines: readonly IndexEntry[]): Tracked {
  const pointerPath = checkPath(path, "pointer's name");
  const first = lines[0] as IndexEntry;
  if (first.stage !== 0) {
    const path = checkPath(targetOf(pointerPath), "pointer's name");
    return { path, pointerPath, reading: { kind: "conflicted" }, indexOid: null };
  }
  return {
    path: checkPath(targetOf(pointerPath), "pointer's name"),
    pointerPath,
    reading:
      first.mode === "120000"
        ? { kind: "malformed", reason: "it is a symbolic link" }
        : readHere(repo, pointerPath, first),
    indexOid: first.oid,
  };
}

function readHere(repo: Repo, pointerPath: RepoPath, index: IndexEntry | null): Tracked["reading"] {
  const bytes = readUpTo(repo.guard.resolve(pointerPath), POINTER_CAP);
  if (bytes !== null) return (index && readConverted(bytes, index.oid)) ?? readPointer(bytes);
  return index?.skipped ? { kind: "sparse" } : { kind: "absent" };
}

/**
 * A pointer that stands right in the index and that only Git's attributes made to look otherwise here; null for any
 * other.
 */
function readConverted(bytes: Buffer, indexOid: Oid): PointerReading | null {
  const committed = readPointer(bytes).kind === "pointer" ? null : asCommitted(bytes);
  return committed !== null && blobId(committed, indexOid) === indexOid ? readPointer(committed) : null;
}

/**
 * What the named paths stand for: a tracked path itself, all that is tracked below a folder, or a part of a tracked
 * folder. Nothing named means everything. Throws `not-tracked` for a path that is none of these.
 */
export async function select(repo: Repo, typed: readonly string[]): Promise<Selected[]> {
  const all = await listTracked(repo);
  if (typed.length === 0) return all.map((each) => ({ ...each, inside: null }));
  const selected = new Map<string, Selected>();
  const byPath = new Map<string, Tracked>(all.map((each) => [each.path, each]));
  for (const text of typed) {
    const path = repo.pathOf(text);
    // What is tracked holds nothing else that is: thousands of names need not be held against all of them.
    const exact = byPath.get(path);
    const found = exact ? [exact] : all.filter((each) => isWithin(each.path, path) || isWithin(path, each.path));
    const known = found.length > 0 ? found : unknownToGit(repo, path);
    // The whole work tree may be named also where nothing is tracked yet.
    if (known.length === 0 && path !== "") throw notTracked(repo, text);
    for (const each of known) widen(selected, each, path);
  }
  return all
    .filter((each) => selected.has(each.path))
    .map((each) => selected.get(each.path) as Selected)
    .concat([...selected.values()].filter((each) => !byPath.has(each.path)));
}

/** A pointer that stands in the work tree without Git's knowledge. */
function unknownToGit(repo: Repo, path: RepoPath | ""): Tracked[] {
  if (path === "" || pathProblem(pointerPathOf(path)) !== null) return [];
  const reading = readHere(repo, pointerPathOf(path), null);
  if (reading.kind === "absent" || reading.kind === "other") return [];
  return [{ path, pointerPath: pointerPathOf(path), reading, indexOid: null }];
}

function widen(selected: Map<string, Selected>, tracked: Tracked, path: RepoPath | ""): void {
  const known = selected.get(tracked.path);
  const part =
    path !== "" && path !== tracked.path && isWithin(path, tracked.path)
      ? (path.slice(tracked.path.length + 1) as RepoPath)
      : null;
  if (known?.inside === null) return;
  const inside = part === null ? null : [...(known?.inside ?? []), part];
  selected.set(tracked.path, { ...tracked, inside });
}

/** The error for a path that was named and is not tracked. */
export function notTracked(repo: Repo, typed: string): MvgitError {
  const name = display(typed);
  const exists = look(join(repo.cwd, typed)) !== null;
  const other = repo.settings.remotes.has(typed)
    ? `for the remote of that name write '--remote ${name}'`
    : "'mvgit ls' shows what is tracked";
  return new MvgitError("not-tracked", `'${name}' is not tracked by mvgit`, {
    subject: name,
    hint: exists ? `run 'mvgit add ${name}' to track it` : other,
  });
}

/** The pointer of a tracked path, or an error that explains what stands there instead. */
export function pointerOf(tracked: Tracked): Pointer {
  const { reading } = tracked;
  const name = display(tracked.pointerPath);
  switch (reading.kind) {
    case "pointer":
      return reading.pointer;
    case "conflicted":
      throw new MvgitError(
        "pointer-conflicted",
        `'${name}' is a conflicted pointer: both sides of a merge changed '${display(tracked.path)}'`,
        {
          subject: name,
          hint: prose`'mvgit conflicts' shows what is in conflict; 'mvgit checkout --ours ${display(tracked.path)}'
              or '--theirs' chooses a side for it`,
        },
      );
    case "newer":
      throw newerFormat(tracked.pointerPath, reading.version);
    case "malformed":
      throw new MvgitError("pointer-malformed", `'${name}' is a malformed pointer: ${reading.reason}`, {
        subject: name,
        hint: prose`restore it with 'git checkout -- ${name}', or make it anew with
            'mvgit add ${display(tracked.path)}'; 'mvgit doctor' tells if Git's attributes spoil it`,
      });
    default:
      throw new MvgitError("not-tracked", `the pointer '${name}' is not in the work tree`, {
        subject: name,
        hint: `restore it with 'git checkout -- ${name}'`,
      });
  }
}
