/** `mvgit push`: what commits and the index need, from the cache to a remote. */
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, isWithin, type RepoPath } from "../base/paths.ts";
import { type Claimed, claimedOf } from "../model/claim.ts";
import { type Hash, shortHash } from "../model/hash.ts";
import type { Pointer } from "../model/pointer.ts";
import { manifestLoader, needsOf } from "../repo/needs.ts";
import { commitPointers, historyPointers, indexPointers, joinUses, type PointerUse, type PointerUses } from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { notTracked } from "../repo/tracked.ts";
import type { Remote } from "../store/remote.ts";
import { copyBlobs, type CopyReport, type Need } from "../transfer/copy.ts";
import { announce } from "./claim.ts";
import { UNFINISHED_AFTER } from "./gc-remote/needed.ts";

export interface PushRequest {
  /** Only what lies at or below these; everything when empty. */
  paths: readonly string[];
  remote?: string;
  /** Every ref, instead of HEAD, the index and unpublished commits. */
  all?: boolean;
  /** Reads everything in the remote that is looked at, instead of only asking for it. */
  verify?: boolean;
  /** Replaces what is damaged in the remote; implies `verify`. */
  repair?: boolean;
  dryRun?: boolean;
  /** Passes over pointers that cannot be read, instead of refusing: for who only wants to know. */
  isLook?: boolean;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
  /** Exactly these commits instead: what a pre-push hook hands over. */
  commits?: { include: readonly string[]; exclude: readonly string[] };
}

/** A blob that cannot be had, and who needs it. */
export interface Lacking {
  hash: Hash;
  path: RepoPath;
  where: string;
  why: "missing" | "damaged";
}

export interface PushReport {
  remote: string;
  address: string;
  /** What was looked at, in words. */
  looked: string;
  pointers: number;
  blobs: number;
  copied: number;
  bytes: number;
  present: number;
  verified: number;
  repaired: number;
  lacking: Lacking[];
  /** With `dryRun`, `copied` and `bytes` are what would be copied, */
  dryRun: boolean;
  /** and this is what of it the cache does not have, so that it cannot be. */
  lost: { blobs: number; bytes: number };
}

/** Throws `remote-unknown`, and what the remote throws. What single blobs lack is in the report. */
export async function push(repo: Repo, request: PushRequest): Promise<PushReport> {
  const remote = await repo.remote(request.remote);
  const found = await lookedAt(repo, request);
  if (!request.isLook) refuseBroken(found.uses);
  const uses = onlyWithin(repo, found.uses.uses, request.paths);
  const report: PushReport = {
    remote: remote.name, address: remote.bucket.address, looked: found.words, pointers: 0, blobs: 0, copied: 0, bytes: 0, present: 0, verified: 0, repaired: 0, lacking: [], dryRun: request.dryRun ?? false, lost: { blobs: 0, bytes: 0 },
  };
  const needs = await collect(repo, remote, uses, report);
  report.blobs = needs.blobs.length + needs.manifests.length;
  if (report.blobs === 0) return report;
  try {
    return await bring(repo, remote, { request, needs, report });
  } catch (error) {
    if (!request.isLook && isOfPlace(error)) repo.watch.note(`not known to be in ${remote.name}: ${pathsOf(uses)}`);
    throw error;
  }
}

async function bring(repo: Repo, remote: Remote, { request, needs, report }: { request: PushRequest; needs: Collected; report: PushReport }): Promise<PushReport> {
  const announced = report.dryRun ? null : await announce(repo, remote, needs.pointers);
  if (request.verify || request.repair) await verifyRemote(repo, remote, { needs: [...needs.blobs, ...needs.manifests], users: needs.users, repair: request.repair ?? false, report });
  // Manifests only after everything they name: a reader who finds a manifest finds its files.
  for (const part of [needs.blobs, needs.manifests]) await transfer(repo, remote, { part, users: needs.users, report, jobs: request.jobs });
  if (announced === null) return report;
  // A claim whose folders are not complete by then counts for nothing, so what was found there may be gone.
  if (repo.watch.clock.now() - announced.time > LONGEST_PUSH) {
    const again = await push(repo, request);
    return { ...again, copied: report.copied + again.copied, bytes: report.bytes + again.bytes };
  }
  if (report.lacking.length === 0) announced.done();
  return report;
}

