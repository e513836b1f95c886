/** A stage's move: one new event tag (`publish.ts`). */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { hostOf, pushRefused } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { eventRef, nextNumber, remarkRef, versionRef, versionWord } from "../../values/label.ts";
import { type Event, formatEvent } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { type Chain, heldNow, readChain, type StageEvent, stageName, type StageOf } from "../../registry/chain.ts";
import { chainTags, highestNumber } from "../../registry/chain-of.ts";
import { findVersion, nameOf, openVersion, type Version } from "../../registry/versions.ts";
import { whileNoStageMoves } from "../../repo/locks.ts";
import { type HostState, syncWithHost } from "./host-chain.ts";
import { aloneState, checkWords, makeAlone, type NewTag, publish, tellUnpushed } from "./publish.ts";
import { checkSeen, checkWritten, rememberMade } from "./seen.ts";
import { stagesAt } from "../stage-view.ts";
import { cleanAfterMoves, unfinishedMove } from "../unfinished.ts";

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
  /** Number of the newest event that whoever asks knows of, 0 for none: with another one there nothing is moved. */
  seen?: number | undefined;
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
  const reason = checkWords(request.reason, "the reason");
  const look = await lookAround(repo, request);
  const { before, last, state } = look;
  refuseUnseen(request, last);
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
  if (host === null) await makeAlone(repo, tagOf(making));
  else await publishMove(repo, { ...making, host, state, version });
  rememberMade(repo, request, await repo.git.refs());
  return { ...movedTo(event.number, event.version), interrupted: false };
}

/** Throws `stage-moved` where the newest event is another than whoever asks looked at. */
function refuseUnseen(request: MoveRequest, last: StageEvent | null): void {
  if (request.seen === undefined || request.seen === (last?.event.number ?? 0)) return;
  const who = display(last?.tagger.name ?? "somebody");
  const to = versionWord(last?.event.version ?? null, "nothing");
  throw new MvgitError("stage-moved", `${stageName(request)} was moved meanwhile: ${who} moved it to ${to}`, {
    subject: stageName(request),
    hint: "look at it again, and decide anew",
  });
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
  tellUnpushed(repo, { host, state, with: "move" });
  const chain = await readChain(repo.git, state.refs, request);
  const last = chain?.events.at(-1) ?? null;
  const interrupted = unfinished !== null && last !== null && last.oid === state.arrived ? unfinished.request : null;
  const { refs, theirs, news } = state;
  return { before: { host, refs, known, theirs, chain, news, interrupted }, last, state };
}

/** The file as HEAD has it; null for none. */
async function stagesHere(repo: Repo): Promise<string | null> {
  return (await repo.git.resolveCommit("HEAD")) === null ? null : stagesAt(repo, "HEAD");
}

interface Making {
  event: Event;
  commit: Oid;
  request: string;
}

function tagOf({ event, commit, request }: Making): NewTag {
  const ref = eventRef(event.model, event.stage, event.number);
  return { ref, commit, message: formatEvent(event), request };
}

async function publishMove(
  repo: Repo,
  { host, state, version, ...making }: Making & { host: string; state: HostState; version: Version | null },
): Promise<void> {
  const { event } = making;
  const along =
    version === null || hasVersion(state.theirs, host, version)
      ? []
      : [`${version.oid}:${versionRef(version.model, version.version)}`];
  const remarks = version === null ? [] : unpushedRemarks(state, host, version);
  const { isOurs, isLost, words, theirs } = await publish(repo, {
    ...tagOf(making),
    host,
    along: [...along, ...remarks, ...state.unpushed.map((each) => `${each.oid}:${each.ref}`)],
    ask: version === null ? [] : [versionRef(version.model, version.version)],
  });
  if (isOurs) return;
  if (isLost) throw await lost(repo, event);
  if (version !== null) hasVersion(theirs, host, version);
  throw pushRefused(host, words ?? "the tag is not there after the push");
}

/** Refspecs of what was said of a version here alone. Throws `chain-broken` where the host has other remarks on it. */
function unpushedRemarks({ refs, theirs }: HostState, host: string, version: Version): string[] {
  const ours = [...chainTags(refs, version)].map(([number, oid]) => ({
    ref: remarkRef(version.model, version.version, number),
    oid,
  }));
  const other = ours.find(({ ref, oid }) => theirs.has(ref) && theirs.get(ref) !== oid);
  if (other === undefined) return ours.filter(({ ref }) => !theirs.has(ref)).map(({ ref, oid }) => `${oid}:${ref}`);
  const name = other.ref.slice("refs/tags/".length);
  throw new MvgitError(
    "chain-broken",
    `'${name}' at the Git host '${display(host)}' is not the remark that this clone has`,
    { subject: name, hint: "'mvgit audit' tells more" },
  );
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
