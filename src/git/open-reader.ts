/** A local repository, read by the hand that can. */
import { refusePlanted } from "./place.ts";
import { GitProgram } from "./program.ts";
import type { GitReader } from "./reader.ts";
import { type Environment, hasGit, runGit } from "./run.ts";

/**
 * Opens the repository at or above `folder` for reading, a bare one too: with the git program where there is one, else
 * with isomorphic-git, which ends with the signal's reason. Throws `not-a-repository`, or `not-supported` for a kind
 * that only the git program reads.
 */
export async function openReader(folder: string, env: Environment, signal?: AbortSignal): Promise<GitReader> {
  if (!hasGit(env)) return (await import("./isomorphic/open.ts")).openWithoutProgram(folder, signal);
  refusePlanted(folder, env);
  const { stdout } = await runGit(["rev-parse", "--path-format=absolute", "--git-dir"], { cwd: folder, env });
  return GitProgram.openBare(stdout.toString("utf8").replace(/\n$/, ""), env);
}
