/** A tracked folder against its pointer: which of its files are not as the manifest says, and who changed them. */
import { andMore } from "../../base/counts.ts";
import { isMvgitError } from "../../base/errors.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Selected } from "../../repo/tracked.ts";
import { pointerOfManifest } from "../../values/manifest-io.ts";
import type { Pointer } from "../../values/pointer.ts";
import { type Base, putOf, samePut } from "../../worktree/bases.ts";
import { isClean } from "../../worktree/compare.ts";
import { compareFolder, rootOfFound } from "../../worktree/compare-folder.ts";
import { isInCache } from "./in-cache.ts";
import type { Comparing, PathStatus } from "./path-status.ts";
import { FileTally } from "./tally.ts";
import { isLack } from "../../store/lack.ts";

/** Above this many files, listing the cache costs less than asking it for each. */
const MANY = 1000;
/** Files named at most. */
const SHOWN = 3;

type WholeStatus = Pick<PathStatus, "state" | "changes" | "files" | "detail" | "notInCache" | "isUnknown">;

/** How the folder stands; also where its manifest is not in the cache, or damaged. */
export async function compareFolderState(
  repo: Repo,
  selected: Selected,
  options: { pointer: Pointer; context: Comparing },
): Promise<WholeStatus> {
  try {
    return await compareFiles(repo, selected, options);
  } catch (error) {
    if (isLack(error)) return compareWithBase(repo, selected, options);
    if (isMvgitError(error, "link-refused"))
      return { state: "modified", notInCache: !isInCache(repo, options.pointer), detail: error.message };
    throw error;
  }
}

async function compareFiles(
  repo: Repo,
  selected: Selected,
  { pointer, context }: { pointer: Pointer; context: Comparing },
): Promise<WholeStatus> {
  const tally = new FileTally();
  const held: RepoPath[] = [];
  const onHeld = (path: RepoPath): void => void held.push(path);
  let notInCache = !isInCache(repo, pointer);
  const isCached =
    (pointer.files ?? 0) > MANY
      ? repo.cache.presence()
      : (blob: Pick<Pointer, "hash" | "size">): boolean => repo.cache.has(blob);
  for await (const pairs of compareFolder(selected.path, pointer, { ...context, onHeld, inside: selected.inside })) {
    for (const pair of pairs) {
      if (pair.wanted && !notInCache && !isCached(pair.wanted)) notInCache = true;
      if (!isClean(pair)) tally.add(pair);
    }
  }
  const names =
    held.length > 0 ? { detail: `held back: ${held.slice(0, SHOWN).join(", ")}${andMore(held.length - SHOWN)}` } : {};
  if (!tally.isEmpty)
    return changedFolder(tally, { pointer, base: context.bases.of(selected.path), rest: { ...names, notInCache } });
  if (held.length === 0 && selected.inside === null && selected.indexOid !== null)
    repo.stats.bases.learn(selected.path, putOf(pointer));
  return { state: held.length > 0 ? "held" : "clean", ...names, notInCache };
}

function changedFolder(
  tally: FileTally,
  { pointer, base, rest }: { pointer: Pointer; base: Base; rest: Pick<WholeStatus, "detail" | "notInCache"> },
): WholeStatus {
  const { files, changes, isGuess } = tally;
  const isNew = base.put === "nothing" || (base.put === "unknown" && files.behind === undefined);
  const isCut = isNew || base.begun.some((each) => each.hash === pointer.hash);
  const unknown: Pick<WholeStatus, "isUnknown"> = isGuess ? { isUnknown: true } : unknownOf(base);
  return { state: tally.state(isCut), changes, files, ...rest, ...unknown };
}

/**
 * Where nothing tells what the pointer's folder holds, as before its first fetch: whether what stands here is what it
 * was made from.
 */
async function compareWithBase(
  repo: Repo,
  selected: Selected,
  { pointer, context: { bases, ...context } }: { pointer: Pointer; context: Comparing },
): Promise<WholeStatus> {
  const base = bases.of(selected.path);
  const known = { notInCache: true, detail: "its manifest is not in the cache", ...unknownOf(base) };
  // The pointer did not change since: as after its bytes went from the cache.
  if (samePut(base.put, putOf(pointer)) && base.begun.length === 0)
    return (await rootOfFound(selected.path, context)) === pointer.hash
      ? { state: "clean", notInCache: true }
      : { state: "modified", ...known };
  const put =
    typeof base.put === "string" || base.begun.length > 0
      ? null
      : await pointerOfManifest(base.put.hash, repo.loadManifest);
  if (put === null) return { state: "behind", ...known };
  for await (const pairs of compareFolder(selected.path, put, { ...context, inside: selected.inside })) {
    if (!pairs.every(isClean)) return { state: "diverged", ...known };
  }
  return { state: "behind", ...known };
}

/** To be told of what nothing tells the base of. */
export function unknownOf({ put }: Base): Pick<PathStatus, "isUnknown"> {
  return put === "unknown" ? { isUnknown: true } : {};
}
