/**
 * A stage's move: one new event tag, made by compare-and-swap against the Git host. The tag object names the event
 * before; the host takes only one object under one name; and who won is asked of the host, never of a push's status.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { readUpTo, replaceFile } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { withLock } from "../../base/lock.ts";
import { display } from "../../base/paths.ts";
import { fetchFromHost, hostOf, listHost, pushRefused, pushToHost } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { claimRef, createTag, dropRef } from "../../git/tags.ts";
import { eventRef, versionRef } from "../../model/label.ts";
import { type Event, formatEvent, REASON_CAP } from "../../model/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Chain, heldNow, readChain, type StageEvent, stageName } from "../../stage/chain.ts";
import { findVersion, nameOf, openVersion, type Version } from "../../version/versions.ts";
import { dropPending, type HostState, type StageOf, syncWithHost } from "./host-chain.ts";

/** What a move knows before it is decided. */
export interface Before {
  /** The Git host; null for a clone that works alone. */
  host: string | null;
  refs: GitRef[];
  /** Null when the stage never held anything. */
  chain: Chain | null;
  /** Events of others that came while asking. */
  news: number;
}

/** What a move decides: the version that the stage is to hold, null for none. */
export type Decide = (before: Before) => Promise<{ version: Version | null } | { stay: string }>;

export interface Moved extends StageOf {
  /** Number of the event; null when nothing was moved. */
  event: number | null;
  version: number | null;
  before: number | null;
  reason: string;
  host: string | null;
  /** Why nothing was moved. */
  stayed?: string;
}

/** Throws `stage-moved` when somebody else won, `chain-broken`, and what the decision throws. */
export async function move(repo: Repo, of: StageOf & { reason: string }, decide: Decide): Promise<Moved> {
  const reason = checkReason(of.reason);
  return withLock(join(repo.git.place.commonDir, "mvgit", "stage-lock"), async () => {
    const host = await hostOf(repo.git);
    await settlePending(repo, host);
    const state: HostState = host === null ? { refs: await repo.git.refs(), unpushed: [], news: 0 } : await syncWithHost(repo, host, of);
    const chain = await readChain(repo.git, state.refs, of);
    const decision = await decide({ host, refs: state.refs, chain, news: state.news });
    const held = chain && heldNow(chain);
    const { model, stage } = of;
    if ("stay" in decision) return { model, stage, event: null, version: held, before: held, reason, host, stayed: decision.stay };
    const last = chain?.events.at(-1) ?? null;
    const { version } = decision;
    const event: Event = {
      model, stage, number: (last?.event.number ?? highest(state.refs, of)) + 1, version: version?.version ?? null, before: held,
      package: version?.packageHash ?? null, previous: last?.oid ?? null, reason,
    };
    const commit = version?.commit ?? (last as StageEvent).commit;
    if (host === null) await createTag(repo.git, tagName(event), { commit, message: formatEvent(event) });
    else await publish(repo, { host, event, commit, state, version });
    return { model, stage, event: event.number, version: event.version, before: held, reason, host };
  });
}

