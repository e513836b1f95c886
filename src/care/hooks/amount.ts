/**
 * Whether one commit brings more new files, or more bytes in them, than Git should keep: what single files do not show.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { formatCount, formatSize, plural } from "../../base/counts.ts";
import type { RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { shellName } from "../../base/shell.ts";
import { unfinishedWork } from "../../git/history.ts";
import type { GitProgram, RawChange } from "../../git/program.ts";
import type { Oid } from "../../git/reader.ts";
import { type Heap, heapsAbove, isSource, type NewFile } from "../../values/unnamed-files.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Changes, Finding } from "./finding.ts";

/** Folders that are told, the largest first. */
const MOST = 10;

/**
 * The folders that make it too much. What people write (source, settings, text) is not counted, nor what has the
 * attribute `-mvgit`, nor what the history before has under any name. A version's commit is left to 'mvgit.outputs';
 * one that goes on with a merge or a rebase, or with a squashed branch, brings what stands elsewhere already. `files`:
 * neither pointers nor found wrong in another way.
 */
export async function checkAmount(repo: Repo, files: readonly RawChange[], at: Changes): Promise<Finding[]> {
  const { maxNewFiles, maxCommitSize } = repo.settings;
  if (at.isBroughtAgain || at.changes.some(({ path }) => /^\.mvgit\/models\/[^/]+\.yaml$/.test(path))) return [];
  const isOver = (all: readonly Sized[]): boolean =>
    all.filter(({ change }) => change.status === "A").length > maxNewFiles ||
    all.reduce((sum, { size }) => sum + size, 0) > maxCommitSize;
  const written = files.filter(({ path }) => !isSource(path));
  // Larger files are findings of their own, or allowed.
  if (written.length <= maxNewFiles && written.length * repo.settings.maxFileSize <= maxCommitSize) return [];
  const sizes = await repo.git.objectSizes(written.map((each) => each.newOid));
  const all = written.map((change, index): Sized => ({ change, size: sizes[index] as number }));
  const fresh = isOver(all) ? await unallowed(repo, all, at) : [];
  if (!isOver(fresh)) return [];
  const own = new Set(fresh.map(({ change }) => change.path));
  const known = (await at.tree()).filter((path) => !own.has(path));
  const heaps = heapsAbove(
    fresh.map(({ change, size }): NewFile => ({ path: change.path as RepoPath, size })),
    { known, limits: { size: maxCommitSize, files: maxNewFiles }, tools: false },
  );
  const oids = new Map(fresh.map(({ change }) => [change.path, change.newOid]));
  const worst = heaps.toSorted((a, b) => b.size - a.size || b.files.length - a.files.length).slice(0, MOST);
  return worst.map((heap) =>
    findingOf(heap, {
      oid: oids.get((heap.files[0] as NewFile).path) as Oid,
      typed: at.typed,
      settings: repo.settings,
    }),
  );
}

interface Sized {
  change: RawChange;
  /** Bytes. */
  size: number;
}

async function unallowed(repo: Repo, all: readonly Sized[], { known }: Changes): Promise<Sized[]> {
  const old = await known(all.map(({ change }) => change.newOid));
  const fresh = all.filter(({ change }) => !old.has(change.newOid));
  const values = await repo.git.attribute(
    "mvgit",
    fresh.map(({ change }) => change.path),
  );
  return fresh.filter((_, index) => values[index] !== "unset");
}

function findingOf(
  { path, files, size, isWhole }: Heap,
  { oid, typed, settings }: { oid: Oid; typed: Changes["typed"]; settings: Repo["settings"] },
): Finding {
  const { maxCommitSize, maxNewFiles } = settings;
  const message = prose`brings ${plural(files.length, "new file")} of together ${formatSize(size)}, and one commit
      should not (mvgit.maxCommitSize is ${formatSize(maxCommitSize)}, mvgit.maxNewFiles ${formatCount(maxNewFiles)})`;
  const name = shellName(path === "" ? typed(".") || "." : typed(path));
  // In a folder that has other files, which of them belong together is not for a program to say.
  return {
    path: path === "" ? "." : path,
    oid,
    kind: "too-much",
    message,
    command: isWhole ? `mvgit add ${name}` : `git reset -q -- ${name}  (and 'mvgit add' what belongs together)`,
  };
}

/** Whether what is staged goes on with work that brings commits of before again. */
export function isBroughtAgain(git: GitProgram): boolean {
  return unfinishedWork(git) !== null || fs.existsSync(join(git.place.gitDir, "SQUASH_MSG"));
}