/** The remote could not be reached, or not be written. */
function isOfPlace(error: unknown): boolean {
  return isMvgitError(error) && ["remote-unavailable", "remote-stalled", "remote-missing", "access-denied", "lock-held"].includes(error.code);
}

function pathsOf(uses: readonly PointerUse[]): string {
  const paths = [...new Set(uses.map((use) => `'${display(use.path)}'`))];
  return paths.length > 5 ? `${paths.slice(0, 5).join(", ")} and ${paths.length - 5} more` : paths.join(", ");
}

/** Milliseconds after which a push asks and claims anew. Half of what gc waits for a push to end. */
const LONGEST_PUSH = UNFINISHED_AFTER / 2;


async function lookedAt(repo: Repo, request: PushRequest): Promise<{ uses: PointerUses; words: string }> {
  if (request.commits) return { uses: await historyPointers(repo, request.commits.include, request.commits.exclude), words: "the pushed commits" };
  if (request.all) return { uses: joinUses(await historyPointers(repo, ["--all"], []), await indexPointers(repo)), words: "every ref and the index" };
  const index = await indexPointers(repo);
  const head = await repo.git.resolveCommit("HEAD");
  if (head === null) return { uses: index, words: "the index" };
  const unpublished = await historyPointers(repo, ["HEAD", "--branches"], ["--remotes"]);
  return { uses: joinUses(unpublished, await commitPointers(repo, head), index), words: "HEAD, the index and unpublished commits" };
}

function refuseBroken({ broken }: PointerUses): void {
  const first = broken.find((each) => each.where === "index") ?? null;
  if (first === null) return;
  const code = first.reason === "conflicted" ? "pointer-conflicted" : "pointer-malformed";
  throw new MvgitError(code, `cannot push: the pointer '${display(first.path)}' in the index is ${code === "pointer-conflicted" ? "conflicted" : `malformed: ${first.reason}`}`, {
    subject: display(first.path),
    hint: "mend it, stage it with 'git add', then push again",
  });
}

function onlyWithin(repo: Repo, uses: PointerUse[], typed: readonly string[]): PointerUse[] {
  if (typed.length === 0) return uses;
  const paths = typed.map((text) => repo.pathOf(text));
  for (const [index, path] of paths.entries()) {
    if (uses.some((use) => isWithin(use.path, path) || isWithin(path, use.path))) continue;
    throw notTracked(repo, typed[index] as string);
  }
  return uses.filter((use) => paths.some((path) => isWithin(use.path, path) || isWithin(path, use.path)));
}

interface Collected {
  /** Those whose needs are known. */
  pointers: Pointer[];
  blobs: Need[];
  manifests: Need[];
  users: Map<Hash, PointerUse>;
}

/** Every blob that the pointers need, once. Manifests that neither cache nor remote has are lacking. */
async function collect(repo: Repo, remote: Remote, uses: readonly PointerUse[], report: PushReport): Promise<Collected> {
  const load = manifestLoader(repo.cache, async () => remote);
  const blobs = new Map<Hash, Need>();
  const manifests = new Map<Hash, Need>();
  const users = new Map<Hash, PointerUse>();
  const pointers: Pointer[] = [];
  const seen = new Set<Claimed>();
  for (const use of uses) {
    if (seen.has(claimedOf(use.pointer))) continue;
    seen.add(claimedOf(use.pointer));
    report.pointers++;
    try {
      const needs = await needsOf(use.pointer, load);
      pointers.push(use.pointer);
      for (const need of needs.blobs) blobs.set(need.hash, need);
      for (const need of needs.manifests) manifests.set(need.hash, need);
      for (const need of [...needs.blobs, ...needs.manifests]) if (!users.has(need.hash)) users.set(need.hash, use);
    } catch (error) {
      if (!isMvgitError(error, "blob-missing") && !isMvgitError(error, "blob-damaged")) throw error;
      report.lacking.push({ hash: (error.subject ?? use.pointer.hash) as Hash, path: use.path, where: use.where, why: isMvgitError(error, "blob-missing") ? "missing" : "damaged" });
    }
  }
  return { pointers, blobs: [...blobs.values()], manifests: [...manifests.values()], users };
}

