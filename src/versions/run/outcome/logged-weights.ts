/** Weights that the program itself named while it ran, by a line of its log. */
import * as fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isMvgitError } from "../../../base/errors.ts";
import { display, isWithin, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { PackageFile } from "../../../values/package.ts";
import { refuseNames } from "../../../files/add.ts";
import type { Repo } from "../../../repo/repo.ts";
import { listTracked } from "../../../repo/tracked.ts";
import type { Undo } from "../../../repo/undo.ts";
import { filesOf, takeIn } from "../inputs.ts";
import { insideOf } from "../inside.ts";
import { ignoreWeights } from "../plan.ts";
import { REFUSALS } from "./refusals.ts";
import { weightsProblem } from "./weights.ts";

export interface LoggedWeights {
  /** As the log names them: absolute, or from the folder in which the command started. */
  names: readonly string[];
  /** From the top. */
  folder: string;
  /** What is part of the version already. */
  besides: readonly { path: RepoPath }[];
  /** A store that fails is noted too: of a command that failed, the rest is kept. */
  isLenient: boolean;
}

/**
 * Takes them into the store, each for itself: what can be no weights is noted, and no error. `tracked`: the paths of
 * `files`, which the next run names itself, or has none of. `isTaken`: false where a store failed.
 */
export async function takeLogged(
  repo: Repo,
  undo: Undo,
  { names, folder, besides, isLenient }: LoggedWeights,
): Promise<{ files: PackageFile[]; tracked: RepoPath[]; notes: string[]; isTaken: boolean }> {
  const [tracked, notes]: [RepoPath[], string[]] = [[], []];
  let isTaken = true;
  for (const name of names) {
    const path = pathOf(repo, folder, name);
    const known = [...besides.map((each) => each.path), ...tracked];
    if (path !== null && known.some((each) => isWithin(path, each))) continue;
    const problem = path === null ? OUTSIDE : await takeOne(repo, undo, { path, known, isLenient });
    if (path !== null && problem === null) tracked.push(path);
    if (problem === null) continue;
    isTaken &&= !problem.isOfStore;
    notes.push(prose`the program named '${display(path ?? name)}' as weights, which are not part of this version:
      ${problem.why}`);
  }
  return { files: await filesOf(repo, tracked), tracked, notes, isTaken };
}

interface Problem {
  why: string;
  /** It would be weights, had the store taken it. */
  isOfStore: boolean;
}

const OUTSIDE: Problem = { why: "it is not in the work tree", isOfStore: false };

/** Programs say where they are by a path without links, or by the one that they were started in. */
function pathOf(repo: Repo, folder: string, name: string): RepoPath | null {
  const path = insideOf(repo, folder, name);
  if (path !== null || name.includes("\0")) return path;
  try {
    const file = resolve(repo.top, folder, name);
    return insideOf(repo, folder, join(fs.realpathSync(dirname(file)), basename(file)));
  } catch {
    return null;
  }
}

/** Why it could not be taken; null where it was. */
async function takeOne(
  repo: Repo,
  undo: Undo,
  { path, known, isLenient }: { path: RepoPath; known: readonly RepoPath[]; isLenient: boolean },
): Promise<Problem | null> {
  const refuse = (why: string): Problem => ({ why, isOfStore: false });
  try {
    const problem = weightsProblem(repo, [path]);
    if (problem !== null) return refuse(`it is ${problem.what}`);
    const inner = known.find((each) => isWithin(each, path));
    if (inner !== undefined) return refuse(`'${display(inner)}' in it is a part of its own`);
    const outer = (await listTracked(repo)).find((each) => each.path !== path && isWithin(path, each.path));
    if (outer !== undefined) return refuse(`it lies in '${display(outer.path)}', which is tracked as a whole`);
    await refuseNames(repo, [path]);
    await ignoreWeights(repo, [path], undo);
    await takeIn(repo, [path], undo);
    return null;
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    const isOfStore = !REFUSALS.has(error.code);
    if (isOfStore && !isLenient) throw error;
    return { why: error.message, isOfStore };
  }
}
