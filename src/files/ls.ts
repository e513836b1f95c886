/** `mvgit ls`: what is tracked, and where its bytes are. */
import { join } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { display, isWithin, type RepoPath } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import type { Hash } from "../values/hash.ts";
import { readManifest } from "../values/manifest-io.ts";
import type { Pointer } from "../values/pointer.ts";
import { commitPointers } from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { notTracked, pointerOf, select } from "../repo/tracked.ts";
import { splitOperands } from "./diff/operands.ts";
import { look } from "../worktree/stamp.ts";
import { isInCache } from "./status/in-cache.ts";

export interface LsRequest {
  /** A commit, if any, then paths; the work tree without a commit. */
  operands: readonly string[];
  /** How many operands came before `--`; null without one. */
  separator: number | null;
  /** A commit, when all operands are paths. */
  revision?: string;
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
  const pointers = await pointersFor(repo, request);
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

function listed(repo: Repo, path: RepoPath, named: { hash: Hash; size: number; files?: number }): Listed {
  const { hash, size, files } = named;
  const inWorkTree = look(join(repo.top, path)) !== null;
  return { path, hash, size, ...(files === undefined ? {} : { files }), inWorkTree, inCache: isInCache(repo, named) };
}

async function pointersFor(
  repo: Repo,
  { operands, separator, revision }: LsRequest,
): Promise<{ path: RepoPath; pointer: Pointer }[]> {
  if (revision !== undefined) return at(repo, await commitOf(repo, revision), operands);
  const { revisions, paths } = await splitOperands(repo, operands, separator);
  if (revisions.length > 1)
    throw new MvgitError("usage", "'mvgit ls' lists one revision, and two were named", {
      hint: "'mvgit diff' compares two",
    });
  return revisions[0] ? at(repo, revisions[0].commit, paths) : here(repo, paths);
}

async function here(repo: Repo, paths: readonly string[]): Promise<{ path: RepoPath; pointer: Pointer }[]> {
  const selected = await select(repo, paths);
  return selected
    .filter((each) => each.reading.kind !== "absent" && each.reading.kind !== "sparse")
    .map((each) => ({ path: each.path, pointer: pointerOf(each) }));
}

async function commitOf(repo: Repo, revision: string): Promise<Oid> {
  const commit = await repo.git.resolveCommit(revision);
  if (commit !== null) return commit;
  throw new MvgitError("usage", `'${display(revision)}' names no commit`, {
    subject: display(revision),
    hint: "name a branch, a tag or a commit",
  });
}

async function at(repo: Repo, commit: Oid, typed: readonly string[]): Promise<{ path: RepoPath; pointer: Pointer }[]> {
  const { uses } = await commitPointers(repo, commit);
  const paths = typed.map((text) => repo.pathOf(text));
  for (const [index, path] of paths.entries())
    if (path !== "" && !uses.some((use) => isWithin(use.path, path))) throw notTracked(repo, typed[index] as string);
  return uses.filter((use) => paths.length === 0 || paths.some((path) => isWithin(use.path, path)));
}
