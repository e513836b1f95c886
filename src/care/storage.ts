/** `mvgit storage`: what each version of each tracked path weighs, what it costs in a remote, and what was saved. */
import { isMvgitError, type MvgitError } from "../base/errors.ts";
import { comparePaths, display, isWithin, type RepoPath } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import { namedRefs } from "../registry/named-refs.ts";
import { manifestLoader, needsOf } from "../repo/needs.ts";
import { historyPointers, indexPointers, joinUses, type PointerUse } from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { notTracked } from "../repo/tracked.ts";
import { isLack } from "../store/lack.ts";
import type { Remote } from "../store/remote/remote.ts";
import { formatLabel } from "../values/label.ts";
import { gcRemote } from "./gc-remote.ts";
import { Account, addEntry, type Entry, newEntry } from "./storage/account.ts";
import { type Holdings, Inventory } from "./storage/inventory.ts";

export interface StorageRequest {
  /** As typed; everything when empty. */
  paths: readonly string[];
  /** The default one when absent. */
  remote?: string;
}

/** A tracked path as one commit brought it. */
export interface StorageLine extends Entry {
  path: RepoPath;
  /** The commit that brought it; `index` for what is in none. */
  where: string;
  /** The version whose commit that is; null where it is none's. */
  label: string | null;
  /** Of the commit, ISO 8601; null for the index. */
  time: string | null;
  /** Of a folder. */
  files?: number;
  /** Why nothing is known of it. */
  note?: string;
}

export interface StorageReport {
  remote: string;
  address: string;
  /** By path, and of a path in the order in which they came. */
  versions: StorageLine[];
  total: Entry;
  /** All that stands in the remote, whoever needs it; null where it cannot be listed. */
  holds: Holdings | null;
  /** What a gc of the remote would remove now; null where that is not known. */
  free: { blobs: number; bytes: number } | null;
  /** What is not known, and why. */
  notes: string[];
}

/** Throws `remote-unknown`, `not-tracked`, and what the remote throws. */
export async function storage(repo: Repo, request: StorageRequest): Promise<StorageReport> {
  const remote = await repo.remote(request.remote);
  const wanted = request.paths.map((text) => repo.pathOf(text));
  const { uses, broken } = joinUses(await indexPointers(repo), await historyPointers(repo, ["--all"], []));
  for (const [at, path] of wanted.entries())
    if (!uses.some((use) => isMeant(use.path, [path]))) throw notTracked(repo, request.paths[at] as string);
  const notes = broken.map(
    ({ path, reason }) => `the pointer of '${display(path)}' in some commit cannot be followed: ${reason}`,
  );
  const lines = await linesOf(repo, uses);
  const inventory = new Inventory(remote, repo.watch);
  await inventory.look();
  await fill(repo, remote, { lines, inventory });
  const versions = lines.filter(({ path }) => wanted.length === 0 || isMeant(path, wanted));
  const total = newEntry();
  for (const line of versions) addEntry(total, line);
  const free = remote.place.isReadOnly ? null : await freed(repo, request.remote, notes);
  return {
    remote: remote.name,
    address: remote.address,
    versions: versions.toSorted((a, b) => comparePaths(a.path, b.path)).map(withoutPointer),
    total,
    holds: inventory.holdings,
    free,
    notes: [...new Set(notes)],
  };
}

function isMeant(path: RepoPath, wanted: readonly (RepoPath | "")[]): boolean {
  return wanted.some((each) => isWithin(path, each) || isWithin(each, path));
}

type Line = StorageLine & { pointer: PointerUse["pointer"] };

function withoutPointer(line: Line): StorageLine {
  const told: StorageLine & Partial<Line> = { ...line };
  delete told.pointer;
  return told;
}

/** Each pointer of a path once, where it came first; in the order of time. */
async function linesOf(repo: Repo, uses: readonly PointerUse[]): Promise<Line[]> {
  const commits = [...new Set(uses.map(({ where }) => where))].filter((where) => /^[0-9a-f]{40,64}$/.test(where));
  const times = new Map<string, number>();
  for await (const { oid, commit } of repo.git.commits(commits as Oid[])) times.set(oid, commit.committer.time);
  const labels = new Map<string, string>();
  for (const { model, version, commit } of namedRefs(await repo.git.refs()).versions)
    labels.set(commit, formatLabel({ kind: "version", model, version }));
  const timeOf = ({ where }: PointerUse): number => times.get(where) ?? Infinity;
  const seen = new Set<string>();
  // Those of a walk stand with the newest first.
  return uses
    .toReversed()
    .toSorted((a, b) => (timeOf(a) === timeOf(b) ? 0 : timeOf(a) - timeOf(b)))
    .filter(({ path, pointer }) => !seen.has(`${path} ${pointer.hash}`) && seen.add(`${path} ${pointer.hash}`))
    .map((use) => ({
      path: use.path,
      where: use.where,
      label: labels.get(use.where) ?? null,
      time: isoOf(times.get(use.where)),
      ...(use.pointer.files === undefined ? {} : { files: use.pointer.files }),
      ...newEntry(),
      pointer: use.pointer,
    }));
}

/** Of seconds; null for what no calendar has: a commit says any number. */
function isoOf(seconds: number | undefined): string | null {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

interface Filling {
  lines: Line[];
  inventory: Inventory;
}

/** Goes through all versions in the order of time, so that what they share is of the first. */
async function fill(repo: Repo, remote: Remote, { lines, inventory }: Filling): Promise<void> {
  const account = new Account();
  const load = manifestLoader(repo.cache, async () => remote);
  const task = repo.watch.progress.task("looking at versions");
  try {
    for (const line of lines) {
      repo.watch.signal.throwIfAborted();
      try {
        const { blobs, manifests } = await needsOf(line.pointer, load);
        const needs = [...blobs, ...manifests];
        await inventory.prepare(needs.filter(({ hash }) => !account.has(hash)));
        for (const need of needs)
          account.add(line, need, account.has(need.hash) ? null : await inventory.formsOf(need.hash));
      } catch (error) {
        if (!isLack(error)) throw error;
        line.note = "its list of files is neither here nor in the remote";
        line.size = line.pointer.size;
      }
    }
  } finally {
    task.done();
  }
}

async function freed(repo: Repo, remote: string | undefined, notes: string[]): Promise<StorageReport["free"]> {
  try {
    const { removed } = await gcRemote(repo, {
      ...(remote === undefined ? {} : { remote }),
      dryRun: true,
      offline: false,
      unclaimed: false,
    });
    return removed;
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    notes.push(
      `what gc would free is not known: ${(error as MvgitError).message.replace(/^nothing was removed: /, "")}`,
    );
    return null;
  }
}
