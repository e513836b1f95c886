/** Decisions on a conflict: whole, or file by file; the last one makes the pointer. */
import { readUpTo } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { display, firstOf, isWithin, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { LoadBlob } from "../../values/manifest-io.ts";
import { formatConflict, formatPointer, type Pointer, POINTER_CAP, sameBytes } from "../../values/pointer.ts";
import { ignoreFilesToStage, ignoreTargets, stagePointers } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Decide, type MergedFolders, mergeFolders } from "./folders.ts";
import { type Conflict, foldersOf, isOfFolders } from "./open.ts";

export type Side = "ours" | "theirs";

/** What became of one conflict. */
export interface Outcome {
  path: RepoPath;
  /** From the top of the work tree; the whole path where the conflict is not of files in a folder. */
  decided: RepoPath[];
  open: RepoPath[];
  /** Decided by a side that has nothing there: it is not tracked any more. */
  removed: boolean;
}

/** A conflict with what is to be written for it. */
export interface Decision {
  conflict: Conflict;
  outcome: Outcome;
  /** The pointer's new text; null where the pointer goes. */
  text: string | null;
  /** The pointer, when nothing is open any more. */
  pointer: Pointer | null;
}

/** Takes a side for all that is open at or below `inside`, paths of a folder; null: for all of it. Writes nothing. */
export async function decideSide(
  repo: Repo,
  conflict: Conflict,
  { side, inside, load }: { side: Side; inside: readonly RepoPath[] | null; load: LoadBlob },
): Promise<Decision> {
  const { path } = conflict.tracked;
  if (isOfFolders(conflict)) {
    const isMeant = (each: string): boolean => inside === null || inside.some((part) => isWithin(each, part));
    const decided = await decideFiles(repo, conflict, { decide: (each) => (isMeant(each) ? side : undefined), load });
    // Both sides together removed every file, which no pointer says: then a side is taken whole.
    if (decided !== null) {
      for (const part of inside ?? [])
        if (!decided.outcome.decided.some((each) => isWithin(each, `${path}/${part}`)))
          throw notOpen(repo, `${path}/${part}` as RepoPath, decided.outcome);
      return decided;
    }
  }
  if (inside !== null) {
    throw new MvgitError(
      "pointer-conflicted",
      `'${display(repo.typed(path))}' is in conflict as a whole, not file by file`,
      {
        subject: display(path),
        hint: `choose a side for all of it: 'mvgit checkout --ours ${display(repo.typed(path))}' or '--theirs'`,
      },
    );
  }
  const pointer = conflict[side];
  const outcome = { path, decided: [path], open: [], removed: pointer === null };
  return { conflict, outcome, pointer, text: pointer === null ? null : formatPointer(pointer) };
}

/** Decides files of a folder; null where none is open, though the folder is. Writes nothing. */
export async function decideFiles(
  repo: Repo,
  conflict: Conflict,
  { decide, load }: { decide: Decide; load: LoadBlob },
): Promise<Decision | null> {
  const decided: RepoPath[] = [];
  const noting: Decide = (path) => {
    const decision = decide(path);
    if (decision !== undefined) decided.push(`${conflict.tracked.path}/${path}` as RepoPath);
    return decision;
  };
  const result = await mergeFolders(foldersOf(conflict), { cache: repo.cache, load, decide: noting });
  if (decided.length === 0 && result.open.length === 0 && result.ours === null) return null;
  const outcome = {
    path: conflict.tracked.path,
    decided,
    open: result.open.map(({ path }) => `${conflict.tracked.path}/${path}` as RepoPath),
    removed: false,
  };
  if (result.open.length > 0) return { conflict, outcome, pointer: null, text: formatConflict(result) };
  const pointer = settled(conflict, result);
  return { conflict, outcome, pointer, text: formatPointer(pointer) };
}

/**
 * The one pointer that both sides came to be. Where it has the bytes of a side, it has what that side records of them.
 */
