/** Tracked paths that versions of any model made: nobody learns from them by default. */
import { readRegularUpTo } from "../../../base/disk.ts";
import { baseOf, display, firstOf, isWithin, type RepoPath } from "../../../base/paths.ts";
import { prose } from "../../../base/prose.ts";
import type { Oid } from "../../../git/reader.ts";
import { asModelName, type ModelName } from "../../../values/label.ts";
import { PACKAGE_CAP, packagePath, readPackage } from "../../../values/package.ts";
import { artifactsPath } from "../../../values/recorded-runs.ts";
import type { Repo } from "../../../repo/repo.ts";
import type { Tracked } from "../../../repo/tracked.ts";
import { nameOf, packagesBehind, versionRefs } from "../../../registry/versions.ts";

/**
 * Whether a path is where an experiment tracker's artifacts of some model stand: made by runs, and never what a run
 * learns from by default.
 */
export function isArtifacts(path: RepoPath): boolean {
  return asModelName(baseOf(path)) !== null && path === artifactsPath(baseOf(path));
}

/**
 * The paths of `tracked` without what any version of any model has as weights or outputs, nor what lies in such a
 * folder, nor those bytes under another name; and the sentences that say what was left out for it. Of the model itself
 * nothing is said: that its own weights are not its data is no surprise.
 */
export async function withoutMade(
  repo: Repo,
  model: ModelName,
  tracked: readonly Tracked[],
): Promise<{ paths: RepoPath[]; notes: string[] }> {
  const { makers, byBytes, data } = await madeOf(repo);
  const made = ({ path, reading }: Tracked): ModelName | null => {
    if (isArtifacts(path)) return baseOf(path) as ModelName;
    for (const [weights, maker] of makers) if (isWithin(path, weights)) return maker;
    const pointer = reading.kind === "pointer" ? reading.pointer : null;
    // What some version learned from is data, also where a model's weights happen to be those very bytes.
    return pointer === null || pointer.size === 0 || data.has(path) ? null : (byBytes.get(pointer.hash) ?? null);
  };
  const kept: RepoPath[] = [];
  const left = new Map<ModelName, RepoPath[]>();
  for (const each of tracked) {
    const maker = made(each);
    if (maker === null) kept.push(each.path);
    else if (maker !== model) left.set(maker, [...(left.get(maker) ?? []), each.path]);
  }
  const notes = [...left].map(
    ([maker, all]) =>
      prose`${firstOf(all)} ${all.length === 1 ? "is" : "are"} no data of this version, since
        '${display(maker)}' made ${all.length === 1 ? "it" : "them"}: name what it learned from with '--data'`,
  );
  return { paths: kept, notes };
}

interface Made {
  /** Every path that a version, or the package of HEAD, has as weights, with a model that has it. */
  makers: Map<RepoPath, ModelName>;
  /** The same by their bytes. */
  byBytes: Map<string, ModelName>;
  /** Every path that one has as data. */
  data: Set<RepoPath>;
}

/** What cannot be read says nothing. */
async function madeOf(repo: Repo): Promise<Made> {
  const refs = versionRefs(await repo.git.refs());
  const found: Made = { makers: new Map(), byBytes: new Map(), data: new Set() };
  const take = (bytes: Buffer | null): void => {
    const reading = bytes === null ? null : readPackage(bytes);
    if (reading?.kind !== "package") return;
    const { weights, data, model } = reading.pack;
    for (const { path, hash } of weights) {
      found.makers.set(path, model);
      found.byBytes.set(hash, model);
    }
    for (const { path } of data) found.data.add(path);
  };
  for await (const { bytes } of packagesBehind(repo.git, refs)) take(bytes);
  const head = await repo.git.resolveCommit("HEAD");
  const models = head === null ? [] : [...new Set(refs.map((each) => each.model))];
  for await (const bytes of repo.git.filesAt(
    models.map((model) => ({ commit: head as Oid, path: packagePath(model) })),
    PACKAGE_CAP,
  ))
    take(bytes);
  return found;
}

/**
 * Of `files`, those that stand as the newest version of another model has them among its scores, with that version's
 * name: whoever saves a model does not mean them by not naming any.
 */
export async function scoresOfOthers(
  repo: Repo,
  model: ModelName,
  files: readonly RepoPath[],
): Promise<Map<RepoPath, string>> {
  const newest = new Map(
    versionRefs(await repo.git.refs())
      .filter((each) => each.model !== model)
      .map((each) => [each.model, each]),
  );
  const candidates: { name: string; commit: Oid; path: RepoPath }[] = [];
  for await (const { ref, bytes } of packagesBehind(repo.git, [...newest.values()])) {
    const reading = bytes === null ? null : readPackage(bytes);
    if (reading?.kind !== "package") continue;
    const theirs = files.filter((path) => reading.pack.sources.metrics.includes(path));
    candidates.push(...theirs.map((path) => ({ name: nameOf(ref), commit: ref.commit, path })));
  }
  const found = new Map<RepoPath, string>();
  let at = 0;
  for await (const bytes of repo.git.filesAt(candidates, SCORES_CAP)) {
    const { name, path } = candidates[at++] as { name: string; path: RepoPath };
    const here = bytes === null ? null : readRegularUpTo(repo.guard.resolve(path), SCORES_CAP);
    if (bytes !== null && here instanceof Buffer && here.equals(bytes)) found.set(path, name);
  }
  return found;
}

/** Bytes. Larger files of scores are compared with nobody's. */
const SCORES_CAP = 16 * 1024 * 1024;
