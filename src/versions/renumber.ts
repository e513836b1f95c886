/** `mvgit renumber`: an unpushed version, whose number somebody else used first, gets the next free one. */
import { MvgitError } from "../base/errors.ts";
import { commitTree, publishedOn, remakeHead } from "../git/history.ts";
import { fetchFromHost, hostOf, listHost } from "../git/host.ts";
import type { Oid } from "../git/reader.ts";
import { createTag, dropRef } from "../git/tags.ts";
import { hashBytes } from "../hashing/hasher.ts";
import { checkModelName, type ModelName, nextNumber, readRef, remarkRef, versionRef } from "../values/label.ts";
import { formatPackage, type Package, packagePath, readPackage } from "../values/package.ts";
import { formatRemark, formatVersionTag, type Remark } from "../values/tag-message.ts";
import type { Repo } from "../repo/repo.ts";
import {
  findVersion,
  nameOf,
  openVersion,
  packageBytes,
  readVersions,
  type Version,
  type VersionRef,
  versionRefs,
} from "../registry/versions.ts";
import { chainTags } from "../registry/chain-of.ts";
import { remarksOn } from "../registry/remarks.ts";
import { whileNumbering } from "../repo/locks.ts";
import { commitMessage } from "./making/message.ts";
import { numbersGiven } from "./making/numbers.ts";
import { treeWithBytes } from "./making/outputs.ts";
import { forgetSeen } from "./stage/seen.ts";

interface Renumbered {
  from: string;
  to: string;
  commit: Oid;
  /** The new commit took the old one's place on the branch; else only its tag holds it. */
  onBranch: boolean;
  /** The host's version of the old number is here now. */
  fetched: boolean;
}

export interface RenumberReport {
  model: ModelName;
  /** The Git remote that was asked. */
  host: string;
  renumbered: Renumbered[];
}

/**
 * Looks at the host's tags, and renumbers each version of the model whose number is another object there. Nothing that
 * was pushed is touched. Throws `remote-unknown` without a host, `git-failed` when it cannot be asked.
 */
export async function renumber(repo: Repo, request: { model: string; host?: string }): Promise<RenumberReport> {
  const model = checkModelName(request.model);
  const host = request.host ?? (await hostOf(repo.git));
  if (host === null)
    throw new MvgitError("remote-unknown", "no Git remote is known", {
      hint: "add one with 'git remote add origin URL'",
    });
  const tags = await listHost(repo.git, host, [`refs/tags/${model}@v*`]);
  return whileNumbering(repo, async () => {
    const all = versionRefs(await repo.git.refs(), model);
    if (all.length === 0) findVersion([], model, null);
    const renumbered: Renumbered[] = [];
    for (const ref of all) {
      const theirs = tags.get(versionRef(ref.model, ref.version));
      if (theirs !== undefined && theirs !== ref.oid) renumbered.push(await renumberOne(repo, ref, { host, tags }));
    }
    return { model, host, renumbered };
  });
}

async function renumberOne(
  repo: Repo,
  ref: VersionRef,
  { host, tags }: { host: string; tags: ReadonlyMap<string, Oid> },
): Promise<Renumbered> {
  const version = await openVersion(repo.git, ref);
  const made = (await madeBefore(repo, version, tags)) ?? (await makeNew(repo, version, tags));
  const old = versionRef(ref.model, ref.version);
  await carryRemarks(repo, version, made.pack.version);
  await dropRef(repo.git, old, ref.oid);
  const fetched = await fetchFromHost(repo.git, host, [`${old}:${old}`]);
  return { from: nameOf(ref), to: nameOf(made.pack), commit: made.commit, onBranch: made.onBranch, fetched };
}

/** What was said of the version here is said of it under its new number, by whoever said it, when they did. */
async function carryRemarks(repo: Repo, version: Version, number: number): Promise<void> {
  const { git } = repo;
  const { model } = version;
  const refs = await git.refs();
  const to = await openVersion(git, findVersion(refs, model, number));
  const all = (await remarksOn(git, refs, version)).links;
  const mine = all.filter(({ value }) => value.package === version.packageHash);
  const there = chainTags(refs, to);
  let previous: Oid | null = null;
  for (const { value, tagger } of mine) {
    const remark: Remark = { ...value, version: number, package: to.packageHash, previous };
    previous =
      there.get(value.number) ??
      (await createTag(git.as(tagger), `${nameOf(to)}#${value.number}`, {
        commit: to.commit,
        message: formatRemark(remark),
      }));
  }
  for (const { value, oid } of mine.toReversed())
    await dropRef(git, remarkRef(model, version.version, value.number), oid);
  if (mine.length > 0) forgetSeen(repo, { model, version: version.version });
}

