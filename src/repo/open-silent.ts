/** For who is not in front of a terminal. */
import { Repo, type RepoContext } from "./repo.ts";

/** A repository whose Git asks nobody anything. */
export function openSilent({ cwd, env, watch }: RepoContext): Promise<Repo> {
  const asks = env["GIT_SSH_COMMAND"] ?? env["GIT_SSH"] ?? env["SSH_ASKPASS"];
  const silent = { ...env, GIT_TERMINAL_PROMPT: "0", ...(asks ? {} : { GIT_SSH_COMMAND: "ssh -o BatchMode=yes" }) };
  return Repo.open({ cwd, env: silent, watch });
}
