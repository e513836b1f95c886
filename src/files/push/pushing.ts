/** One push to one remote, from the look at what is needed to the note of what is there. */
import { LONGEST_PUSH } from "../../base/times.ts";
import { LostList } from "../../repo/lost.ts";
import { manifestLoader } from "../../repo/needs.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Remote } from "../../store/remote/remote.ts";
import { nameFiles } from "../../transfer/unhad.ts";
import type { Hash } from "../../values/hash.ts";
import { announce, type Announced } from "./claim.ts";
import { type Collected, collect } from "./collect.ts";
import { Confirmed } from "./confirmed.ts";
import { type Look, lookedAt, usesOf } from "./look.ts";
import type { PushReport, PushRequest } from "./report.ts";
import { transfer } from "./transfer.ts";
import { verifyRemote } from "./verify.ts";

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
    const isGone = await this.#copy(needs);
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
      await this.#confirm(look, needs, announced);
    }
    return report;
  }

  /** True where something that was believed to be there is not. */
  async #copy({ blobs, manifests, users }: Collected): Promise<boolean> {
    const [repo, remote, request, report] = [this.#repo, this.#remote, this.#request, this.#report];
    const { jobs, repair = false } = request;
    let isGone = false;
    const onAbsent = (hash: Hash): void => void (isGone ||= this.#confirmed.has(hash));
    if (request.verify || repair)
      await verifyRemote(repo, remote, { needs: [...blobs, ...manifests], users, repair, report });
    // Manifests only after everything they name: a reader who finds a manifest finds its files.
    for (const part of [blobs, manifests]) await transfer(repo, remote, { part, users, report, jobs, onAbsent });
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
    this.#confirmed.drop();
    const confirmed = new Confirmed(this.#repo, this.#remote);
    confirmed.drop();
    Object.assign(report, { copied: 0, bytes: 0, present: 0, verified: 0, damaged: 0, lost: { blobs: 0, bytes: 0 } });
    const again = await new Pushing(this.#repo, this.#remote, { request: this.#request, report, confirmed }).run(
      await lookedAt(this.#repo, this.#request, confirmed),
    );
    if (report.dryRun) return again;
    // What was copied the first time is there the second time.
    const present = Math.max(0, again.present - copied);
    return { ...again, copied: copied + again.copied, bytes: bytes + again.bytes, present };
  }
}
