/** `mvgit merge-driver`: two versions of a pointer into one; folders by path. */
import * as fs from "node:fs";
import { readUpTo, replaceFile } from "../base/disk.ts";
import { fromSystem } from "../base/errors.ts";
import { type LoadBlob, ManifestWriter, readManifest } from "../model/manifest-io.ts";
import { mergeManifests } from "../model/merge-manifests.ts";
import { formatPointer, type Pointer, POINTER_CAP, readPointer, samePointer } from "../model/pointer.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { Repo } from "../repo/repo.ts";
import { Intake } from "../store/intake.ts";

/** Files that Git made of the three versions; the merged one replaces `ours`. */
export interface MergeRequest {
  base: string;
  ours: string;
  theirs: string;
}

export interface MergeReport {
  merged: boolean;
  /** Paths inside the folder that both sides changed; empty for a single file. */
  conflicts: string[];
}

/** Writes the merged pointer, or one with conflict markers, to `ours`: with markers also when the merge itself fails. */
export async function mergePointers(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  try {
    return await merge(repo, request);
  } catch (error) {
    // Without markers Git would leave our side as it is, and the next 'git commit -a' would drop theirs unseen.
    conflicted(request, []);
    throw error;
  }
}

async function merge(repo: Repo, request: MergeRequest): Promise<MergeReport> {
  const [base, ours, theirs] = [request.base, request.ours, request.theirs].map(readSide);
  if (ours && theirs) {
    const chosen = chooseUnchanged(base ?? null, ours, theirs);
    if (chosen) {
      replaceFile(request.ours, formatPointer(chosen), false);
      return { merged: true, conflicts: [] };
    }
    if (ours.files !== undefined && theirs.files !== undefined) {
      const result = await mergeFolders(repo, { base: base?.files === undefined ? null : base, ours, theirs });
      if (Array.isArray(result)) return conflicted(request, result);
      replaceFile(request.ours, formatPointer(result), false);
      return { merged: true, conflicts: [] };
    }
  }
  return conflicted(request, []);
}

function readSide(file: string): Pointer | null {
  const bytes = readUpTo(file, POINTER_CAP);
  const reading = bytes && readPointer(bytes);
  return reading?.kind === "pointer" ? reading.pointer : null;
}

function chooseUnchanged(base: Pointer | null, ours: Pointer, theirs: Pointer): Pointer | null {
  if (samePointer(ours, theirs) || (base && samePointer(base, theirs))) return ours;
  return base && samePointer(base, ours) ? theirs : null;
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

function conflicted(request: MergeRequest, conflicts: string[]): MergeReport {
  const [ours, theirs] = [request.ours, request.theirs].map((file) => readText(file));
  replaceFile(request.ours, `<<<<<<< ours\n${ours}=======\n${theirs}>>>>>>> theirs\n`, false);
  return { merged: false, conflicts };
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw fromSystem(error, `read '${file}'`, file);
  }
}
