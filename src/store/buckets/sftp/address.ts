/** `ssh://[USER@]HOST[:PORT]/PATH` as users write it, and the folder of a server that it means. */
import { showAddress } from "../../../base/address.ts";
import { MvgitError } from "../../../base/errors.ts";
import { shellWord } from "../../../base/shell.ts";

export interface SshPlace {
  user: string | null;
  /** A name, an alias of the user's `~/.ssh/config`, or an address; without brackets. */
  host: string;
  port: number | null;
  /** As SFTP takes it: absolute, or from the account's own folder on. */
  folder: string;
  /** The file that `ssh` reads in the place of the user's `~/.ssh/config`. */
  config?: string;
}

/** Neither begins with what `ssh` takes for an option, nor holds what a ProxyCommand's shell would understand. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/;
const IP6 = /^\[([0-9A-Fa-f:.]{2,45})\]$/;
/** What an address gives a meaning of its own, and what no terminal shows. */
const UNSAFE_PATH = /[\u0000-\u001f\u007f-\u009f#?%\\\p{Surrogate}]/u;
/** The layout of a remote needs some of the 4,096 bytes that systems allow. */
const MAX_PATH = 3000;

/** Throws `usage` for what is not the address of a folder on a server. */
export function parseSshUrl(url: string): SshPlace {
  const [, at, shown = "", port, path = ""] =
    /^ssh:\/\/(?:([^/[]*)@)?(\[[^\]/]*\]|[^/:@[\]]*)(?::(\d{1,5}))?(\/.*)?$/su.exec(url) ?? [];
  const host = IP6.exec(shown)?.[1] ?? (HOST.test(shown) ? shown : null);
  if (host === null || (at !== undefined && !USER.test(at)) || Number(port ?? 1) < 1 || Number(port ?? 1) > 65_535)
    throw refused(url, "a host or a user has letters, digits, '.', '_' and '-', and begins with a letter or digit");
  if (path === "") throw refused(url, "it names a folder of the server, such as '/srv/store', or '/~/store' at home");
  return { user: at ?? null, host, port: port === undefined ? null : Number(port), folder: folderOf(path, url) };
}

/** The address in its one spelling. */
export function sshAddress({ user, host, port, folder }: SshPlace): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  const home = folder === "." ? "/~" : `/~/${folder}`;
  const path = folder.startsWith("/") ? folder : home;
  return `ssh://${user === null ? "" : `${user}@`}${shown}${port === null ? "" : `:${port}`}${path}`;
}

/** Options of `ssh` that say as whom and where; the host stands behind `--`. */
export function sshOptions({ user, port }: SshPlace): string[] {
  return [...(user === null ? [] : ["-l", user]), ...(port === null ? [] : ["-p", String(port)])];
}

/** What a person types to reach the same server: `ssh -p 2222 me@host`. */
export function sshCommand({ user, host, port, config }: SshPlace): string {
  const options = [...(config === undefined ? [] : ["-F", shellWord(config)]), ...(port === null ? [] : ["-p", port])];
  return ["ssh", ...options, `${user === null ? "" : `${user}@`}${host}`].join(" ");
}

/** The command by which a person makes the folder. */
export function makeFolderCommand(place: SshPlace): string {
  const word = shellWord(place.folder);
  const command = `mkdir -p ${word}`;
  // A second shell reads it there.
  return `${sshCommand(place)} ${word === place.folder ? command : shellWord(command)}`;
}

function folderOf(path: string, url: string): string {
  const parts = path.replace(/\/$/, "").split("/").slice(1);
  const isOdd = parts.some((part) => part === "" || part === "." || part === "..");
  if (isOdd || UNSAFE_PATH.test(path) || Buffer.byteLength(path) > MAX_PATH)
    throw refused(url, "a path has no empty part, no '.' or '..', and none of # ? % \\");
  const [first = "", ...rest] = parts;
  if (first === "~") return rest.join("/") || ".";
  if (first.startsWith("~")) throw refused(url, "'~' stands for the folder of the account that signs in alone");
  return `/${parts.join("/")}`;
}

function refused(url: string, rule: string): MvgitError {
  return new MvgitError("usage", `'${showAddress(url)}' is not the address of a folder on a server`, {
    subject: showAddress(url),
    hint: `write 'ssh://USER@HOST/PATH': ${rule}`,
  });
}
