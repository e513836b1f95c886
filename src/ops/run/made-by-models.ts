/** Tracked paths that versions of any model made: nobody learns from them by default. */
import { baseOf, display, firstOf, isWithin, type RepoPath } from "../../base/paths.ts";
import { asModelName, type ModelName } from "../../model/label.ts";
import { PACKAGE_CAP, packagePath, readPackage } from "../../model/package.ts";
import { artifactsPath } from "../../model/recorded-runs.ts";
import type { Repo } from "../../repo/repo.ts";
import { versionRefs } from "../../version/versions.ts";

/** Whether a path is where an experiment tracker's artifacts of some model stand: made by runs, and never what a run learns from by default. */
export function isArtifacts(path: RepoPath): boolean {
  return asModelName(baseOf(path)) !== null && path === artifactsPath(baseOf(path));
}

/**
 * `paths` without what any version of any model has as weights or outputs, nor what lies in such a folder; and the sentences that say what was
 * left out for it. Of the model itself nothing is said: that its own weights are not its data is no surprise.
 */
export async function withoutMade(repo: Repo, model: ModelName, paths: readonly RepoPath[]): Promise<{ paths: RepoPath[]; notes: string[] }> {
  const makers = await makersOf(repo);
  const made = (path: RepoPath): ModelName | null => {
    if (isArtifacts(path)) return baseOf(path) as ModelName;
    for (const [weights, maker] of makers) if (isWithin(path, weights)) return maker;
    return null;
  };
  const kept: RepoPath[] = [];
  const left = new Map<ModelName, RepoPath[]>();
  for (const path of paths) {
    const maker = made(path);
    if (maker === null) kept.push(path);
    else if (maker !== model) left.set(maker, [...(left.get(maker) ?? []), path]);
  }
  const notes = [...left].map(([maker, all]) => `${firstOf(all)} ${all.length === 1 ? "is" : "are"} no data of this version, since '${display(maker)}' made ${all.length === 1 ? "it" : "them"}: name what it learned from with '--data'`);
  return { paths: kept, notes };
}

/** Every path that a version, or the package of HEAD, has as weights, with a model that has it; what cannot be read says nothing. */
async function makersOf(repo: Repo): Promise<Map<RepoPath, ModelName>> {
  const refs = versionRefs(await repo.git.refs());
  const head = await repo.git.resolveCommit("HEAD");
  const models = [...new Set(refs.map((each) => each.model))];
  const wanted = [...refs, ...(head === null ? [] : models.map((model) => ({ model, commit: head })))].map((each) => ({ commit: each.commit, path: packagePath(each.model) }));
  const makers = new Map<RepoPath, ModelName>();
  for await (const bytes of repo.git.filesAt(wanted, PACKAGE_CAP)) {
    const reading = bytes === null ? null : readPackage(bytes);
    if (reading?.kind === "package") for (const { path } of reading.pack.weights) makers.set(path, reading.pack.model);
  }
  return makers;
}
