/** What a clone knows of its hooks, so that whoever lacks them is told once, and whoever declined them is not. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, readUpTo, replaceFile } from "../base/disk.ts";
import { isMvgitError } from "../base/errors.ts";
import { areHooksInPlace, hooksFolderOf } from "../git/hooks.ts";
import type { Repo } from "../repo/repo.ts";
import { COMMITTED_CONFIG } from "../repo/settings.ts";
import { cloneFile, cloneFolder } from "../values/own-files.ts";

/**
 * `installed`: they were in place when last looked at. `told`: they were not, and that was said. `declined`: by the
 * user.
 */
type Known = "installed" | "told" | "declined";

/** Shared by all work trees, as hooks are. */
function fileOf(repo: Repo): string {
  return cloneFile(repo.git.place, "hooks");
}

/** Remembers it. A repository that this user cannot write is told again each time. */
export function rememberHooks(repo: Repo, known: Known): void {
  try {
    makeFolder(cloneFolder(repo.git.place));
    replaceFile(fileOf(repo), `${known}\n`, false);
  } catch (error) {
    if (!isMvgitError(error, "read-only") && !isMvgitError(error, "file-unreadable")) throw error;
  }
}

/** One line when a repository that uses mvgit has lost or never had its hooks and that was not said yet, else null. */
export function missingHooksNote(repo: Repo): string | null {
  const known = readUpTo(fileOf(repo), 64)?.toString("utf8").trim() ?? "";
  if (known === "declined") return null;
  const folder = hooksFolderOf(repo.settings.hooksPath, repo.git.place);
  if (areHooksInPlace(folder)) {
    if (known !== "installed") rememberHooks(repo, "installed");
    return null;
  }
  if (known === "told" || !usesMvgit(repo)) return null;
  rememberHooks(repo, "told");
  if (folder.refusal !== null)
    return "the hooks of mvgit do not run here; 'mvgit hooks status' says why, and what to do";
  if (known === "installed") return "the hooks of mvgit do not run here any more; 'mvgit hooks install' puts them back";
  return "the hooks of mvgit are not installed here; 'mvgit init' installs them";
}

/** By its settings, or by the name of a pointer in Git's index, which is looked for as bytes. */
function usesMvgit(repo: Repo): boolean {
  if (statSync(join(repo.top, COMMITTED_CONFIG), { throwIfNoEntry: false })?.isFile()) return true;
  const index = join(repo.git.place.gitDir, "index");
  return statSync(index, { throwIfNoEntry: false })?.isFile() === true && readFileSync(index).includes(".mvgit\0");
}
