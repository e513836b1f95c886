/** `mvgit import dvc`: what DVC tracks becomes mvgit's, from the bytes that DVC has. */
import { plural } from "../../base/counts.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { type CommitOutputs, DvcCommits, type TakeRequest } from "./commits.ts";
import { countGtoVersions } from "../gto/tags.ts";
import { keepOnRef } from "../foreign/kept-refs.ts";
import { commitImport, initNotes, Occupied, trackOrUndo, refuseStaged } from "../foreign/record.ts";
import { type Imported, type ImportReport, refuse, totalsOf } from "../report.ts";

export { DVC_ADDRESSES } from "./places.ts";

export interface ImportDvcRequest extends TakeRequest {
  /** Bytes of every branch and tag too. */
  all: boolean;
  commit: boolean;
}

/** What another branch or tag has; its pointers stand in a commit of their own. */
interface ImportedRef extends CommitOutputs {
  /**
   * `refs/mvgit/import/dvc/…`, on a commit after `commit` that adds the pointers; null when nothing could be added,
   * or in a dry run.
   */
  kept: string | null;
}

export interface ImportDvcReport extends ImportReport {
  /** Only with `all`. */
  refs: ImportedRef[];
}

/**
 * Stages pointers for HEAD's outputs; what is missing is reported and the rest taken. Throws `check-failed` with
 * `commit`.
 */
export async function importDvc(repo: Repo, request: ImportDvcRequest): Promise<ImportDvcReport> {
  if (request.commit && !request.dryRun) await refuseStaged(repo);
  repo.cache.temporary.clean();
  const work = new DvcCommits(repo, request);
  try {
    const head = await repo.git.resolveCommit("HEAD");
    const own = head === null ? [] : await work.take(head);
    const others = request.all ? await work.takeRefs(head) : [];
    await work.end();
    return await conclude(repo, request, {
      own,
      others,
      notes: [...work.notes, ...(await gtoNotes(repo)), ...initNotes(repo)],
      work,
    });
  } finally {
    await work.close();
  }
}

/** What to tell where GTO numbered the files that DVC tracks. */
async function gtoNotes(repo: Repo): Promise<string[]> {
  const count = countGtoVersions(await repo.git.refs());
  if (count === 0) return [];
  const versions = count === 1 ? "a version" : plural(count, "version");
  return [`GTO's tags name ${versions}: 'mvgit import gto --dry-run' shows what they become here`];
}

interface Results {
  own: Imported[];
  others: CommitOutputs[];
  notes: string[];
  work: DvcCommits;
}

async function conclude(
  repo: Repo,
  request: ImportDvcRequest,
  { own, others, notes, work }: Results,
): Promise<ImportDvcReport> {
  const occupied = await Occupied.of(repo);
  const pointers = new Map<RepoPath, Pointer>();
  for (const entry of own)
    if (entry.what === "taken") addPointer(pointers, entry, { occupied, pointer: work.pointerOf(entry) });
  const staged = request.dryRun ? [] : await trackOrUndo(repo, pointers);
  const isWhole = own.every((each) => each.what !== "missing" && each.what !== "refused");
  const commit = request.commit && !request.dryRun && isWhole ? await commitImport(repo, messageOf(own)) : null;
  if (request.commit && !isWhole) notes.push("nothing was committed, since not everything could be taken");
  const refs: ImportedRef[] = [];
  for (const other of others) {
    const taken = other.imported.filter((each) => each.what === "taken");
    const kept = request.dryRun
      ? null
      : await keepOnRef(
          repo,
          other,
          new Map(taken.map((each) => [each.path as RepoPath, work.pointerOf(each) as Pointer])),
        );
    refs.push({ ...other, kept });
  }
  return {
    dryRun: request.dryRun,
    imported: own,
    totals: totalsOf([...own, ...others.flatMap((each) => each.imported)]),
    staged,
    commit,
    notes,
    refs,
  };
}

function addPointer(
  pointers: Map<RepoPath, Pointer>,
  entry: Imported,
  { occupied, pointer }: { occupied: Occupied; pointer: Pointer | null },
): void {
  if (pointer === null) return;
  const path = entry.path as RepoPath;
  try {
    const before = occupied.before(path, pointer);
    if (before?.hash === pointer.hash && before.extra.get("source.md5") === entry.digest) entry.what = "unchanged";
    else pointers.set(path, pointer);
  } catch (error) {
    refuse(entry, error);
  }
}

function messageOf(imported: readonly Imported[]): string {
  const taken = imported.filter((each) => each.what === "taken");
  const what =
    taken.length === 1
      ? `'${display((taken[0] as Imported).path)}'`
      : plural(taken.length, "file or folder", "files and folders");
  return `Track ${what} by mvgit\n\nThe bytes are those that DVC tracks; its files stay until they are removed.\n`;
}
