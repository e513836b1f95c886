/**
 * The end of an import: pointers beside the data, their ignore lines, Git's index, and the one commit if it is wanted.
 */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { baseOf, display, isWithin, type RepoPath } from "../../base/paths.ts";
import { commitStaged } from "../../git/history.ts";
import type { RawChange } from "../../git/program.ts";
import { track, type Tracking } from "../../repo/pointers.ts";
import {
  isPointerPath,
  type Pointer,
  POINTER_CAP,
  pointerPathOf,
  readPointer,
  sameBytes,
} from "../../values/pointer.ts";
import { look } from "../../worktree/stamp.ts";
import { COMMITTED_CONFIG } from "../../repo/settings.ts";
import type { Repo } from "../../repo/repo.ts";
import { undoing } from "../../repo/undo.ts";
import { listTracked, type Tracked } from "../../repo/tracked.ts";
import { orAsBefore } from "../../versions/making.ts";

/**
 * Throws `check-failed` when the index holds changes that the import's commit would take along and that no import
 * staged: an earlier one, stopped or made to be looked at, may have.
 */
export async function refuseStaged(repo: Repo): Promise<void> {
  const staged = await repo.git.staged();
  const pointers = staged.filter((each) => isPointerPath(each.path) && each.status !== "D");
  const imported = new Set<string>();
  let at = 0;
  for await (const { bytes } of repo.git.blobs(
    pointers.map((each) => each.newOid),
    POINTER_CAP,
  )) {
    const reading = bytes && readPointer(bytes);
    if (reading?.kind === "pointer" && isImported(reading.pointer)) imported.add((pointers[at] as RawChange).path);
    at++;
  }
  const isOwn = ({ path, status }: RawChange): boolean =>
    imported.has(path) ||
    (status === "D" && imported.has(pointerPathOf(path as RepoPath))) ||
    (imported.size > 0 && [".gitignore", ".gitattributes"].includes(baseOf(path)));
  const foreign = staged.find((each) => !isOwn(each));
  if (foreign === undefined) return;
  throw new MvgitError("check-failed", `cannot commit the import alone: '${display(foreign.path)}' is staged already`, {
    subject: display(foreign.path),
    hint: "commit or unstage it first, or run the import without '--commit'",
  });
}

/** What is tracked, asked about paths that an import would track. */
export class Occupied {
  readonly #guard: Repo["guard"];
  readonly #byPath: Map<string, Tracked>;

  private constructor(guard: Repo["guard"], tracked: readonly Tracked[]) {
    this.#guard = guard;
    this.#byPath = new Map(tracked.map((each) => [each.path, each]));
  }

  static async of(repo: Repo): Promise<Occupied> {
    return new Occupied(
      repo.guard,
      (await listTracked(repo)).filter((each) => each.reading.kind !== "absent"),
    );
  }

  /**
   * The pointer that stands at the path now, null where there is none. Throws `already-tracked` where the path cannot
   * get one: inside or around something tracked, or tracked with bytes that no import brought; `unsafe-path` where some
   * program reads or runs the file by its name, as `add` refuses it.
   */
  before(path: RepoPath, pointer: Pointer): Pointer | null {
    const name = display(path);
    const reader = this.#guard.readerOf(path);
    if (reader !== null)
      throw new MvgitError("unsafe-path", `${reader} reads or runs it by its name, and a review would see a hash`, {
        subject: name,
      });
    const other = [...this.#byPath.keys()].find(
      (each) => each !== path && (isWithin(path, each) || isWithin(each, path)),
    );
    if (other !== undefined)
      throw new MvgitError("already-tracked", `mvgit tracks '${display(other)}', which overlaps it`, { subject: name });
    const reading = this.#byPath.get(path)?.reading;
    if (reading === undefined) return null;
    if (reading.kind !== "pointer")
      throw new MvgitError("already-tracked", `its pointer is ${reading.kind}`, { subject: name });
    const known = reading.pointer;
    if (sameBytes(known, pointer) || isImported(known)) return known;
    throw new MvgitError("already-tracked", "mvgit tracks it already, with other bytes", { subject: name });
  }
}

/** Keys that say that a pointer came from an import, so that a later one may replace it. */
const IMPORTED = ["source.md5", "source.sha256"];

function isImported({ extra }: Pointer): boolean {
  return IMPORTED.some((key) => extra.has(key));
}

/** As `track`; where that fails, pointers, ignore lines and Git's index are as they were. */
export async function trackOrUndo(
  repo: Repo,
  pointers: ReadonlyMap<RepoPath, Pointer>,
  how: Tracking = {},
): Promise<RepoPath[]> {
  if (pointers.size === 0) return [];
  return undoing(repo, (undo) =>
    undo.around([...pointers.keys()], () => orAsBefore(repo, () => track(repo, pointers, how))),
  );
}

/** What to tell where 'mvgit init' was never run, since an import does without it. */
export function initNotes(repo: Repo): string[] {
  return look(join(repo.top, COMMITTED_CONFIG)) === null
    ? ["run 'mvgit init' for the hooks and the merge driver, 'mvgit remote add' for a place to push to"]
    : [];
}

/** Makes the commit out of the index; null when nothing is staged. Hooks run as for any commit. */
export async function commitImport(repo: Repo, message: string): Promise<string | null> {
  if ((await repo.git.staged()).length === 0) return null;
  await commitStaged(repo.git, message);
  return repo.git.resolveCommit("HEAD");
}
