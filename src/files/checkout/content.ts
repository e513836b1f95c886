/** What stands at a path that is to go, with its bytes told. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, isMvgitError } from "../../base/errors.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../values/hash.ts";
import type { Repo } from "../../repo/repo.ts";
import { scanFolder } from "../../worktree/scan.ts";
import { type Found, lookThrough } from "../../worktree/stamp.ts";
import type { Losing } from "../losing.ts";
import type { Doomed } from "./plan.ts";

/** What a walk throws for a folder that holds more than files with names of their own. */
const NO_FILES = new Set<ErrorCode>(["link-refused", "cannot-add", "unsafe-path"]);

export interface Content {
  files: Doomed[];
  hashes: Set<Hash>;
}

/**
 * The file or link, or the files that a folder tracks, with their bytes read; null when it is not of that kind or
 * cannot be read as a folder.
 */
export async function contentOf(
  repo: Repo,
  { path, kind, losing }: { path: RepoPath; kind: Found["kind"]; losing: Losing },
): Promise<Content | null> {
  const found = lookThrough(repo.guard.resolve(path), repo.guard.blobs);
  if (found?.kind !== kind || kind === "special") return null;
  if (kind === "link") return { files: [{ path, stamp: found.stamp, hash: null }], hashes: new Set() };
  if (kind === "file") {
    const hash = await losing.hashOf(path, found);
    return { files: [{ path, stamp: found.stamp, hash }], hashes: new Set([hash]) };
  }
  try {
    return await contentOfFolder(repo, path, losing);
  } catch (error) {
    if (isMvgitError(error) && NO_FILES.has(error.code)) return null;
    throw error;
  }
}

async function contentOfFolder(repo: Repo, path: RepoPath, losing: Losing): Promise<Content> {
  const content: Content = { files: [], hashes: new Set() };
  for (const batch of scanFolder(repo.guard, path)) {
    for (const each of batch) {
      const inner = `${path}/${each.path}` as RepoPath;
      const hash = await losing.hashOf(inner, each);
      content.files.push({ path: inner, stamp: each.stamp, hash });
      content.hashes.add(hash);
    }
  }
  return content;
}

/** True for a folder with files that `.mvgitignore` leaves out. */
export function holdsOthers(repo: Repo, path: RepoPath): boolean {
  const entries = readdirSync(join(repo.top, path), { withFileTypes: true, recursive: true });
  const all = entries.filter((entry) => !entry.isDirectory()).length;
  return [...scanFolder(repo.guard, path)].reduce((sum, batch) => sum + batch.length, 0) !== all;
}
