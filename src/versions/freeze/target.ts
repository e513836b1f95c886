/**
 * Where frozen bytes go, and what stands there now: looked at before anything is taken, and again before it is
 * replaced.
 */
import { MvgitError } from "../../base/errors.ts";
import { display, isWithin, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Hash } from "../../values/hash.ts";
import type { Pointer } from "../../values/pointer.ts";
import { displace } from "../../repo/displace.ts";
import type { Repo } from "../../repo/repo.ts";
import { listTracked, pointerOf } from "../../repo/tracked.ts";
import { type Found, lookThrough, type Stamp } from "../../worktree/stamp.ts";
import { Losing, type Verdict } from "../../files/losing.ts";

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
  const refuse = (why: string, hint: string): MvgitError =>
    new MvgitError("cannot-add", `cannot freeze to '${name}': ${why}`, { subject: name, hint });
  if (path === "") throw refuse("it is the whole work tree", "name a file");
  const reader = repo.guard.readerOf(path);
  if (reader !== null) throw refuse(`${reader} reads or runs it by its name`, "choose another name");
  const tracked = (await listTracked(repo)).filter((each) => each.reading.kind !== "absent");
  const other = tracked.find((each) => each.path !== path && (isWithin(path, each.path) || isWithin(each.path, path)));
  if (other !== undefined) {
    throw new MvgitError(
      "already-tracked",
      prose`cannot freeze to '${name}': mvgit tracks '${display(other.path)}', which
        ${isWithin(path, other.path) ? "it lies in" : "lies in it"}`,
      { subject: name, hint: "freeze to a file beside it: its origin is recorded in a pointer of its own" },
    );
  }
  const own = tracked.find((each) => each.path === path);
  const before = own ? pointerOf(own) : null;
  const found = look(repo, path);
  if (before?.files !== undefined || found?.kind === "folder") throw refuse("it is a folder", "name a file in it");
  if (found?.kind === "link")
    throw new MvgitError("link-refused", `cannot freeze to '${name}': it is a symbolic link`, {
      subject: name,
      hint: "name the file that it points to, if that is in the work tree",
    });
  if (found?.kind === "special") throw refuse("it is neither a file nor a folder", "choose another name");
  if ((await repo.git.index([`:(top,literal)${path}`])).length > 0)
    throw refuse("Git itself keeps it", `run 'mvgit add ${name}' first, which takes it out of Git's hands, and commit`);
  return { path, name, before };
}

function look(repo: Repo, path: RepoPath): Found | null {
  return lookThrough(repo.guard.resolve(path), repo.guard.blobs);
}

/** Throws `local-changes` when the file has bytes that are in no store. */
export async function refuseChanges(repo: Repo, target: Target): Promise<void> {
  refuse(target, await stateOf(repo, target));
}

function refuse(target: Target, { kind }: State): void {
  if (kind !== "unstored") return;
  throw new MvgitError(
    "local-changes",
    prose`cannot freeze to '${target.name}': the file there
      ${target.before ? "has changes" : "is not tracked, and its bytes are"} in no store`,
    { subject: target.name, hint: `keep them with 'mvgit add ${target.name}' first, or replace them with '--force'` },
  );
}

interface State {
  /** Stamp of the file that was looked at, null where there is none. */
  seen: Stamp | null;
  hash: Hash | null;
  /** `clean`: its bytes are what the pointer says. Otherwise whether they may go (`Losing`). */
  kind: "absent" | "clean" | Verdict;
  /** No commit names its bytes, or the cache does not have them. */
  isLast: boolean;
}

async function stateOf(repo: Repo, { path, before }: Target): Promise<State> {
  const found = look(repo, path);
  if (found === null) return { seen: null, hash: null, kind: "absent", isLast: false };
  const losing = new Losing(repo);
  const known = repo.stats.target(path);
  const hash = await losing.settledHash(path, found, known?.stamp === found.stamp ? known.hash : null);
  await losing.ask(path, hash);
  await losing.settle();
  const verdict = losing.verdict(hash) as Verdict;
  return { seen: found.stamp, hash, kind: hash === before?.hash ? "clean" : verdict, isLast: verdict !== "may go" };
}

/**
 * Puts a blob of the cache in the file's place, unless the file is so already. Bytes that no commit names are kept
 * first, and those that no store has as well, which takes `force`: answers their hash then. Throws `local-changes`.
 */
export async function replaceTarget(
  repo: Repo,
  target: Target,
  { hash, size, force }: { hash: Hash; size: number; force: boolean },
): Promise<Hash | null> {
  const { path } = target;
  const state = await stateOf(repo, target);
  if (state.hash === hash) return null;
  if (!force) refuse(target, state);
  const [displaced] = state.isLast ? await displace(repo, [path]) : [];
  if (displaced !== undefined && displaced !== state.hash) throw changedMeanwhile(target);
  const folders = repo.openFolders();
  try {
    const stamp = await repo
      .bringOut()
      .make(
        { at: folders.reach(path, { make: true }), shown: path, seen: state.seen, hash, size, exec: false },
        () => {},
      );
    if (stamp === null) throw changedMeanwhile(target);
    folders.renew();
    repo.stats.setTarget(path, stamp, hash);
    repo.stats.bases.set(path, { kind: "file", hash, size });
  } finally {
    folders.close();
  }
  return displaced ?? null;
}

function changedMeanwhile({ name }: Target): MvgitError {
  return new MvgitError("local-changes", `'${name}' changed while the command ran, and was left as it is now`, {
    subject: name,
    hint: "look at it, then run the command again",
  });
}
