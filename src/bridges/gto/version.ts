/**
 * A version out of one of GTO's: a commit after GTO's own, with the pointers and the package, and the tag on it. All of
 * it is in the name and at the time of GTO's tag, so everybody who imports the same makes the same objects.
 */
import { display, isWithin, type RepoPath } from "../../base/paths.ts";
import { commitTree, mergedRefs } from "../../git/history.ts";
import type { Oid } from "../../git/reader.ts";
import { createTag } from "../../git/tags.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import { isUsualMessage } from "./tag.ts";
import type { ModelName } from "../../values/label.ts";
import { type Layer, overlay } from "../../values/layers.ts";
import { formatPackage, type Package, type PackageFile, packagePath } from "../../values/package.ts";
import type { Pointer } from "../../values/pointer.ts";
import { formatVersionTag } from "../../values/tag-message.ts";
import { commitPointers } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import { nameOf } from "../../registry/versions.ts";
import {
  commitMessage,
  METRICS,
  newestWithin,
  outputsBetween,
  PARAMS,
  type ReadBytes,
  readMetrics,
  readParams,
  treeWithBytes,
} from "../../versions/making.ts";
import { isoTime } from "../../registry/event-report.ts";
import { artifactPath } from "./artifacts.ts";
import { dayOf, type GtoVersion } from "./plan.ts";
import { treeWithPointers } from "../foreign/kept-refs.ts";

/** All that is settled before the version is made. */
export interface Contents {
  model: ModelName;
  version: number;
  gto: GtoVersion;
  /** Pointers that the commit lacks. */
  added: ReadonlyMap<RepoPath, Pointer>;
  weights: PackageFile[];
  data: PackageFile[];
  notes: string[];
}

/** Sorts what a commit tracks into weights and data. `named`: the weights' path where the user gave one. */
export async function contentsOf(
  repo: Repo,
  gto: GtoVersion,
  { added, named }: { added: ReadonlyMap<RepoPath, Pointer>; named: string | undefined },
): Promise<Pick<Contents, "weights" | "data" | "notes">> {
  const { uses } = await commitPointers(repo, gto.commit);
  const all = new Map<RepoPath, Pointer>([...added, ...uses.map(({ path, pointer }) => [path, pointer] as const)]);
  const artifact = gto.tag.name.artifact;
  const path = named ?? (await artifactPath(repo, gto.commit, artifact));
  const isWeights = (each: string): boolean => path !== null && (isWithin(each, path) || isWithin(path, each));
  const files = [...all]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([each, { hash, size, files: count }]): PackageFile => ({
      path: each,
      hash,
      size,
      ...(count === undefined ? {} : { files: count }),
    }));
  const weights = files.filter((each) => isWeights(each.path));
  const notes = weights.length > 0 ? [] : [await whyNone(repo, gto, path)];
  if (gto.retired)
    notes.push(`GTO took the registration of ${gto.called} back on ${dayOf(gto.retired)}: ${gto.retired.message}`);
  return { weights, data: files.filter((each) => !isWeights(each.path)), notes };
}

async function whyNone(repo: Repo, { commit, tag }: GtoVersion, path: string | null): Promise<string> {
  if (path === null)
    return `no file is known as the weights: 'artifacts.yaml' does not say which one '${tag.name.artifact}' is`;
  const inGit = await repo.git.fileAt(commit, path);
  return inGit
    ? `the weights '${display(path)}' are kept by Git itself, in the version's commit`
    : `the weights '${display(path)}' were not there`;
}

/** Makes commit and tag; answers the commit. */
export async function makeVersion(repo: Repo, contents: Contents, earlier: ReadonlyMap<string, number>): Promise<Oid> {
  const { model, version, gto } = contents;
  const git = repo.git.as(gto.tag.tagger);
  const tree =
    contents.added.size === 0
      ? (await repo.git.commit(gto.commit)).tree
      : await treeWithPointers(repo, gto.commit, contents.added);
  const pack = await packageOf(repo, contents, { tree, from: await cameFrom(repo, contents, earlier) });
  const bytes = formatPackage(pack);
  const whole = await treeWithBytes(repo, tree, { path: packagePath(model), bytes });
  const commit = await commitTree(git, whole, { parents: [gto.commit], message: await commitMessage(repo, pack) });
  await createTag(git, nameOf(pack), {
    commit,
    message: formatVersionTag({ model, version, package: hashBytes(Buffer.from(bytes)) }),
  });
  return commit;
}

/**
 * The newest version of the model in the history of GTO's commit: mvgit's own, or another of GTO's. `earlier`: numbers
 * by GTO's tags.
 */
async function cameFrom(
  repo: Repo,
  { model, version, gto }: Contents,
  earlier: ReadonlyMap<string, number>,
): Promise<number | null> {
  const name = gto.tag.tag.slice(0, gto.tag.tag.search(/[@#]/));
  const merged = await mergedRefs(repo.git, gto.commit, `refs/tags/${name}[@#]*`);
  const numbers = merged.flatMap((ref) => earlier.get(ref.slice("refs/tags/".length)) ?? []);
  const own = await newestWithin(repo, model, gto.commit);
  const older = [...numbers, ...(own === null ? [] : [own])].filter((each) => each < version);
  return older.length === 0 ? null : Math.max(...older);
}

async function packageOf(
  repo: Repo,
  contents: Contents,
  { tree, from }: { tree: Oid; from: number | null },
): Promise<Package> {
  const { model, version, gto, weights, data, notes } = contents;
  const { tagger, message, name } = gto.tag;
  const start = (await repo.git.commit(gto.commit)).tree;
  const said = message === "" || isUsualMessage(message) ? "" : `: ${message}`;
  return {
    model,
    version,
    time: isoTime(tagger),
    author: `${tagger.name} <${tagger.email}>`,
    from,
    message: `${gto.called}${said}`,
    run: null,
    code: {
      tree: start,
      commit: gto.commit,
      changed: false,
      outputs: await outputsBetween(repo, { start, end: tree, always: packagePath(model) }),
    },
    data,
    weights,
    ...(await valuesAt(repo, gto.commit)),
    environment: { gto: { artifact: name.artifact, version: gto.called, tag: gto.tag.tag, object: gto.tag.oid } },
    notes,
  };
}

/** Settings and scores from the files of the commit where `mvgit save` would look. */
async function valuesAt(repo: Repo, commit: Oid): Promise<Pick<Package, "params" | "origins" | "metrics" | "sources">> {
  const bytesOf: ReadBytes = async (path, cap) => {
    for await (const bytes of repo.git.filesAt([{ commit, path }], cap)) return bytes;
    return null;
  };
  const layers: Layer[] = [];
  const found: Pick<Package, "metrics" | "sources"> = { metrics: {}, sources: { params: [], metrics: [] } };
  for (const path of PARAMS as RepoPath[]) {
    const read = await readParams(bytesOf, path);
    if (!("values" in read)) continue;
    layers.push({ origin: path, params: read.values });
    found.sources.params.push(path);
  }
  for (const path of METRICS as RepoPath[]) {
    const read = await readMetrics(bytesOf, path);
    if (!("values" in read)) continue;
    Object.assign(found.metrics, read.values);
    found.sources.metrics.push(path);
  }
  const { params, origins } = overlay(layers);
  return { ...found, params, ...(Object.keys(params).length === 0 ? {} : { origins }) };
}
