/** Who to say one is, to a Git server that asks. */
import { isMvgitError } from "../../base/errors.ts";
import { type Environment, hasGit, runGit } from "../run.ts";
import type { Credentials, GitAddress } from "./address.ts";
import type { RemoteOptions } from "./transport.ts";

/** A name that GitHub, GitLab and Gitea take beside a token. */
const TOKEN_USER = "x-access-token";

/**
 * From the address, the caller, `MVGIT_GIT_TOKEN` (with `MVGIT_GIT_USER`), or the helpers that the user's Git is set up
 * with, where there is a git program; null when none knows. Nothing is ever asked of a person.
 */
export async function findCredentials(
  address: GitAddress & { transport: "http" },
  options: RemoteOptions,
): Promise<Credentials | null> {
  if (address.credentials) return address.credentials;
  const given = await options.credentials?.(address.url.href);
  if (given) return given;
  const token = options.env["MVGIT_GIT_TOKEN"];
  if (token !== undefined && token !== "")
    return { username: options.env["MVGIT_GIT_USER"] || TOKEN_USER, password: token };
  return askGit(address.url, options);
}

async function askGit(
  { protocol, host, pathname }: URL,
  { env, cwd, signal }: RemoteOptions,
): Promise<Credentials | null> {
  if (!hasGit(env)) return null;
  const quiet: Environment = { ...env, GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", SSH_ASKPASS: "" };
  const input = `protocol=${protocol.slice(0, -1)}\nhost=${host}\npath=${decodeURI(pathname).slice(1)}\n\n`;
  try {
    const { stdout } = await runGit(["-c", "core.askPass=", "credential", "fill"], { cwd, env: quiet, input, signal });
    const values = new Map(
      stdout
        .toString("utf8")
        .split("\n")
        .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
    );
    const [username, password] = [values.get("username"), values.get("password")];
    return username !== undefined && password !== undefined ? { username, password } : null;
  } catch (error) {
    // No helper knows this host.
    if (isMvgitError(error, "git-failed") || isMvgitError(error, "not-a-repository")) return null;
    throw error;
  }
}
