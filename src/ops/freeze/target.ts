/** Where frozen bytes go, and what stands there now: looked at before anything is taken, and again before it is replaced. */
import { MvgitError } from "../../base/errors.ts";
import { display, isWithin, type RepoPath } from "../../base/paths.ts";
import type { Hash } from "../../model/hash.ts";
import type { Pointer } from "../../model/pointer.ts";
import { isSettingsFile } from "../../model/settings-file.ts";
import { displace, keepBytes } from "../../repo/displace.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, pointerOf } from "../../repo/tracked.ts";
import { hashFile } from "../../worktree/read-file.ts";
import { type Found, lookThrough } from "../../worktree/stamp.ts";

export interface Target {
  path: RepoPath;
  /** As the user typed it, safe to show. */
  name: string;
  /** Null for a path that is not tracked yet. */
  before: Pointer | null;
}

/** Throws `cannot-add`, `already-tracked`, `link-refused` for a path that cannot be frozen to. */
export async function findTarget(repo: Repo, typed: string): Promise<Target> {
  const path = repo.pathOf(typed);
  const name = display(typed);
  const refuse = (why: string, hint: string): MvgitError => new MvgitError("cannot-add", `cannot freeze to '${name}': ${why}`, { subject: name, hint });
  if (path === "") throw refuse("it is the whole work tree", "name a file");
  if (isSettingsFile(path)) throw refuse("Git or mvgit reads its settings there", "choose another name");
  const tracked = (await listTracked(repo)).filter((each) => each.reading.kind !== "absent");
  const other = tracked.find((each) => each.path !== path && (isWithin(path, each.path) || isWithin(each.path, path)));
  if (other !== undefined) {
    throw new MvgitError("already-tracked", `cannot freeze to '${name}': mvgit tracks '${display(other.path)}', which ${isWithin(path, other.path) ? "it lies in" : "lies in it"}`, { subject: name, hint: "freeze to a file beside it: its origin is recorded in a pointer of its own" });
  }
  const own = tracked.find((each) => each.path === path);
  const before = own ? pointerOf(own) : null;
  const found = look(repo, path);
  if (before?.files !== undefined || found?.kind === "folder") throw refuse("it is a folder", "name a file in it");
  if (found?.kind === "link") throw new MvgitError("link-refused", `cannot freeze to '${name}': it is a symbolic link`, { subject: name, hint: "name the file that it points to, if that is in the work tree" });
  if (found?.kind === "special") throw refuse("it is neither a file nor a folder", "choose another name");
  if ((await repo.git.index([`:(top,literal)${path}`])).length > 0) throw refuse("Git itself keeps it", `run 'mvgit add ${name}' first, which takes it out of Git's hands, and commit`);
  return { path, name, before };
}

function look(repo: Repo, path: RepoPath): Found | null {
  return lookThrough(repo.guard.resolve(path), repo.guard.blobs);
}

/** Throws `local-changes` when the file has bytes that are in no store. */
export async function refuseChanges(repo: Repo, target: Target): Promise<void> {
  if ((await stateOf(repo, target)) !== "changed") return;
  throw new MvgitError("local-changes", `cannot freeze to '${target.name}': the file there ${target.before ? "has changes" : "is not tracked, and its bytes are"} in no store`, {
    subject: target.name,
    hint: `keep them with 'mvgit add ${target.name}' first, or replace them with '--force'`,
  });
}

/** `clean`: its bytes are what the pointer says, which a remote may have. `kept`: they are others, which the cache has. */
async function stateOf(repo: Repo, { path, before }: Target): Promise<"absent" | "clean" | "kept" | "changed"> {
  const hash = await hashOf(repo, path);
  if (hash === null) return "absent";
  if (hash === before?.hash) return "clean";
  return (await isKept(repo, hash)) ? "kept" : "changed";
}

async function hashOf(repo: Repo, path: RepoPath): Promise<Hash | null> {
  const found = look(repo, path);
  if (found === null) return null;
  const known = repo.stats.target(path);
  return known?.stamp === found.stamp ? known.hash : hashFile(found.real);
}

/** True when the cache has these bytes, having read them: only then may a copy of them be replaced. */
async function isKept(repo: Repo, hash: Hash): Promise<boolean> {
  return repo.cache.sizeOf(hash) !== null && (await repo.cache.verify(hash));
}

/**
 * Puts a blob of the cache in the file's place, unless the file is so already. Bytes that no store has are kept first, which
 * takes `force`: answers their hash then. Throws `local-changes`.
 */
export async function replaceTarget(repo: Repo, target: Target, { hash, size, force }: { hash: Hash; size: number; force: boolean }): Promise<Hash | null> {
  const { path, before } = target;
  if ((await hashOf(repo, path)) === hash) return null;
  if (!force) await refuseChanges(repo, target);
  const state = await stateOf(repo, target);
  const displaced = state === "changed" ? await displace(repo, path) : null;
  if (state === "clean" && !(await isKept(repo, (before as Pointer).hash))) await keepBytes(repo, path);
  const stamp = await repo.bringOut().make({ file: repo.guard.resolveForWriting(path), hash, size, exec: false }, () => {});
  repo.stats.setTarget(path, stamp, hash);
  return displaced;
}
