/** `mvgit import lfs`: files that Git LFS keeps become mvgit's. */
import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { plural } from "../../base/counts.ts";
import ignore from "ignore";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { checkPath, display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { inGroups, mapOrdered } from "../../base/tasks.ts";
import { LFS_POINTER_CAP, type LfsPointer, readLfsPointer } from "./pointer.ts";
import type { Pointer } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { type ForeignOutcome, type ForeignWant, Taking } from "../foreign/take.ts";
import { checkout } from "../../files/checkout.ts";
import { keptErrors } from "../../files/kept.ts";
import { takeAway } from "../../worktree/act.ts";
import { realOf } from "../foreign/read.ts";
import { workTreeFile } from "../dvc/places.ts";
import { takeAttributes } from "./attributes.ts";
import { commitImport, initNotes, Occupied, trackOrUndo, refuseStaged } from "../foreign/record.ts";
import { look } from "../../worktree/stamp.ts";
import { countOutcome, type Imported, type ImportReport, newImported, refuse, totalsOf } from "../report.ts";

export interface ImportLfsRequest {
  /** Patterns as in `.gitignore`; none for all. */
  include: readonly string[];
  /** Bytes; smaller files stay with LFS. */
  above: number;
  commit: boolean;
  dryRun: boolean;
}

interface LfsFile extends LfsPointer {
  path: RepoPath;
}

/** Files asked for at once. */
const BATCH = 500;

/** Takes LFS's pointers out of the index and stages mvgit's. What is missing is reported and stays with LFS. */
export async function importLfs(repo: Repo, request: ImportLfsRequest): Promise<ImportReport> {
  if (request.commit && !request.dryRun) await refuseStaged(repo);
  repo.cache.temporary.clean();
  const { files, ofLfs } = await lfsFiles(repo, request);
  const notes = initNotes(repo);
  let imported = await takeAll(repo, files, request.dryRun);
  if (!request.dryRun && imported.some((each) => each.what === "missing") && (await fetched(repo, notes)))
    imported = await takeAll(repo, files, false);
  if (request.dryRun && imported.some((each) => each.what === "missing"))
    notes.push(
      prose`the import itself lets 'git lfs fetch' bring what is missing, where that program is installed and
        '.lfsconfig' names no server`,
    );
  const pointers = await pointersOf(repo, imported);
  const still = ofLfs.filter((path) => !pointers.has(path));
  const staged = request.dryRun
    ? []
    : await trackOrUndo(repo, pointers, {
        unstaged: [...pointers.keys()],
        also: () => takeAttributes(repo, still, [...pointers.keys()]),
      });
  const isWhole = imported.every((each) => each.what === "taken");
  if (request.commit && !isWhole) notes.push("nothing was committed, since not everything could be taken");
  const commit =
    request.commit && !request.dryRun && isWhole
      ? await commitImport(repo, `Track ${plural(pointers.size, "file")} by mvgit instead of Git LFS\n`)
      : null;
  if (!request.dryRun)
    await replacePointerTexts(
      repo,
      files.filter((each) => pointers.has(each.path)),
    );
  return { dryRun: request.dryRun, imported, totals: totalsOf(imported), staged, commit, notes };
}

/** Of what was taken, and has no other file in its pointer's place; what has is refused. */
async function pointersOf(repo: Repo, imported: readonly Imported[]): Promise<Map<RepoPath, Pointer>> {
  const occupied = await Occupied.of(repo);
  const pointers = new Map<RepoPath, Pointer>();
  for (const entry of imported) {
    const pointer = pointerOf(entry, look(join(repo.top, entry.path))?.exec === true);
    if (!pointer || entry.what !== "taken") continue;
    try {
      occupied.before(entry.path as RepoPath, pointer);
      pointers.set(entry.path as RepoPath, pointer);
    } catch (error) {
      refuse(entry, error);
    }
  }
  return pointers;
}

/** The files that are meant, and every path of the index that LFS has. */
async function lfsFiles(
  repo: Repo,
  { include, above }: ImportLfsRequest,
): Promise<{ files: LfsFile[]; ofLfs: RepoPath[] }> {
  const entries = (await repo.git.index()).filter((entry) => entry.stage === 0 && entry.mode.startsWith("100"));
  const filters = await repo.git.attribute(
    "filter",
    entries.map((each) => each.path),
  );
  const candidates = entries.filter((_, index) => filters[index] === "lfs");
  const matcher = include.length === 0 ? null : ignore({ allowRelativePaths: true }).add([...include]);
  const files: LfsFile[] = [];
  let at = 0;
  for await (const { bytes } of repo.git.blobs(
    candidates.map((each) => each.oid),
    LFS_POINTER_CAP,
  )) {
    const { path } = candidates[at++] as { path: string };
    const pointer = bytes && readLfsPointer(bytes);
    if (pointer && pointer.size > above && (matcher === null || matcher.ignores(path)))
      files.push({ ...pointer, path: checkPath(path, "index of Git") });
  }
  return { files, ofLfs: candidates.map((each) => each.path as RepoPath) };
}

async function takeAll(repo: Repo, files: readonly LfsFile[], dryRun: boolean): Promise<Imported[]> {
  const storage = await storageOf(repo);
  const taking = new Taking(
    { cache: repo.cache, watch: repo.watch, bucket: null, dryRun },
    dryRun ? "looking" : "importing from Git LFS",
  );
  const imported: Imported[] = [];
  try {
    const batches = inGroups(files, BATCH);
    for await (const taken of mapOrdered(batches, taking.width, (batch) => takeSome(repo, batch, { taking, storage })))
      imported.push(...taken);
    await taking.end();
  } finally {
    await taking.close();
  }
  return imported;
}

async function takeSome(
  repo: Repo,
  files: readonly LfsFile[],
  { taking, storage }: { taking: Taking; storage: string },
): Promise<Imported[]> {
  const wants = files.map(({ path, oid, size }): ForeignWant => {
    const own = workTreeFile(repo, path);
    return {
      name: { algorithm: "sha256", digest: oid, size, foldsLines: false },
      places: [objectFile(storage, oid), ...(own === null ? [] : [own])],
      objects: [],
    };
  });
  const outcomes = await taking.take(wants);
  return files.map(({ path, oid, size }, index) => {
    const entry = { ...newImported(path, path, oid), size };
    const outcome = outcomes[index] as ForeignOutcome;
    // In the work tree LFS's pointer stands where its bytes are absent: not other bytes, but none.
    const own = join(repo.top, path);
    countOutcome(
      entry,
      outcome.kind === "missing" ? { ...outcome, wrong: outcome.wrong.filter((each) => each !== own) } : outcome,
      { path, digest: oid, expected: [objectFile(storage, oid)] },
    );
    return outcome.kind === "taken" ? { ...entry, hash: outcome.hash } : entry;
  });
}

/** Where this clone's LFS keeps its objects. */
async function storageOf(repo: Repo): Promise<string> {
  const own = (await repo.git.config()).findLast((entry) => entry.key === "lfs.storage")?.value;
  return realOf(
    join(own === undefined ? join(repo.git.place.commonDir, "lfs") : resolve(repo.git.place.commonDir, own), "objects"),
  );
}

function objectFile(storage: string, oid: string): string {
  return join(storage, oid.slice(0, 2), oid.slice(2, 4), oid);
}

function pointerOf({ hash, size, digest }: Imported, isExec: boolean): Pointer | null {
  return hash === null
    ? null
    : { hash, size, ...(isExec ? { exec: true } : {}), extra: new Map([["source.sha256", digest]]) };
}

/**
 * Lets the program git-lfs fetch what HEAD needs; true when it ran. Not where the repository itself names the server:
 * LFS would send credentials there, which is for the user to start.
 */
async function fetched(repo: Repo, notes: string[]): Promise<boolean> {
  if (await hasLfsConfig(repo)) {
    notes.push(
      "'git lfs fetch' was not run, since '.lfsconfig' names the server; run it yourself, then the import again",
    );
    return false;
  }
  try {
    await repo.git.run(["lfs", "version"]);
    await repo.git.run(["lfs", "fetch"]);
    return true;
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    notes.push(`'git lfs fetch' did not bring the rest: ${display(error.message).slice(0, 200)}`);
    return false;
  }
}

/** LFS reads it from the work tree, and where it is not there from the index and from HEAD. */
async function hasLfsConfig(repo: Repo): Promise<boolean> {
  const path = ".lfsconfig";
  if (
    fs.lstatSync(join(repo.top, path), { throwIfNoEntry: false }) !== undefined ||
    (await repo.git.index([`:(top,literal)${path}`])).length > 0
  )
    return true;
  const head = await repo.git.resolveCommit("HEAD");
  return head !== null && (await repo.git.fileAt(head, path)) !== null;
}

/** Where only LFS's pointer stood in the work tree, which Git's history has, the bytes are checked out instead. */
async function replacePointerTexts(repo: Repo, files: readonly LfsFile[]): Promise<void> {
  const texts = files.flatMap(({ path, oid }) => {
    const file = workTreeFile(repo, path);
    const found = file === null ? null : look(file);
    const bytes = found?.kind === "file" ? readUpTo(file as string, LFS_POINTER_CAP) : null;
    return found !== null && bytes !== null && readLfsPointer(bytes)?.oid === oid ? [{ path, seen: found.stamp }] : [];
  });
  if (texts.length === 0) return;
  const folders = repo.openFolders();
  try {
    for (const { path, seen } of texts) {
      takeAway({ at: folders.reach(path), shown: path, seen }, { blobs: repo.guard.blobs, temporary: repo.temporary });
      folders.renew();
    }
  } finally {
    folders.close();
  }
  const [error] = keptErrors(
    await checkout(repo, { paths: texts.map(({ path }) => join(repo.top, path)), offline: true }),
  );
  if (error) throw error;
}
