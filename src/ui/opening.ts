/** What opens and follows a repository: loaded while the server listens already. */
import { Repo, type RepoContext } from "../repo/repo.ts";

export { openSilent as openToMove } from "../repo/open-silent.ts";
export { RunGrowth } from "../versions/run-growth.ts";
export { registryAround } from "../versions/registry.ts";

export function openRepo(context: RepoContext): Promise<Repo> {
  return Repo.open(context);
}
