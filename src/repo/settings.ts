/** Settings as this clone has them: Git's own configuration, and under it the committed `.mvgit/config`. */
import { join } from "node:path";
import { readUpTo } from "../base/disk.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";
import type { ConfigEntry, GitProgram } from "../git/program.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { readGitConfig } from "../values/git-config.ts";
import { COMMITTED_CONFIG, type PassedOver, readSettings, type Setting, type Settings } from "../values/settings.ts";
import { REMOTE_PARTS } from "../store/drivers.ts";
import { look } from "../worktree/stamp.ts";
import { isAllowedInRepository, isNeverCommitted } from "./allowed-settings.ts";
import { everClaimedAt } from "./claim-ledger.ts";
import { Accepted, type Destination, destinationsOf, isOverruled, placeInWords, placesIn } from "./destinations.ts";
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
  const { committed, passedOver } = counting(await everySetting(git), own);
  const untrusted = await withoutConsent(git, committed, own);
  return {
    ...readSettings([...committed.filter((entry) => !untrusted.includes(entry)), ...own], {
      remoteParts: REMOTE_PARTS,
      withheld: untrusted,
    }),
    untrusted,
    passedOver,
    namedByGit: pathsNamed(all, git.place.top),
  };
}

/**
 * What of the committed settings can count beside those of the user. A remote that the user names is theirs alone: with
 * a committed endpoint its credentials would go to a stranger.
 */
export function counting(
  found: readonly Setting[],
  own: readonly { key: string; value: string }[],
): { committed: Setting[]; passedOver: PassedOver[] } {
  const overruled = destinationsOf(found.filter(({ key }) => !isNeverCommitted(key)))
    .filter((each) => each.remote !== null && isOverruled(each, own))
    .flatMap(({ entries }) => entries);
  const whyNot = (entry: Setting): string | null => {
    if (isNeverCommitted(entry.key)) return "it belongs into Git's own configuration alone";
    return overruled.includes(entry) ? "Git's own configuration names this remote" : null;
  };
  return {
    committed: found.filter((entry) => whyNot(entry) === null),
    passedOver: found.flatMap((entry) => {
      const why = whyNot(entry);
      return why === null ? [] : [{ key: entry.key, value: entry.value, why }];
    }),
  };
}

async function withoutConsent(
  git: GitProgram,
  committed: readonly Setting[],
  own: readonly ConfigEntry[],
): Promise<Setting[]> {
  const destinations = destinationsOf(committed);
  const critical = criticalOf(committed);
  const isTrusted =
    critical.length > 0 && own.some((entry) => entry.key === TRUST_KEY && entry.value === trustMark(critical));
  const unmarked = isTrusted ? [] : critical;
  const open = destinations.filter((each) => !isOverruled(each, own));
  if (open.length === 0) return unmarked;
  const memory = new Accepted(git);
  const plain = open.filter(({ isPlain }) => isPlain);
  const known = memory.read() ?? memory.meet(await firstMet(git, plain, own));
  const strange = open.filter(({ mark }) => !known.has(mark));
  for (const each of strange) for (const entry of each.entries) entry.known = wordsOf(each, known);
  return [...unmarked, ...strange.flatMap(({ entries }) => entries)];
}

/** What needs consent beside places of remotes. */
export function criticalOf(committed: readonly Setting[]): Setting[] {
  const places = new Set(destinationsOf(committed).flatMap(({ entries }) => entries));
  return committed.filter((entry) => !places.has(entry) && !isAllowedInRepository(entry));
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
  const onHost = destinationsOf(await settingsOfHost(git));
  const met = onHost.length > 0 ? onHost.filter(({ isPlain }) => isPlain) : here;
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
  const entries = (await git.configBlob(file.oid)).filter(({ key }) => !isNeverCommitted(key));
  return entries.map(({ key, value }) => ({ key, value, origin: `'${COMMITTED_CONFIG}' of origin` }));
}

function wordsOf({ remote, value, mark }: Destination, known: ReadonlySet<string>): string {
  if (remote === null) return `the default remote is to be '${display(value)}'`;
  const before = placesIn(known, remote);
  const was =
    before.length > 0 ? `, which this clone knows at ${before.join(", ")},` : ", which this clone does not know,";
  return `remote '${display(remote)}'${was} is to be at ${placeInWords(mark)}`;
}

/** What of the committed file can count, with consent or without. */
export async function committedSettings(git: GitProgram): Promise<Setting[]> {
  return (await everySetting(git)).filter(({ key }) => !isNeverCommitted(key));
}

/** Everything of mvgit's that the committed file sets. */
async function everySetting(git: GitProgram): Promise<Setting[]> {
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
    .filter((entry) => entry.key.startsWith("mvgit"))
    .map(({ key, value }) => ({ key, value, origin: `'${COMMITTED_CONFIG}'` }));
}

/** What stands for consent to exactly these settings: any change of them needs it anew. */
export function trustMark(settings: readonly Setting[]): string {
  const lines = settings.map(({ key, value }) => JSON.stringify([key, value])).toSorted();
  return hashBytes(Buffer.from(lines.join("\n")));
}
