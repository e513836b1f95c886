/** Every repository whose needs a cache has to keep. */
import * as fs from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { MvgitError, systemCode } from "../base/errors.ts";
import { whySystem } from "../base/system-errors.ts";
import { display } from "../base/paths.ts";
import { type Clone, isOf, listClones } from "./clones.ts";
import { Repo, withoutGitVariables } from "./repo.ts";

/**
 * This repository and every other that uses its cache, but those whose entries are `forgotten`. Throws, naming it, for
 * one that cannot be looked at: nobody can say what it needs.
 */
export async function sharingRepos(repo: Repo, forgotten: readonly Clone[]): Promise<Repo[]> {
  const repos = [repo];
  for (const clone of [...ownerOf(repo.cache.folder), ...listClones(repo.cache.folder)]) {
    if (forgotten.some((each) => each.file === clone.file)) continue;
    if (isOf(clone, repo.git)) continue;
    repos.push(await openClone(repo, clone));
  }
  return repos;
}

/** The repository inside which the cache lies, if it is the cache of one: that one did not have to register. */
function ownerOf(cacheFolder: string): Clone[] {
  const commonDir = dirname(cacheFolder);
  if (!fs.existsSync(join(commonDir, "HEAD")) || !fs.existsSync(join(commonDir, "objects"))) return [];
  return [{ host: hostname(), commonDir, top: dirname(commonDir), token: null, file: commonDir }];
}

async function openClone(repo: Repo, clone: Clone): Promise<Repo> {
  if (clone.commonDir === "") throw unseen(clone, "its entry cannot be read", clone.file);
  if (clone.host !== hostname()) throw unseen(clone, `it is on the host '${display(clone.host)}'`);
  refuseAbsent(clone);
  let other: Repo;
  try {
    other = await Repo.open({ cwd: clone.top, env: withoutGitVariables(repo.env), watch: repo.watch });
  } catch (error) {
    throw unseen(clone, whySystem(error), clone.top, error);
  }
  if (!isOf(clone, other.git)) throw unseen(clone, "another repository stands there now");
  return other;
}

/** What this user may not look at is not gone, and nobody is led to forget it. */
function refuseAbsent(clone: Clone): void {
  try {
    fs.accessSync(clone.commonDir, fs.constants.R_OK | fs.constants.X_OK);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) throw unseen(clone, "it is gone");
    const { message, subject } = unseen(clone, whySystem(error));
    throw new MvgitError("check-failed", message, {
      ...(subject !== undefined && { subject }),
      hint: "have somebody run it who may read all repositories that use the cache",
      cause: error,
    });
  }
}

function unseen(clone: Clone, why: string, name = clone.top, cause?: unknown): MvgitError {
  const shown = display(name);
  return new MvgitError(
    "check-failed",
    `nothing was removed: what the repository '${shown}' needs of the shared cache is not known: ${why}`,
    {
      subject: shown,
      hint: `mend it, or if it needs nothing any more, run 'mvgit gc --forget ${shown}'`,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
