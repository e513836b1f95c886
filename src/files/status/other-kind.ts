/** What stands at a tracked path and is not of its pointer's kind. */
import { isWithin, type RepoPath } from "../../base/paths.ts";
import type { Selected } from "../../repo/tracked.ts";
import { pointerOfManifest } from "../../values/manifest-io.ts";
import type { Pointer } from "../../values/pointer.ts";
import { type Put, putOf, samePut } from "../../worktree/bases.ts";
import { isClean } from "../../worktree/compare.ts";
import { compareFolder } from "../../worktree/compare-folder.ts";
import { identifyTarget } from "../../worktree/compare-target.ts";
import { scanFolder } from "../../worktree/scan.ts";
import type { Found } from "../../worktree/stamp.ts";
import type { Comparing, PathStatus } from "./path-status.ts";

/**
 * Of what is not of the pointer's kind: whether it is what the pointer named before, and whether the pointer changed
 * since.
 */
export async function compareOther(
  { path }: Selected,
  { found, pointer, context }: { found: Found; pointer: Pointer; context: Comparing },
): Promise<Pick<PathStatus, "state" | "isOther" | "isUnknown">> {
  if (found.kind !== "file" && found.kind !== "folder") return { state: "blocked" };
  const left = found.kind === "folder" ? await leftInside(path, context) : null;
  if (left !== null) return { state: left ? "behind" : "diverged", isOther: true };
  const { put, begun } = context.bases.of(path);
  const earlier = put === "unknown" ? await context.bases.history(path) : [];
  for (const each of [put, ...begun, ...earlier])
    if (typeof each !== "string" && (await isAsPut(path, { found, put: each, context })))
      return { state: "behind", isOther: true };
  if (put === "unknown") return { state: "blocked", isUnknown: true };
  return { state: samePut(put, putOf(pointer)) ? "blocked" : "diverged", isOther: true };
}

/**
 * Of a folder in which another commit has tracked paths: whether nothing else stands there than what that commit left;
 * null of any other.
 */
async function leftInside(folder: RepoPath, context: Comparing): Promise<boolean | null> {
  const { guard, stats } = context;
  const targets = [...stats.targets()].filter(({ path }) => path !== folder && isWithin(path, folder));
  if (targets.length === 0) return null;
  for (const batch of scanFolder(guard, folder)) {
    for (const each of batch) {
      const path = `${folder}/${each.path}` as RepoPath;
      const target = targets.find((owner) => isWithin(path, owner.path));
      if (target === undefined) return false;
      if (
        target.path === path &&
        target.stamp !== each.stamp &&
        (await identifyTarget(path, each, context)) !== target.hash
      )
        return false;
    }
  }
  return true;
}

async function isAsPut(
  path: RepoPath,
  { found, put, context: { bases, ...context } }: { found: Found; put: Put; context: Comparing },
): Promise<boolean> {
  if (put.kind !== "folder")
    return (
      found.kind === "file" && found.size === put.size && (await identifyTarget(path, found, context)) === put.hash
    );
  const before = found.kind === "folder" ? await pointerOfManifest(put.hash, bases.load) : null;
  if (before === null) return false;
  for await (const pairs of compareFolder(path, before, { ...context, inside: null }))
    if (!pairs.every(isClean)) return false;
  return true;
}
