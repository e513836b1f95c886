/**
 * A chain of tags as the Git host has it: a stage's events, or a version's remarks. The host's and ours must be one
 * chain: what it has and we lack is fetched, what we have and it lacks goes along with the next push, and two different
 * tags of one number are refused.
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
import { type ChainOf, chainName, chainTags, isLinkOf, linkNoun } from "../../registry/chain-of.ts";
import { forgetSeen } from "./seen.ts";
import type { Unfinished } from "../unfinished.ts";

export interface HostState {
  /** Refs of this clone after what the host had was fetched. */
  refs: GitRef[];
  /** The host's versions, remarks and events of the model. */
  theirs: ReadonlyMap<string, Oid>;
  /** Full names of tags of the chain, and ids of their objects, that the host has not got yet. */
  unpushed: { ref: string; oid: Oid }[];
  /** Links of the chain that the host had and this clone had not. */
  news: number;
  /** The id of the unfinished move's tag, where it came to be known to the host. */
  arrived: Oid | null;
}

/** Tags that one fetch names each by itself. */
const MOST_NAMED = 100;

export interface SyncRequest {
  host: string;
  of: ChainOf;
  unfinished: Unfinished | null;
  /** Versions that this clone lacks are wanted also when there is no link that it lacks. */
  versions: boolean;
}

/**
 * Remarks that the host has on any version of the model are fetched too: what is retracted must be known. Throws
 * `chain-broken` when the host has another tag than we have under one number.
 */
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
  const links = [...theirs].filter(([name]) => isLinkOf(name, of));
  const other = links.filter(([name, oid]) => ours.has(name) && ours.get(name) !== oid).map(([name]) => name);
  if (other.length > 0) {
    // It is told now, and what was seen of it must not stand in the way of what the hint says.
    forgetSeen(repo, of);
    throw twoChains(host, of, { ours: [...ours.keys()], theirs, other });
  }
  const news = links.filter(([name]) => !ours.has(name)).length;
  const lacking = [...theirs.keys()].filter((name) => !ours.has(name));
  const lacksVersions = lacking.some((name) => readRef(name)?.kind === "version");
  const remarks = lacking.filter((name) => readRef(name)?.kind === "remark");
  if (news > 0 || (versions && lacksVersions)) {
    // Version tags of ours that differ stay as they are, and show when they are used.
    await fetchFromHost(
      git,
      host,
      Object.values(patterns).map((pattern) => `${pattern}:${pattern}`),
    );
    refs = await git.refs();
  } else if (remarks.length > 0) {
    await fetchFromHost(
      git,
      host,
      remarks.length > MOST_NAMED
        ? [`${patterns.versions}:${patterns.versions}`]
        : remarks.map((name) => `${name}:${name}`),
    );
    refs = await git.refs();
  }
  const unpushed = [...chainTags(refs, of)]
    .map(([number, oid]) => ({ ref: `refs/tags/${chainName(of)}#${number}`, oid }))
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

/** Every link of ours that builds on the first one that differs has to go before the host's can be taken. */
function twoChains(
  host: string,
  of: ChainOf,
  { ours, theirs, other }: { ours: readonly string[]; theirs: ReadonlyMap<string, Oid>; other: readonly string[] },
): MvgitError {
  const shortName = (ref: string): string => ref.slice("refs/tags/".length);
  const numberOf = (ref: string): number => Number(ref.slice(ref.lastIndexOf("#") + 1));
  const first = Math.min(...other.map(numberOf));
  const name = `${chainName(of)}#${first}`;
  const built = ours.filter(
    (ref) => isLinkOf(ref, of) && numberOf(ref) >= first && (other.includes(ref) || !theirs.has(ref)),
  );
  const names = built
    .toSorted((a, b) => numberOf(a) - numberOf(b))
    .map((ref) => shellName(shortName(ref)))
    .join(" ");
  return new MvgitError(
    "chain-broken",
    `'${name}' at the Git host '${display(host)}' is not the ${linkNoun(of)} that this clone has`,
    {
      subject: name,
      hint: prose`it was replaced there, or both made one alone; 'mvgit audit' tells more. If the
          host is right, 'git tag -d ${names}' and run the command again`,
    },
  );
}
