/** Where a Git host is reached: a clone may fetch from one place and push to another. */
import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import type { GitProgram } from "./program.ts";
import { type Environment, withSettings } from "./run.ts";

/** Host and path of `https://user@HOST/PATH.git`, `ssh://…`, `git@HOST:PATH`; the real path of a folder. */
export function placeOf(url: string, top: string): string {
  const trimmed = (path: string): string =>
    path
      .replace(/^\/+/, "")
      .replace(/\/+$/, "")
      .replace(/\.git$/, "");
  const full = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?([^/]*)(\/.*)?$/is.exec(url);
  if (full && !/^file:/i.test(url))
    return `${(full[1] as string).toLowerCase().replace(/:(22|80|443)$/, "")}/${trimmed(full[2] ?? "")}`;
  const short = full ? null : /^(?:[^@/:]+@)?([^/:]{2,}):(.*)$/s.exec(url);
  if (short) return `${(short[1] as string).toLowerCase()}/${trimmed(short[2] as string)}`;
  const path = resolve(top, url.replace(/^file:\/\/(localhost)?/i, ""));
  return `/${trimmed(existsSync(path) ? realpathSync(path) : path)}`;
}

/**
 * The address that pushes to a Git remote go to, where that is another place than the one that is fetched from
 * (`remote.NAME.pushurl`, `url.BASE.pushInsteadOf`): the first of several, none of which is fetched from. Null for the
 * same place, also where another protocol leads to it.
 */
export async function pushAddress(git: GitProgram, remote: string): Promise<string | null> {
  const settings = ["config", "--name-only", "--get-regexp", "^(remote\\..*\\.pushurl|url\\..*\\.pushinsteadof)$"];
  if ((await git.run(settings, { answers: [0, 1] })).stdout.length === 0) return null;
  const [fetched = ""] = await addresses(git, [remote]);
  const pushed = await addresses(git, ["--push", remote]);
  const place = (url: string): string => placeOf(url, git.place.top);
  return pushed.some((url) => place(url) === place(fetched)) ? null : (pushed[0] ?? null);
}

async function addresses(git: GitProgram, which: readonly string[]): Promise<string[]> {
  const { stdout, status } = await git.run(["remote", "get-url", "--all", ...which], { answers: [0, 2, 128] });
  return status === 0
    ? stdout
        .toString("utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

/** With these, an address of which settings made what it is (`insteadOf`) is not changed by them once more. */
export function exactly(env: Environment, address: string): Environment {
  // Git would take the first '=' for the end of the setting's name.
  return /[=\n]/.test(address) ? env : withSettings(env, { [`url.${address}.insteadOf`]: address });
}
