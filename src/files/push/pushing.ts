/** One push to one remote, from the look at what is needed to the note of what is there. */
import { isMvgitError } from "../../base/errors.ts";
import { LONGEST_PUSH } from "../../base/times.ts";
import { LostList } from "../../repo/lost.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { addStored } from "../../transfer/copy.ts";
import { nameFiles } from "../../transfer/unhad.ts";
import { claimedOf } from "../../values/claim.ts";
import type { Hash } from "../../values/hash.ts";
import { announce, type Announced } from "../../repo/claim.ts";
import { type Collected, collect, leaveOut } from "./collect.ts";
import { Confirmed } from "./confirmed.ts";
import { type Look, lookedAt, usesOf } from "./look.ts";
import type { Lacking, PushReport, PushRequest } from "./report.ts";
import { transfer } from "./transfer.ts";
import { mendRemoteTables, verifyRemote } from "./verify.ts";

/** One push to one remote: `run` it once. Throws what the remote throws; what single blobs lack is in its report. */
export class Pushing {
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
    // A repair looks at all of it, and mends first what hinders a look.
    if (this.#request.repair || (await this.#confirmed.checkWitnesses(lookedUp(needs))))
      return this.#bring(look, needs);
    const all = await lookedAt(this.#repo, this.#request, this.#confirmed);
    return this.#bring(all, await this.#collect(all));
  }

  async #collect(look: Look): Promise<Collected> {
    const confirmed = look.isLean ? look.confirmed.length : 0;
    Object.assign(this.#report, { pointers: 0, lacking: [], givenUp: 0, looked: look.words, confirmed });
    const needs = await collect(this.#repo, this.#remote, usesOf(this.#repo, this.#request, look), this.#report);
    this.#report.confirmedBlobs = await leaveOut(this.#repo, needs, look.before);
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

  /** What another remote has, or may have, is not lost. */
  async #giveUp(): Promise<void> {
    const report = this.#report;
    const kept = new Set<Lacking>();
    for (const each of report.lacking) if (await this.#mayBeElsewhere(each.hash)) kept.add(each);
    const lost = report.lacking.filter((each) => !kept.has(each));
    this.#lost.add(lost.map(({ hash }) => hash));
    report.givenUp += lost.length;
    report.lacking = [...kept];
  }

  /** What the cache has again is in the remote now. */
  #forgetLost({ users }: Collected): void {
    if (this.#report.dryRun || this.#request.acceptLost) return;
    this.#lost.remove([...users.keys()].filter((hash) => this.#repo.cache.sizeOf(hash) !== null));
  }

  async #mayBeElsewhere(hash: Hash): Promise<boolean> {
    for (const name of this.#repo.settings.remotes.keys()) {
      try {
        const other = await this.#repo.remotes(name);
        if (other.name !== this.#remote.name && (await other.stat(hash)) !== null) return true;
      } catch (error) {
        if (!isMvgitError(error) || error.kind === "interrupted") throw error;
        return true;
      }
    }
    return false;
  }

  async #bring(look: Look, needs: Collected): Promise<PushReport> {
    const [repo, remote, request, report] = [this.#repo, this.#remote, this.#request, this.#report];
    const isNothing = report.blobs === 0 && look.confirmed.length === 0;
    const claimed = [...needs.pointers, ...look.confirmed.map(({ pointer }) => pointer)];
    const announced = report.dryRun || isNothing ? null : await announce(repo, remote, claimed);
    // A gc that was done before the claim was there may have taken what is not asked for.
    if (announced !== null && !(await this.#confirmed.stillHolds(announced))) return this.#again();
    const [lacking, tables] = [report.lacking.length, report.tables.length];
    const isGone = await this.#copy(needs, look, announced);
    // Lists of files that could not be had may be had since then.
    if (lacking > 0 && report.tables.length > tables) return this.#again();
    // A claim whose folders are not complete by then counts for nothing, so what was found there may be gone; so may be
    // all that was believed, where a part of it is.
    const isLate = announced !== null && repo.watch.clock.now() - announced.time > LONGEST_PUSH;
    // What cannot be had now cannot be had a moment later.
    if (isLate || (isGone && report.lacking.length === 0)) return this.#again();
    if (request.acceptLost && !report.dryRun && report.lacking.length > 0) await this.#giveUp();
    await nameFiles(
      report.lacking,
      look.uses.uses,
      manifestLoader(repo.cache, async () => remote),
    );
    if (report.lacking.length === 0) {
      this.#forgetLost(needs);
      announced?.done();
      await this.#confirm(look, needs, announced);
    }
    return report;
  }

  /** True where something that was believed to be there is not. */
  async #copy({ blobs, manifests, users }: Collected, look: Look, announced: Announced | null): Promise<boolean> {
    const [repo, remote, request, report] = [this.#repo, this.#remote, this.#request, this.#report];
    const { jobs, repair = false, paths } = request;
    let isGone = false;
    const believed = new Set(look.confirmed.map(({ pointer }) => claimedOf(pointer)));
    const onAbsent = (hash: Hash): void => {
      const pointer = users.get(hash)?.pointer;
      isGone ||= this.#confirmed.has(hash) || (pointer !== undefined && believed.has(claimedOf(pointer)));
      // A look mends nothing, and one at some paths not all: the push after it is to look as well. Of a folder it may
      // be what an earlier state had, too.
      if (report.dryRun ? isGone || pointer?.files !== undefined : isGone && paths.length > 0) this.#confirmed.forget();
    };
    if (repair && !report.dryRun) await mendRemoteTables(repo, remote, { users, report });
    // What was seen in one that was taken out is there no more, whoever saw it.
    if (report.tables.some(({ how }) => how === "given up" || how === "no pack")) this.#confirmed.forget();
    if (request.verify || repair)
      await verifyRemote(repo, remote, { needs: [...blobs, ...manifests], users, repair, report });
    // Manifests only after everything they name: a reader who finds a manifest finds its files.
    await transfer(repo, remote, { parts: [blobs, manifests], users, report, jobs, onAbsent, announced });
    if (!report.dryRun) await remote.settleList();
    return isGone;
  }

  /** Of a push of everything, that is there now. */
  async #confirm(look: Look, { blobs, manifests }: Collected, announced: Announced | null): Promise<void> {
    const { paths } = this.#request;
    const { dryRun, copied } = this.#report;
    if (paths.length > 0 || (dryRun && copied > 0)) return;
    const needs = [...blobs, ...manifests];
    await this.#confirmed.record(look.tips, { claimed: this.#sinceOf(announced), needs });
  }

  /** A look makes no claims; where nothing was needed, there are none to make. */
  #sinceOf(announced: Announced | null): number | null {
    if (announced !== null) return announced.time;
    return this.#report.blobs === 0 && !this.#report.dryRun ? this.#repo.watch.clock.now() : null;
  }

  async #again(): Promise<PushReport> {
    const report = this.#report;
    const { copied, bytes } = report;
    const stored = { ...report.stored };
    this.#confirmed.drop();
    const confirmed = new Confirmed(this.#repo, this.#remote);
    confirmed.drop();
    Object.assign(report, { copied: 0, bytes: 0, present: 0, verified: 0, damaged: 0, lost: { blobs: 0, bytes: 0 } });
    report.stored = { bytes: 0, known: 0, shorter: 0 };
    const again = await new Pushing(this.#repo, this.#remote, { request: this.#request, report, confirmed }).run(
      await lookedAt(this.#repo, this.#request, confirmed),
    );
    if (report.dryRun) return again;
    // What was copied the first time is there the second time.
    const present = Math.max(0, again.present - copied);
    addStored(stored, again.stored);
    return { ...again, copied: copied + again.copied, bytes: bytes + again.bytes, stored, present };
  }
}

function lookedUp({ blobs, manifests }: Collected): ReadonlySet<Hash> {
  return new Set([...blobs, ...manifests].map(({ hash }) => hash));
}
