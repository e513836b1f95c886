/** `mvgit ls`: what is tracked, and where its bytes are. */
import { join } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { display, isWithin, type RepoPath } from "../base/paths.ts";
import type { Hash } from "../model/hash.ts";
import { readManifest } from "../model/manifest-io.ts";
import type { Pointer } from "../model/pointer.ts";
import { commitPointers } from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { pointerOf, select } from "../repo/tracked.ts";
import { look } from "../worktree/stamp.ts";

export interface LsRequest {
  /** A commit; the work tree when absent. */
  revision?: string;
  paths: readonly string[];
  /** The files of folders, too. */
  recursive?: boolean;
}

export interface Listed {
  path: RepoPath;
  hash: Hash;
  /** Bytes. */
  size: number;
  /** Only of a folder. */
  files?: number;
  inWorkTree: boolean;
  inCache: boolean;
}

/** Throws `not-tracked`, and for an unknown revision `usage`. With `recursive`, manifests must be in the cache. */
export async function ls(repo: Repo, request: LsRequest): Promise<{ tracked: Listed[] }> {
  const pointers = request.revision === undefined ? await here(repo, request.paths) : await at(repo, request.revision, request.paths);
  const tracked: Listed[] = [];
  for (const { path, pointer } of pointers) {
    tracked.push(listed(repo, path, pointer));
    if (request.recursive && pointer.files !== undefined) {
      for await (const entries of readManifest(pointer.hash, repo.loadManifest)) {
        for (const entry of entries) tracked.push(listed(repo, `${path}/${entry.path}` as RepoPath, entry));
      }
    }
  }
  return { tracked };
}

function listed(repo: Repo, path: RepoPath, { hash, size, files }: { hash: Hash; size: number; files?: number }): Listed {
  return { path, hash, size, ...(files === undefined ? {} : { files }), inWorkTree: look(join(repo.top, path)) !== null, inCache: repo.cache.sizeOf(hash) !== null };
}

async function here(repo: Repo, paths: readonly string[]): Promise<{ path: RepoPath; pointer: Pointer }[]> {
  const selected = await select(repo, paths);
  return selected.filter((each) => each.reading.kind !== "absent" && each.reading.kind !== "sparse").map((each) => ({ path: each.path, pointer: pointerOf(each) }));
}

async function at(repo: Repo, revision: string, typed: readonly string[]): Promise<{ path: RepoPath; pointer: Pointer }[]> {
  const commit = await repo.git.resolveCommit(revision);
  if (commit === null) throw new MvgitError("usage", `'${display(revision)}' names no commit`, { subject: display(revision), hint: "name a branch, a tag or a commit" });
  const { uses } = await commitPointers(repo, commit);
  const paths = typed.map((text) => repo.pathOf(text));
  return uses.filter((use) => paths.length === 0 || paths.some((path) => isWithin(use.path, path)));
}
