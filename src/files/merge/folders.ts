/**
 * Folders of a merge: what merged by path is in both sides, so that they differ in what is still open, and in nothing
 * else.
 */
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { comparePaths, display, type RepoPath } from "../../base/paths.ts";
import type { ManifestEntry } from "../../values/manifest.ts";
import { type LoadBlob, ManifestWriter, readManifest } from "../../values/manifest-io.ts";
import { type MergeConflict, type MergedPortion, mergeManifests, offered } from "../../values/merge-manifests.ts";
import { alignEntries } from "../../values/align-entries.ts";
import { sameEntry } from "../../values/diff-manifests.ts";
import { withoutOrigin } from "../../values/origin.ts";
import { type Pointer, sameBytes } from "../../values/pointer.ts";
import type { Cache } from "../../store/cache/cache.ts";
import { Intake } from "../../store/cache/intake.ts";

/** Folder pointers, null for a folder without files, or one that is not there. */
export interface FolderSides {
  base: Pointer | null;
  ours: Pointer | null;
  theirs: Pointer | null;
}

/** What is to become of a conflicting path: a side's file, or another one; undefined leaves it open. */
export type Decide = (path: RepoPath) => "ours" | "theirs" | ManifestEntry | undefined;

export interface MergedFolders extends FolderSides {
  /** What is still to be decided, in path order. */
  open: MergeConflict[];
}

/**
 * Merges by path. Both sides of the answer have what merged and what was decided; of what is open each has its own.
 * Merging the answer again gives the same: it may be kept in place of the sides that it was made of. Throws what `load`
 * throws.
 */
export async function mergeFolders(
  sides: FolderSides,
  { cache, load, decide = () => undefined }: { cache: Cache; load: LoadBlob; decide?: Decide },
): Promise<MergedFolders> {
  const read = (pointer: Pointer | null): ReturnType<typeof readManifest> | [] =>
    pointer === null ? [] : readManifest(pointer.hash, load);
  const again = (clashing: ReadonlySet<string>): AsyncGenerator<MergedPortion> =>
    mergeManifests(
      { base: sides.base && read(sides.base), ours: read(sides.ours), theirs: read(sides.theirs) },
      clashing,
    );
  const clashing = new Set<string>();
  let conflicts = 0;
  for await (const portion of again(clashing)) {
    conflicts += portion.conflicts.length;
    for (const each of portion.clashing) clashing.add(each);
  }
  const intake = new Intake(cache);
  const open: MergeConflict[] = [];
  const writers = { ours: newWriter(intake), theirs: newWriter(intake) };
  for await (const portion of again(clashing)) {
    const both = linesOf(portion, decide);
    open.push(...both.open);
    await writers.ours.addAll(both.ours).catch(explain);
    if (conflicts > 0) await writers.theirs.addAll(both.theirs).catch(explain);
  }
  const ours = pointerTo(await writers.ours.end(), sides.ours, sides.theirs);
  const theirs = conflicts === 0 ? ours : pointerTo(await writers.theirs.end(), sides.theirs, sides.ours);
  await intake.settle();
  return { base: sides.base, ours, theirs, open };
}

/** What a portion brings to both sides, in path order, and what of it is still open. */
function linesOf(
  portion: MergedPortion,
  decide: Decide,
): { ours: ManifestEntry[]; theirs: ManifestEntry[]; open: MergeConflict[] } {
  const lines = { ours: [...portion.entries], theirs: [...portion.entries], open: [] as MergeConflict[] };
  for (const conflict of portion.conflicts) {
    const [ours, theirs] = decided(conflict, decide(conflict.path));
    const isDecided = isSame(ours, theirs);
    const forTheirs = isDecided ? ours : theirs;
    if (ours) lines.ours.push(ours);
    if (forTheirs) lines.theirs.push(forTheirs);
    if (!isDecided) lines.open.push(conflict);
  }
  if (portion.conflicts.length > 0)
    for (const side of [lines.ours, lines.theirs]) side.sort((a, b) => comparePaths(a.path, b.path));
  return lines;
}

function newWriter(intake: Intake): ManifestWriter {
  return new ManifestWriter(async (bytes) => intake.store(bytes));
}

function decided(conflict: MergeConflict, decision: ReturnType<Decide>): [ManifestEntry | null, ManifestEntry | null] {
  if (decision === undefined) return [offered(conflict, "ours"), offered(conflict, "theirs")];
  const entry = typeof decision === "string" ? offered(conflict, decision) : decision;
  return [entry, entry];
}

function isSame(a: ManifestEntry | null, b: ManifestEntry | null): boolean {
  return a === null || b === null ? a === b : sameEntry(a, b);
}

function explain(error: unknown): never {
  if (!isMvgitError(error, "name-clash")) throw error;
  throw new MvgitError("name-clash", error.message.replace("cannot track the folder", "cannot merge the folder so"), {
    cause: error,
    hint: "decide both in one command, by naming the folder that they lie in",
  });
}

/** Bytes that are neither side's did not come from where those of one did. */
function pointerTo(
  summary: { root: Pointer["hash"]; files: number; size: number } | null,
  first: Pointer | null,
  second: Pointer | null,
): Pointer | null {
  if (summary === null) return null;
  const made: Pointer = { hash: summary.root, files: summary.files, size: summary.size, extra: new Map() };
  const same = [first, second].find((each) => each !== null && sameBytes(each, made));
  return same ?? { ...made, extra: withoutOrigin((first ?? second)?.extra ?? new Map()) };
}

/**
 * The folder that a conflicted base stands for, as Git makes one where two histories have several common commits: a
 * path that is open in it has bytes that are neither side's, so that no side counts as unchanged.
 */
export async function conflictedBase(
  base: { ours: Pointer | null; theirs: Pointer | null },
  { cache, load }: { cache: Cache; load: LoadBlob },
): Promise<Pointer | null> {
  const read = (pointer: Pointer | null): ReturnType<typeof readManifest> | [] =>
    pointer === null ? [] : readManifest(pointer.hash, load);
  const intake = new Intake(cache);
  const writer = newWriter(intake);
  for await (const portion of alignEntries([read(base.ours), read(base.theirs)])) {
    for (const [ours = null, theirs = null] of portion) {
      const { path } = ours ?? (theirs as ManifestEntry);
      if (ours && theirs && sameEntry(ours, theirs)) await writer.add(ours);
      else await writer.add(neither(path, { ours, theirs }, intake));
    }
  }
  const summary = await writer.end();
  await intake.settle();
  return pointerTo(summary, null, null);
}

function neither(
  path: RepoPath,
  { ours, theirs }: { ours: ManifestEntry | null; theirs: ManifestEntry | null },
  intake: Intake,
): ManifestEntry {
  const bytes = Buffer.from(
    `The common commits of both sides do not agree on '${display(path)}'.\nOne has ` +
      `${ours?.hash ?? "no such file"}, another ${theirs?.hash ?? "none"}.\n`,
  );
  return { path, hash: intake.store(bytes), size: bytes.length, mode: (ours ?? theirs)?.mode ?? "file" };
}
