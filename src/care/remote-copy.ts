/**
 * `mvgit remote copy`: all that anything in this repository needs, from one remote into another, so that the other one
 * can take its place. docs/decisions/0039-several-remotes.md says why it does so in this order.
 */
import * as fs from "node:fs";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { inGroups } from "../base/tasks.ts";
import { LONGEST_PUSH } from "../base/times.ts";
import type { Oid } from "../git/reader.ts";
import { announce, type Announced } from "../repo/claim.ts";
import { gitHost, seeEverything } from "../repo/git-host.ts";
import { LostList } from "../repo/lost.ts";
import { manifestLoader } from "../repo/needs.ts";
import type { Repo } from "../repo/repo.ts";
import { isPlainBucket, typedAddress } from "../store/drivers.ts";
import type { Remote } from "../store/remote/remote.ts";
import { Before, withNear } from "../files/push.ts";
import { absentIn, type CopyReport, type Need, nothingCopied } from "../transfer/copy.ts";
import type { NeedTable } from "../transfer/need-table.ts";
import { Remotes } from "../transfer/remotes.ts";
import { type Unhad, unhad, unhadAmong } from "../transfer/unhad.ts";
import type { RemoteSettings } from "../values/settings.ts";
import { bring, type GivenBy, planned, settlePresent } from "./remote-copy/bring.ts";
import type { Moving } from "./remote-copy/moving.ts";
import { type AllNeeds, allNeeds } from "./remote-copy/needs.ts";
import { otherBlobs, takeClaims } from "./remote-copy/others.ts";

/** Blobs that are copied together, and held in memory as more than their hash and size. */
const GROUP = 50_000;

export interface RemoteCopyRequest {
  /** The name of a remote, or an address. */
  from: string;
  to: string;
  /** Also what no pointer of this repository needs, with the claims of other repositories. */
  everything: boolean;
  /** The caller vouches that no other clone has commits that this one lacks. */
  offline: boolean;
  dryRun: boolean;
  /** Blobs that move at a time; as the stores like it when not given. */
  jobs?: number | undefined;
}

export interface RemoteCopyReport {
  /** As messages call it. */
  from: string;
  fromAddress: string;
  to: string;
  toAddress: string;
  pointers: number;
  /** Blobs that are needed, or with `everything` that are meant. */
  blobs: number;
  /** With `dryRun`, `copied` and `bytes` are what would be copied. */
  copied: number;
  bytes: number;
  /** Of those copied: in the place of a damaged one. */
  replaced: number;
  present: number;
  /** From each store that gave something, the cache among them. */
  given: GivenBy[];
  lacking: Unhad[];
  /** Blobs that no store has and that were given up before. */
  givenUp: number;
  /** With `everything`. */
  others?: {
    /** Whose claims are there now too. */
    repositories: number;
    /** Blobs that nothing here needs and that `from` did not give with right bytes: left out. */
    leftOut: number;
  };
  /** Pointers that cannot be read, and why it is not known whether all is there. */
  unknown: MvgitError[];
  dryRun: boolean;
  /** Commands with which the repository moves into the new place, in their order; empty where it is used already. */
  next: string[];
}

/**
 * Throws `usage` for a place that is both, `remote-unknown`, `remote-foreign` for nothing to copy from, `read-only`,
 * and what the remotes throw. What single blobs lack is in the report.
 */
export async function remoteCopy(repo: Repo, request: RemoteCopyRequest): Promise<RemoteCopyReport> {
  const [source, target] = [await placeOf(repo, request.from), await placeOf(repo, request.to)];
  const [from, to] = [await open(repo, source), await open(repo, target)];
  refuseSame(from, to);
  to.place.writable();
  if (!(await from.place.recognise())) throw nothingThere(from);
  if (request.everything) from.place.writable();
  const { more, unseen } = await seen(repo, request);
  const moving = { repo, from: remotesOf(repo, { source, from, target }), to, jobs: request.jobs };
  const needs = await allNeeds(
    repo,
    more,
    manifestLoader(repo.cache, async () => moving.from),
  );
  const report: RemoteCopyReport = {
    from: from.name,
    fromAddress: from.address,
    to: to.name,
    toAddress: to.address,
    pointers: needs.uses.length + needs.lacking.length,
    blobs: needs.blobs.size + needs.manifests.size,
    ...{ copied: 0, bytes: 0, replaced: 0, present: 0, given: [], lacking: [] },
    givenUp: 0,
    unknown: [...unseen, ...needs.broken],
    dryRun: request.dryRun,
    next: nextSteps(repo, target),
  };
  await to.checkPacks();
  return new Copying(moving, { request, report, needs, from }).run();
}

