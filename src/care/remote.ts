/** `mvgit remote`: names for the places where a repository's blobs are kept. */
import { showAddress } from "../base/address.ts";
import { MvgitError } from "../base/errors.ts";
import { display, type RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import {
  checkRemoteName,
  ENCODINGS,
  encodingOf,
  remotePart,
  type RemoteSettings,
  type Setting,
} from "../values/settings.ts";
import { Accepted, destinationsOf, inWords, placeInWords } from "../repo/destinations.ts";
import { COMMITTED_CONFIG, committedSettings } from "../repo/settings.ts";
import type { Repo } from "../repo/repo.ts";
import { checkParts, isOverNetwork, isOwnPart, preparePlace, REMOTE_PARTS, typedAddress } from "../store/drivers.ts";

export interface RemoteAddRequest {
  name: string;
  /** An address of a driver's form; a folder counts from the current one. */
  url: string;
  /** `shared`: into the committed settings; `local`: into this clone's own. By default, a folder is local. */
  where?: "shared" | "local";
  /** Parts of `mvgit-remote.NAME.PART`, in lower case. What a repository never sets goes into this clone's own. */
  options?: Readonly<Record<string, string>>;
}

export interface RemoteLine {
  name: string;
  url: string;
  isDefault: boolean;
  /** What is set besides, by part. */
  settings: Record<string, string>;
}

/** A remote that has just got its name. */
export interface AddedRemote extends RemoteLine {
  /** Its folder was made just now. */
  made: boolean;
  /** Whoever clones the repository is to accept it with `mvgit trust`. */
  needsConsent: boolean;
}

/**
 * Looks at the place, makes a folder whose parent exists, and records the name; the first one becomes the default.
 * Throws `usage` for a name, an address or a setting that is none, `name-taken`, and what the remote throws.
 */
export async function addRemote(repo: Repo, request: RemoteAddRequest): Promise<{ added: AddedRemote; file: string }> {
  const name = checkRemoteName(request.name);
  const url = typedAddress(request.url, repo.cwd);
  const { encoding, ...options } = request.options ?? {};
  checkParts(url, options);
  checkEncoding(encoding);
  const shared = request.where ? request.where === "shared" : isOverNetwork(url);
  await mustBeFree(repo, { name, url, options, shared });
  const known = repo.settings.remotes.get(name);
  const all = { ...(await ownOptions(repo, name)), ...known?.options, ...options };
  const made = await lookAt(repo, name, { url, options: all });
  const isDefault = repo.settings.defaultRemote === null || repo.settings.defaultRemote === name;
  const kept = { ...openParts(known?.options), ...options, ...formPart(encoding) };
  await recordRemote(repo, { name, url, options: kept, shared, isDefault });
  const line = lineOf(name, { url, options: { ...all, ...formPart(encoding ?? formOf(repo, name)) } }, isDefault);
  const added = { ...line, made, needsConsent: false };
  if (shared) added.needsConsent = !(await isPlainHere(repo, name));
  return { added, file: shared ? COMMITTED_CONFIG : "this clone's Git configuration" };
}

/** The form of its blobs is set beside a remote's address, whatever its driver is. Throws `usage`. */
function checkEncoding(value: string | undefined): void {
  if (value === undefined || encodingOf(value) !== null) return;
  throw new MvgitError("usage", `'${display(value)}' is no form in which a remote keeps blobs`, {
    subject: display(value),
    hint: `'encoding' is one of ${ENCODINGS.join(", ")}`,
  });
}

function formPart(encoding: string | undefined): Record<string, string> {
  return encoding === undefined ? {} : { encoding };
}

/** What is set for this remote alone. */
function formOf(repo: Repo, name: string): string | undefined {
  return repo.settings.encodings.get(name);
}

interface Naming {
  name: string;
  url: string;
  options: Readonly<Record<string, string>>;
  shared: boolean;
}

/** Throws `name-taken` where the name stands for another place, here or in the committed settings. */
async function mustBeFree(repo: Repo, { name, url, options, shared }: Naming): Promise<void> {
  const known = repo.settings.remotes.get(name);
  const isSame = Object.entries(options).every(([part, value]) => known?.options?.[part] === value);
  if (known && (known.url !== url || !isSame))
    throw new MvgitError("name-taken", `remote '${name}' is there already, for ${wordsOf(known)}`, {
      subject: name,
      hint: `choose another name, or run 'mvgit remote remove ${name}' first`,
    });
  if (!shared) return;
  const committed = destinationsOf(await committedSettings(repo.git)).find(({ remote }) => remote === name);
  const wanted = { ...known?.options, ...options };
  const isOdd = ({ key, value }: Setting): boolean => {
    const part = remotePart(key, REMOTE_PARTS)?.part ?? "url";
    return part !== "url" && wanted[part] !== value;
  };
  if (committed === undefined || !committed.entries.some(isOdd)) return;
  const message = `'${COMMITTED_CONFIG}' has a remote '${name}' that is not in force, ${placeInWords(committed.mark)}`;
  throw new MvgitError("name-taken", message, {
    subject: name,
    hint: prose`accept it with 'mvgit trust' if you know the place, choose another name, or run
      'mvgit remote remove ${name}' first`,
  });
}

function wordsOf({ url, options = {} }: RemoteSettings): string {
  return inWords(
    url,
    Object.entries(options).map(([part, value]) => `${part}=${value}`),
  );
}

/** What Git's own configuration sets for a remote of this name, beside its address. */
async function ownOptions(repo: Repo, name: string): Promise<Record<string, string>> {
  const entries = (await repo.git.config()).flatMap(({ key, value }) => {
    const found = remotePart(key, REMOTE_PARTS);
    return found?.remote === name && found.part !== "url" ? [[found.part, value] as const] : [];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

async function recordRemote(
  repo: Repo,
  { name, url, options, shared, isDefault }: Naming & { isDefault: boolean },
): Promise<void> {
  const key = (part: string): string => `mvgit-remote.${name}.${part}`;
  const own = Object.entries(options).filter(([part]) => isOwnPart(part));
  await repo.locked(async () => {
    for (const [part, value] of own) await repo.git.setConfig(key(part), value);
  });
  await record(repo, shared, [
    [key("url"), url],
    ...Object.entries(openParts(options)).map(([part, value]) => [key(part), value] as const),
    ...(isDefault ? [["mvgit.remote", name] as const] : []),
  ]);
}

/** Without what a repository never sets. */
function openParts(options: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(options).filter(([part]) => !isOwnPart(part)));
}

/** Whether the committed remote of this name counts for others without their consent. */
async function isPlainHere(repo: Repo, name: string): Promise<boolean> {
  return destinationsOf(await committedSettings(repo.git)).some(({ remote, isPlain }) => remote === name && isPlain);
}

function lineOf(name: string, { url, options = {} }: RemoteSettings, isDefault: boolean): RemoteLine {
  const settings = Object.fromEntries(Object.entries(options).map(([part, value]) => [part, showAddress(value)]));
  return { name, url: showAddress(url), isDefault, settings };
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
  const { remotes, defaultRemote: standard } = repo.settings;
  const lines = [...remotes].map(([name, { url, options }]) =>
    lineOf(name, { url, options: { ...options, ...formPart(formOf(repo, name)) } }, name === standard),
  );
  return { remotes: lines.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Forgets a name; what is stored there stays. Throws `remote-unknown`. */
export async function removeRemote(repo: Repo, name: string): Promise<{ removed: string }> {
  const settings = repo.settings.remotes.get(name);
  // One that is committed and not in force can be taken out as well.
  if (settings) repo.knownStore(settings).forget();
  else if (!repo.settings.untrusted.some(({ key }) => remotePart(key, REMOTE_PARTS)?.remote === name))
    mustKnow(repo, name);
  const file = repo.guard.resolveText(COMMITTED_CONFIG as RepoPath);
  await repo.locked(async () => {
    for (const part of [...REMOTE_PARTS, "encoding"]) {
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
  const isShared = destinationsOf(await committedSettings(repo.git)).some(({ remote }) => remote === name);
  await record(repo, isShared, [["mvgit.remote", name]]);
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