function settled({ tracked, ours, theirs }: Conflict, result: MergedFolders): Pointer {
  if (result.ours === null) {
    const name = display(tracked.path);
    throw new MvgitError("pointer-conflicted", `so decided, '${name}' would have no files, which no pointer can say`, {
      subject: name,
      hint: `to track it no more, run 'git rm --cached -- ${display(tracked.pointerPath)}' and remove that file`,
    });
  }
  const { ours: made } = result;
  return [ours, theirs].find((each) => each !== null && sameBytes(each, made)) ?? made;
}

function notOpen(repo: Repo, path: RepoPath, { open, decided }: Outcome): MvgitError {
  const name = display(repo.typed(path));
  const names = firstOf([...open, ...decided].map((each) => repo.typed(each)));
  return new MvgitError("not-tracked", `'${name}' is not in conflict: it merged, or was decided already`, {
    subject: name,
    hint: `to be decided: ${names}`,
  });
}

/**
 * Writes decisions, and stages what is complete: first, so that a pointer whose text is whole is never one that Git
 * takes for unmerged, and the same command finishes what was cut. Throws `local-changes` where somebody else wrote a
 * pointer meanwhile.
 */
export function record(repo: Repo, decisions: readonly Decision[]): Promise<void> {
  return repo.locked(async () => {
    const complete = decisions.filter(({ outcome }) => outcome.open.length === 0);
    const pointers = complete.flatMap(({ conflict, pointer }) =>
      pointer === null ? [] : [[conflict.tracked.path, pointer] as const],
    );
    for (const { conflict } of decisions) checkUnchanged(conflict, readHere(repo, conflict));
    for (const { conflict, text } of complete)
      if (text !== null) await repo.git.stageBytes(conflict.tracked.pointerPath, text);
    await repo.git.unstage(
      complete.filter(({ pointer }) => pointer === null).map(({ conflict }) => conflict.tracked.pointerPath),
    );
    for (const { conflict, text } of decisions) {
      repo.changeText(conflict.tracked.pointerPath, (read) => {
        checkUnchanged(conflict, read());
        return text;
      });
    }
    await stagePointers(
      repo,
      pointers,
      await ignoreAgain(
        repo,
        pointers.map(([path]) => path),
      ),
    );
  });
}

function readHere(repo: Repo, { tracked }: Conflict): string | null {
  return readUpTo(repo.guard.resolve(tracked.pointerPath), POINTER_CAP)?.toString("utf8") ?? null;
}

function checkUnchanged({ tracked, text }: Conflict, now: string | null): void {
  if (now === text) return;
  const name = display(tracked.pointerPath);
  throw new MvgitError("local-changes", `'${name}' was written by somebody else meanwhile`, {
    subject: name,
    hint: "look at it, then run the command again",
  });
}

/**
 * Where one side removed the path, its ignore line may be gone. Answers what is to be staged: nothing that is in
 * conflict itself.
 */
async function ignoreAgain(repo: Repo, paths: readonly RepoPath[]): Promise<RepoPath[]> {
  ignoreTargets(repo, paths);
  const changed = await ignoreFilesToStage(repo, paths);
  const unmerged = new Set(
    (await repo.git.indexAt(changed)).filter(({ stage }) => stage !== 0).map(({ path }) => path),
  );
  return changed.filter((path) => !unmerged.has(path));
}

/** Says what was decided, what is open, and how to go on. */
export function tell(repo: Repo, outcomes: readonly Outcome[]): void {
  for (const { path, decided, open, removed } of outcomes) {
    const name = display(repo.typed(path));
    if (removed)
      repo.watch.note(
        `'${name}' is not tracked any more, as on the side that was chosen; 'mvgit checkout' removes what it left`,
      );
    else if (open.length === 0) repo.watch.note(`'${name}' is decided, and its pointer is staged`);
    else
      repo.watch.note(
        prose`
          decided ${firstOf(decided.map((each) => repo.typed(each)))};
          '${name}' waits for ${firstOf(open.map((each) => repo.typed(each)))}:
          'mvgit conflicts' shows ${open.length === 1 ? "it" : "them"}
        `,
      );
  }
}
