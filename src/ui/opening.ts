/** What opens and follows a repository: loaded while the server listens already. */
import { Repo, type RepoContext } from "../repo/repo.ts";

export { RunGrowth } from "../versions/run-growth.ts";
export { registryAround } from "../versions/registry.ts";

export function openRepo(context: RepoContext): Promise<Repo> {
  return Repo.open(context);
}

/** A repository whose Git asks nobody anything: no terminal is in front of who uses the page. */
export function openToMove({ cwd, env, watch }: RepoContext): Promise<Repo> {
  const asks = env["GIT_SSH_COMMAND"] ?? env["GIT_SSH"] ?? env["SSH_ASKPASS"];
  const silent = { ...env, GIT_TERMINAL_PROMPT: "0", ...(asks ? {} : { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" }) };
  return Repo.open({ cwd, env: silent, watch });
}
