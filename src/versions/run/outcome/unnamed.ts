/**
 * What a run wrote and nobody named: too much of it for Git is left out of the version by name, or becomes a part of it
 * in the store.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { formatSize, plural } from "../../../base/counts.ts";
import { timeIn } from "../../../base/file-time.ts";
import { display, isWithin, type RepoPath } from "../../../base/paths.ts";
import { fields } from "../../../git/run.ts";
import type { GitProgram, IndexEntry } from "../../../git/program.ts";
import type { Oid } from "../../../git/reader.ts";
import type { Mapping, Value } from "../../../values/document.ts";
import { type Package, type PackageFile } from "../../../values/package.ts";
import { isPointerPath } from "../../../values/pointer.ts";
import { type Heap, heapsAbove, isSource, type NewFile, toolIn, toolOf } from "../../../values/unnamed-files.ts";
import type { Repo } from "../../../repo/repo.ts";
import { listTracked } from "../../../repo/tracked.ts";
import type { Undo } from "../../../repo/undo.ts";
import { look } from "../../../worktree/stamp.ts";
import { filesOf, takeIn } from "../inputs.ts";
import { stampsOf } from "./weights.ts";
import { isMvgitError } from "../../../base/errors.ts";

/**
 * The tree that a run began with, and files that the version names; `start` null: it is being taken, and what people
 * write is part of it.
 */
export interface Named {
  start: Oid | null;
  files: readonly string[];
}

/** What of the files that Git does not know is too much for it. None where the user wants all of it in Git. */
export async function unnamedHeaps(
  repo: Repo,
  git: GitProgram,
  { untracked, index, named }: { untracked: readonly string[]; index: readonly IndexEntry[]; named: Named },
): Promise<Heap[]> {
  const { outputs, maxFileSize, maxNewFiles } = repo.settings;
  if (outputs === "git" || untracked.length === 0) return [];
  const begun = named.start === null ? null : await pathsOf(repo, named.start);
  const isOfPeople = (path: string): boolean =>
    begun === null ? isSource(path) && toolIn(path) === null : begun.has(path);
  const isExempt = (path: string): boolean =>
    path.endsWith("/") ||
    isPointerPath(path) ||
    /(?:^|\/)\.(?:git|mvgit)(?:ignore|attributes)$|^\.mvgit\//.test(path) ||
    named.files.includes(path);
  const fresh = untracked
    .filter((path) => !isExempt(path) && !isOfPeople(path))
    .flatMap((path) => sized(repo, path))
    .filter(({ size }) => size <= maxFileSize);
  const known = [...index.map(({ path }) => path), ...untracked.filter((path) => !isExempt(path) && isOfPeople(path))];
  const heaps = heapsAbove(fresh, { known, limits: { size: maxFileSize, files: maxNewFiles }, tools: true });
  return withoutAllowed(git, heaps);
}

function sized(repo: Repo, path: string): NewFile[] {
  const found = look(join(repo.top, path));
  return found?.kind === "file" ? [{ path: path as RepoPath, size: found.size }] : [];
}

async function pathsOf(repo: Repo, tree: Oid): Promise<Set<string>> {
  return new Set(fields((await repo.git.run(["ls-tree", "-r", "-z", "--name-only", "--full-tree", tree])).stdout));
}

/** Files with the attribute `-mvgit` are for Git, however many. */
async function withoutAllowed(git: GitProgram, heaps: readonly Heap[]): Promise<Heap[]> {
  const all = heaps.flatMap(({ files }) => files);
  const values =
    all.length === 0
      ? []
      : await git.attribute(
          "mvgit",
          all.map(({ path }) => path),
        );
  const allowed = new Set(all.filter((_, at) => values[at] === "unset").map(({ path }) => path));
  const rest = heaps.map((heap) => ({ ...heap, files: heap.files.filter(({ path }) => !allowed.has(path)) }));
  return rest
    .filter(({ files }) => files.length > 0)
    .map((heap) => ({ ...heap, size: heap.files.reduce((sum, { size }) => sum + size, 0) }));
}

/**
 * What stood before a run's command: folders that earlier runs had tracked without a name, and the time of the file
 * system.
 */
export interface OutputsBefore {
  stamps: ReadonlyMap<RepoPath, string>;
  since: number;
}

export function outputsBefore(repo: Repo, last: Package | null): OutputsBefore {
  return { stamps: stampsOf(repo, outputsOf(last)), since: timeIn(repo.git.place.gitDir) };
}

/** Folders of a version's weights that nobody named: the next run need not write them. */
export function outputsOf(pack: Package | null): RepoPath[] {
  const listed = listedOutputs(pack, "tracked");
  return (pack?.weights ?? []).map(({ path }) => path).filter((path) => listed.includes(path));
}

/**
 * Weights that were named for a version and that its command did not write: the next run is to write them all the same.
 */
export function lackingWeights(pack: Package | null): string[] {
  return listedOutputs(pack, "lacking").flatMap((each) => (typeof each === "string" ? [each] : []));
}

function listedOutputs(pack: Package | null, name: string): readonly Value[] {
  const section = pack?.environment["outputs"];
  const listed =
    section !== undefined && section !== null && typeof section === "object" && !Array.isArray(section)
      ? section[name]
      : null;
  return Array.isArray(listed) ? listed : [];
}

