/**
 * The remote that DVC's settings name, and what a driver needs to read it. `.dvc/config` comes with the repository, so
 * of what it alone says only that counts which sends nobody's credentials anywhere but to a plain bucket.
 */
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { showAddress } from "../../base/address.ts";
import { refuseRelative } from "../../base/own-variables.ts";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import type { Repo } from "../../repo/repo.ts";
import { isPlainBucket } from "../../store/drivers.ts";
import { foreignAddress, foreignPart, foreignSignIn } from "../../store/foreign-places.ts";
import type { RemoteSettings } from "../../values/settings.ts";
import { DVC_CONFIG_CAP, isByPath, isCredential, readDvcConfig } from "./format-config.ts";

/** A value, the folder that relative paths count from, and whether it is the user's own and not the repository's. */
export interface Setting {
  value: string;
  base: string;
  isOwn: boolean;
}

interface Config {
  remote: Setting | null;
  cacheDir: Setting | null;
  remotes: Map<string, Map<string, Setting>>;
}

export interface DvcRemote {
  url: Setting;
  options: ReadonlyMap<string, Setting>;
}

/** Remotes that are a folder of another one, of another one, … */
const DEEPEST = 8;
/** The part of a remote's settings that decides to whom requests go. */
const WHERE = "endpoint";

/** `plain` answers what a file leads to, or null where a link that Git brought is in the way. */
export async function loadConfig(
  repo: Repo,
  root: string,
  plain: (file: string) => Promise<string | null>,
): Promise<Config> {
  const local = join(root, ".dvc/config.local") as RepoPath;
  // Git ignores this file, so it is the user's own, unless somebody committed one.
  const isLocalOwn = (await repo.git.index([`:(top,literal)${local}`])).length === 0;
  const merged: Config = { remote: null, cacheDir: null, remotes: new Map() };
  merge(merged, join(globalFolder(repo), "config"), true);
  for (const [path, isOwn] of [
    [join(root, ".dvc/config"), false],
    [local, isLocalOwn],
  ] as const)
    if ((await plain(join(repo.top, path))) !== null) merge(merged, join(repo.top, path), isOwn);
  return merged;
}

/** Where DVC looks for a user's own settings. */
function globalFolder({ env }: Repo): string {
  refuseRelative(env, ["DVC_GLOBAL_CONFIG_DIR", "XDG_CONFIG_HOME"]);
  return (
    env["DVC_GLOBAL_CONFIG_DIR"] ?? join(env["XDG_CONFIG_HOME"] ?? join(env["HOME"] ?? homedir(), ".config"), "dvc")
  );
}

function merge(config: Config, file: string, isOwn: boolean): void {
  const text = readUpTo(file, DVC_CONFIG_CAP)?.toString("utf8");
  if (text === undefined) return;
  const { remote, cacheDir, remotes } = readDvcConfig(text);
  const setting = (value: string): Setting => ({ value, base: dirname(file), isOwn });
  if (remote !== null) config.remote = setting(remote);
  if (cacheDir !== null) config.cacheDir = setting(cacheDir);
  for (const [name, options] of remotes) {
    const known = config.remotes.get(name) ?? new Map<string, Setting>();
    for (const [option, value] of options) known.set(option, setting(value));
    config.remotes.set(name, known);
  }
}

/** The one that is used where none is named; null for none. */
export function defaultRemote({ remote, remotes }: Config, notes: string[]): DvcRemote | null {
  const name = remote?.value ?? (remotes.size === 1 ? [...remotes.keys()][0] : undefined);
  const found = name === undefined ? null : resolved(remotes, name, DEEPEST);
  if (found === null || !isByPath((option) => found.options.get(option)?.value)) return found;
  notes.push(
    prose`the remote '${shown(found.url.value)}' was not asked: it has files by their paths, and not by MD5; run
      'dvc fetch' first to have its bytes in DVC's cache`,
  );
  return null;
}

