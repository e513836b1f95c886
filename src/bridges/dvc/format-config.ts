/** DVC's settings: the few that say where bytes are. */

/** Bytes of a config file at most. */
export const DVC_CONFIG_CAP = 1024 * 1024;

export interface DvcConfig {
  /** `core.remote`. */
  remote: string | null;
  /** `cache.dir`. */
  cacheDir: string | null;
  /** `url` of each remote by its name. */
  urls: Map<string, string>;
}

/**
 * Reads DVC's INI. What it does not understand is passed over, as DVC's other settings are: nothing of them is used.
 */
export function readDvcConfig(text: string): DvcConfig {
  const config: DvcConfig = { remote: null, cacheDir: null, urls: new Map() };
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
  if (remote !== undefined && key === "url") config.urls.set(remote, value);
}

function unquoted(value: string): string {
  return /^(['"])(.*)\1$/.exec(value)?.[2] ?? value;
}
