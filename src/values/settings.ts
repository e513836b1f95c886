/** mvgit's settings: their keys, what their values mean, and which a repository may set for whoever clones it. */
import { showAddress } from "../base/address.ts";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/paths.ts";

/** The committed settings, relative to the top of the work tree. */
export const COMMITTED_CONFIG = ".mvgit/config";

const LINK_TYPES = ["reflink", "copy", "hardlink", "symlink"] as const;
export type LinkType = (typeof LINK_TYPES)[number];

/** What becomes of a run's files that nobody named, where they are too much for Git. */
const OUTPUTS = ["leave", "track", "git"] as const;
type Outputs = (typeof OUTPUTS)[number];

/** In which form a push keeps blobs in a remote: each as an object of its own, or only what is new of them. */
export const ENCODINGS = ["compact", "whole"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface RemoteSettings {
  url: string;
  /** The other parts of `mvgit-remote.NAME.PART`, in lower case: what its driver reads of them. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface Settings {
  /** By name. */
  remotes: Map<string, RemoteSettings>;
  /** The remote that is used when none is named. */
  defaultRemote: string | null;
  /** Bytes; a larger file is blocked by the pre-commit hook. */
  maxFileSize: number;
  /**
   * New files of one commit, or of one run, above which they are not for Git; what people write is not counted in a
   * commit.
   */
  maxNewFiles: number;
  /** Bytes of the new files of one commit; more are blocked by the pre-commit hook. */
  maxCommitSize: number;
  outputs: Outputs;
  encoding: Encoding;
  /** Of single remotes, by name, where it is set for them. */
  encodings: Map<string, Encoding>;
  /** Ways for a file into the work tree, the first that works is used. */
  link: readonly LinkType[];
  /** Folder of a cache that several clones share; null for the repository's own. */
  cacheDir: string | null;
  autoCheckout: boolean;
  /** Git's own `core.hooksPath`, as it is written. */
  hooksPath: string | null;
  /**
   * Paths of the work tree that may be brought out and taken in although some program reads or runs them by their name.
   */
  allow: readonly string[];
  /** Paths of the work tree where Git's own configuration looks for hooks, attributes or more configuration. */
  namedByGit: readonly string[];
  /** Committed settings that count only after consent. */
  untrusted: Setting[];
  /** Committed settings that do not count, with consent or without, and why. */
  passedOver: PassedOver[];
}

export interface PassedOver {
  key: string;
  value: string;
  /** As in "it does not count: WHY". */
  why: string;
}

export interface Setting {
  key: string;
  value: string;
  /** Where it was read, for messages. */
  origin: string;
  /** Of a committed address that this clone does not know: what it would change, in words. */
  known?: string;
}

/** Counts only in Git's own configuration: what a repository commits gives no leave, with consent or without. */
export const ALLOW_KEY = "mvgit.allow";

const DEFAULT_MAX_FILE_SIZE = 5 * 1024 * 1024;
const DEFAULT_MAX_NEW_FILES = 2000;
const DEFAULT_MAX_COMMIT_SIZE = 50 * 1024 * 1024;

/** `REMOTE` is a remote's name. */
const REMOTE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** In the place of a remote's name: all of them. */
export const EVERY_REMOTE = "all";

/** Throws `usage` for a name that cannot be a remote's. */
export function checkRemoteName(name: string): string {
  if (name === EVERY_REMOTE)
    throw new MvgitError(
      "usage",
      `'${name}' cannot be the name of a remote: 'mvgit push --remote all' means every one`,
      { subject: name, hint: "choose another name" },
    );
  if (REMOTE_NAME.test(name)) return name;
  throw new MvgitError("usage", `'${display(name)}' cannot be the name of a remote`, {
    subject: display(name),
    hint: "use letters, digits, '.', '_' and '-', at most 64",
  });
}

/** The remote and the part of it that a key sets, one of `parts`; null for any other key. */
export function remotePart(key: string, parts: readonly string[]): { remote: string; part: string } | null {
  const [, remote, part = ""] = /^mvgit-remote\.([^]+)\.([a-z]+)$/.exec(key) ?? [];
  return remote !== undefined && parts.includes(part) ? { remote, part } : null;
}

/** What the committed file tells its repository from others by. */
export const REPOSITORY_KEY = "mvgit.repository";

/** Throws `setting-invalid` for what is no id. */
export function readRepositoryId(entry: Setting): string {
  if (/^[0-9a-f]{32}$/.test(entry.value)) return entry.value;
  throw invalid(entry, "it is the 32 hexadecimal characters that 'mvgit init' wrote");
}

export interface ReadingOptions {
  /** The parts of a remote that mean something, in lower case: what the drivers read. */
  remoteParts: readonly string[];
  /** Entries that do not count for want of consent. */
  withheld?: readonly Setting[];
}

/** Settings from entries, weakest first; `untrusted` and `passedOver` are left empty. Throws `setting-invalid`. */
export function readSettings(entries: readonly Setting[], { remoteParts, withheld = [] }: ReadingOptions): Settings {
  const settings: Settings = {
    remotes: new Map(),
    defaultRemote: null,
    maxFileSize: DEFAULT_MAX_FILE_SIZE,
    maxNewFiles: DEFAULT_MAX_NEW_FILES,
    maxCommitSize: DEFAULT_MAX_COMMIT_SIZE,
    outputs: "leave",
    encoding: "compact",
    encodings: new Map(),
    link: ["reflink", "copy"],
    cacheDir: null,
    autoCheckout: false,
    hooksPath: null,
    allow: [],
    namedByGit: [],
    untrusted: [],
    passedOver: [],
  };
  for (const entry of entries) {
    const remote = remotePart(entry.key, remoteParts);
    const encoded = remotePart(entry.key, ["encoding"]);
    if (encoded !== null) settings.encodings.set(encoded.remote, parseEncoding(entry));
    else if (remote === null) apply(settings, entry);
    else applyRemote(settings, remote, entry);
  }
  for (const [name, remote] of settings.remotes) if (remote.url === "") settings.remotes.delete(name);
  // Where another place was to be the one that is used, none is.
  const isOpen = !withheld.some(({ key, known }) => key === "mvgit.remote" || known !== undefined);
  settings.defaultRemote ??= isOpen && settings.remotes.size === 1 ? ([...settings.remotes.keys()][0] as string) : null;
  return settings;
}

function apply(settings: Settings, entry: Setting): void {
  switch (entry.key) {
    case "mvgit.remote":
      settings.defaultRemote = entry.value === "" ? null : entry.value;
      break;
    case "mvgit.maxfilesize":
      settings.maxFileSize = parseSize(entry);
      break;
    case "mvgit.maxnewfiles":
      settings.maxNewFiles = parseCount(entry);
      break;
    case "mvgit.maxcommitsize":
      settings.maxCommitSize = parseSize(entry);
      break;
    case "mvgit.outputs":
      settings.outputs = parseOutputs(entry);
      break;
    case "mvgit.encoding":
      settings.encoding = parseEncoding(entry);
      break;
    case "mvgit.link":
      settings.link = parseLink(entry);
      break;
    case "mvgit.cachedir":
      settings.cacheDir = entry.value === "" ? null : entry.value;
      break;
    case "mvgit.autocheckout":
      settings.autoCheckout = parseBoolean(entry);
      break;
    case ALLOW_KEY:
      settings.allow = entry.value === "" ? [] : [...settings.allow, entry.value.replace(/\/+$/, "")];
      break;
    case "core.hookspath":
      settings.hooksPath = entry.value;
      break;
  }
}

function applyRemote(
  settings: Settings,
  { remote: name, part }: { remote: string; part: string },
  entry: Setting,
): void {
  if (!REMOTE_NAME.test(name))
    throw invalid(entry, "a remote's name has letters, digits, '.', '_' and '-', at most 64");
  const { url, options = {} } = settings.remotes.get(name) ?? { url: "" };
  const changed = part === "url" ? { ...options } : { ...options, [part]: entry.value };
  // Nothing is as if it were not set.
  if (entry.value === "") delete changed[part];
  settings.remotes.set(name, {
    url: part === "url" ? entry.value : url,
    ...(Object.keys(changed).length > 0 && { options: changed }),
  });
}

/** Bytes, with Git's suffixes k, m and g. */
function parseSize(entry: Setting): number {
  const match = /^([0-9]{1,15})([kmg]?)$/i.exec(entry.value.trim());
  const size = match
    ? Number(match[1]) * 1024 ** ["", "k", "m", "g"].indexOf((match[2] as string).toLowerCase())
    : Number.NaN;
  if (!Number.isSafeInteger(size)) throw invalid(entry, "a size is a number of bytes, or one with k, m or g after it");
  return size;
}

function parseCount(entry: Setting): number {
  if (/^[0-9]{1,9}$/.test(entry.value.trim())) return Number(entry.value);
  throw invalid(entry, "it is a number of files");
}

function parseOutputs(entry: Setting): Outputs {
  const found = OUTPUTS.find((each) => each === entry.value.trim().toLowerCase());
  if (found !== undefined) return found;
  throw invalid(entry, `it is one of ${OUTPUTS.join(", ")}`);
}

/** The form of blobs that a text names; null for none. */
export function encodingOf(text: string): Encoding | null {
  return ENCODINGS.find((each) => each === text.trim().toLowerCase()) ?? null;
}

function parseEncoding(entry: Setting): Encoding {
  const found = encodingOf(entry.value);
  if (found !== null) return found;
  throw invalid(entry, `it is one of ${ENCODINGS.join(", ")}`);
}

function parseBoolean(entry: Setting): boolean {
  const value = entry.value.toLowerCase();
  if (["true", "yes", "on", "1"].includes(value)) return true;
  if (["false", "no", "off", "0", ""].includes(value)) return false;
  throw invalid(entry, "it is true or false");
}

function parseLink(entry: Setting): LinkType[] {
  const types = entry.value.split(/[\s,]+/).filter((type) => type !== "");
  const unknown = types.find((type) => !(LINK_TYPES as readonly string[]).includes(type));
  if (types.length === 0 || unknown !== undefined) throw invalid(entry, `it lists some of ${LINK_TYPES.join(", ")}`);
  return types as LinkType[];
}

function invalid(entry: Setting, rule: string): MvgitError {
  return new MvgitError(
    "setting-invalid",
    `setting '${display(entry.key)}' has the value '${showAddress(entry.value)}', which cannot be used: ${rule}`,
    { subject: display(entry.key), hint: `correct it in ${display(entry.origin)}` },
  );
}
