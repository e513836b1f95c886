/**
 * A stage's move: one new event tag, made by compare-and-swap against the Git host. The tag object names the event
 * before; the host takes only one object under one name; and who won is asked of the host, never of a push's status.
 */
import { plural } from "../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { fetchFromHost, hostOf, isContention, listHost, pushRefused, pushToHost } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { claimRef, createTag, dropRef } from "../../git/tags.ts";
import { eventRef, nextNumber, versionRef } from "../../values/label.ts";
import { type Event, formatEvent, REASON_CAP } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import {
  type Chain,
  heldNow,
  highestNumber,
  readChain,
  type StageEvent,
  stageName,
  type StageOf,
} from "../../registry/chain.ts";
import { findVersion, nameOf, openVersion, type Version } from "../../registry/versions.ts";
import { whileNoStageMoves } from "../../repo/locks.ts";
import { type HostState, syncWithHost } from "./host-chain.ts";
import { checkSeen, checkWritten, rememberSeen } from "./seen.ts";
import { stagesAt } from "../stage-view.ts";
import { cleanAfterMoves, rememberMove, type Unfinished, unfinishedMove } from "../unfinished.ts";

/** What a move knows before it is decided. */
export interface Before {
  /** The Git host; null for a clone that works alone. */
  host: string | null;
  refs: GitRef[];
  /** The refs of this clone as they were before the host was asked. */
  known: readonly GitRef[];
  /** The host's versions and events of the model. */
  theirs: ReadonlyMap<string, Oid>;
  /** Null when the stage never held anything. */
  chain: Chain | null;
  /** Events of others that came while asking. */
  news: number;
  /** The newest event is that of a move here which did not come to its end: what had been asked for then. */
  interrupted: string | null;
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

export interface MoveRequest extends StageOf {
  reason: string;
  /** What was asked for, in words: the same for the same request. */
  request: string;
  /** Whether versions that only the host has are wanted. */
  versions: boolean;
  /** Go on although events that were seen before are not there any more. */
  acceptOlder?: boolean | undefined;
}

/** Runs a move and all that belongs to it while no other of this repository does. */
export function whileMoving<R>(repo: Repo, work: () => Promise<R>): Promise<R> {
  return whileNoStageMoves(repo, () => {
    cleanAfterMoves(repo);
    return work();
  });
}

/**
 * Moves a stage, within `whileMoving`. Throws `stage-moved` when somebody else won, `chain-broken`, and what the
 * decision throws.
 */
export async function move(
  repo: Repo,
  request: MoveRequest,
  decide: Decide,
): Promise<Moved & { interrupted: boolean }> {
  const { model, stage } = request;
  const reason = checkReason(request.reason);
  const look = await lookAround(repo, request);
  const { before, last, state } = look;
  const decision = await decide(before);
  const held = before.chain && heldNow(before.chain);
  const { host } = before;
  const movedTo = (number: number | null, to: number | null): Moved => ({
    model,
    stage,
    event: number,
    version: to,
    before: held,
    reason,
    host,
  });
  if ("stay" in decision)
    return { ...movedTo(null, held), stayed: decision.stay, interrupted: before.interrupted !== null };
  const { version } = decision;
  const event: Event = {
    model,
    stage,
    number: nextNumber(last?.event.number ?? highestNumber(state.refs, request), `${stageName(request)}#999999999`),
    version: version?.version ?? null,
    before: held,
    package: version?.packageHash ?? null,
    previous: last?.oid ?? null,
    reason,
  };
  const making: Making = { event, commit: version?.commit ?? (last as StageEvent).commit, request: request.request };
  if (host === null) await makeAlone(repo, making);
  else await publish(repo, { ...making, host, state, version });
  rememberSeen(repo, request, await repo.git.refs(), { isMade: true });
  return { ...movedTo(event.number, event.version), interrupted: false };
}

/** What the host and this clone say of the stage now, held against what was seen of it. */
async function lookAround(
  repo: Repo,
  request: MoveRequest,
): Promise<{ before: Before; last: StageEvent | null; state: HostState }> {
  const host = await hostOf(repo.git);
  const known = await repo.git.refs();
  const unfinished = unfinishedMove(repo);
  const state =
    host === null
      ? await aloneState(repo, unfinished)
      : await syncWithHost(repo, { host, of: request, unfinished, versions: request.versions });
  if (request.acceptOlder !== true) {
    checkSeen(repo, request, state.refs);
    await checkWritten(await stagesHere(repo), request, state.refs);
  }
  tellUnpushed(repo, host, state);
  const chain = await readChain(repo.git, state.refs, request);
  const last = chain?.events.at(-1) ?? null;
  const interrupted = unfinished !== null && last !== null && last.oid === state.arrived ? unfinished.request : null;
  const { refs, theirs, news } = state;
  return { before: { host, refs, known, theirs, chain, news, interrupted }, last, state };
}

function tellUnpushed(repo: Repo, host: string | null, { unpushed }: HostState): void {
  if (unpushed.length === 0) return;
  const names = unpushed.map(({ ref }) => `'${ref.slice("refs/tags/".length)}'`).join(", ");
  const [is, goes] = unpushed.length === 1 ? ["is", "goes"] : ["are", "go"];
  repo.watch.note(`${names} ${is} not on '${display(host ?? "")}', and ${goes} there with this move`);
}

/** The file as HEAD has it; null for none. */
async function stagesHere(repo: Repo): Promise<string | null> {
  return (await repo.git.resolveCommit("HEAD")) === null ? null : stagesAt(repo, "HEAD");
}

/** What there is without a host: an event counts as soon as its tag is here. */
async function aloneState(repo: Repo, unfinished: Unfinished | null): Promise<HostState> {
  const refs = await repo.git.refs();
  const arrived = unfinished === null ? null : (refs.find(({ name }) => name === unfinished.ref)?.oid ?? null);
  return { refs, theirs: new Map(), unpushed: [], news: 0, arrived };
}

function checkReason(reason: string): string {
  const text = reason.trim();
  if (Buffer.byteLength(text) * 3 <= REASON_CAP) return text;
  throw new MvgitError("usage", "the reason is too long", {
    hint: `say it in at most ${plural(Math.floor(REASON_CAP / 3), "byte")}`,
  });
}

function tagName({ model, stage, number }: Event): string {
  return `${stageName({ model, stage })}#${number}`;
}

interface Making {
  event: Event;
  commit: Oid;
  request: string;
}

interface Publication extends Making {
  host: string;
  state: HostState;
  version: Version | null;
}

async function makeAlone(repo: Repo, { event, commit, request }: Making): Promise<void> {
  rememberMove(repo, { ref: eventRef(event.model, event.stage, event.number), oid: null, request, alone: true });
  await createTag(repo.git, tagName(event), { commit, message: formatEvent(event) });
}

async function publish(repo: Repo, publication: Publication): Promise<void> {
  const { host, event, state, version } = publication;
  const ref = eventRef(event.model, event.stage, event.number);
  const along =
    version === null || hasVersion(state.theirs, host, version)
      ? []
      : [`${version.oid}:${versionRef(version.model, version.version)}`];
  const oid = await makeUnnamed(repo, publication);
  const { words, theirs } = await pushOnce(repo, {
    host,
    ref,
    along: [...along, ...state.unpushed.map((each) => `${each.oid}:${each.ref}`)],
    oid,
    version,
  });
  const winner = theirs.get(ref);
  if (winner === oid) {
    await claimRef(repo.git, ref, oid);
    return;
  }
  if (winner !== undefined) {
    await fetchFromHost(repo.git, host, [`${ref}:${ref}`]);
    throw await lost(repo, event);
  }
  if (version !== null) hasVersion(theirs, host, version);
  throw pushRefused(host, words ?? "the tag is not there after the push");
}

/** Times that a push is tried while others hold the host's refs. */
const TRIES = 6;

interface Push {
  host: string;
  ref: string;
  oid: Oid;
  /** Refspecs that the event needs at the host. */
  along: readonly string[];
  version: Version | null;
}

/** Pushes until the host has some event of that name, or says no; answers Git's words, and what the host has then. */
async function pushOnce(
  repo: Repo,
  { host, ref, oid, along, version }: Push,
): Promise<{ words: string | null; theirs: Map<string, Oid> }> {
  const names = [ref, ...(version === null ? [] : [versionRef(version.model, version.version)])];
  for (let attempt = 1; ; attempt++) {
    const words = await pushToHost(repo.git, host, [...along, `${oid}:${ref}`]);
    const theirs = await listHost(repo.git, host, names).catch((error: unknown) => {
      throw isMvgitError(error, "remote-unavailable") ? uncertain(host, ref, error) : error;
    });
    if (theirs.has(ref) || words === null || !isContention(words) || attempt === TRIES) return { words, theirs };
    await repo.watch.clock.sleep(attempt * 100 * (0.5 + repo.watch.clock.random()), repo.watch.signal);
  }
}

function uncertain(host: string, ref: string, cause: MvgitError): MvgitError {
  const name = ref.slice("refs/tags/".length);
  return new MvgitError(
    "remote-unavailable",
    prose`'${name}' was pushed to the Git host '${display(host)}', which does not answer whether it took it:
      ${cause.message}`,
    {
      subject: name,
      cause,
      hint: "run the same command again when the host can be reached: it finds out, and does nothing twice",
    },
  );
}

/**
 * Makes the tag object and takes its name away again at once: until the host has it, no other push may take it along.
 * A file remembers it meanwhile and after, for the case that the process is killed.
 */
async function makeUnnamed(repo: Repo, { event, commit, request }: Making): Promise<Oid> {
  const ref = eventRef(event.model, event.stage, event.number);
  rememberMove(repo, { ref, oid: null, request, alone: false });
  const oid = await createTag(repo.git, tagName(event), { commit, message: formatEvent(event) });
  rememberMove(repo, { ref, oid, request, alone: false });
  await dropRef(repo.git, ref, oid);
  return oid;
}

/** Throws `name-taken` when the host has another version of that number. */
export function hasVersion(theirs: ReadonlyMap<string, Oid>, host: string, version: Version): boolean {
  const found = theirs.get(versionRef(version.model, version.version));
  if (found === undefined || found === version.oid) return found !== undefined;
  throw new MvgitError("name-taken", `the Git host '${display(host)}' has another ${nameOf(version)} than this clone`, {
    subject: nameOf(version),
    hint: `if yours was never pushed, 'mvgit renumber ${version.model}' gives it the next free number`,
  });
}

async function lost(repo: Repo, mine: Event): Promise<MvgitError> {
  const chain = await readChain(repo.git, await repo.git.refs(), mine);
  const winner = chain?.events.find(({ event }) => event.number === mine.number);
  const to = winner?.event.version ? `to v${winner.event.version}` : "away";
  const who = winner ? `${winner.tagger.name} moved it ${to}` : "somebody moved it";
  const why = winner?.event.reason ? `, saying "${winner.event.reason}"` : "";
  return new MvgitError(
    "stage-moved",
    `cannot move ${stageName(mine)}: ${display(who)} first (event ${mine.number}${display(why)})`,
    {
      subject: stageName(mine),
      hint: prose`look at it with 'mvgit history ${mine.model} ${mine.stage}', and run the command again if you
          still want yours`,
    },
  );
}

/** The version of a number. Throws `label-unknown`, `version-damaged`. */
export async function versionNumbered(
  repo: Repo,
  refs: readonly GitRef[],
  of: StageOf & { version: number },
): Promise<Version> {
  return openVersion(repo.git, findVersion(refs, of.model, of.version));
}