async function transfer(repo: Repo, remote: Remote, context: { part: readonly Need[]; users: Map<Hash, PointerUse>; report: PushReport; jobs: number | undefined }): Promise<void> {
  const { part, users, report, jobs } = context;
  if (report.dryRun) return plan(repo, remote, context);
  const copied: CopyReport = await copyBlobs(part, { from: repo.cache, to: remote }, { watch: repo.watch, label: `pushing to ${remote.name}`, jobs });
  report.copied += copied.copied;
  report.bytes += copied.bytes;
  report.present += copied.present;
  for (const { hash, why } of copied.failed) report.lacking.push(lacking(users, hash, why));
}

function lacking(users: ReadonlyMap<Hash, PointerUse>, hash: Hash, why: Lacking["why"]): Lacking {
  const use = users.get(hash) as PointerUse;
  return { hash, path: use.path, where: use.where, why };
}

async function plan(repo: Repo, remote: Remote, { part, report }: { part: readonly Need[]; report: PushReport }): Promise<void> {
  const sizes = new Map(part.map((need) => [need.hash, need.size]));
  for await (const { hash, stat } of remote.statMany([...sizes.keys()])) {
    const size = sizes.get(hash) as number;
    if (stat?.size === size) report.present++;
    else {
      report.copied++;
      report.bytes += size;
      if (repo.cache.sizeOf(hash) !== size) {
        report.lost.blobs++;
        report.lost.bytes += size;
      }
    }
  }
}

/**
 * Reads what the remote has. What is damaged there is deleted only once the cache's own copy was found right, and written anew at
 * once: killed in between, the next push finds it absent and brings it.
 */
async function verifyRemote(repo: Repo, remote: Remote, context: { needs: readonly Need[]; users: Map<Hash, PointerUse>; repair: boolean; report: PushReport }): Promise<void> {
  const { needs, users, repair, report } = context;
  const task = repo.watch.progress.task(`verifying ${remote.name}`, { files: needs.length, bytes: needs.reduce((sum, need) => sum + need.size, 0) });
  for (const { hash, size } of needs) {
    repo.watch.signal.throwIfAborted();
    const version = await remote.versionOf(hash);
    const state = version === null ? "absent" : await stateInRemote(remote, hash);
    task.advance(size, 1);
    if (state === "right") report.verified++;
    if (version === null || state !== "damaged") continue;
    if (repair && repo.cache.sizeOf(hash) === size && (await repo.cache.verify(hash))) {
      if (!report.dryRun) await replaceDamaged(repo, remote, { hash, size, version });
      report.repaired++;
    } else {
      report.lacking.push(lacking(users, hash, "damaged"));
    }
  }
  task.done();
}

async function stateInRemote(remote: Remote, hash: Hash): Promise<"right" | "damaged" | "absent"> {
  try {
    for await (const chunk of remote.read(hash)) void chunk;
    return "right";
  } catch (error) {
    if (isMvgitError(error, "blob-damaged")) return "damaged";
    if (isMvgitError(error, "blob-missing") || isMvgitError(error, "object-missing")) return "absent";
    throw error;
  }
}

/** Only that very object is deleted: somebody else may have repaired it since it was read. */
async function replaceDamaged(repo: Repo, remote: Remote, { hash, size, version }: Need & { version: string }): Promise<void> {
  try {
    await remote.deleteVersion(hash, version);
  } catch (error) {
    if (!isMvgitError(error, "object-exists")) throw error;
  }
  await remote.write(hash, repo.cache.source(hash, size));
}

/** Where what is lacking may come from. */
const HINTS = {
  push: "run 'mvgit add' where the file still is, or 'mvgit fetch' from a remote that has it; 'mvgit fsck' lists them all",
  fetch: "run 'mvgit push' in the clone that has it; 'mvgit remote list' tells whether this is the right place",
};

/** The error that a push or fetch ends with when something is lacking. */
export function lackingError(action: "push" | "fetch", lack: readonly Lacking[]): MvgitError {
  const first = lack[0] as Lacking;
  const more = lack.length > 1 ? ` (and ${lack.length - 1} more)` : "";
  const kinds = new Set(lack.map((each) => each.why));
  const code = kinds.size > 1 ? "partly" : first.why === "missing" ? "blob-missing" : "blob-damaged";
  return new MvgitError(code, `cannot ${action} '${display(first.path)}': blob ${shortHash(first.hash)} is ${first.why}${more}`, {
    subject: display(first.path),
    hint: HINTS[action],
  });
}
