/** `mvgit remote`: names for the places where a repository's blobs are kept. */
import { showAddress } from "../base/address.ts";
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { checkRemoteName, type RemoteSettings } from "../values/settings.ts";
import { Accepted, destinationsOf } from "../repo/destinations.ts";
import { COMMITTED_CONFIG, committedSettings } from "../repo/settings.ts";
import type { Repo } from "../repo/repo.ts";
import { isPlainBucket, preparePlace, REMOTE_PARTS, typedAddress } from "../store/drivers.ts";

export interface RemoteAddRequest {
  name: string;
  /** An address of a driver's form; a folder counts from the current one. */
  url: string;
  /** `shared`: into the committed settings; `local`: into this clone's own. By default, a bucket is shared. */
  where?: "shared" | "local";
}

export interface RemoteLine {
  name: string;
  url: string;
  isDefault: boolean;
}

/** A remote that has just got its name. */
export interface AddedRemote extends RemoteLine {
  /** Its folder was made just now. */
  made: boolean;
}

/**
 * Looks at the place, makes a folder whose parent exists, and records the name; the first one becomes the default.
 * Throws `usage` for a name or an address that is none, `name-taken`, and what the remote throws.
 */
export async function addRemote(repo: Repo, request: RemoteAddRequest): Promise<{ added: AddedRemote; file: string }> {
  const name = checkRemoteName(request.name);
  const url = typedAddress(request.url, repo.cwd);
  const known = repo.settings.remotes.get(name);
  if (known && known.url !== url) {
    throw new MvgitError("name-taken", `remote '${name}' is there already, for '${showAddress(known.url)}'`, {
      subject: name,
      hint: `choose another name, or run 'mvgit remote remove ${name}' first`,
    });
  }
  const made = await lookAt(repo, name, { url });
  const shared = request.where ? request.where === "shared" : isPlainBucket(url);
  const isDefault = repo.settings.defaultRemote === null || repo.settings.defaultRemote === name;
  await record(repo, shared, [
    [`mvgit-remote.${name}.url`, url],
    ...(isDefault ? [["mvgit.remote", name] as const] : []),
  ]);
  return { added: { name, url, isDefault, made }, file: shared ? COMMITTED_CONFIG : "this clone's Git configuration" };
}

/** True when it made the place. */
async function lookAt(repo: Repo, name: string, settings: RemoteSettings): Promise<boolean> {
  const known = repo.knownStore(settings);
  // Where a remote was, its disk may not be mounted.
  const made = !known.wasUsed && (await preparePlace(settings.url));
  if (!(await (await repo.remoteAt(name, settings)).place.recognise()) && known.known === undefined) known.meet(null);
  return made;
}

export interface AcceptedRemote {
  accepted: string;
  address: string;
  /** Nothing is there; the next push makes it a remote. */
  empty: boolean;
}

/**
 * Takes what stands at a remote's place now for that remote, though it is not the one that this clone met there. Throws
 * `remote-unknown`, and what the remote throws.
 */
export async function acceptRemote(repo: Repo, typed: string | undefined): Promise<AcceptedRemote> {
  const name = typed ?? repo.settings.defaultRemote;
  const settings = name === null ? undefined : repo.settings.remotes.get(name);
  // Its error says which remotes there are.
  if (name === null || settings === undefined) await repo.remote(typed);
  const found = await repo.remoteAt(name as string, settings as RemoteSettings, { knows: false });
  const isThere = await found.place.recognise();
  repo.knownStore(settings as RemoteSettings).meet(isThere ? found.place.id : null);
  return { accepted: name as string, address: found.address, empty: !isThere };
}

async function record(repo: Repo, shared: boolean, values: readonly (readonly [string, string])[]): Promise<void> {
  await repo.locked(async () => {
    const path = COMMITTED_CONFIG as RepoPath;
    const file = shared ? repo.guard.resolveText(path) : undefined;
    for (const [key, value] of values) await repo.git.setConfig(key, value, file);
    if (shared)
      await acceptNamed(
        repo,
        values.map(([key]) => key),
      );
    if (shared) await repo.git.stage([path]);
  });
}

/** Whoever names a place here consents to it, and to no other that is committed. */
async function acceptNamed(repo: Repo, keys: readonly string[]): Promise<void> {
  const named = destinationsOf(await committedSettings(repo.git)).filter(({ entries }) =>
    entries.some(({ key }) => keys.includes(key)),
  );
  new Accepted(repo.git).add(named);
}

/** All remotes, by name. */
export function listRemotes(repo: Repo): { remotes: RemoteLine[] } {
  const remotes = [...repo.settings.remotes].map(([name, { url }]) => ({
    name,
    url: showAddress(url),
    isDefault: name === repo.settings.defaultRemote,
  }));
  return { remotes: remotes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Forgets a name; what is stored there stays. Throws `remote-unknown`. */
export async function removeRemote(repo: Repo, name: string): Promise<{ removed: string }> {
  mustKnow(repo, name);
  repo.knownStore(repo.settings.remotes.get(name) as RemoteSettings).forget();
  const file = repo.guard.resolveText(COMMITTED_CONFIG as RepoPath);
  await repo.locked(async () => {
    for (const part of REMOTE_PARTS) {
      await repo.git.unsetConfig(`mvgit-remote.${name}.${part}`);
      await repo.git.unsetConfig(`mvgit-remote.${name}.${part}`, file);
    }
    if (repo.settings.defaultRemote === name) {
      await repo.git.unsetConfig("mvgit.remote");
      await repo.git.unsetConfig("mvgit.remote", file);
    }
    await stageConfig(repo);
  });
  return { removed: name };
}

/** Makes a remote the one that is used when none is named. Throws `remote-unknown`. */
export async function defaultRemote(repo: Repo, name: string): Promise<{ default: string }> {
  mustKnow(repo, name);
  await record(repo, isPlainBucket(repo.settings.remotes.get(name)?.url ?? ""), [["mvgit.remote", name]]);
  return { default: name };
}

async function stageConfig(repo: Repo): Promise<void> {
  const known = await repo.git.index([`:(top,literal)${COMMITTED_CONFIG}`]);
  if (known.length > 0) await repo.git.stage([COMMITTED_CONFIG as RepoPath]);
}

function mustKnow(repo: Repo, name: string): void {
  if (repo.settings.remotes.has(name)) return;
  const known = [...repo.settings.remotes.keys()].map((each) => `'${each}'`).join(", ");
  throw new MvgitError("remote-unknown", `no remote is called '${display(name)}'`, {
    subject: display(name),
    hint: known ? `there is ${known}` : "add one with 'mvgit remote add store URL'",
  });
}
