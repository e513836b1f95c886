/** How a tracked file or folder differs between two versions: by file, and by what is inside of each. */
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import type { Difference } from "../values/compare-packages.ts";
import { diffManifests, type FileChange } from "../values/diff-manifests.ts";
import type { Hash } from "../values/hash.ts";
import { readManifest } from "../values/manifest-io.ts";
import type { PackageFile } from "../values/package.ts";
import { contentOf } from "./content.ts";
import { changesInside, type Inside, partsUnseen } from "./inside.ts";
import type { Loader } from "./look.ts";
import { mayHaveRows } from "./row-changes.ts";

/** One file that differs. */
export interface FileDifference extends Inside {
  path: string;
  /** Bytes; null where the side lacks it. */
  a: number | null;
  b: number | null;
  /** Where the same bytes were in the first version: the file moved. */
  from?: string;
}

/** How far contents are looked into. */
export interface Depth {
  /** Null: nothing that needs bytes is looked at. */
  loader: Loader | null;
  /** As of `changesInside`. */
  budget: { left: number } | null;
}

export interface DataDifference {
  path: RepoPath;
  /** Bytes and number of files of each side; null where it lacks it. */
  a: { size: number; files?: number } | null;
  b: { size: number; files?: number } | null;
  added: number;
  removed: number;
  changed: number;
  /** Files whose bytes are in both, under another path; not counted as added or removed. */
  moved: number;
  /** The first of them, in path order. */
  files: FileDifference[];
  /** Why the files could not be compared. */
  note?: string;
}

/** How many files are named, and looked into, for one folder. */
const NAMED = 20;

/**
 * Compares what the packages name. Manifests and tables come from the loader; without one, and where it lacks them,
 * the report says what was not compared.
 */
export async function compareData(depth: Depth, { name, a, b }: Difference<PackageFile>): Promise<DataDifference> {
  const report: DataDifference = {
    path: name as RepoPath,
    a: sizeOf(a),
    b: sizeOf(b),
    added: 0,
    removed: 0,
    changed: 0,
    moved: 0,
    files: [],
  };
  if (a?.files === undefined && b?.files === undefined)
    return { ...report, ...(await compareSingle(depth, name, a, b)) };
  const { loader } = depth;
  if (loader === null) return { ...report, note: "its list of files was not looked at, since no store is open" };
  try {
    await compareFolders({ ...depth, loader }, { a, b }, report);
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    report.note = "its list of files is neither in the cache nor in a remote";
  }
  return report;
}

function sizeOf(file: PackageFile | undefined): DataDifference["a"] {
  if (file === undefined) return null;
  return { size: file.size, ...(file.files === undefined ? {} : { files: file.files }) };
}

function isOutOfReach(error: unknown): boolean {
  return isMvgitError(error, "blob-missing") || isMvgitError(error, "remote-unknown");
}

async function compareSingle(
  depth: Depth,
  path: string,
  a: PackageFile | undefined,
  b: PackageFile | undefined,
): Promise<Partial<DataDifference>> {
  const sides = { path, a: a ?? null, b: b ?? null };
  const files = [await compareFile(depth, sides)];
  if (a === undefined) return { added: 1, files };
  if (b === undefined) return { removed: 1, files };
  const note =
    depth.loader === null && hasRows(sides) ? { note: "its rows were not looked at, since no store is open" } : {};
  return { changed: 1, files, ...note };
}

async function compareFolders(
  depth: Depth & { loader: Loader },
  { a, b }: Pick<Difference<PackageFile>, "a" | "b">,
  report: DataDifference,
): Promise<void> {
  const changes = async function* (): AsyncGenerator<FileChange> {
    const entries = (file: PackageFile | undefined): Parameters<typeof diffManifests>[0] =>
      file?.files === undefined ? [] : readManifest(file.hash, depth.loader.manifest);
    for await (const portion of diffManifests(entries(a), entries(b))) yield* portion;
  };
  const removed = new Map<Hash, { path: string; size: number }[]>();
  for await (const { path, before, after } of changes()) {
    if (before !== null && after === null)
      removed.set(before.hash, [...(removed.get(before.hash) ?? []), { path, size: before.size }]);
  }
  for await (const { path, before, after } of changes()) {
    if (after === null) continue;
    const from = before === null ? removed.get(after.hash)?.shift()?.path : undefined;
    report[kindOf(before, from)]++;
    if (report.files.length < NAMED)
      report.files.push({
        ...(await compareFile(depth, { path, a: before, b: after })),
        ...(from === undefined ? {} : { from }),
      });
  }
  const left = [...removed.values()].flat();
  report.removed = left.length;
  report.files.push(
    ...left.slice(0, NAMED - report.files.length).map(({ path, size }) => ({ path, a: size, b: null })),
  );
}

function kindOf(before: FileChange["before"], from: string | undefined): "changed" | "added" | "moved" {
  if (before !== null) return "changed";
  return from === undefined ? "added" : "moved";
}

interface Sides {
  path: string;
  a: { hash: Hash; size: number } | null;
  b: { hash: Hash; size: number } | null;
}

function hasRows({ path, a, b }: Sides): boolean {
  return a !== null && b !== null && mayHaveRows(path);
}

async function compareFile({ loader, budget }: Depth, sides: Sides): Promise<FileDifference> {
  const { path, a, b } = sides;
  const difference: FileDifference = { path, a: a?.size ?? null, b: b?.size ?? null };
  if (a === null || b === null) return difference;
  if (loader === null) return { ...difference, ...(mayHaveRows(path) ? {} : partsUnseen(path)) };
  try {
    const contents = { path, a: contentOf(loader, a), b: contentOf(loader, b) };
    return { ...difference, ...(await changesInside(contents, budget)) };
  } catch (error) {
    if (isOutOfReach(error)) return difference;
    throw error;
  }
}
