/** Everything that a repository may still need: refs, reflogs, stash, and every work tree's HEAD, index and files. */
import * as fs from "node:fs";
import { join } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { readUpTo } from "../base/disk.ts";
import { display, type RepoPath } from "../base/paths.ts";
import type { Oid } from "../git/reader.ts";
import type { Hash } from "../model/hash.ts";
import { type Pointer, POINTER_CAP, POINTERS, readPointer } from "../model/pointer.ts";
import { FOLDER_STAMP } from "../worktree/stat-cache.ts";
import { needsOf } from "./needs.ts";
import { historyPointers, indexPointers, joinUses } from "./pointer-uses.ts";
import { Repo, withoutGitVariables } from "./repo.ts";

/**
 * The hashes that any pointer names, its folder's manifests and files among them, and those that a file of a work tree may be a link to. A pointer or manifest that cannot be
 * read is an error, `pointer-malformed` or `blob-missing`: what it needs is not known, so nothing may be removed.
 */
export async function reachableBlobs(repo: Repo): Promise<Set<Hash>> {
  const reachable = new Set<Hash>();
  for (const pointer of await reachablePointers(repo)) {
    if (reachable.has(pointer.hash) && pointer.files === undefined) continue;
    const { blobs, manifests } = await needsOf(pointer, (hash, cap) => repo.cache.readSmall(hash, cap));
    for (const { hash } of [...blobs, ...manifests]) reachable.add(hash);
  }
  for (const tree of await workTrees(repo)) for (const { hash } of filesOnDisk(tree)) reachable.add(hash);
  return reachable;
}

/** Every pointer of refs, reflogs, stash, work trees, and of `more` commits and what they come from. Throws `pointer-malformed`. */
export async function reachablePointers(repo: Repo, more: readonly Oid[] = []): Promise<Pointer[]> {
  const found = new Map<string, Pointer>();
  const collect = ({ uses, broken }: Awaited<ReturnType<typeof indexPointers>>): void => {
    for (const { pointer } of uses) found.set(`${pointer.hash} ${pointer.files}`, pointer);
    const first = broken.find((each) => each.reason !== "conflicted");
    if (first) throw unreadable(first.path, first.where);
  };
  collect(joinUses(await historyPointers(repo, ["--all", "--reflog", ...more], []), await indexPointers(repo)));
  for (const other of await workTrees(repo)) {
    if (other !== repo) collect(joinUses(await historyPointers(other, ["HEAD"], []).catch(noCommitYet), await indexPointers(other)));
    for (const pointer of await pointersOnDisk(other)) found.set(`${pointer.hash} ${pointer.files}`, pointer);
  }
  return [...found.values()];
}

/** Every linked work tree, opened; this one as it is. */
async function workTrees(repo: Repo): Promise<Repo[]> {
  const tops = await repo.git.worktrees();
  return Promise.all(tops.map((top) => (top === repo.top ? repo : Repo.open({ cwd: top, env: withoutGitVariables(repo.env), watch: repo.watch }))));
}

/** A work tree whose branch has no commit yet has no history. */
function noCommitYet(error: unknown): { uses: []; broken: [] } {
  if (error instanceof MvgitError && /ambiguous argument 'HEAD'|unknown revision|does not have any commits/.test(error.message)) return { uses: [], broken: [] };
  throw error;
}

/** Pointers as they stand in a work tree, edited or conflicted ones too: both sides of a conflict count. */
async function pointersOnDisk(repo: Repo): Promise<Pointer[]> {
  const { stdout } = await repo.git.run(["ls-files", "-z", "-c", "-o", "--full-name", "--", POINTERS]);
  const pointers: Pointer[] = [];
  for (const path of new Set(stdout.toString("utf8").split("\0").filter((each) => each !== ""))) {
    const file = join(repo.top, path);
    const bytes = fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readUpTo(file, POINTER_CAP) : null;
    const reading = bytes && readPointer(bytes);
    if (reading?.kind === "pointer") pointers.push(reading.pointer);
    if (reading?.kind === "conflicted") pointers.push(...[reading.ours, reading.theirs].filter((side) => side !== undefined && side !== null));
    if (reading?.kind === "malformed" || reading?.kind === "newer") throw unreadable(path, "the work tree");
  }
  return pointers;
}

/** Files that a checkout made, as the stat cache knows them: where `mvgit.link` is `symlink`, the blob is all there is of them. */
function* filesOnDisk(repo: Repo): Generator<{ hash: Hash }> {
  for (const target of repo.stats.targets()) {
    if (target.stamp !== FOLDER_STAMP) yield target;
    const files = repo.stats.readFolder(target.path as RepoPath);
    if (target.stamp === FOLDER_STAMP) yield* files.rest();
    files.close();
  }
}

function unreadable(path: string, where: string): MvgitError {
  return new MvgitError("pointer-malformed", `what '${display(path)}' of ${where.slice(0, 10)} needs is not known: the pointer cannot be read`, {
    subject: display(path),
    hint: "mend the pointer, or let 'git reflog expire' and 'git gc' remove the commit, then run the command again",
  });
}
