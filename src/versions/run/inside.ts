/** Files of the work tree as a command names them. */
import { relative, resolve, sep } from "node:path";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { pathProblem, type RepoPath } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Found, look } from "../../worktree/stamp.ts";

/**
 * The path from the top of what a program that starts in `folder` finds under a name; null for what is outside, or can
 * be no path.
 */
export function insideOf(repo: Repo, folder: string, typed: string): RepoPath | null {
  if (typed === "" || typed.includes("\0") || typed.length > 4096) return null;
  const path = relative(repo.top, resolve(repo.top, folder, typed))
    .split(sep)
    .join("/");
  return path !== "" && path !== ".." && !path.startsWith("../") && pathProblem(path) === null
    ? (path as RepoPath)
    : null;
}

/** A regular file, and no link on the way to it; null for anything else. */
export function plainFile(repo: Repo, path: RepoPath): Found | null {
  try {
    const found = look(repo.guard.resolve(path));
    return found?.kind === "file" ? found : null;
  } catch (error) {
    if (isMvgitError(error)) return null;
    throw error;
  }
}

/** Such a file's text; null where it is larger than `cap` bytes, or no text. */
export function textOf(repo: Repo, path: RepoPath, cap: number): string | null {
  const found = plainFile(repo, path);
  if (found === null || found.size > cap) return null;
  const bytes = readUpTo(repo.guard.resolve(path), cap);
  return bytes === null || bytes.length > cap || bytes.includes(0) ? null : bytes.toString("utf8");
}
