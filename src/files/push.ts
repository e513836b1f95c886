/** `mvgit push`: what commits and the index need, from the cache to a remote. */
import { formatCount } from "../base/counts.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display, isWithin } from "../base/paths.ts";
import { forEachConcurrent } from "../base/tasks.ts";
import { LONGEST_PUSH } from "../base/times.ts";
import type { Oid } from "../git/reader.ts";
import { type Claimed, claimedOf } from "../values/claim.ts";
import { type Hash, parseHash } from "../values/hash.ts";
import type { Pointer } from "../values/pointer.ts";
import { commitsHere, commonHistory } from "../repo/common-history.ts";
import { LostList } from "../repo/lost.ts";
import { manifestLoader, needsOf } from "../repo/needs.ts";
import {
  commitPointers,
  historyPointers,
  indexPointers,
  joinUses,
  type PointerUse,
  type PointerUses,
} from "../repo/pointer-uses.ts";
import type { Repo } from "../repo/repo.ts";
import { notTracked } from "../repo/tracked.ts";
import type { Remote } from "../store/remote/remote.ts";
import { copyBlobs, type CopyReport, type Need } from "../transfer/copy.ts";
import { examine } from "../transfer/examine.ts";
import { nameFiles, unhad, type Unhad } from "../transfer/unhad.ts";
import { announce, type Announced } from "./push/claim.ts";
import { Confirmed } from "./confirmed.ts";

export interface PushRequest {
  /** Only what lies at or below these; everything when empty. */
  paths: readonly string[];
  remote?: string;
  /** Every ref, instead of HEAD, the index and what branches have that this clone did not see there before. */
  all?: boolean;
  /** Reads everything in the remote that is looked at, instead of only asking for it. */
  verify?: boolean;
  /** Replaces what is damaged in the remote; implies `verify`. */
  repair?: boolean;
  dryRun?: boolean;
  /** Gives up what no store has: it stops no push of this clone any more. */
  acceptLost?: boolean;
  /** Passes over pointers that cannot be read, instead of refusing: for who only wants to know. */
  isLook?: boolean;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
  /** Exactly these commits instead: what a pre-push hook hands over. */
  commits?: PushedCommits;
}

/** What a Git push brings. */
export interface PushedCommits {
  include: readonly Oid[];
  /** What the host's refs are known to name at this moment. */
  named: readonly string[];
  /** Asks the host what else its refs name. */
  ask: () => Promise<readonly string[]>;
  /** Looks at all but these, whatever was seen. */
  exclude?: readonly Oid[];
}

/** A blob that cannot be had, and who needs it. */
export interface Lacking extends Unhad {
  /** The commit, or `index` or `work tree`. */
  where: string;
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
  /** Blobs that were damaged in the remote, and were replaced. */
  repaired: number;
  /** With `dryRun`: blobs that have another size in the remote, of those that would be copied. */
  damaged: number;
  lacking: Lacking[];
  /** Blobs that no store has, and that were given up. */
  givenUp: number;
  /** With `dryRun`, `copied` and `bytes` are what would be copied, */
  dryRun: boolean;
  /** and this is what of it the cache does not have, so that it cannot be. */
  lost: { blobs: number; bytes: number };
}

/** Throws `remote-unknown`, and what the remote throws. What single blobs lack is in the report. */
export async function push(repo: Repo, request: PushRequest): Promise<PushReport> {
  const remote = await repo.remote(request.remote);
  const confirmed = new Confirmed(repo, remote);
  const found = await lookedAt(repo, request, confirmed);
  const report: PushReport = {
    remote: remote.name,
    address: remote.address,
    looked: found.words,
    pointers: 0,
    blobs: 0,
    copied: 0,
    bytes: 0,
    present: 0,
    verified: 0,
    repaired: 0,
    damaged: 0,
    lacking: [],
    givenUp: 0,
    dryRun: request.dryRun ?? false,
    lost: { blobs: 0, bytes: 0 },
  };
  const uses = usesOf(repo, request, found);
  try {
    // Nothing is asked over a network for commits that bring nothing.
    const isQuiet = uses.length === 0 && (confirmed.commits.length === 0 || remote.address.includes("://"));
    if (!isQuiet) return await new Pushing(repo, remote, { request, report, confirmed }).run(found);
    if (confirmed.commits.length > 0)
      await confirmed.record(found.tips, { claimed: repo.watch.clock.now(), needs: [] });
    return report;
  } catch (error) {
    if (!request.isLook && !request.commits && isOfPlace(error) && uses.length > 0)
      repo.watch.note(`not known to be in ${remote.name}: ${pathsOf(uses)}`);
    throw error;
  }
}

