/** `mvgit import git`: large files that Git itself keeps become mvgit's from here on. */
import { join } from "node:path";
import { checkPath, type RepoPath } from "../base/paths.ts";
import type { IndexEntry } from "../git/program.ts";
import { isPointerPath, pointerPathOf } from "../values/pointer.ts";
import { isSettingsFile } from "../values/settings-file.ts";
import type { Repo } from "../repo/repo.ts";
import { look } from "../worktree/stamp.ts";
import { add } from "../files/add.ts";
import { commitImport, initNotes, refuseStaged } from "./foreign/record.ts";
import { type Imported, type ImportReport, newImported, totalsOf } from "./report.ts";

export interface ImportGitRequest {
  /** Bytes; files of more are taken. */
  above: number;
  commit: boolean;
  dryRun: boolean;
}

/** What the large files of one path cost in the whole history. */
export interface HistoryCost {
  path: string;
  versions: number;
  /** Bytes of all versions. */
  bytes: number;
  /** Bytes that they take in Git's objects: what rewriting history without them would save. */
  disk: number;
}

export interface ImportGitReport extends ImportReport {
  /** The dearest first. */
  history: HistoryCost[];
}

/** Takes the work tree's bytes, as `mvgit add` does. Throws as `add` does, and `check-failed` with `commit`. */
export async function importGit(repo: Repo, request: ImportGitRequest): Promise<ImportGitReport> {
  if (request.commit && !request.dryRun) await refuseStaged(repo);
  const imported = await largeFiles(repo, request.above);
  const history = await costs(repo, request.above);
  const paths = imported.filter((each) => each.what === "taken").map((each) => each.path as RepoPath);
  const report =
    paths.length === 0 || request.dryRun ? null : await add(repo, { paths: paths.map((path) => join(repo.top, path)) });
  for (const each of report?.added ?? []) {
    const entry = imported.find(({ path }) => path === each.path) as Imported;
    const amount = { files: 1, bytes: each.size };
    Object.assign(entry, {
      hash: each.hash,
      size: each.size,
      taken: amount,
      ...(each.stored.files === 0 ? { shared: amount } : {}),
    });
  }
  const commit =
    request.commit && report ? await commitImport(repo, `Track ${paths.length} large files by mvgit\n`) : null;
  const staged = (report?.added ?? []).map(({ path }) => pointerPathOf(path));
  return {
    dryRun: request.dryRun,
    imported,
    totals: totalsOf(imported),
    staged,
    commit,
    notes: initNotes(repo),
    history,
  };
}

async function largeFiles(repo: Repo, above: number): Promise<Imported[]> {
  const entries = (await repo.git.index()).filter(
    (each) =>
      each.stage === 0 && each.mode.startsWith("100") && !isPointerPath(each.path) && !isSettingsFile(each.path),
  );
  const sizes = await repo.git.objectSizes(entries.map((each) => each.oid));
  const large = entries
    .map((entry, index) => ({ entry, size: sizes[index] as number }))
    .filter(({ size }) => size > above);
  const wishes = await repo.git.attribute(
    "mvgit",
    large.map(({ entry }) => entry.path),
  );
  return large.map(({ entry, size }, index) => {
    const amount = { files: 1, bytes: size };
    const imported: Imported = {
      ...newImported(checkPath(entry.path, "index of Git"), entry.path, entry.oid),
      size,
      taken: amount,
    };
    const reason = whyNot(repo, entry, wishes[index] as string);
    return reason === null ? imported : { ...imported, what: "skipped", reason, taken: { files: 0, bytes: 0 } };
  });
}

function whyNot(repo: Repo, { path, skipped }: IndexEntry, wish: string): string | null {
  if (wish === "unset") return "'.gitattributes' says '-mvgit': Git keeps it on purpose";
  if (skipped) return "sparse checkout leaves it out of the work tree";
  const found = look(join(repo.top, path));
  return found?.kind === "file" ? null : "it is not in the work tree; 'git checkout' brings it back";
}

async function costs(repo: Repo, above: number): Promise<HistoryCost[]> {
  const byPath = new Map<string, HistoryCost>();
  for (const { path, size, disk } of await repo.git.largeBlobs(above)) {
    if (isPointerPath(path) || isSettingsFile(path)) continue;
    const cost = byPath.get(path) ?? { path, versions: 0, bytes: 0, disk: 0 };
    byPath.set(path, { path, versions: cost.versions + 1, bytes: cost.bytes + size, disk: cost.disk + disk });
  }
  return [...byPath.values()].toSorted((a, b) => b.disk - a.disk || (a.path < b.path ? -1 : 1));
}