interface Chosen {
  name: string;
  settings: RemoteSettings;
}

class Copying {
  readonly #moving: Moving;
  readonly #request: RemoteCopyRequest;
  readonly #report: RemoteCopyReport;
  readonly #needs: AllNeeds;
  readonly #from: Remote;
  readonly #before: Before;

  constructor(
    moving: Moving,
    of: { request: RemoteCopyRequest; report: RemoteCopyReport; needs: AllNeeds; from: Remote },
  ) {
    this.#moving = moving;
    this.#request = of.request;
    this.#report = of.report;
    this.#needs = of.needs;
    this.#from = of.from;
    this.#before = new Before(moving.repo, () => of.needs.uses);
  }

  async run(): Promise<RemoteCopyReport> {
    const { repo, to } = this.#moving;
    const { clock } = repo.watch;
    const pointers = this.#needs.uses.map(({ pointer }) => pointer);
    let announced: Announced | null = null;
    let failed: CopyReport["failed"];
    do {
      announced = this.#request.dryRun || pointers.length === 0 ? null : await announce(repo, to, pointers);
      failed = [];
      // What an earlier round copied is found there by a later one.
      this.#report.present = 0 - this.#report.copied;
      // Lists of files only after what they name: who finds one finds its files.
      for (const part of [this.#needs.blobs, this.#needs.manifests])
        failed.push(...(await this.#bringPart(part, announced)));
      // What was found there may be gone by then, since a claim whose folders are not complete counts for nothing.
    } while (announced !== null && clock.now() - announced.time > LONGEST_PUSH);
    if (this.#request.everything) await this.#bringOthers();
    await this.#tellOne();
    this.#report.lacking = this.#waitedFor(await this.#lackingOf(failed));
    if (this.#report.lacking.length === 0) announced?.done();
    return this.#report;
  }

  /** What one place has under two names is there once. */
  async #tellOne(): Promise<void> {
    const [{ repo, to }, from] = [this.#moving, this.#from];
    if (!(await to.place.recognise()) || to.place.id !== from.place.id) return;
    repo.watch.warn(prose`
      ${to.name} bears the same mark as ${from.name}: where it is the same place under another name, nothing was copied,
      and what is removed from one is gone from both; where it is a copy that another tool made, all is well
    `);
  }

  /** Answers what no store gave. */
  async #bringPart(needs: NeedTable, announced: Announced | null): Promise<CopyReport["failed"]> {
    needs.reopen();
    const { present, differing } = await settlePresent(needs, this.#moving);
    this.#report.present += present;
    if (this.#request.dryRun) this.#report.replaced += differing;
    const failed: CopyReport["failed"] = [];
    for await (const group of inGroups(needs, GROUP))
      failed.push(...(await this.#bring(new Map(group.map((need) => [need.hash, need])), announced)));
    return failed;
  }

  /** As `#bringPart`, of what is known to be absent. */
  async #bring(left: Map<Need["hash"], Need>, announced: Announced | null = null): Promise<CopyReport["failed"]> {
    const report = this.#report;
    const { repo, to } = this.#moving;
    const arrange: Moving["arrange"] = (absent) =>
      withNear(repo, to, { absent, announced, before: this.#before, usesOf: () => this.#needs.uses });
    const part = await (this.#request.dryRun ? planned : bring)(left, { ...this.#moving, arrange });
    for (const key of ["copied", "bytes", "replaced", "present"] as const) report[key] += part[key];
    for (const { store, copied, bytes } of part.given) {
      const known = report.given.find((each) => each.store === store);
      if (known === undefined) report.given.push({ store, copied, bytes });
      else Object.assign(known, { copied: known.copied + copied, bytes: known.bytes + bytes });
    }
    return part.failed;
  }

  async #bringOthers(): Promise<void> {
    const [from, { repo, to }, { blobs, manifests }] = [this.#from, this.#moving, this.#needs];
    const repositories = await takeClaims(repo, from, to, this.#request.dryRun);
    let leftOut = 0;
    const isKnown = (hash: Need["hash"]): boolean => blobs.has(hash) || manifests.has(hash);
    for await (const group of inGroups(otherBlobs(repo, from, isKnown), GROUP)) {
      this.#report.blobs += group.length;
      const found = nothingCopied();
      leftOut += (await this.#bring(await absentIn(to, group, found))).length;
      this.#report.present += found.present;
    }
    this.#report.others = { repositories, leftOut };
  }

  /** What was given up is brought where it can be had after all, and not waited for where it cannot. */
  #waitedFor(lacking: Unhad[]): Unhad[] {
    const lost = new LostList(this.#moving.repo.git.place.commonDir).read();
    const waited = lacking.filter(({ hash }) => !lost.has(hash));
    this.#report.givenUp = lacking.length - waited.length;
    return waited;
  }

  async #lackingOf(failed: CopyReport["failed"]): Promise<Unhad[]> {
    const { repo, from } = this.#moving;
    const stores = { cache: repo.cache, at: "remote" as const };
    const load = manifestLoader(repo.cache, async () => from);
    const lists = this.#needs.lacking.map(({ use, failed: each }) => unhad(each, use.path, stores));
    if (failed.length === 0) return lists;
    return [...lists, ...(await unhadAmong(failed, this.#needs.uses, { ...stores, load }))];
  }
}

/** A remote of that name; what is an address is one, by its own name where it has one. */
async function placeOf(repo: Repo, typed: string): Promise<Chosen> {
  const known = repo.settings.remotes.get(typed);
  if (known) return { name: typed, settings: known };
  // Its error says which remotes there are.
  if (!/[/\\:]/.test(typed)) await repo.remote(typed);
  const url = typedAddress(typed, repo.cwd);
  const [name, settings] = [...repo.settings.remotes].find(([, each]) => each.url === url) ?? [display(url), { url }];
  return { name, settings };
}

function open(repo: Repo, { name, settings }: Chosen): Promise<Remote> {
  return repo.remoteAt(name, settings);
}

/** What the one that is copied does not give is asked of the repository's other remotes. */
function remotesOf(repo: Repo, { source, from, target }: { source: Chosen; from: Remote; target: Chosen }): Remotes {
  const others = [...repo.settings.remotes].filter(([name]) => name !== source.name && name !== target.name);
  const askable = others.map(([name, settings]) => ({
    name,
    address: settings.url,
    open: () => open(repo, { name, settings }),
  }));
  return new Remotes([{ name: source.name, address: from.address, open: async () => from }, ...askable], repo.watch);
}

function refuseSame(from: Remote, to: Remote): void {
  if (realOf(from.address) !== realOf(to.address)) return;
  throw new MvgitError("usage", `both are the same place: '${display(to.address)}'`, {
    subject: display(to.address),
    hint: "name two remotes, or addresses: 'mvgit remote list' shows those that there are",
  });
}

/** Of a folder, which may be reached by several names. */
function realOf(address: string): string {
  return fs.existsSync(address) ? fs.realpathSync(address) : address.replace(/\/+$/, "");
}

function nothingThere({ name, address }: Remote): MvgitError {
  return new MvgitError("remote-foreign", `there is nothing to copy: ${name} at '${display(address)}' is empty`, {
    subject: display(address),
    hint: "check the name and the address; 'mvgit push --all --remote NAME' fills a remote from the cache alone",
  });
}

/** Commits that the Git host names; and why it may name more than is known here. */
async function seen(repo: Repo, { offline }: RemoteCopyRequest): Promise<{ more: Oid[]; unseen: MvgitError[] }> {
  const isAlone = !offline && (await gitHost(repo.git)) === null;
  if (isAlone) repo.watch.note("there is no Git host to compare with: what this clone has commits for is meant");
  try {
    return { more: await seeEverything(repo.git, { offline: offline || isAlone, intro: UNSEEN }), unseen: [] };
  } catch (error) {
    if (!isMvgitError(error, "check-failed") && !isMvgitError(error, "git-failed")) throw error;
    return { more: [], unseen: [error] };
  }
}

const UNSEEN = "not all of it may be there";

function nextSteps(repo: Repo, { name, settings: { url } }: Chosen): string[] {
  const isConfigured = repo.settings.remotes.has(name);
  if (isConfigured && repo.settings.defaultRemote === name) return [];
  const [alias, shared] = [isConfigured ? name : "NAME", isPlainBucket(url)];
  return [
    ...(isConfigured ? [] : [`mvgit remote add ${alias} ${display(url)}`]),
    `mvgit remote default ${alias}`,
    ...(shared
      ? [`git commit -m ${JSON.stringify(prose`mvgit: the bytes are at ${display(url)}`)} .mvgit/config`]
      : []),
  ];
}
