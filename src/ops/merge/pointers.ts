/** Two versions of a pointer into one; folders by path. */
import { readUpTo } from "../../base/disk.ts";
import { type LoadBlob, ManifestWriter, readManifest } from "../../model/manifest-io.ts";
import { mergeManifests } from "../../model/merge-manifests.ts";
import { formatPointer, type Pointer, POINTER_CAP, readPointer, sameBytes } from "../../model/pointer.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import { Intake } from "../../store/intake.ts";
import { conflicted, merged, type MergeReport, type MergeRequest } from "./conflict.ts";

/** Writes the merged pointer, or one with conflict markers, to `ours`. */
export async function mergePointers(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  const [base, ours, theirs] = [request.base, request.ours, request.theirs].map(readSide);
  if (ours && theirs) {
    const chosen = chooseUnchanged(base ?? null, ours, theirs);
    if (chosen) return merged(request, formatPointer(chosen));
    if (ours.files !== undefined && theirs.files !== undefined) {
      const result = await mergeFolders(repo, { base: base?.files === undefined ? null : base, ours, theirs });
      if (Array.isArray(result)) return conflicted(request, result);
      return merged(request, formatPointer(result));
    }
  }
  return conflicted(request, []);
}

function readSide(file: string): Pointer | null {
  const bytes = readUpTo(file, POINTER_CAP);
  const reading = bytes && readPointer(bytes);
  return reading?.kind === "pointer" ? reading.pointer : null;
}

/** The side that alone has other bytes than before, with the mode of the side that alone has another; null where both have others. */
function chooseUnchanged(base: Pointer | null, ours: Pointer, theirs: Pointer): Pointer | null {
  const chosen = sameBytes(ours, theirs) || (base && sameBytes(base, theirs)) ? ours : base && sameBytes(base, ours) ? theirs : null;
  if (chosen === null || chosen.files !== undefined) return chosen;
  const { exec: _, ...plain } = chosen;
  // Of two new files the one that may be run stays so.
  const isExec = ours.exec === theirs.exec ? ours.exec : base === null || (base.exec === ours.exec ? theirs.exec : ours.exec);
  return isExec ? { ...plain, exec: true } : plain;
}

/** The merged folder's pointer, or the paths that both sides changed. */
async function mergeFolders(repo: Repo, sides: { base: Pointer | null; ours: Pointer; theirs: Pointer }): Promise<Pointer | string[]> {
  const load: LoadBlob = manifestLoader(repo.cache, () => repo.remote());
  const intake = new Intake(repo.cache);
  const writer = new ManifestWriter(async (bytes) => intake.store(bytes));
  const conflicts: string[] = [];
  const read = (pointer: Pointer): ReturnType<typeof readManifest> => readManifest(pointer.hash, load);
  for await (const portion of mergeManifests({ base: sides.base && read(sides.base), ours: read(sides.ours), theirs: read(sides.theirs) })) {
    conflicts.push(...portion.conflicts.map((each) => each.path));
    if (conflicts.length === 0) await writer.addAll(portion.entries);
  }
  if (conflicts.length > 0) return conflicts;
  const summary = await writer.end();
  await intake.settle();
  // Both sides together removed every file: that no pointer can say, so a person decides.
  if (summary === null) return [];
  return { hash: summary.root, files: summary.files, size: summary.size, extra: sides.ours.extra };
}
