/** The settings of whoever runs mvgit, where no repository is: the machine's, the user's, and the environment's. */
import { devNull } from "node:os";
import { join } from "node:path";
import { type ConfigEntry, parseConfig } from "./program/config.ts";
import { type Environment, hasGit, runGit } from "./run.ts";

/** Where Git looks for the user's own, there or not; what they include is elsewhere. */
export function userConfigFiles({ GIT_CONFIG_GLOBAL: global, HOME, XDG_CONFIG_HOME }: Environment): string[] {
  if (global !== undefined) return [global];
  const home = HOME === undefined ? [] : [join(HOME, ".gitconfig"), join(HOME, ".config", "git", "config")];
  return XDG_CONFIG_HOME === undefined ? home : [...home, join(XDG_CONFIG_HOME, "git", "config")];
}

/** Weakest first; empty where there is no git program to ask. What a repository around `cwd` says does not count. */
export async function ownConfig({
  env,
  cwd,
  signal,
}: {
  env: Environment;
  cwd: string;
  signal: AbortSignal;
}): Promise<ConfigEntry[]> {
  if (!hasGit(env)) return [];
  const nowhere = { ...env, GIT_DIR: devNull };
  const { stdout } = await runGit(["config", "--list", "-z", "--show-scope", "--show-origin"], {
    cwd,
    env: nowhere,
    signal,
  });
  return parseConfig(stdout).filter(({ scope }) => scope !== "local" && scope !== "worktree");
}