/** The highest number that a tag of that name has, which none of mvgit's events may take again. */
function highest(refs: readonly GitRef[], of: StageOf): number {
  const prefix = `refs/tags/${stageName(of)}#`;
  return refs.reduce((most, { name }) => (name.startsWith(prefix) ? Math.max(most, Number(/#([1-9][0-9]{0,8})$/.exec(name)?.[1] ?? 0)) : most), 0);
}

function checkReason(reason: string): string {
  const text = reason.trim();
  if (Buffer.byteLength(text) * 3 <= REASON_CAP) return text;
  throw new MvgitError("usage", "the reason is too long", { hint: `say it in at most ${Math.floor(REASON_CAP / 3)} bytes` });
}

function tagName({ model, stage, number }: Event): string {
  return `${stageName({ model, stage })}#${number}`;
}

interface Publication {
  host: string;
  event: Event;
  commit: Oid;
  state: HostState;
  version: Version | null;
}

async function publish(repo: Repo, publication: Publication): Promise<void> {
  const { host, event, state, version } = publication;
  const ref = eventRef(event.model, event.stage, event.number);
  const oid = await makeUnnamed(repo, publication);
  const along = version === null || (await hasVersion(repo, host, version)) ? [] : [`${version.oid}:${versionRef(version.model, version.version)}`];
  const words = await pushToHost(repo.git, host, [...along, ...state.unpushed.map((each) => `${each.oid}:${each.ref}`), `${oid}:${ref}`]);
  const winner = (await listHost(repo.git, host, [ref])).get(ref);
  if (winner === oid) {
    await claimRef(repo.git, ref, oid);
    return;
  }
  if (winner === undefined) throw await refused(repo, { host, words: words ?? "the tag is not there after the push", version });
  await fetchFromHost(repo.git, host, [`${ref}:${ref}`]);
  throw await lost(repo, event);
}

/**
 * Makes the tag object and takes its name away again at once: until the host has it, no other push may take it along.
 * A file remembers the name meanwhile, for the case that the process is killed in between.
 */
async function makeUnnamed(repo: Repo, { event, commit }: Publication): Promise<Oid> {
  const ref = eventRef(event.model, event.stage, event.number);
  const pending = pendingFile(repo);
  replaceFile(pending, `${ref}\n`);
  const oid = await createTag(repo.git, tagName(event), { commit, message: formatEvent(event) });
  await dropRef(repo.git, ref, oid);
  fs.rmSync(pending, { force: true });
  return oid;
}

function pendingFile(repo: Repo): string {
  return join(repo.git.place.commonDir, "mvgit", "pending-event");
}

async function settlePending(repo: Repo, host: string | null): Promise<void> {
  const ref = readUpTo(pendingFile(repo), 1024)?.toString("utf8").trim();
  if (ref === undefined) return;
  const found = (await repo.git.refs()).find(({ name }) => name === ref);
  if (found && host !== null) await dropPending(repo, host, { ref, oid: found.oid });
  fs.rmSync(pendingFile(repo), { force: true });
}

/** Throws `version-damaged` when the host has another version of that number. */
async function hasVersion(repo: Repo, host: string, version: Version): Promise<boolean> {
  const ref = versionRef(version.model, version.version);
  const found = (await listHost(repo.git, host, [ref])).get(ref);
  if (found === undefined || found === version.oid) return found !== undefined;
  throw new MvgitError("name-taken", `the Git host '${display(host)}' has another ${nameOf(version)} than this clone`, {
    subject: nameOf(version),
    hint: `if yours was never pushed, 'mvgit renumber ${version.model}' gives it the next free number`,
  });
}

async function refused(repo: Repo, { host, words, version }: { host: string; words: string; version: Version | null }): Promise<MvgitError> {
  if (version !== null) await hasVersion(repo, host, version);
  return pushRefused(host, words);
}

async function lost(repo: Repo, mine: Event): Promise<MvgitError> {
  const chain = await readChain(repo.git, await repo.git.refs(), mine);
  const winner = chain?.events.find(({ event }) => event.number === mine.number);
  const to = winner?.event.version ? `to v${winner.event.version}` : "away";
  const who = winner ? `${winner.tagger.name} moved it ${to}` : "somebody moved it";
  const why = winner?.event.reason ? `, saying "${winner.event.reason}"` : "";
  return new MvgitError("stage-moved", `cannot move ${stageName(mine)}: ${display(who)} first (event ${mine.number}${display(why)})`, {
    subject: stageName(mine),
    hint: `look at it with 'mvgit history ${mine.model} ${mine.stage}', and run the command again if you still want yours`,
  });
}

/** The version of a number. Throws `label-unknown`, `version-damaged`. */
export async function versionNumbered(repo: Repo, refs: readonly GitRef[], of: StageOf & { version: number }): Promise<Version> {
  return openVersion(repo.git, findVersion(refs, of.model, of.version));
}
