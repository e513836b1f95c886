/** `mvgit convert`: the way back, a repository that DVC or Git LFS understands with the bytes in place. */
import * as fs from "node:fs";
import { resolve } from "node:path";
import { flushFileSystem } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { fromSystem } from "../base/system-errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import type { ManifestEntry } from "../values/manifest.ts";
import { readManifest } from "../values/manifest-io.ts";
import { refuseCommittedLinks } from "../repo/committed-links.ts";
import { manifestLoader, needsOf } from "../repo/needs.ts";
import { commitPointers, newerPointer } from "../repo/pointer-uses.ts";
import { Repo } from "../repo/repo.ts";
import { type Need } from "../transfer/copy.ts";
import { loadOf, unhadAmong, unhadError } from "../transfer/unhad.ts";
import type { Leaving } from "./foreign/conversion.ts";
import { toDvc } from "./dvc/convert.ts";
import { toLfs } from "./lfs/convert.ts";
import { bring } from "../repo/bring.ts";

export interface ConvertRequest {
  to: "dvc" | "lfs";
  /** As typed; absent or empty. */
  dir: string;
  dryRun: boolean;
}

export interface ConvertReport {
  to: "dvc" | "lfs";
  /** Absolute. */
  dir: string;
  dryRun: boolean;
  converted: { path: RepoPath; files: number; bytes: number }[];
  /** Blobs that were fetched from the remote first, or, in a dry run, would be. */
  fetched: number;
  /** The commit in the copy; null in a dry run, or when nothing is tracked. */
  commit: Oid | null;
  notes: string[];
}

/**
 * Clones this repository at HEAD into `dir` and adds one commit in which other pointers take the place of mvgit's. This
 * one is not changed, but for blobs that its cache lacks and a remote has. Throws `usage` for a folder with something
 * in it, `blob-missing`, `pointer-malformed`.
 */
export async function convert(repo: Repo, request: ConvertRequest): Promise<ConvertReport> {
  const dir = resolve(repo.cwd, request.dir);
  await refuseCommittedLinks(repo, [dir], "write to");
  refuseFilled(dir, request.dir);
  const head = await repo.git.resolveCommit("HEAD");
  const leaving = head === null ? [] : await leavingAt(repo, head);
  const converted = leaving.map(({ path, pointer }) => ({ path, files: pointer.files ?? 1, bytes: pointer.size }));
  const fetched = await bringIntoCache(repo, leaving, request.dryRun);
  const report = { to: request.to, dir, dryRun: request.dryRun, converted, fetched };
  if (request.dryRun || head === null || leaving.length === 0) return { ...report, commit: null, notes: [] };
  const copy = await cloneAt(repo, { dir, head });
  const { changed, notes } = await (request.to === "dvc" ? toDvc : toLfs)({ repo, copy, head, leaving });
  const commit = await commitAll(copy, request.to, changed);
  // What the copy's Git and work tree got can be had again from here, so where the system has no such call it does
  // without.
  await flushFileSystem(copy.top);
  return { ...report, commit, notes };
}

function refuseFilled(dir: string, typed: string): void {
  let names: string[];
  try {
    names = fs.existsSync(dir) ? fs.readdirSync(dir) : [];
  } catch (error) {
    throw fromSystem(error, `use '${display(typed)}'`, display(typed));
  }
  if (names.length > 0)
    throw new MvgitError("usage", `'${display(typed)}' is not empty`, {
      subject: display(typed),
      hint: "name a folder that is absent or empty; what an interrupted convert left can be removed",
    });
}

async function leavingAt(repo: Repo, head: Oid): Promise<Leaving[]> {
  const { uses, broken } = await commitPointers(repo, head);
  const [first] = broken;
  if (first)
    throw (
      newerPointer(broken) ??
      new MvgitError("pointer-malformed", `cannot convert '${display(first.path)}': ${first.reason}`, {
        subject: display(first.path),
        hint: "mend the pointer and commit it first",
      })
    );
  const load = manifestLoader(repo.cache, () => repo.remotes());
  const leaving: Leaving[] = [];
  for (const { path, pointer } of uses) {
    const files: ManifestEntry[] = [];
    if (pointer.files !== undefined)
      for await (const entries of readManifest(pointer.hash, loadOf(path, load))) files.push(...entries);
    leaving.push({ path, pointer, files: pointer.files === undefined ? null : files });
  }
  return leaving;
}

/** How many blobs the cache lacked. */
async function bringIntoCache(repo: Repo, leaving: readonly Leaving[], dryRun: boolean): Promise<number> {
  const load = manifestLoader(repo.cache, () => repo.remotes());
  const absent: Need[] = [];
  for (const { pointer } of leaving)
    absent.push(...(await needsOf(pointer, load)).blobs.filter((need) => !repo.cache.has(need)));
  if (dryRun) return absent.length;
  await bring(repo, absent, {
    isLasting: true,
    failure: async (failed, { name }) => {
      const lacking = await unhadAmong(failed, leaving, { cache: repo.cache, at: "remote", load });
      return unhadError("cannot convert", lacking, name);
    },
  });
  return absent.length;
}

/** Variables by which Git would use this repository for work in another folder. */
const OF_THIS_REPOSITORY = new Set([
  "GIT_DIR",
  "GIT_INDEX_FILE",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_PREFIX",
  "GIT_OBJECT_DIRECTORY",
]);

async function cloneAt(repo: Repo, { dir, head }: { dir: string; head: Oid }): Promise<Repo> {
  const env: Repo["env"] = {
    ...Object.fromEntries(Object.entries(repo.env).filter(([name]) => !OF_THIS_REPOSITORY.has(name))),
    GIT_LFS_SKIP_SMUDGE: "1",
  };
  const branch = await repo.git.currentBranch();
  await repo.git.run(["clone", "-q", "--no-checkout", "--", repo.top, dir], { env });
  await repo.git.run(["checkout", "-q", ...(branch === null ? ["--detach", head] : ["-B", branch, head]), "--"], {
    cwd: dir,
    env,
  });
  return Repo.open({ cwd: dir, env, watch: repo.watch });
}

/** No filter runs over what is staged: what was written is what Git is to keep. */
const UNFILTERED = ["-c", "filter.lfs.clean=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false"];

async function commitAll(copy: Repo, to: ConvertRequest["to"], changed: readonly RepoPath[]): Promise<Oid> {
  await copy.git.run(
    [...UNFILTERED, "--literal-pathspecs", "add", "-A", "-f", "--pathspec-from-file=-", "--pathspec-file-nul"],
    { input: changed.join("\0") },
  );
  await copy.git.run([...UNFILTERED, "commit", "-q", "--cleanup=verbatim", "-F", "-"], {
    input: `Track large files by ${to === "dvc" ? "DVC" : "Git LFS"} instead of mvgit\n`,
  });
  return (await copy.git.resolveCommit("HEAD")) as Oid;
}
