/**
 * A stage's chain as the Git host has it. The host's events and ours must be one chain: what it has and we lack is
 * fetched, what we have and it lacks goes along with the next push, and two different events of one number are refused.
 */
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { shellName } from "../../base/shell.ts";
import { askHost, fetchFromHost } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { dropRef } from "../../git/tags.ts";
import { readRef } from "../../values/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { eventRefs, stageName, type StageOf } from "../../registry/chain.ts";
import { forgetSeen } from "./seen.ts";
import type { Unfinished } from "../unfinished.ts";

export interface HostState {
  /** Refs of this clone after what the host had was fetched. */
  refs: GitRef[];
  /** The host's versions and events of the model. */
  theirs: ReadonlyMap<string, Oid>;
  /** Full names of event tags, and ids of their objects, that the host has not got yet. */
  unpushed: { ref: string; oid: Oid }[];
  /** Events of the stage that the host had and this clone had not. */
  news: number;
  /** The id of the unfinished move's tag, where it came to be known to the host. */
  arrived: Oid | null;
}

export interface SyncRequest {
  host: string;
  of: StageOf;
  unfinished: Unfinished | null;
  /** Versions that this clone lacks are wanted also when there is no event that it lacks. */
  versions: boolean;
}

/** Throws `chain-broken` when the host has another event than we have under one number. */
export async function syncWithHost(repo: Repo, { host, of, unfinished, versions }: SyncRequest): Promise<HostState> {
  const { git } = repo;
  const patterns = { versions: `refs/tags/${of.model}@v*`, events: `refs/tags/${of.model}#*` };
  const { refs: theirs } = await askHost(git, host, [
    ...Object.values(patterns),
    ...(unfinished === null ? [] : [unfinished.ref]),
  ]);
  let refs = await git.refs();
  if (unfinished !== null && (await dropUnpushed(repo, { unfinished, refs, theirs }))) refs = await git.refs();
  const ours = new Map(refs.map(({ name, oid }) => [name, oid]));
  const events = [...theirs].filter(([name]) => isEventOf(name, of));
  const other = events.filter(([name, oid]) => ours.has(name) && ours.get(name) !== oid).map(([name]) => name);
  if (other.length > 0) {
    // It is told now, and what was seen of it must not stand in the way of what the hint says.
    forgetSeen(repo, of);
    throw twoChains(host, of, { ours: [...ours.keys()], theirs, other });
  }
  const news = events.filter(([name]) => !ours.has(name)).length;
  const lacksVersions = [...theirs.keys()].some((name) => readRef(name)?.kind === "version" && !ours.has(name));
  if (news > 0 || (versions && lacksVersions)) {
    // Version tags of ours that differ stay as they are, and show when they are used.
    await fetchFromHost(
      git,
      host,
      Object.values(patterns).map((pattern) => `${pattern}:${pattern}`),
    );
    refs = await git.refs();
  }
  const unpushed = eventRefs(refs, of)
    .map((each) => ({ ref: `refs/tags/${stageName(each)}#${each.number}`, oid: each.oid }))
    .filter(({ ref }) => !theirs.has(ref));
  const arrived = unfinished === null ? null : (theirs.get(unfinished.ref) ?? null);
  return {
    refs,
    theirs,
    unpushed,
    news,
    arrived: arrived !== null && arrived === (unfinished?.oid ?? ours.get(unfinished?.ref ?? "")) ? arrived : null,
  };
}

function isEventOf(name: string, of: StageOf): boolean {
  const read = readRef(name);
  return read?.kind === "event" && read.model === of.model && read.stage === of.stage;
}

/** Takes the name away from a tag that a killed process made and never pushed. True when there was one. */
async function dropUnpushed(
  repo: Repo,
  { unfinished, refs, theirs }: { unfinished: Unfinished; refs: readonly GitRef[]; theirs: ReadonlyMap<string, Oid> },
): Promise<boolean> {
  const found = refs.find(({ name }) => name === unfinished.ref);
  if (
    found === undefined ||
    unfinished.alone ||
    theirs.get(found.name) === found.oid ||
    (unfinished.oid !== null && unfinished.oid !== found.oid)
  )
    return false;
  await dropRef(repo.git, found.name, found.oid);
  return true;
}

/** Every event of ours that builds on the first one that differs has to go before the host's can be taken. */
function twoChains(
  host: string,
  of: StageOf,
  { ours, theirs, other }: { ours: readonly string[]; theirs: ReadonlyMap<string, Oid>; other: readonly string[] },
): MvgitError {
  const shortName = (ref: string): string => ref.slice("refs/tags/".length);
  const numberOf = (ref: string): number => Number(ref.slice(ref.lastIndexOf("#") + 1));
  const first = Math.min(...other.map(numberOf));
  const name = `${stageName(of)}#${first}`;
  const built = ours.filter(
    (ref) => isEventOf(ref, of) && numberOf(ref) >= first && (other.includes(ref) || !theirs.has(ref)),
  );
  const names = built
    .toSorted((a, b) => numberOf(a) - numberOf(b))
    .map((ref) => shellName(shortName(ref)))
    .join(" ");
  return new MvgitError(
    "chain-broken",
    `'${name}' at the Git host '${display(host)}' is not the event that this clone has`,
    {
      subject: name,
      hint: prose`it was replaced there, or both moved ${stageName(of)} alone; 'mvgit audit' tells more. If the
          host is right, 'git tag -d ${names}' and run the command again`,
    },
  );
}