/**
 * For the version's environment: of its weights those that nobody named, and those that were named and are not there.
 */
export function outputsSection(tracked: readonly RepoPath[], lacking: readonly RepoPath[]): { outputs?: Mapping } {
  if (tracked.length + lacking.length === 0) return {};
  return {
    outputs: {
      ...(tracked.length === 0 ? {} : { tracked: [...tracked] }),
      ...(lacking.length === 0 ? {} : { lacking: [...lacking] }),
    },
  };
}

export interface TakenOutputs {
  files: PackageFile[];
  tracked: RepoPath[];
  notes: string[];
}

/**
 * Takes folders that the command filled into the store, where that is what the user wants; and tells what it wrote
 * where Git does not look.
 */
export async function takeOutputs(
  repo: Repo,
  undo: Undo,
  { before, named }: { before: OutputsBefore; named: Named },
): Promise<TakenOutputs> {
  const notes = await ignoredNotes(repo, before.since);
  const again = [...before.stamps.keys()].filter(
    (path) => stampsOf(repo, [path]).get(path) !== before.stamps.get(path),
  );
  const fresh =
    repo.settings.outputs === "track"
      ? (await heapsNow(repo, named)).filter(({ isWhole }) => isWhole).map(({ path }) => path as RepoPath)
      : [];
  const taken: RepoPath[] = [];
  for (const path of [...again, ...fresh]) {
    try {
      await takeIn(repo, [path], undo);
      taken.push(path);
    } catch (error) {
      if (!isMvgitError(error)) throw error;
      notes.push(`'${display(path)}', which the command wrote, could not be taken into the store: ${error.message}`);
    }
  }
  if (taken.length === 0) return { files: [], tracked: [], notes };
  return { files: await filesOf(repo, taken), tracked: taken, notes };
}

async function heapsNow(repo: Repo, named: Named): Promise<Heap[]> {
  return unnamedHeaps(repo, repo.git, { untracked: await repo.git.untracked(), index: await repo.git.index(), named });
}

/** Entries of the folders of one program that are looked at. */
const MOST_ENTRIES = 200_000;

/** What was written since a time into folders of programs that Git ignores. */
async function ignoredNotes(repo: Repo, since: number): Promise<string[]> {
  const { stdout } = await repo.git.run([
    "ls-files",
    "-z",
    "-o",
    "-i",
    "--exclude-standard",
    "--directory",
    "--no-empty-directory",
    "--full-name",
    "--",
    ":/",
  ]);
  const tracked = (await listTracked(repo)).map(({ path }) => path);
  const folders = fields(stdout)
    .filter((path) => path.endsWith("/"))
    .map((path) => path.slice(0, -1) as RepoPath);
  const ofTools = folders.filter((path) => toolOf(path) !== null && !tracked.some((each) => isWithin(path, each)));
  return ofTools.flatMap((path) => {
    const { files, bytes, isAll } = writtenSince(join(repo.top, path), since);
    if (files === 0) return [];
    const amount = `${isAll ? "" : "at least "}${plural(files, "new file")}, ${formatSize(bytes)}`;
    return [
      `the command wrote to '${display(path)}/' (${amount}), where ${toolOf(path)} puts its files and which ` +
        `Git ignores: they are not part of this version ('mvgit add ${display(path)}' keeps such a folder)`,
    ];
  });
}

function writtenSince(folder: string, since: number): { files: number; bytes: number; isAll: boolean } {
  const sum = { files: 0, bytes: 0, isAll: true };
  const waiting = [folder];
  for (let seen = 0, each = waiting.pop(); each !== undefined; each = waiting.pop()) {
    for (const entry of entriesOf(each)) {
      if (++seen > MOST_ENTRIES) return { ...sum, isAll: false };
      const file = join(each, entry.name);
      if (entry.isDirectory()) waiting.push(file);
      const found = entry.isFile() ? fs.lstatSync(file, { throwIfNoEntry: false }) : undefined;
      if (found === undefined || Math.max(found.mtimeMs, found.ctimeMs) < since) continue;
      sum.files++;
      sum.bytes += found.size;
    }
  }
  return sum;
}

/** None of a folder that may not be read: what a program keeps to itself is nothing of the run's. */
function entriesOf(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** What is to be done about outputs that are no more. */
export const GONE =
  "gone with the scratch work tree of the run; name what is to be kept with '--weights', or set " +
  "'git config mvgit.outputs track'";

/** What to tell of files that were left out together. */
export function heapNote({
  path,
  files,
  size,
  isWhole,
  why,
  isGone,
}: Pick<Heap, "path" | "size" | "isWhole" | "why"> & { files: number; isGone: boolean }): string {
  const where = path === "" ? "at the top" : `in '${display(path)}/'`;
  const tool = why === "tool" ? `, where ${toolOf(toolIn(path) ?? "")} puts its files` : "";
  const keep = isWhole
    ? `'mvgit add ${display(path)}' keeps ${files === 1 ? "it" : "them"}, 'git config mvgit.outputs track' ` +
      "what every run writes so"
    : "name them with '--weights', or let Git ignore them";
  return (
    `${plural(files, "new file")} ${where} (${formatSize(size)})${tool}, which nobody named, ` +
    `${files === 1 ? "is" : "are"} not part of this version, nor in Git: ${isGone ? GONE : keep}`
  );
}