function usesOf(repo: Repo, request: PushRequest, found: Look): PointerUse[] {
  if (!request.isLook) refuseBroken(found.uses);
  return onlyWithin(repo, found.uses.uses, request.paths);
}

/** One push to one remote. */
class Pushing {
  readonly #repo: Repo;
  readonly #remote: Remote;
  readonly #request: PushRequest;
  readonly #confirmed: Confirmed;
  readonly #report: PushReport;
  readonly #lost: LostList;

  constructor(
    repo: Repo,
    remote: Remote,
    { request, report, confirmed }: { request: PushRequest; report: PushReport; confirmed: Confirmed },
  ) {
    this.#repo = repo;
    this.#remote = remote;
    this.#request = request;
    this.#report = report;
    this.#confirmed = confirmed;
    this.#lost = new LostList(repo.git.place.commonDir);
  }

  async run(found: Look): Promise<PushReport> {
    const look = (await this.#confirmed.check()) ? found : await lookedAt(this.#repo, this.#request, this.#confirmed);
    const needs = await this.#collect(look);
    if (await this.#confirmed.checkWitnesses(new Set(needs.users.keys()))) return this.#bring(look, needs);
    const all = await lookedAt(this.#repo, this.#request, this.#confirmed);
    return this.#bring(all, await this.#collect(all));
  }

  async #collect(look: Look): Promise<Collected> {
    Object.assign(this.#report, { pointers: 0, lacking: [], givenUp: 0, looked: look.words });
    const needs = await collect(this.#repo, this.#remote, usesOf(this.#repo, this.#request, look), this.#report);
    this.#passOverLost(needs);
    this.#report.blobs = needs.blobs.length + needs.manifests.length;
    return needs;
  }

  /** What was given up is not waited for, unless the cache has it again. */
  #passOverLost(needs: Collected): void {
    const lost = this.#lost.read();
    if (lost.size === 0) return;
    const isLost = ({ hash }: { hash: Hash }): boolean => lost.has(hash) && this.#repo.cache.sizeOf(hash) === null;
    const lacking = this.#report.lacking.filter(({ hash }) => lost.has(hash));
    this.#report.givenUp = [...needs.blobs, ...needs.manifests].filter(isLost).length + lacking.length;
    needs.blobs = needs.blobs.filter((each) => !isLost(each));
    needs.manifests = needs.manifests.filter((each) => !isLost(each));
    this.#report.lacking = this.#report.lacking.filter((each) => !lacking.includes(each));
  }

  #giveUp(): void {
    const report = this.#report;
    this.#lost.add(report.lacking.map(({ hash }) => hash));
    report.givenUp += report.lacking.length;
    report.lacking = [];
  }

  async #bring(look: Look, needs: Collected): Promise<PushReport> {
    const [repo, remote, request, report] = [this.#repo, this.#remote, this.#request, this.#report];
    const announced = report.dryRun || report.blobs === 0 ? null : await announce(repo, remote, needs.pointers);
    const all = [...needs.blobs, ...needs.manifests];
    let isGone = false;
    const onAbsent = (hash: Hash): void => void (isGone ||= this.#confirmed.has(hash));
    if (request.verify || request.repair)
      await verifyRemote(repo, remote, { needs: all, users: needs.users, repair: request.repair ?? false, report });
    // Manifests only after everything they name: a reader who finds a manifest finds its files.
    for (const part of [needs.blobs, needs.manifests])
      await transfer(repo, remote, { part, users: needs.users, report, jobs: request.jobs, onAbsent });
    // A claim whose folders are not complete by then counts for nothing, so what was found there may be gone; so may be
    // all that was believed, where a part of it is.
    const isLate = announced !== null && repo.watch.clock.now() - announced.time > LONGEST_PUSH;
    // What cannot be had now cannot be had a moment later.
    if (isLate || (isGone && report.lacking.length === 0)) return this.#again();
    if (request.acceptLost && !report.dryRun && report.lacking.length > 0) this.#giveUp();
    await nameFiles(
      report.lacking,
      look.uses.uses,
      manifestLoader(repo.cache, async () => remote),
    );
    if (report.lacking.length === 0) {
      announced?.done();
      if (request.paths.length === 0 && !(report.dryRun && report.copied > 0))
        await this.#confirmed.record(look.tips, { claimed: this.#sinceOf(announced), needs: all });
    }
    return report;
  }

  /** A look makes no claims; where nothing was needed, there are none to make. */
  #sinceOf(announced: Announced | null): number | null {
    if (announced !== null) return announced.time;
    return this.#report.blobs === 0 && !this.#report.dryRun ? this.#repo.watch.clock.now() : null;
  }

  async #again(): Promise<PushReport> {
    const report = this.#report;
    const { copied, bytes } = report;
    this.#confirmed.drop();
    const confirmed = new Confirmed(this.#repo, this.#remote);
    confirmed.drop();
    Object.assign(report, { copied: 0, bytes: 0, present: 0, verified: 0, damaged: 0, lost: { blobs: 0, bytes: 0 } });
    const again = await new Pushing(this.#repo, this.#remote, { request: this.#request, report, confirmed }).run(
      await lookedAt(this.#repo, this.#request, confirmed),
    );
    // What was copied the first time is there the second time.
    return report.dryRun
      ? again
      : {
          ...again,
          copied: copied + again.copied,
          bytes: bytes + again.bytes,
          present: Math.max(0, again.present - copied),
        };
  }
}

/** The remote could not be reached, or not be written. */
function isOfPlace(error: unknown): boolean {
  return (
    isMvgitError(error) &&
    ["remote-unavailable", "remote-stalled", "remote-missing", "access-denied", "lock-held"].includes(error.code)
  );
}

/** The paths of pointers, in words. */
export function pathsOf(uses: readonly PointerUse[]): string {
  const paths = [...new Set(uses.map((use) => `'${display(use.path)}'`))];
  return paths.length > 5
    ? `${paths.slice(0, 5).join(", ")} and ${formatCount(paths.length - 5)} more`
    : paths.join(", ");
}

const MANIFESTS_AT_ONCE = 16;
/** Pointers beyond which a push of commits asks the host what it has, instead of asking the remote for all of them. */
const FEW = 100;

interface Look {
  uses: PointerUses;
  words: string;
  /** Commits that, with all before them, are there when everything that was looked at is. */
  tips: readonly string[];
}

async function lookedAt(repo: Repo, request: PushRequest, { commits: seen }: Confirmed): Promise<Look> {
  if (request.commits)
    return {
      uses: await broughtBy(repo, request.commits, seen),
      words: "the pushed commits",
      tips: request.commits.include,
    };
  const index = await indexPointers(repo);
  const head = await repo.git.resolveCommit("HEAD");
  const tips = head === null ? [] : [head, ...(await branchTips(repo))];
  if (request.all)
    return {
      uses: joinUses(await historyPointers(repo, ["--all"], []), index),
      words: "every ref and the index",
      tips,
    };
  if (head === null) return { uses: index, words: "the index", tips };
  const unpublished = await historyPointers(repo, [...new Set(tips)], await commitsHere(repo.git, seen));
  return {
    uses: joinUses(unpublished, await commitPointers(repo, head), index),
    words: "HEAD, the index and unpublished commits",
    tips,
  };
}

/** What the pushed commits bring, less what the host names now and this clone saw in the remote. */
async function broughtBy(
  repo: Repo,
  { include, named, ask, exclude }: PushedCommits,
  seen: readonly Oid[],
): Promise<PointerUses> {
  if (exclude) return historyPointers(repo, include, exclude);
  const brought = await historyPointers(repo, include, await commonHistory(repo.git, seen, named));
  if (seen.length === 0 || new Set(brought.uses.map(({ pointer }) => claimedOf(pointer))).size <= FEW) return brought;
  return historyPointers(repo, include, await commonHistory(repo.git, seen, [...named, ...(await ask())]));
}

async function branchTips(repo: Repo): Promise<string[]> {
  const { stdout } = await repo.git.run(["for-each-ref", "--format=%(objectname)", "refs/heads"]);
  return stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}

function refuseBroken({ broken }: PointerUses): void {
  const first = broken.find((each) => each.where === "index") ?? null;
  if (first === null) return;
  const code = first.reason === "conflicted" ? "pointer-conflicted" : "pointer-malformed";
  throw new MvgitError(
    code,
    `cannot push: the pointer '${display(first.path)}' in the index is ${code === "pointer-conflicted" ? "conflicted" : `malformed: ${first.reason}`}`,
    { subject: display(first.path), hint: "mend it, stage it with 'git add', then push again" },
  );
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
async function collect(
  repo: Repo,
  remote: Remote,
  uses: readonly PointerUse[],
  report: PushReport,
): Promise<Collected> {
  const load = manifestLoader(repo.cache, async () => remote);
  await bringManifests(repo, uses, load);
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
      if (!isOfContent(error)) throw error;
      const hash = parseHash(error.subject ?? "") ?? use.pointer.hash;
      report.lacking.push(
        lackingOf({ hash, why: isMvgitError(error, "blob-missing") ? "missing" : "damaged" }, use, {
          cache: repo.cache,
          at: "cache",
        }),
      );
    }
  }
  return { pointers, blobs: [...blobs.values()], manifests: [...manifests.values()], users };
}

/** What stands under a name is absent, or not what it should be. */
function isOfContent(error: unknown): error is MvgitError {
  return isMvgitError(error) && ["blob-missing", "blob-damaged", "manifest-malformed"].includes(error.code);
}

/**
 * A long history's manifests that the cache lacks come together, not one after the other; what is wrong with one is
 * found, and told, by who needs it.
 */
async function bringManifests(
  repo: Repo,
  uses: readonly PointerUse[],
  load: ReturnType<typeof manifestLoader>,
): Promise<void> {
  const absent = new Map<Hash, Pointer>();
  for (const { pointer } of uses)
    if (pointer.files !== undefined && repo.cache.sizeOf(pointer.hash) === null) absent.set(pointer.hash, pointer);
  if (absent.size < 2) return;
  await forEachConcurrent(absent.values(), MANIFESTS_AT_ONCE, async (pointer) => {
    await needsOf(pointer, load).catch((error: unknown) => {
      if (!isOfContent(error)) throw error;
    });
  });
}

async function transfer(
  repo: Repo,
  remote: Remote,
  context: {
    part: readonly Need[];
    users: Map<Hash, PointerUse>;
    report: PushReport;
    jobs: number | undefined;
    onAbsent: (hash: Hash) => void;
  },
): Promise<void> {
  const { part, users, report, jobs, onAbsent } = context;
  if (report.dryRun) return plan(repo, remote, context);
  const copied: CopyReport = await copyBlobs(
    part,
    { from: repo.cache, to: remote },
    { watch: repo.watch, label: `pushing to ${remote.name}`, jobs, onAbsent },
  );
  report.copied += copied.copied;
  report.bytes += copied.bytes;
  report.present += copied.present;
  report.repaired += copied.replaced;
  for (const { hash, why } of copied.failed) {
    const isThere = copied.differing.has(hash);
    report.lacking.push(
      lackingOf({ hash, why: isThere ? "damaged" : why }, users.get(hash) as PointerUse, {
        cache: repo.cache,
        at: isThere ? "remote" : "cache",
      }),
    );
  }
}

/** What one who uses it lacks. */
export function lackingOf(
  failed: Pick<Unhad, "hash" | "why">,
  { path, where }: PointerUse,
  stores: Parameters<typeof unhad>[2],
): Lacking {
  return { ...unhad(failed, path, stores), where };
}

async function plan(
  repo: Repo,
  remote: Remote,
  { part, report, onAbsent }: { part: readonly Need[]; report: PushReport; onAbsent: (hash: Hash) => void },
): Promise<void> {
  const sizes = new Map(part.map((need) => [need.hash, need.size]));
  for await (const { hash, stat } of remote.statMany([...sizes.keys()])) {
    const size = sizes.get(hash) as number;
    if (stat?.size === size) report.present++;
    else {
      onAbsent(hash);
      report.copied++;
      report.bytes += size;
      if (stat !== null) report.damaged++;
      if (!repo.cache.has({ hash, size })) {
        report.lost.blobs++;
        report.lost.bytes += size;
      }
    }
  }
}

/**
 * Reads what the remote has. What is damaged there is deleted only once the cache's own copy was found right, and
 * written anew at once: killed in between, the next push finds it absent and brings it.
 */
async function verifyRemote(
  repo: Repo,
  remote: Remote,
  context: { needs: readonly Need[]; users: Map<Hash, PointerUse>; repair: boolean; report: PushReport },
): Promise<void> {
  const { needs, users, repair, report } = context;
  const task = repo.watch.progress.task(`verifying ${remote.name}`, {
    files: needs.length,
    bytes: needs.reduce((sum, need) => sum + need.size, 0),
  });
  for (const { hash, size } of needs) {
    repo.watch.signal.throwIfAborted();
    const version = (await remote.whole.stat(hash))?.version ?? null;
    const problem = version === null ? "missing" : await examine(remote, hash, { isRemote: true });
    task.advance(size, 1);
    if (problem === null) report.verified++;
    if (version === null || problem !== "damaged") continue;
    if (repair && repo.cache.has({ hash, size }) && (await repo.cache.verify(hash))) {
      if (!report.dryRun) await replaceDamaged(repo, remote, { hash, size, version });
      report.repaired++;
    } else {
      report.lacking.push(
        lackingOf({ hash, why: "damaged" }, users.get(hash) as PointerUse, { cache: repo.cache, at: "remote" }),
      );
    }
  }
  task.done();
}

/** Only that very object is deleted: somebody else may have repaired it since it was read. */
async function replaceDamaged(
  repo: Repo,
  remote: Remote,
  { hash, size, version }: Need & { version: string },
): Promise<void> {
  try {
    await remote.whole.delete(hash, version);
  } catch (error) {
    if (!isMvgitError(error, "object-exists")) throw error;
  }
  await remote.write(hash, repo.cache.source(hash, size));
}
