/** `mvgit note` and `mvgit retract`: what is said of a version after it was made, in a chain of tags of its own. */
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import { fetchFromHost, hostOf, pushRefused } from "../git/host.ts";
import type { GitRef, Oid } from "../git/reader.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { type Label, type ModelName, nextNumber, parseLabel, readRef, remarkRef } from "../values/label.ts";
import { formatRemark, type RemarkKind } from "../values/tag-message.ts";
import type { Repo } from "../repo/repo.ts";
import { heldNow, readChains } from "../registry/chain.ts";
import { highestNumber } from "../registry/chain-of.ts";
import { type Remarks, remarksOn, retraction, trusted } from "../registry/remarks.ts";
import { findVersion, nameOf, openVersion, type Version } from "../registry/versions.ts";
import { type HostState, syncWithHost } from "./stage/host-chain.ts";
import { hasVersion, whileMoving } from "./stage/move.ts";
import { aloneState, checkWords, makeAlone, publish, tellUnpushed } from "./stage/publish.ts";
import { checkSeen, rememberMade, resolveHere } from "./stage/seen.ts";
import { forgetMove, type Unfinished, unfinishedMove } from "./unfinished.ts";

export interface RemarkRequest {
  label: string;
  kind: RemarkKind;
  /** The note, or why. */
  text: string;
  /** Retract it although stages hold it. */
  force?: boolean;
  /** Go on although a remark that was seen before is not there any more. */
  acceptOlder?: boolean;
}

export interface RemarkedReport {
  model: ModelName;
  version: number;
  kind: RemarkKind;
  /** Of the remark; null when none was made. */
  number: number | null;
  text: string;
  /** Whether the version is retracted now. */
  retracted: boolean;
  /** Stages that hold it. */
  stages: string[];
  /** Which Git host has the remark; null where it is in this clone alone. */
  host: string | null;
  /** Why none was made. */
  stayed?: string;
}

/** How often it is tried when others remark on the version at the same moment. */
const TRIES = 20;

/**
 * Makes a remark, at the Git host at once where that has the version. Of several people who do so at once everybody's
 * is kept, one after the other. Throws `usage` for a text that none can be, `label-unknown`, `version-damaged`,
 * `chain-broken`, `version-held`, and what the host throws.
 */
export async function remark(repo: Repo, request: RemarkRequest): Promise<RemarkedReport> {
  const label = parseLabel(request.label);
  const text = checkText(request);
  return whileMoving(repo, async () => {
    const of = await meant(repo, label);
    for (let attempt = 1; ; attempt++) {
      const made = await tryOnce(repo, of, { ...request, text });
      if (made !== null) {
        forgetMove(repo);
        return made;
      }
      if (attempt === TRIES)
        throw new MvgitError("remote-unavailable", `others remark on ${nameOf(of)} all the time`, {
          subject: nameOf(of),
          hint: "run the command again in a while",
        });
    }
  });
}

function checkText({ kind, text: said }: RemarkRequest): string {
  const what = kind === "note" ? "the note" : "the reason";
  const text = checkWords(said, what);
  const wrong = (why: string, hint: string): MvgitError => new MvgitError("usage", `${what} ${why}`, { hint });
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text))
    throw wrong("holds line feeds or other control characters", "say it in one line");
  if (text === "" && kind === "note")
    throw wrong("is empty", `write it as one word: 'mvgit note spam@v3 "good on short mails"'`);
  if (text === "" && kind === "retract")
    throw wrong("is missing", "say why with '-m', for everybody who meets the version later");
  return text;
}

/** The version that is meant, by number. */
async function meant(repo: Repo, label: Label): Promise<{ model: ModelName; version: number }> {
  if (label.kind === "version") return { model: label.model, version: label.version };
  const { model, version } = (await resolveHere(repo, await repo.git.refs(), label)).version;
  return { model, version };
}

interface Look {
  host: string | null;
  state: HostState;
  version: Version;
  remarks: Remarks;
  stages: string[];
  /** The newest remark is that of a command of before that did not come to its end: what had been asked for then. */
  interrupted: string | null;
}

