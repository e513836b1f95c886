/**
 * Conflicts that wait for a person. The pointer in the work tree is all that remembers what was decided: a path on
 * which both sides between its markers agree is decided, so that what Git does with the file (abort, a new merge,
 * `checkout -m`) is right for it.
 */
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { IndexEntry } from "../../git/program.ts";
import type { Hash } from "../../values/hash.ts";
import type { LoadBlob } from "../../values/manifest-io.ts";
import type { MergeConflict } from "../../values/merge-manifests.ts";
import {
  type Pointer,
  POINTER_CAP,
  type PointerReading,
  POINTERS,
  readPointer,
  sameBytes,
} from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Tracked } from "../../repo/tracked.ts";
import { mergeFolders } from "./folders.ts";
import { baseOfReading } from "./pointers.ts";
import { isLack } from "../../store/lack.ts";

/** What a conflict is between; null for a side that has nothing there. */
export interface Conflict {
  tracked: Tracked;
  base: Pointer | null;
  ours: Pointer | null;
  theirs: Pointer | null;
  /** The pointer's text, as it was read; null where the file is gone. */
  text: string | null;
}

/** One side of a conflicting file. */
export interface FileSide {
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Of a folder. */
  files?: number;
  /** Where it can be looked at, where that was asked for. */
  file?: RepoPath;
}

export interface ConflictingFile {
  /** From the top of the work tree. */
  path: RepoPath;
  /** The tracked path that it belongs to. */
  tracked: RepoPath;
  kind: string;
  base: FileSide | null;
  ours: FileSide | null;
  theirs: FileSide | null;
}

/** True while both sides are folders, or nothing: then the conflict is one of files in them. */
export function isOfFolders({ ours, theirs }: Conflict): boolean {
  return ours?.files !== undefined && theirs?.files !== undefined;
}

/** The conflicts among what is tracked. Throws `pointer-conflicted` for one whose sides cannot be told. */
export async function conflictsOf(repo: Repo, tracked: readonly Tracked[], load: LoadBlob): Promise<Conflict[]> {
  const wanted = tracked.filter(({ reading }) => reading.kind === "conflicted");
  if (wanted.length === 0) return [];
  const entries = await repo.git.index(
    wanted.map(({ pointerPath }) => `:(top,literal)${pointerPath}`),
    { undone: true },
  );
  const found: Conflict[] = [];
  for (const each of wanted)
    found.push(
      await conflictOf(repo, each, {
        load,
        stages: await stagesOf(
          repo,
          entries.filter(({ path }) => path === each.pointerPath),
        ),
      }),
    );
  return found;
}

/** Conflicts that were decided since the last commit, as Git remembers them. */
export async function decidedConflicts(repo: Repo, tracked: readonly Tracked[], load: LoadBlob): Promise<Conflict[]> {
  const entries = (await repo.git.index([POINTERS], { undone: true })).filter(({ stage }) => stage !== 0);
  const found: Conflict[] = [];
  for (const each of tracked.filter(
    ({ indexOid, pointerPath }) => indexOid !== null && entries.some(({ path }) => path === pointerPath),
  )) {
    const stages = await stagesOf(
      repo,
      entries.filter(({ path }) => path === each.pointerPath),
    );
    const [ours, theirs] = [stages.ours, stages.theirs].map((side) => (side?.kind === "pointer" ? side.pointer : null));
    found.push({
      tracked: each,
      text: null,
      base: (await baseOfReading(repo, stages.base, load)) ?? null,
      ours: ours ?? null,
      theirs: theirs ?? null,
    });
  }
  return found;
}

type Stages = Record<"base" | "ours" | "theirs", PointerReading | null>;

async function stagesOf(repo: Repo, entries: readonly IndexEntry[]): Promise<Stages> {
  const side = async (stage: number): Promise<PointerReading | null> => {
    const entry = entries.find((each) => each.stage === stage);
    if (entry === undefined) return null;
    const bytes = await repo.git.blob(entry.oid, POINTER_CAP);
    return bytes ? readPointer(bytes) : { kind: "other" };
  };
  return { base: await side(1), ours: await side(2), theirs: await side(3) };
}

