/** Data and weights as a version names them: taken into the store, and named by what their pointers say. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, firstOf, isWithin, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { PackageFile } from "../../values/package.ts";
import { pointerPathOf } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, pointerOf, select, type Selected } from "../../repo/tracked.ts";
import type { Undo } from "../../repo/undo.ts";
import { look } from "../../worktree/stamp.ts";
import { add } from "../../files/add.ts";
import { asIsNotes, isAbsent, isOutOfDate, outOfDate } from "../../files/out-of-date.ts";
import { type PathStatus, trackedStatus } from "../../files/status.ts";

export interface InputsRequest {
  /** What is not taken: what the command makes. */
  besides: readonly RepoPath[];
  /**
   * Of `besides`, what this very command makes: a folder of it that is behind or incomplete would be recorded so with
   * what it adds.
   */
  outputs?: readonly RepoPath[];
  /** What was made elsewhere, and is taken as it is where nothing tells what it was made from. */
  made?: readonly RepoPath[];
  /** Takes also what is no edit of the user's, as it stands here. */
  asIs: boolean;
  undo: Undo;
}

export interface Inputs {
  files: PackageFile[];
  /** Of what was taken as it stood, for the version. */
  notes: string[];
  /** Of `outputs`: single files that are not what their pointers name. */
  staleOutputs: RepoPath[];
}

/**
 * Takes the named paths, and everything tracked that changed but `besides`, into the store. Answers the named ones by
 * what their pointers say now. Git's index stays as it is. Throws `out-of-date` for what is no edit.
 */
export async function takeInputs(repo: Repo, named: readonly RepoPath[], request: InputsRequest): Promise<Inputs> {
  const { besides, outputs: own = [], made = [], asIs, undo } = request;
  const isOutput = ({ path }: { path: RepoPath }): boolean => besides.some((each) => isWithin(path, each));
  const all = await trackedStatus(
    repo,
    (await listTracked(repo)).map((each): Selected => ({ ...each, inside: null })),
  );
  const states = all.filter((each) => !isOutput(each));
  const outputs = all.filter(
    (each) => own.some((path) => isWithin(each.path, path)) && isOutOfDate(each) && !isAbsent(each),
  );
  const stale = [
    ...states.filter((each) => isOutOfDate(each) && (!isAbsent(each) || named.includes(each.path))),
    ...outputs.filter((each) => each.files !== undefined),
  ];
  if (stale.length > 0 && !asIs)
    throw outOfDate(repo, stale, {
      what: "nothing was recorded",
      asIs: "'--as-is' records what stands here, and says so in the version",
    });
  const changed = states.filter((each) => each.state === "modified" || (isOutOfDate(each) && !isAbsent(each)));
  const unknown = changed.filter((each) => each.isUnknown && each.state === "modified");
  const guessed = unknown.filter((each) => !made.includes(each.path));
  if (guessed.length > 0 && !asIs) throw unknownBase(repo, guessed);
  const clean = new Set<string>(states.filter(isWhole).map((each) => each.path));
  const toAdd = [...new Set([...named.filter((path) => !clean.has(path)), ...changed.map((each) => each.path)])];
  if (toAdd.length > 0) await takeIn(repo, toAdd, undo);
  const notes = [
    ...asIsNotes(stale),
    ...unknown.map(({ path }) => `it was not known what '${display(path)}' was made from: it was recorded as it stood`),
  ];
  return {
    files: await filesOf(repo, named),
    notes,
    staleOutputs: outputs.filter((each) => each.files === undefined).map((each) => each.path),
  };
}

function unknownBase(repo: Repo, states: readonly PathStatus[]): MvgitError {
  const paths = states.map(({ path }) => repo.typed(path));
  const its = paths.length === 1 ? "it was" : "they were";
  return new MvgitError(
    "out-of-date",
    `nothing was recorded: ${firstOf(paths)} ${paths.length === 1 ? "is" : "are"} not as the pointer says, ` +
      ("and " + `nothing here tells what ${its} made from`),
    {
      subject: display(paths[0] as string),
      hint: prose`look at it with 'mvgit diff'; then 'mvgit add PATH' records it as it is, or
          'mvgit checkout --force PATH' replaces it, and the cache keeps its bytes`,
    },
  );
}

/** As `mvgit add` of what is known to be meant, without Git's index, and so that it can be undone. */
export async function takeIn(repo: Repo, paths: readonly RepoPath[], undo: Undo): Promise<void> {
  await undo.around(paths, () =>
    add(repo, { paths: paths.map((path) => join(repo.top, path)), leaveIndex: true, leaveOut: true, asIs: true }),
  );
}

/** What the pointers of these paths say; a path inside a tracked folder stands for the folder. */
export async function filesOf(repo: Repo, paths: readonly RepoPath[]): Promise<PackageFile[]> {
  if (paths.length === 0) return [];
  const files = new Map<RepoPath, PackageFile>();
  for (const each of await select(
    repo,
    paths.map((path) => join(repo.top, pointerPathOf(path))),
  )) {
    const { hash, size, files: count } = pointerOf(each);
    files.set(each.path, { path: each.path, hash, size, ...(count === undefined ? {} : { files: count }) });
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Which of these files are not what the package says any more. Reads only what changed. */
export async function changedSince(repo: Repo, files: readonly PackageFile[]): Promise<RepoPath[]> {
  const selected = files.map(({ path, hash, size, files: count }): Selected => {
    // A package says nothing of a file's mode.
    const mode = count === undefined && look(repo.guard.resolve(path))?.exec ? { exec: true as const } : {};
    const pointer = {
      hash,
      size,
      ...(count === undefined ? {} : { files: count }),
      ...mode,
      extra: new Map<string, string>(),
    };
    return {
      path,
      pointerPath: pointerPathOf(path),
      reading: { kind: "pointer", pointer },
      indexOid: null,
      inside: null,
    };
  });
  const states = await trackedStatus(repo, selected);
  return states.filter((each) => each.state !== "clean" && each.state !== "held").map((each) => each.path);
}

/** What was held back is in the store, and stays as the pointer has it. */
function isWhole({ state, notInCache }: PathStatus): boolean {
  return (state === "clean" || state === "held") && !notInCache;
}
