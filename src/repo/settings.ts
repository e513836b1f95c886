/** Settings as this clone has them: Git's own configuration, and under it the committed `.mvgit/config`. */
import { join } from "node:path";
import { showAddress } from "../base/address.ts";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { ConfigEntry, GitProgram } from "../git/program.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { readGitConfig } from "../values/git-config.ts";
import { ALLOW_KEY, COMMITTED_CONFIG, readSettings, type Setting, type Settings } from "../values/settings.ts";
import { REMOTE_PARTS } from "../store/drivers.ts";
import { look } from "../worktree/stamp.ts";
import { isAllowedInRepository } from "./allowed-settings.ts";
import { everClaimedAt } from "./claim-ledger.ts";
import { Accepted, addressesIn, type Destination, destinationsOf } from "./destinations.ts";
import { pathsNamed } from "./named-by-git.ts";

export { COMMITTED_CONFIG };
const CAP = 64 * 1024;
/** Where consent is kept: in the clone's own configuration, which no repository can bring. */
export const TRUST_KEY = "mvgit.trusted";

/**
 * Reads both. Committed entries that need consent and do not have it are listed in `untrusted` and count for nothing.
 */
export async function loadSettings(git: GitProgram): Promise<Settings> {
  const all = await git.config();
  const own = all.filter((entry) => entry.key.startsWith("mvgit") || entry.key === "core.hookspath");
  const committed = await committedSettings(git);
  const untrusted = await withoutConsent(git, committed, own);
  return {
    ...readSettings([...committed.filter((entry) => !untrusted.includes(entry)), ...own], {
      remoteParts: REMOTE_PARTS,
      withheld: untrusted,
    }),
    untrusted,
    namedByGit: pathsNamed(all, git.place.top),
  };
}

async function withoutConsent(
  git: GitProgram,
  committed: readonly Setting[],
  own: readonly ConfigEntry[],
): Promise<Setting[]> {
  const critical = committed.filter((entry) => !isAllowedInRepository(entry));
  const isTrusted =
    critical.length > 0 && own.some((entry) => entry.key === TRUST_KEY && entry.value === trustMark(critical));
  const unmarked = isTrusted ? [] : critical;
  const destinations = destinationsOf(committed).filter((each) => !isOwn(each, own));
  if (destinations.length === 0) return unmarked;
  const memory = new Accepted(git);
  const plain = destinations.filter(({ entries }) => !entries.some((entry) => unmarked.includes(entry)));
  const known = memory.read() ?? memory.meet(await firstMet(git, plain, own));
  const strange = destinations.filter(({ mark }) => !known.has(mark));
  for (const each of strange) for (const entry of each.entries) entry.known = wordsOf(each, known);
  return [...new Set([...unmarked, ...strange.flatMap(({ entries }) => entries)])];
}

/** Git's own configuration says it, so that the committed value does not count. */
function isOwn({ remote }: Destination, own: readonly ConfigEntry[]): boolean {
  return own.some(
    ({ key, value }) => value !== "" && key === (remote === null ? "mvgit.remote" : `mvgit-remote.${remote}.url`),
  );
}

/**
 * What a clone believes without having met any: what its host's default branch names, where that is known, else what is
 * committed here. A default beside remotes of its own is believed only where this clone has pushed to it.
 */
async function firstMet(
  git: GitProgram,
  here: readonly Destination[],
  own: readonly ConfigEntry[],
): Promise<Destination[]> {
  const onHost = destinationsOf((await settingsOfHost(git)).filter(isAllowedInRepository));
  const met = onHost.length > 0 ? onHost : here;
  if (!own.some(({ key, scope }) => scope === "local" && /^mvgit-remote\.[^]+\.url$/.test(key))) return [...met];
  const pushedTo = (name: string): boolean =>
    met.some(({ remote, value }) => remote === name && everClaimedAt(git.place.commonDir, value));
  return met.filter(({ remote, value }) => remote !== null || pushedTo(value));
}

/**
 * The committed settings of the host's default branch, as a clone has it; empty where it does not know which that is.
 */
async function settingsOfHost(git: GitProgram): Promise<Setting[]> {
  const commit = await git.resolveCommit("refs/remotes/origin/HEAD");
  const file = commit && (await git.fileAt(commit, COMMITTED_CONFIG));
  if (!file || (await git.blob(file.oid, CAP)) === null) return [];
  return (await git.configBlob(file.oid)).map(({ key, value }) => ({
    key,
    value,
    origin: `'${COMMITTED_CONFIG}' of origin`,
  }));
}

function wordsOf({ remote, value }: Destination, known: ReadonlySet<string>): string {
  const before = remote === null ? [] : addressesIn(known, remote);
  if (remote === null) return `the default remote is to be '${display(value)}'`;
  const was =
    before.length > 0
      ? `, which this clone knows at ${before.map((each) => `'${showAddress(each)}'`).join(", ")},`
      : ", which this clone does not know,";
  return `remote '${display(remote)}'${was} is to be at '${showAddress(value)}'`;
}

/** Everything of mvgit's that the committed file sets. */
export async function committedSettings(git: GitProgram): Promise<Setting[]> {
  const folder = look(join(git.place.top, ".mvgit"));
  const file = join(git.place.top, COMMITTED_CONFIG);
  const found = folder?.kind === "folder" ? look(file) : null;
  if (found === null) return [];
  if (found.kind !== "file" || found.size > CAP) {
    throw new MvgitError("setting-invalid", `'${COMMITTED_CONFIG}' is not a regular file of at most 64 KiB`, {
      subject: COMMITTED_CONFIG,
      hint: "restore it with 'git checkout -- .mvgit/config', or remove it",
    });
  }
  const text = readUpTo(file, CAP)?.toString("utf8") ?? "";
  // Every command reads it, and a hook is to start no git for that; one that cannot be read, Git explains.
  const entries = readGitConfig(text) ?? (await git.configFile(file));
  return entries
    .filter((entry) => entry.key.startsWith("mvgit") && entry.key !== ALLOW_KEY)
    .map(({ key, value }) => ({ key, value, origin: `'${COMMITTED_CONFIG}'` }));
}

/** What stands for consent to exactly these settings: any change of them needs it anew. */
export function trustMark(settings: readonly Setting[]): string {
  const lines = settings.map(({ key, value }) => JSON.stringify([key, value])).toSorted();
  return hashBytes(Buffer.from(lines.join("\n")));
}