async function conflictOf(
  repo: Repo,
  tracked: Tracked,
  { load, stages }: { load: LoadBlob; stages: Stages },
): Promise<Conflict> {
  const bytes = readUpTo(repo.guard.resolve(tracked.pointerPath), POINTER_CAP);
  const text = bytes === null ? null : bytes.toString("utf8");
  const reading = bytes === null ? null : readPointer(bytes);
  const isHere = reading?.kind === "conflicted" && reading.ours !== undefined && reading.theirs !== undefined;
  if (isHere && reading.base !== undefined)
    return { tracked, text, base: reading.base, ours: reading.ours as Pointer, theirs: reading.theirs as Pointer };
  const isUnmerged = tracked.indexOid === null && (stages.base ?? stages.ours ?? stages.theirs) !== null;
  // What Git remembers of an index whose conflict was staged counts where it is of these very sides.
  const isSame = isHere && isSide(stages.ours, reading.ours) && isSide(stages.theirs, reading.theirs);
  if (!isUnmerged && !isSame) throw unknownSides(tracked);
  const base = await baseOfReading(repo, stages.base, load);
  const [ours, theirs] = [stages.ours, stages.theirs].map((side) => {
    if (side === null) return null;
    return side.kind === "pointer" ? side.pointer : undefined;
  });
  if (ours === undefined || theirs === undefined) throw unknownSides(tracked);
  return { tracked, text, base: base ?? null, ours, theirs };
}

function isSide(stage: PointerReading | null, side: Pointer | null | undefined): boolean {
  if (stage === null || !side) return stage === (side ?? null);
  return stage.kind === "pointer" && sameBytes(stage.pointer, side);
}

function unknownSides({ pointerPath }: Tracked): MvgitError {
  const name = display(pointerPath);
  return new MvgitError("pointer-conflicted", `'${name}' has markers of a conflict, and its sides cannot be told`, {
    subject: name,
    hint: prose`
      'git checkout -m -- ${name}' makes the conflict anew while its merge is unfinished;
      else take it from a commit: 'git checkout HEAD -- ${name}'
    `,
  });
}

/**
 * The paths of a folder that are still to be decided, from its top; null where the conflict is of the whole. Throws
 * what `load` throws.
 */
export async function openPaths(repo: Repo, conflict: Conflict, load: LoadBlob): Promise<MergeConflict[] | null> {
  if (!isOfFolders(conflict)) return null;
  const { open } = await mergeFolders(foldersOf(conflict), { cache: repo.cache, load });
  return open.length === 0 ? null : open;
}

/** The base of folders; one that was a file is none. */
export function foldersOf({ base, ours, theirs }: Conflict): {
  base: Pointer | null;
  ours: Pointer | null;
  theirs: Pointer | null;
} {
  return { base: base?.files === undefined ? null : base, ours, theirs };
}

/** What `status` says of a conflicted pointer: the files still open, as far as the cache can tell. */
export async function tellOpen(repo: Repo, tracked: Tracked): Promise<{ open?: RepoPath[]; detail?: string }> {
  try {
    const [conflict] = await conflictsOf(repo, [tracked], repo.loadManifest);
    if (!conflict) return {};
    const open = await openPaths(repo, conflict, repo.loadManifest);
    if (open === null) return { detail: wholeKind(conflict) };
    return { open: open.map(({ path }) => `${tracked.path}/${path}` as RepoPath) };
  } catch (error) {
    if (isMvgitError(error, "pointer-conflicted")) return { detail: "its sides cannot be told" };
    if (isLack(error)) return { detail: "its lists of files are not in the cache; 'mvgit conflicts' gets them" };
    throw error;
  }
}

/**
 * What a conflict of a whole path is. Where both sides renamed one, it is deleted under the old name, and added under
 * each new one.
 */
export function wholeKind({ base, ours, theirs }: Conflict): string {
  if (ours === null && theirs === null) return "deleted by both";
  if (ours === null) return base === null ? "added by theirs" : "deleted by ours, changed by theirs";
  if (theirs === null) return base === null ? "added by ours" : "changed by ours, deleted by theirs";
  if ((ours.files === undefined) !== (theirs.files === undefined))
    return ours.files === undefined ? "a file in ours, a folder in theirs" : "a folder in ours, a file in theirs";
  return base === null ? "added by both" : "changed by both";
}
