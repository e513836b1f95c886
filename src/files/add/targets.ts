/** What an add is about: each target looked at, and refused where it cannot be tracked. */
import { MvgitError } from "../../base/errors.ts";
import { display, isWithin, parentOf, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { pointerOf, type Tracked } from "../../repo/tracked.ts";
import type { Inside } from "../../worktree/compare.ts";
import { type Found, look, lookThrough } from "../../worktree/stamp.ts";

/** A path that gets a pointer, or has one: a file, a folder, or the part of a folder that was named. */
export interface Target {
  path: RepoPath;
  found: Found;
  before: Pointer | null;
  inside: Inside;
}

/** Throws `cannot-add`, `link-refused`, `already-tracked`, and what a pointer throws that cannot be read. */
export function targetsOf(
  repo: Repo,
  paths: readonly RepoPath[],
  { tracked, asIs }: { tracked: readonly Tracked[]; asIs: boolean },
): Target[] {
  const targets = new Map<RepoPath, Target>();
  const byPath = new Map(tracked.map((each) => [each.path, each]));
  const named = new Set<string>(paths);
  for (const path of paths) {
    // A folder that is named as well takes it in.
    if (
      parentsOf(path).some((each) => named.has(each) && look(repo.guard.resolve(each as RepoPath))?.kind === "folder")
    )
      continue;
    const holder = holderOf(path, byPath);
    const target = holder ?? path;
    const found = lookAtTarget(repo, target, path);
    if (found.kind === "folder") refuseNested(target, tracked);
    const reading = byPath.get(target)?.reading;
    const part = holder ? (path.slice(holder.length + 1) as RepoPath) : null;
    refuseUnread(repo, byPath.get(target), { isPart: part !== null, asIs });
    const known = targets.get(target);
    const inside = part === null || (known && known.inside === null) ? null : [...(known?.inside ?? []), part];
    targets.set(target, { path: target, found, before: reading?.kind === "pointer" ? reading.pointer : null, inside });
  }
  return [...targets.values()];
}

/**
 * What a pointer says that cannot be read here is not known: the rest of its folder would be lost, or a colleague's
 * bytes.
 */
function refuseUnread(
  repo: Repo,
  tracked: Tracked | undefined,
  { isPart, asIs }: { isPart: boolean; asIs: boolean },
): void {
  if (tracked === undefined || (asIs && !isPart)) return;
  const { kind } = tracked.reading;
  if (isPart ? kind === "absent" || kind === "pointer" : kind !== "sparse" && kind !== "newer") return;
  if (kind !== "sparse") pointerOf(tracked);
  const name = display(repo.typed(tracked.path));
  throw new MvgitError(
    "cannot-add",
    `cannot add to '${name}': sparse checkout leaves its pointer out of the work tree`,
    {
      subject: name,
      hint: prose`bring it in with 'git sparse-checkout add' or 'git sparse-checkout disable'
          first${isPart ? "" : "; 'mvgit add --as-is' records what stands here"}`,
    },
  );
}

/** The tracked folder that a path lies in, null for a path of its own. */
function holderOf(path: RepoPath, byPath: ReadonlyMap<string, Tracked>): RepoPath | null {
  for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
    const holder = byPath.get(path.slice(0, slash));
    if (holder && holder.reading.kind !== "absent") return holder.path;
  }
  return null;
}

export function parentsOf(path: string): string[] {
  const parent = parentOf(path);
  return parent === "" ? [] : [parent, ...parentsOf(parent)];
}

function lookAtTarget(repo: Repo, target: RepoPath, named: RepoPath): Found {
  const found = lookThrough(repo.guard.resolve(target), repo.guard.blobs);
  const name = display(repo.typed(named));
  if (found === null || look(repo.guard.resolve(named)) === null) {
    throw new MvgitError("cannot-add", `there is no '${name}' to add`, {
      subject: name,
      hint: "check the name; 'mvgit checkout' brings back a tracked file that is gone",
    });
  }
  if (found.kind === "link") {
    throw new MvgitError("link-refused", `cannot add '${name}': it is a symbolic link`, {
      subject: name,
      hint: "name the file or folder that it points to, if that is in the work tree",
    });
  }
  if (found.kind === "special")
    throw new MvgitError("cannot-add", `cannot add '${name}': it is neither a file nor a folder`, {
      subject: name,
      hint: "only what has bytes of its own can be tracked",
    });
  return found;
}

function refuseNested(target: RepoPath, tracked: readonly Tracked[]): void {
  const inner = tracked.find((each) => each.path !== target && isWithin(each.path, target));
  if (!inner) return;
  throw new MvgitError(
    "already-tracked",
    `cannot add '${display(target)}': '${display(inner.path)}' inside it is tracked on its own`,
    {
      subject: display(target),
      hint: `run 'mvgit rm --keep ${display(inner.path)}' first, or add the other files of the folder one by one`,
    },
  );
}
