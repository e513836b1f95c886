/**
 * A new tag of a chain, made by compare-and-swap against the Git host. The tag object names the one before; the host
 * takes only one object under one name; and who won is asked of the host, never of a push's status.
 */
import { plural } from "../../base/counts.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { fetchFromHost, isContention, listHost, pushToHost } from "../../git/host.ts";
import type { Oid } from "../../git/reader.ts";
import { claimRef, createTag, dropRef } from "../../git/tags.ts";
import { REASON_CAP } from "../../values/tag-message.ts";
import type { Repo } from "../../repo/repo.ts";
import { rememberMove, type Unfinished } from "../unfinished.ts";
import type { HostState } from "./host-chain.ts";

/** A tag that is to be made. */
export interface NewTag {
  /** Full name. */
  ref: string;
  commit: Oid;
  message: string;
  /** What was asked for, in words: the same for the same request. */
  request: string;
}

export interface Publication extends NewTag {
  host: string;
  /** Refspecs that the tag needs at the host. */
  along: readonly string[];
  /** Full names of other refs, of which the answer is to tell too. */
  ask: readonly string[];
}

interface Published {
  /** The host has it; so does this clone now. */
  isOurs: boolean;
  /** The host has another tag of that name, which was fetched. */
  isLost: boolean;
  /** Git's, where the push was refused. */
  words: string | null;
  /** What the host has then of what was asked for. */
  theirs: ReadonlyMap<string, Oid>;
}

/** What people say in a tag, as it is kept. Throws `usage` for more than a tag has room for. */
export function checkWords(said: string, what: string): string {
  const text = said.trim();
  if (Buffer.byteLength(text) * 3 <= REASON_CAP) return text;
  throw new MvgitError("usage", `${what} is too long`, {
    hint: `say it in at most ${plural(Math.floor(REASON_CAP / 3), "byte")}`,
  });
}

/** What there is without a host: a tag counts as soon as it is here. */
export async function aloneState(repo: Repo, unfinished: Unfinished | null): Promise<HostState> {
  const refs = await repo.git.refs();
  const arrived = unfinished === null ? null : (refs.find(({ name }) => name === unfinished.ref)?.oid ?? null);
  return { refs, theirs: new Map(), unpushed: [], news: 0, arrived };
}

/** Says which tags of the chain the next push takes along. */
export function tellUnpushed(
  repo: Repo,
  { host, state: { unpushed }, with: what }: { host: string | null; state: HostState; with: "move" | "remark" },
): void {
  if (unpushed.length === 0) return;
  const names = unpushed.map(({ ref }) => `'${shortName(ref)}'`).join(", ");
  const [is, goes] = unpushed.length === 1 ? ["is", "goes"] : ["are", "go"];
  repo.watch.note(`${names} ${is} not on '${display(host ?? "")}', and ${goes} there with this ${what}`);
}

function shortName(ref: string): string {
  return ref.slice("refs/tags/".length);
}

/** Makes it where there is no host to ask. */
export async function makeAlone(repo: Repo, { ref, commit, message, request }: NewTag): Promise<void> {
  rememberMove(repo, { ref, oid: null, request, alone: true });
  await createTag(repo.git, shortName(ref), { commit, message });
}

/** Throws `remote-unavailable` where the host does not say who won. */
export async function publish(repo: Repo, publication: Publication): Promise<Published> {
  const { host, ref } = publication;
  const oid = await makeUnnamed(repo, publication);
  const { words, theirs } = await pushOnce(repo, publication, oid);
  const winner = theirs.get(ref);
  if (winner === oid) await claimRef(repo.git, ref, oid);
  else if (winner !== undefined) await fetchFromHost(repo.git, host, [`${ref}:${ref}`]);
  return { isOurs: winner === oid, isLost: winner !== undefined && winner !== oid, words, theirs };
}

/** Times that a push is tried while others hold the host's refs. */
const TRIES = 6;

/** Pushes until the host has some tag of that name, or says no; answers Git's words, and what the host has then. */
async function pushOnce(
  repo: Repo,
  { host, ref, along, ask }: Publication,
  oid: Oid,
): Promise<Pick<Published, "words" | "theirs">> {
  for (let attempt = 1; ; attempt++) {
    const words = await pushToHost(repo.git, host, [...along, `${oid}:${ref}`]);
    const theirs = await listHost(repo.git, host, [ref, ...ask]).catch((error: unknown) => {
      throw isMvgitError(error, "remote-unavailable") ? uncertain(host, ref, error) : error;
    });
    if (theirs.has(ref) || words === null || !isContention(words) || attempt === TRIES) return { words, theirs };
    await repo.watch.clock.sleep(attempt * 100 * (0.5 + repo.watch.clock.random()), repo.watch.signal);
  }
}

function uncertain(host: string, ref: string, cause: MvgitError): MvgitError {
  const name = shortName(ref);
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
async function makeUnnamed(repo: Repo, { ref, commit, message, request }: NewTag): Promise<Oid> {
  rememberMove(repo, { ref, oid: null, request, alone: false });
  const oid = await createTag(repo.git, shortName(ref), { commit, message });
  rememberMove(repo, { ref, oid, request, alone: false });
  await dropRef(repo.git, ref, oid);
  return oid;
}
