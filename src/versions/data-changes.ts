/** How a tracked file or folder differs between two versions: by file, and by row where the format is CSV. */
import { isMvgitError } from "../base/errors.ts";
import type { RepoPath } from "../base/paths.ts";
import type { Difference } from "../values/compare-packages.ts";
import { diffManifests, type FileChange } from "../values/diff-manifests.ts";
import type { Hash } from "../values/hash.ts";
import { readManifest } from "../values/manifest-io.ts";
import type { PackageFile } from "../values/package.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { Repo } from "../repo/repo.ts";

/** One file that differs. */
export interface FileDifference {
  path: string;
  /** Bytes; null where the side lacks it. */
  a: number | null;
  b: number | null;
  /** Where the same bytes were in the first version: the file moved. */
  from?: string;
  /** Of a CSV file that both have: rows that only one side has, a row that changed counting once in each. */
  rows?: { added: number; removed: number };
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

/** How many files are named, and CSV files read, for one folder. */
const NAMED = 20;
/** Letters after which a quote that is still open is taken for a slip. */
const LONGEST_ROW = 1024 * 1024;
/** Bytes up to which the rows of a CSV file are compared. */
const ROWS_CAP = 256 * 1024 * 1024;

/** Compares what the packages name; manifests and CSV files come from the cache, else the remote. */
export async function compareData(repo: Repo, { name, a, b }: Difference<PackageFile>): Promise<DataDifference> {
  const sides = [a, b].map((file) =>
    file === undefined ? null : { size: file.size, ...(file.files === undefined ? {} : { files: file.files }) },
  );
  const report: DataDifference = {
    path: name as RepoPath,
    a: sides[0] ?? null,
    b: sides[1] ?? null,
    added: 0,
    removed: 0,
    changed: 0,
    moved: 0,
    files: [],
  };
  if (a?.files === undefined && b?.files === undefined) {
    if (a === undefined) report.added = 1;
    else if (b === undefined) report.removed = 1;
    else report.changed = 1;
    report.files.push(await compareFile(repo, { path: name, a: a ?? null, b: b ?? null }));
    return report;
  }
  try {
    await compareFolders(repo, { a, b }, report);
  } catch (error) {
    if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "remote-unknown")) throw error;
    report.note = "its list of files is neither in the cache nor in a remote";
  }
  return report;
}

async function compareFolders(
  repo: Repo,
  { a, b }: Pick<Difference<PackageFile>, "a" | "b">,
  report: DataDifference,
): Promise<void> {
  const load = manifestLoader(repo.cache, () => repo.remote());
  const changes = async function* (): AsyncGenerator<FileChange> {
    const entries = (file: PackageFile | undefined): Parameters<typeof diffManifests>[0] =>
      file?.files === undefined ? [] : readManifest(file.hash, load);
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
    report[before !== null ? "changed" : from === undefined ? "added" : "moved"]++;
    if (report.files.length < NAMED)
      report.files.push({
        ...(await compareFile(repo, { path, a: before, b: after })),
        ...(from === undefined ? {} : { from }),
      });
  }
  const left = [...removed.values()].flat();
  report.removed = left.length;
  report.files.push(
    ...left.slice(0, NAMED - report.files.length).map(({ path, size }) => ({ path, a: size, b: null })),
  );
}

interface Sides {
  path: string;
  a: { hash: Hash; size: number } | null;
  b: { hash: Hash; size: number } | null;
}

async function compareFile(repo: Repo, { path, a, b }: Sides): Promise<FileDifference> {
  const difference: FileDifference = { path, a: a?.size ?? null, b: b?.size ?? null };
  if (!a || !b || !/\.(csv|tsv)$/i.test(path) || a.size + b.size > ROWS_CAP) return difference;
  try {
    const counts = new Map<string, number>();
    for await (const row of rowsOf(repo, a)) counts.set(row, (counts.get(row) ?? 0) - 1);
    for await (const row of rowsOf(repo, b)) counts.set(row, (counts.get(row) ?? 0) + 1);
    const rows = { added: 0, removed: 0 };
    for (const count of counts.values()) {
      if (count > 0) rows.added += count;
      else rows.removed -= count;
    }
    return { ...difference, rows };
  } catch (error) {
    if (isMvgitError(error, "blob-missing") || isMvgitError(error, "remote-unknown")) return difference;
    throw error;
  }
}

/** The rows of a CSV file: lines, except that a line feed inside of quotes ends none. */
async function* rowsOf(repo: Repo, { hash, size }: { hash: Hash; size: number }): AsyncGenerator<string> {
  const store = repo.cache.has({ hash, size }) ? repo.cache : await repo.remote();
  let row = "";
  let isOpen = false;
  const decoder = new TextDecoder();
  for await (const chunk of store.read(hash)) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    for (const [index, line] of lines.entries()) {
      row += line;
      if (hasOddQuotes(line)) isOpen = !isOpen;
      if (index === lines.length - 1) break;
      // A quote that nobody closes must not make one row of all that follows.
      if (row.length > LONGEST_ROW) isOpen = false;
      if (isOpen) {
        row += "\n";
        continue;
      }
      yield row.replace(/\r$/, "");
      row = "";
    }
  }
  if (row !== "") yield row.replace(/\r$/, "");
}

/** Whether a quote is open behind this part of a row that was not before, or the other way round. */
function hasOddQuotes(part: string): boolean {
  let quotes = 0;
  for (let at = part.indexOf('"'); at >= 0; at = part.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}