/** `remote://OTHER/FOLDER` is a folder of another remote, reached as that one is. */
function resolved(remotes: Config["remotes"], name: string, left: number): DvcRemote | null {
  const options = remotes.get(name);
  const url = options?.get("url");
  if (options === undefined || url === undefined || left === 0) return null;
  const [, other, folder = ""] = /^remote:\/\/([^/]+)(\/.*)?$/s.exec(url.value) ?? [];
  if (other === undefined) return { url, options };
  const base = resolved(remotes, other, left - 1);
  if (base === null) return null;
  const value = base.url.value.replace(/\/+$/, "") + folder;
  return {
    url: { ...base.url, value, isOwn: base.url.isOwn && url.isOwn },
    options: new Map([...base.options, ...options]),
  };
}

/** What `--from` names; it is reached as the remote of DVC's settings with that address, where there is one. */
export function typedRemote({ remotes }: Config, typed: string, cwd: string): DvcRemote {
  const plain = (url: string | undefined): string => (url ?? "").replace(/\/+$/, "");
  const names = [...remotes.keys()];
  const known = names
    .map((name) => resolved(remotes, name, DEEPEST))
    .find((remote) => plain(remote?.url.value) === plain(typed));
  return { url: { value: typed, base: cwd, isOwn: true }, options: known?.options ?? new Map<string, Setting>() };
}

/**
 * As a remote's settings. Throws `usage` for one of no kind that mvgit reads, or that says too little, and
 * `setting-untrusted` for one that is not to be asked.
 */
export function bucketSettings(repo: Repo, { url, options }: DvcRemote): RemoteSettings {
  const refused = (code: "usage" | "setting-untrusted", why: string, hint: string): MvgitError =>
    new MvgitError(code, `the remote '${shown(url.value)}' ${why}`, { subject: shown(url.value), hint });
  const values = Object.fromEntries([...options].map(([option, { value }]) => [option, value]));
  let address: string | null;
  try {
    address = foreignAddress({ url: url.value, options: values, env: repo.env });
  } catch (error) {
    if (!isMvgitError(error, "usage")) throw error;
    throw refused("usage", `was not asked: ${error.message}`, error.hint ?? "");
  }
  if (address === null)
    throw refused(
      "usage",
      "is of a kind that mvgit does not read",
      "run 'dvc fetch' first to have its bytes in DVC's cache",
    );
  if (!url.isOwn && !isPlainBucket(address))
    throw refused(
      "setting-untrusted",
      "was not asked: only the committed '.dvc/config' names it, and it is no plain bucket",
      `if it is yours, give it with '--from ${shown(url.value)}'`,
    );
  const parts: Record<string, string> = {};
  for (const [option, setting] of options) {
    const part = foreignPart(url.value, option);
    if (part !== null && setting.isOwn) parts[part] = option.endsWith("path") ? pathOf(repo, setting) : setting.value;
    else if (part === WHERE)
      throw refused(
        "setting-untrusted",
        `was not asked: only the committed '.dvc/config' sends requests for it to '${showAddress(setting.value)}'`,
        `if that is yours, say '${option}' in '.dvc/config.local' too`,
      );
  }
  return { url: address, options: parts };
}

/** What of a remote's options is not used, though somebody may rely on it; null for nothing. */
export function unusedCredentials({ url, options }: DvcRemote): string | null {
  const found = [...options.keys()].filter((option) => isCredential(option));
  if (found.length === 0) return null;
  const names = found.map((option) => `'${option}'`).join(", ");
  const signIn = foreignSignIn(url.value);
  return `credentials in DVC's settings (${names}) are not used${signIn === null ? "" : `; ${signIn}`}`;
}

function pathOf({ env }: Repo, { value, base }: Setting): string {
  return resolve(base, value.replace(/^~(?=\/|$)/, env["HOME"] ?? homedir()));
}

/** Without what stands before a host, where DVC lets people write passwords. */
function shown(url: string): string {
  return display(showAddress(url.replace(/\/\/[^/]*:[^/]*@/, "//")));
}
