/** Addresses of Git repositories: which hand speaks to them, and what may be shown of them. */
import { isAbsolute, resolve } from "node:path";
import { showAddress } from "../../base/address.ts";
import { MvgitError } from "../../base/errors.ts";
import { display } from "../../base/paths.ts";

export interface Credentials {
  username: string;
  password: string;
}

export type GitAddress =
  | {
      transport: "http";
      /** Without credentials, query and fragment. */ url: URL;
      credentials: Credentials | null;
      shown: string;
    }
  | { transport: "ssh" | "file"; /** For git's command line; never begins with `-`. */ url: string; shown: string };

const SCP_LIKE = /^(?:[^/:@]+@)?(?:[^/:@[\]]+|\[[0-9a-fA-F:.]+\]):(?!\/\/)/;

/**
 * Understands `https://`, `ssh://`, `host:path`, `file://` and folders (relative to `cwd`); plain `http://` on
 * loopback, or elsewhere with `insecure`. Throws `setting-invalid` for everything else: `-…`, `ext::…`,
 * `git://…`.
 */
export function parseAddress(text: string, { cwd, insecure = false }: { cwd: string; insecure?: boolean }): GitAddress {
  if (/[\u0000-\u001f\u007f]/.test(text) || text === "")
    throw refused(text, "it is empty or holds a control character");
  if (text.startsWith("-")) throw refused(text, "it begins with '-'");
  if (/^[A-Za-z0-9+.-]+::/.test(text)) throw refused(text, "it would start a program named by the address");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === "http" || scheme === "https") return httpAddress(text, insecure);
  if (scheme === "ssh") return sshAddress(text);
  if (scheme === "file") return { transport: "file", url: text, shown: showAddress(text) };
  if (scheme !== undefined) throw refused(text, `mvgit does not read '${scheme}://' addresses`);
  if (!isAbsolute(text) && SCP_LIKE.test(text)) {
    const [, host = ""] = /^(?:[^@/]*@)?([^:]+):/.exec(text) ?? [];
    if (host.startsWith("-")) throw refused(text, "its host begins with '-'");
    return { transport: "ssh", url: text, shown: showAddress(text) };
  }
  return { transport: "file", url: resolve(cwd, text), shown: showAddress(text) };
}

function httpAddress(text: string, insecure: boolean): GitAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url) throw refused(text, "it is no URL");
  const credentials =
    url.username === "" && url.password === ""
      ? null
      : { username: decoded(url.username), password: decoded(url.password) };
  url.username = url.password = url.hash = url.search = "";
  url.pathname = url.pathname.replace(/\/+$/, "");
  const shown = display(url.href);
  if (url.protocol === "http:" && !isLoopback(url) && !insecure) {
    throw new MvgitError(
      "setting-invalid",
      `cannot use '${shown}': plain http can be read and changed by anybody on the way`,
      { subject: shown, hint: "use its https:// address, or '--insecure' if you must" },
    );
  }
  return { transport: "http", url, credentials, shown };
}

function sshAddress(text: string): GitAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || url.hostname === "" || url.hostname.startsWith("-"))
    throw refused(text, "its host is missing or begins with '-'");
  const shown = new URL(url);
  shown.password = "";
  return { transport: "ssh", url: text, shown: display(shown.href) };
}

/** True where the bytes do not leave this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(hostname);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(text: string, why: string): MvgitError {
  const shown = showAddress(text);
  return new MvgitError("setting-invalid", `cannot use the address '${shown}': ${why}`, {
    subject: shown,
    hint: "name a repository as https://host/path, ssh://host/path, host:path, or a folder",
  });
}