/** Null where somebody else's remark came first, so that it is to be looked at anew. */
async function tryOnce(
  repo: Repo,
  of: { model: ModelName; version: number },
  request: RemarkRequest,
): Promise<RemarkedReport | null> {
  const { kind, text } = request;
  const look = await lookAround(repo, of, request);
  const { host, state, version, remarks, stages } = look;
  const asked = `${kind} ${nameOf(of)} ${hashBytes(Buffer.from(text))}`;
  const report = (number: number | null, isRetracted: boolean): RemarkedReport => ({
    ...of,
    kind,
    number,
    text,
    retracted: isRetracted,
    stages,
    host: host !== null && hasVersion(state.theirs, host, version) ? host : null,
  });
  const stayed = whyNot(look, of, { kind, asked });
  if (stayed !== null) return { ...report(null, remarks.retracted !== null), stayed };
  if (kind === "retract" && stages.length > 0 && request.force !== true) throw isHeld(of, stages);
  const last = remarks.links.at(-1);
  const number = nextNumber(last?.value.number ?? highestNumber(state.refs, of), `${nameOf(of)}#999999999`);
  const retracted = kind === "note" ? remarks.retracted !== null : kind === "retract";
  const made = { ...of, number, kind, retracted, package: version.packageHash, previous: last?.oid ?? null, text };
  const tag = {
    ref: remarkRef(of.model, of.version, number),
    commit: version.commit,
    message: formatRemark(made),
    request: asked,
  };
  const done = report(number, retracted);
  if (done.host === null) await makeAlone(repo, tag);
  else {
    const along = state.unpushed.map((each) => `${each.oid}:${each.ref}`);
    const { isOurs, isLost, words } = await publish(repo, { ...tag, host: done.host, along, ask: [] });
    if (isLost) return null;
    if (!isOurs) throw pushRefused(done.host, words ?? "the tag is not there after the push");
  }
  rememberMade(repo, of, await repo.git.refs());
  if (host !== null && done.host === null)
    repo.watch.note(
      prose`${nameOf(of)} is not on '${display(host)}' yet: 'git push' takes what was said of it along with it`,
    );
  return done;
}

/** Why there is nothing to do, in words. */
function whyNot(
  { remarks, interrupted }: Look,
  of: { model: ModelName; version: number },
  { kind, asked }: { kind: RemarkKind; asked: string },
): string | null {
  if (interrupted === asked) return `that was done already, by the command that was interrupted`;
  const { retracted } = remarks;
  if (kind === "retract" && retracted !== null) return `${nameOf(of)} is ${retraction(retracted)}`;
  return kind === "restore" && retracted === null ? `${nameOf(of)} is not retracted` : null;
}

function isHeld(of: { model: ModelName; version: number }, stages: readonly string[]): MvgitError {
  const [first = ""] = stages;
  const [are, those] = stages.length === 1 ? ["is", "that"] : ["are", "those"];
  const many = stages.map((stage) => `${of.model}#${stage}`).join(", ");
  return new MvgitError("version-held", `cannot retract ${nameOf(of)}: ${many} ${are} it`, {
    subject: nameOf(of),
    hint: prose`move ${those} first ('mvgit rollback ${of.model} ${first}'), or retract
      it all the same with '--force': it stays there, and everybody who gets it from there is warned`,
  });
}

/** What the host and this clone say of the version now, held against what was seen of it. */
async function lookAround(
  repo: Repo,
  of: { model: ModelName; version: number },
  { acceptOlder }: RemarkRequest,
): Promise<Look> {
  const host = await hostOf(repo.git);
  const unfinished = unfinishedMove(repo);
  const state =
    host === null
      ? await aloneState(repo, unfinished)
      : await syncWithHost(repo, { host, of, unfinished, versions: true });
  if (acceptOlder !== true) checkSeen(repo, of, state.refs);
  const version = await openVersion(repo.git, findVersion(state.refs, of.model, of.version));
  const isThere = host !== null && hasVersion(state.theirs, host, version);
  if (isThere) tellUnpushed(repo, { host, state, with: "remark" });
  const refs = host === null ? state.refs : await withMoves(repo, host, state);
  const remarks = trusted(await remarksOn(repo.git, refs, of), version);
  const chains = await readChains(repo.git, refs, { model: of.model });
  return {
    host,
    state: { ...state, refs },
    version,
    remarks,
    stages: chains.filter((chain) => heldNow(chain) === of.version).map(({ stage }) => stage),
    interrupted: isNewest(unfinished, state, remarks) ? (unfinished?.request ?? null) : null,
  };
}

/** The refs, after moves that the host has and this clone has not were fetched. */
async function withMoves(repo: Repo, host: string, { refs, theirs }: HostState): Promise<GitRef[]> {
  const here = new Set(refs.map(({ name }) => name));
  const lacking = [...theirs.keys()].filter((name) => readRef(name)?.kind === "event" && !here.has(name));
  if (lacking.length === 0) return refs;
  const [first = ""] = lacking;
  const pattern = `${first.slice(0, first.indexOf("#"))}#*`;
  await fetchFromHost(repo.git, host, [`${pattern}:${pattern}`]);
  return repo.git.refs();
}

/** Whether the newest remark is that of a command of before, which did not come to its end. */
function isNewest(unfinished: Unfinished | null, { arrived, refs }: HostState, { links }: Remarks): boolean {
  if (unfinished === null) return false;
  const alone: Oid | undefined = unfinished.alone ? refs.find(({ name }) => name === unfinished.ref)?.oid : undefined;
  const oid = arrived ?? alone;
  return oid !== undefined && links.at(-1)?.oid === oid;
}
