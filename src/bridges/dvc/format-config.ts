/** DVC's settings: those that say where bytes are, and how they are reached. */

/** Bytes of a config file at most. */
export const DVC_CONFIG_CAP = 1024 * 1024;

export interface DvcConfig {
  /** `core.remote`. */
  remote: string | null;
  /** `cache.dir`. */
  cacheDir: string | null;
  /** What is said of each remote, by its name: options in lower case. */
  remotes: Map<string, Map<string, string>>;
}

/**
 * Reads DVC's INI. What it does not understand is passed over, as DVC's other settings are: nothing of them is used.
 */
export function readDvcConfig(text: string): DvcConfig {
  const config: DvcConfig = { remote: null, cacheDir: null, remotes: new Map() };
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[(.*)\]\s*$/.exec(line);
    if (heading) section = (heading[1] as string).trim().replace(/^'(.*)'$/, "$1");
    const setting = /^\s*([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (setting) apply(config, section, [(setting[1] as string).toLowerCase(), unquoted(setting[2] as string)]);
  }
  return config;
}

function apply(config: DvcConfig, section: string, [key, value]: [string, string]): void {
  if (section === "core" && key === "remote") config.remote = value === "" ? null : value;
  if (section === "cache" && key === "dir") config.cacheDir = value === "" ? null : value;
  const remote = /^remote\s+"([^"]+)"$/.exec(section)?.[1];
  if (remote === undefined) return;
  const options = config.remotes.get(remote) ?? new Map<string, string>();
  config.remotes.set(remote, options.set(key, value));
}

function unquoted(value: string): string {
  return /^(['"])(.*)\1$/.exec(value)?.[2] ?? value;
}

/** Whether a remote's options say that it has files by their paths, and not by MD5. */
export function isByPath(option: (name: string) => string | undefined): boolean {
  return ["version_aware", "worktree"].some((name) => /^(true|yes|on|1)$/i.test(option(name) ?? ""));
}

/** What of a remote's options are credentials themselves. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  "access_key_id",
  "secret_access_key",
  "session_token",
  "account_key",
  "sas_token",
  "connection_string",
  "client_secret",
  "password",
  "passphrase",
]);

export function isCredential(option: string): boolean {
  return CREDENTIALS.has(option);
}
