/** Two versions of a pointer into one; folders by path. */
import { readUpTo } from "../../base/disk.ts";
import { type LoadBlob } from "../../values/manifest-io.ts";
import {
  formatConflict,
  formatPointer,
  type Pointer,
  POINTER_CAP,
  type PointerReading,
  readPointer,
  sameBytes,
} from "../../values/pointer.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { conflicted, merged, type MergeReport, type MergeRequest, settledAs } from "./conflict.ts";
import { conflictedBase, mergeFolders } from "./folders.ts";

/**
 * Writes the merged pointer, or one with conflict markers, to `ours`. Of a folder the sides between them have all that
 * merged.
 */
export async function mergePointers(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  const [ours, theirs] = [request.ours, request.theirs].map((file) => readSide(file));
  if (!ours || !theirs) return conflicted(request, [], { withBase: true });
  const load = manifestLoader(repo.cache, () => repo.remotes());
  const base = await baseOfReading(repo, readPart(request.base), load);
  const chosen = chooseUnchanged(base ?? null, ours, theirs);
  if (chosen) return merged(request, formatPointer(chosen));
  if (ours.files === undefined || theirs.files === undefined)
    return settledAs(request, formatConflict({ base, ours, theirs }), []);
  const result = await mergeFolders(
    { base: base?.files === undefined ? null : base, ours, theirs },
    { cache: repo.cache, load },
  );
  // Both sides together removed every file: that no pointer can say, so a person decides.
  if (result.open.length === 0 && result.ours) return merged(request, formatPointer(result.ours));
  if (result.open.length === 0) return settledAs(request, formatConflict({ base, ours, theirs }), []);
  return settledAs(
    request,
    formatConflict(result),
    result.open.map((each) => each.path),
    result.open,
  );
}

function readPart(file: string): PointerReading | null {
  const bytes = readUpTo(file, POINTER_CAP);
  return bytes === null || bytes.length === 0 ? null : readPointer(bytes);
}

function readSide(file: string): Pointer | null {
  const reading = readPart(file);
  return reading?.kind === "pointer" ? reading.pointer : null;
}

/** What both sides come from: null for nothing, undefined where that cannot be told. */
export async function baseOfReading(
  repo: Repo,
  reading: PointerReading | null,
  load: LoadBlob,
): Promise<Pointer | null | undefined> {
  if (reading === null) return null;
  if (reading.kind === "pointer") return reading.pointer;
  if (reading.kind !== "conflicted" || reading.ours?.files === undefined || reading.theirs?.files === undefined)
    return undefined;
  return conflictedBase({ ours: reading.ours, theirs: reading.theirs }, { cache: repo.cache, load });
}

/**
 * The side that alone has other bytes than before, with the mode of the side that alone has another; null where both
 * have others.
 */
function chooseUnchanged(base: Pointer | null, ours: Pointer, theirs: Pointer): Pointer | null {
  const chosen = withOtherBytes(base, ours, theirs);
  if (chosen === null || chosen.files !== undefined) return chosen;
  const { exec: _, ...plain } = chosen;
  return isExec(base, ours, theirs) ? { ...plain, exec: true } : plain;
}

function withOtherBytes(base: Pointer | null, ours: Pointer, theirs: Pointer): Pointer | null {
  if (sameBytes(ours, theirs) || (base && sameBytes(base, theirs))) return ours;
  return base && sameBytes(base, ours) ? theirs : null;
}

/** Of two new files the one that may be run stays so. */
function isExec(base: Pointer | null, ours: Pointer, theirs: Pointer): boolean | undefined {
  if (ours.exec === theirs.exec) return ours.exec;
  if (base === null) return true;
  return base.exec === ours.exec ? theirs.exec : ours.exec;
}
