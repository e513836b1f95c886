/**
 * A stage's chain as the Git host has it. The host's events and ours must be one chain: what it has and we lack is
 * fetched, what we have and it lacks goes along with the next push, and two different events of one number are refused.
 */
import { MvgitError } from "../../base/errors.ts";
import { fetchFromHost, listHost } from "../../git/host.ts";
import type { GitRef, Oid } from "../../git/reader.ts";
import { dropRef } from "../../git/tags.ts";
import type { ModelName, StageName } from "../../model/label.ts";
import type { Repo } from "../../repo/repo.ts";
import { eventRefs, stageName } from "../../stage/chain.ts";

export interface StageOf {
  model: ModelName;
  stage: StageName;
}

export interface HostState {
  /** Refs of this clone after what the host had was fetched. */
  refs: GitRef[];
  /** Full names of event tags, and ids of their objects, that the host has not got yet. */
  unpushed: { ref: string; oid: Oid }[];
  /** Events that the host had and this clone had not. */
  news: number;
}

/** Throws `chain-broken` when the host has another event than we have under one number. */
export async function syncWithHost(repo: Repo, host: string, of: StageOf): Promise<HostState> {
  const { git } = repo;
  const pattern = `refs/tags/${stageName(of)}#*`;
  const theirs = await listHost(git, host, [pattern]);
  let refs = await git.refs();
  const ours = new Map(refs.map(({ name, oid }) => [name, oid]));
  const lacking = [...theirs].filter(([name, oid]) => ours.get(name) !== oid);
  const other = lacking.find(([name]) => ours.has(name));
  if (other) throw twoChains(host, other[0]);
  if (lacking.length > 0) {
    await fetchFromHost(git, host, [`${pattern}:${pattern}`, ...versionTags(of)]);
    refs = await git.refs();
  }
  const unpushed = eventRefs(refs, of).map((each) => ({ ref: `refs/tags/${stageName(each)}#${each.number}`, oid: each.oid })).filter(({ ref }) => !theirs.has(ref));
  return { refs, unpushed, news: lacking.length };
}

/** Version tags of the model: those of ours that differ stay as they are, and show when they are used. */
function versionTags({ model }: StageOf): string[] {
  return [`refs/tags/${model}@v*:refs/tags/${model}@v*`];
}

function twoChains(host: string, ref: string): MvgitError {
  const name = ref.slice("refs/tags/".length);
  return new MvgitError("chain-broken", `'${name}' at the Git host '${host}' is not the event that this clone has`, {
    subject: name,
    hint: `somebody replaced it; 'mvgit audit' tells more. If the host is right, 'git tag -d ${name}' and run the command again`,
  });
}

/** Removes an event tag that a killed process made and never pushed. */
export async function dropPending(repo: Repo, host: string, pending: { ref: string; oid: Oid }): Promise<void> {
  const theirs = await listHost(repo.git, host, [pending.ref]);
  if (theirs.get(pending.ref) !== pending.oid) await dropRef(repo.git, pending.ref, pending.oid);
}