type Made = Pick<Renumbered, "commit" | "onBranch"> & { pack: Package };

/** The version under its new number, where a renumber was killed before the old tag went. */
async function madeBefore(
  repo: Repo,
  { pack, version }: Version,
  tags: ReadonlyMap<string, Oid>,
): Promise<Made | null> {
  const later = versionRefs(await repo.git.refs(), pack.model).filter(
    (each) => each.version > version && !tags.has(versionRef(each.model, each.version)),
  );
  for await (const reading of readVersions(repo.git, later)) {
    if (reading.kind !== "version" || formatPackage({ ...reading.version.pack, version }) !== formatPackage(pack))
      continue;
    const { commit } = reading.version;
    return { commit, onBranch: (await repo.git.resolveCommit("HEAD")) === commit, pack: reading.version.pack };
  }
  return null;
}

async function makeNew(repo: Repo, version: Version, tags: ReadonlyMap<string, Oid>): Promise<Made> {
  const theirs = [...tags.keys()].map(readRef).map((each) => (each?.kind === "version" ? each.version : 0));
  const taken = [...versionRefs(await repo.git.refs(), version.model).map((each) => each.version), ...theirs];
  const given = (await numbersGiven(repo, [version.model], { wanted: "none" })).get(version.model) ?? [];
  const number = (await numberBegun(repo, version)) ?? nextNumber(...highestOf(version.model, [...taken, ...given]));
  const made = await remake(repo, version, number);
  const message = formatVersionTag({
    model: version.model,
    version: number,
    package: hashBytes((await packageBytes(repo.git, made.commit, version.model)) as Buffer),
  });
  await createTag(repo.git, nameOf(made.pack), { commit: made.commit, message });
  return made;
}

function highestOf(model: ModelName, numbers: readonly number[]): [number, string] {
  const version = numbers.reduce((most, each) => Math.max(most, each));
  return [version, nameOf({ model, version })];
}

/** The number that a renumber which was killed before it made the tag gave the branch's tip already; null for none. */
async function numberBegun(repo: Repo, { pack, version }: Version): Promise<number | null> {
  const head = await repo.git.resolveCommit("HEAD");
  const bytes = head && (await packageBytes(repo.git, head, pack.model));
  const reading = bytes && readPackage(bytes);
  if (reading?.kind !== "package" || reading.pack.version <= version) return null;
  return formatPackage({ ...reading.pack, version }) === formatPackage(pack) ? reading.pack.version : null;
}

/**
 * The version's commit with the new number, of the same tree but the package. It takes the old one's place where that
 * is the tip of the branch and on no branch of a host; else it stands beside it, and its tag holds it.
 */
async function remake(repo: Repo, version: Version, number: number): Promise<Made> {
  const pack: Package = { ...version.pack, version: number };
  const { tree, parents, author } = await repo.git.commit(version.commit);
  // A package and its commit are by one author, whoever renumbers.
  const git = repo.git.authoredBy(author);
  const path = packagePath(pack.model);
  const newTree = await treeWithBytes(repo, tree, { path, bytes: formatPackage(pack) });
  const message = await commitMessage(repo, pack);
  const head = await repo.git.resolveCommit("HEAD");
  // A renumber that was killed before it made the tag has moved the branch already.
  const isMade = head !== null && (await packageBytes(repo.git, head, pack.model))?.toString() === formatPackage(pack);
  const isTip = head === version.commit;
  if ((!isTip && !isMade) || (await publishedOn(repo.git, version.commit)).length > 0) {
    return { commit: await commitTree(git, newTree, { parents, message }), onBranch: false, pack };
  }
  const commit = isMade ? head : await remakeHead(git, version.commit, { tree: newTree, parents, message });
  repo.replaceFile(repo.guard.resolveForWriting(path), formatPackage(pack));
  await repo.git.stage([path]);
  return { commit, onBranch: true, pack };
}
