/** Makes a version out of what is known of it: package file, one commit, one tag. */
import * as fs from "node:fs";
import { join } from "node:path";
import { plural } from "../../base/counts.ts";
import { readUpTo } from "../../base/disk.ts";
import { isMvgitError, MvgitError } from "../../base/errors.ts";
import type { RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { commitIndex, committerNow, commitTree, identity, mergedRefs, remakeHead } from "../../git/history.ts";
import type { GitProgram } from "../../git/program.ts";
import type { Oid } from "../../git/reader.ts";
import { createTag } from "../../git/tags.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import type { Hash } from "../../values/hash.ts";
import { type ModelName, readRef, versionRef } from "../../values/label.ts";
import { isSamePerson } from "../../values/person.ts";
import { curvesPath, formatPackage, type Package, packagePath, readPackage } from "../../values/package.ts";
import { runsPath } from "../../values/recorded-runs.ts";
import { POINTER_CAP, pointerPathOf } from "../../values/pointer.ts";
import { formatVersionTag } from "../../values/tag-message.ts";
import { ignoreTargets } from "../../repo/pointers.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Undo } from "../../repo/undo.ts";
import { nameOf, packageBytes, readVersion, versionRefs } from "../../registry/versions.ts";
import { whileNumbering } from "../../repo/locks.ts";
import { commitMessage } from "./message.ts";
import { freeNumber } from "./numbers.ts";
import { lackingBlobs, outputsBetween, rebuildStart, treeWith } from "./outputs.ts";
import type { Draft } from "../run/draft.ts";
import { forgetPending, keepPending, readPending } from "../run/pending.ts";
import { look } from "../../worktree/stamp.ts";
import { type LeftOut, leftOutNote, orAsBefore, stageAll } from "./snapshot.ts";
import type { Named } from "../run/outcome/unnamed.ts";

export interface Recorded {
  version: number;
  commit: Oid;
  /** Of the tag object. */
  tag: Oid;
  pack: Package;
  packageHash: Hash;
  leftOut: LeftOut[];
}

/**
 * Numbers the draft, commits the tree as it stands with it, and tags the commit. What Git refuses throws `hook-blocked`
 * or `git-failed`; the draft is kept then, and `mvgit save MODEL` goes on with it. `undo` is forgotten once all is
 * staged, and what was staged in part is taken back.
 */
export async function record(repo: Repo, draft: Draft, undo: Undo): Promise<Recorded> {
  repo.cleanTemporary();
  const whole = { ...draft, pointers: draft.pointers ?? pointersOf(repo, draft) };
  keepPending(repo, whole);
  const recorded = await whileNumbering(repo, () => recordLocked(repo, whole, undo));
  forgetPending(repo, draft.model);
  return recorded;
}

/**
 * Looks after what a run or save that was stopped left of the model: one whose commit stands gets its tag and is
 * answered, so that its number is not used again; one that is whole is forgotten. `draft`: one that is still to be
 * recorded.
 */
export async function settlePending(
  repo: Repo,
  model: ModelName,
): Promise<{ finished: Recorded | null; draft: Draft | null }> {
  const draft = readPending(repo, model);
  if (draft === null) return { finished: null, draft };
  return whileNumbering(repo, async () => {
    const newest = versionRefs(await repo.git.refs(), model).at(-1);
    const reading = newest && (await readVersion(repo.git, newest));
    const isWhole = reading?.kind === "version" && reading.version.pack.time === draft.time;
    const head = isWhole ? null : await repo.git.resolveCommit("HEAD");
    const done = head === null ? null : await untagged(repo, head, draft);
    const finished = done === null ? null : await finishTag(repo, done, []);
    if (isWhole || finished !== null) forgetPending(repo, model);
    return { finished, draft: isWhole || finished !== null ? null : draft };
  });
}

/** What the pointers of the draft's data and weights say now. */
export function pointersOf(repo: Repo, { data, weights }: Pick<Draft, "data" | "weights">): Record<string, string> {
  return Object.fromEntries(
    [...data, ...weights].flatMap(({ path }) => {
      const text = readUpTo(repo.guard.resolve(pointerPathOf(path)), POINTER_CAP)?.toString("utf8");
      return text === undefined ? [] : [[path, text]];
    }),
  );
}

/** The pointers again that are gone since the draft was made, with their ignore lines. */
function bringPointers(repo: Repo, pointers: Record<string, string>): void {
  const gone = Object.entries(pointers).filter(
    ([path]) => look(repo.guard.resolve(pointerPathOf(path as RepoPath))) === null,
  );
  for (const [path, text] of gone)
    repo.replaceFile(repo.guard.resolveForWriting(pointerPathOf(path as RepoPath)), text);
  ignoreTargets(
    repo,
    gone.map(([path]) => path as RepoPath),
  );
}

async function recordLocked(repo: Repo, draft: Draft, undo: Undo): Promise<Recorded> {
  const head = await repo.git.resolveCommit("HEAD");
  const done = head === null ? null : await untagged(repo, head, draft);
  if (done !== null) return finishTag(repo, done, []);
  const version = await freeNumber(repo, draft.model);
  const from = head === null ? null : await newestWithin(repo, draft.model, head);
  const { curves, runs, pointers = {}, ...rest } = draft;
  // A draft that was kept may be older than the settings that say who makes the commit.
  const pack: Package = { ...rest, author: await identity(repo.git), version, from };
  const beside = new Map([
    [curvesPath(pack.model), curves],
    [runsPath(pack.model), runs ?? null],
  ]);
  const targets = Object.keys(pointers) as RepoPath[];
  const staged = await undo.around(
    targets,
    () =>
      repo.locked(() =>
        orAsBefore(repo, async () => {
          bringPointers(repo, pointers);
          return stageWith(repo, pack, beside);
        }),
      ),
    [packagePath(pack.model), ...beside.keys()],
  );
  undo.forget();
  const commit = await commitVersion(repo, { pack: staged.pack, tree: staged.tree });
  return finishTag(repo, commit, staged.leftOut);
}

/** The commit of this very draft, where only its tag is missing. */
async function untagged(
  repo: Repo,
  commit: Oid,
  { model, time }: Pick<Package, "model" | "time">,
): Promise<Committed | null> {
  const bytes = await packageBytes(repo.git, commit, model);
  const reading = bytes && readPackage(bytes);
  if (reading?.kind !== "package" || reading.pack.model !== model || reading.pack.time !== time) return null;
  const isTagged = versionRefs(await repo.git.refs(), model).some((each) => each.version === reading.pack.version);
  return isTagged ? null : { commit, pack: reading.pack };
}

export async function finishTag(repo: Repo, { commit, pack }: Committed, leftOut: LeftOut[]): Promise<Recorded> {
  const packageHash = hashBytes((await packageBytes(repo.git, commit, pack.model)) as Buffer);
  const tag = await tagVersion(repo, pack, { commit, packageHash });
  return { version: pack.version, commit, tag, pack, packageHash, leftOut };
}

/** The newest version of the model that `commit` comes from, itself included. */
export async function newestWithin(repo: Repo, model: ModelName, commit: Oid): Promise<number | null> {
  const names = await mergedRefs(repo.git, commit, `${versionRef(model, 1).slice(0, -1)}*`);
  const numbers = names
    .map(readRef)
    .flatMap((each) => (each?.kind === "version" && each.model === model ? [each.version] : []));
  return numbers.length === 0 ? null : numbers.reduce((most, each) => Math.max(most, each));
}

interface Committed {
  commit: Oid;
  pack: Package;
}

interface Prepared {
  pack: Package;
  tree: Oid;
  leftOut: LeftOut[];
}

/** Notes of files that were left out; more are counted. */
const MOST_NOTES = 20;

async function stageWith(repo: Repo, named: Package, beside: ReadonlyMap<RepoPath, string | null>): Promise<Prepared> {
  for (const [path, text] of beside) writeBeside(repo, path, text);
  const { leftOut } = await stageAll(repo, repo.git, namedBy(named));
  const more =
    leftOut.length > MOST_NOTES
      ? [`${plural(leftOut.length - MOST_NOTES, "more file is", "more files are")} not part of this version`]
      : [];
  const draft = {
    ...named,
    notes: [...named.notes, ...leftOut.slice(0, MOST_NOTES).map((each) => leftOutNote(each)), ...more],
  };
  const file = repo.guard.resolveForWriting(packagePath(draft.model));
  const pointers = [...draft.data, ...draft.weights]
    .map((each) => `${each.path}.mvgit` as RepoPath)
    .filter((path) => fs.existsSync(join(repo.top, path)));
  await repo.git.stage([...pointers, ...[...beside].flatMap(([path, text]) => (text === null ? [] : [path]))]);
  const pack = await withOutputs(repo, draft, await repo.git.writeTree());
  repo.replaceFile(file, formatPackage(pack));
  await repo.git.stage([packagePath(pack.model)]);
  return { pack, tree: await repo.git.writeTree(), leftOut };
}

/** What a version's commit has in Git, however much it is. */
export function namedBy({ code, sources }: Pick<Package, "code" | "sources">): Named {
  return { start: code.tree as Oid, files: [...sources.params, ...sources.metrics] };
}

/** Null removes what an earlier version left. */
function writeBeside(repo: Repo, path: RepoPath, text: string | null): void {
  if (text === null) repo.changeText(path, () => null);
  else repo.replaceFile(repo.guard.resolveForWriting(path), text);
}

/** The package with every path in which `tree`, once it has the package, differs from the tree it began with. */
async function withOutputs(repo: Repo, pack: Package, tree: Oid): Promise<Package> {
  const outputs = await outputsBetween(repo, {
    start: pack.code.tree as Oid,
    end: tree,
    always: packagePath(pack.model),
  });
  return { ...pack, code: { ...pack.code, outputs } };
}

/** The commit of the staged version; made again where hooks changed the tree, or where the first tree needs holding. */
async function commitVersion(repo: Repo, { pack, tree }: { pack: Package; tree: Oid }): Promise<Committed> {
  const commit = await commitIndex(repo.git, await commitMessage(repo, pack)).catch((error: unknown) => {
    if (!isMvgitError(error, "hook-blocked")) throw error;
    throw new MvgitError(error.code, error.message, {
      subject: nameOf(pack),
      hint: prose`nothing is lost, all of it is staged: mend that, then run 'mvgit save ${pack.model}', which goes
          on from here`,
      cause: error,
    });
  });
  // The parents that Git gave it: somebody may have committed since HEAD was looked at.
  const { tree: made, parents } = await repo.git.commit(commit);
  // Hooks change what is committed, and somebody may have staged something after the outputs were listed.
  const isListed = made === tree && (await rebuildStart(repo, made, pack.code.outputs)) === pack.code.tree;
  const final = isListed ? { pack, tree } : await listedAgain(repo, pack, made);
  if (!isListed) await proveStart(repo, final.pack, final.tree);
  const lacking = await lackingBlobs(repo, final.pack.code.outputs, [final.tree, ...parents]);
  const held = lacking.length === 0 ? [] : [await holdStart(repo, final.pack, parents)];
  if (final.tree === made && held.length === 0) return { commit, pack };
  return {
    commit: await remakeHead(repo.git, commit, { tree: final.tree, parents: [...parents, ...held] }),
    pack: final.pack,
  };
}

async function listedAgain(repo: Repo, draft: Package, made: Oid): Promise<{ pack: Package; tree: Oid }> {
  const pack = await withOutputs(repo, draft, made);
  repo.replaceFile(repo.guard.resolveForWriting(packagePath(pack.model)), formatPackage(pack));
  await repo.git.stage([packagePath(pack.model)]);
  return { pack, tree: await treeWith(repo, made, packagePath(pack.model)) };
}

/** Throws `bug` unless the tree with its outputs put back is the one that the version began with. */
export async function proveStart(repo: Repo, pack: Package, tree: Oid): Promise<void> {
  const rebuilt = await rebuildStart(repo, tree, pack.code.outputs);
  if (rebuilt !== pack.code.tree)
    throw new MvgitError("bug", `the tree that ${nameOf(pack)} began with cannot be rebuilt from its package`, {
      subject: nameOf(pack),
    });
}

/**
 * A commit of the tree that the version began with, so that blobs which only it has are reached by whoever has the
 * version.
 */
export function holdStart(repo: Repo, pack: Package, parents: readonly Oid[]): Promise<Oid> {
  return commitTree(repo.git, pack.code.tree as Oid, {
    parents,
    message: `${nameOf(pack)}: the tree that it began with\n`,
  });
}

/** Tag and commit are by one person, also where the settings changed since the commit was made. */
async function asCommitted(repo: Repo, commit: Oid): Promise<GitProgram> {
  const { committer } = await repo.git.commit(commit);
  return isSamePerson(committer, await committerNow(repo.git)) ? repo.git : repo.git.as(committer);
}

async function tagVersion(
  repo: Repo,
  pack: Package,
  { commit, packageHash }: { commit: Oid; packageHash: Hash },
): Promise<Oid> {
  const { model, version } = pack;
  try {
    const git = await asCommitted(repo, commit);
    return await createTag(git, nameOf(pack), {
      commit,
      message: formatVersionTag({ model, version, package: packageHash }),
    });
  } catch (error) {
    if (!isMvgitError(error)) throw error;
    throw new MvgitError(error.code, `the commit of ${nameOf(pack)} was made, but its tag was not: ${error.message}`, {
      subject: nameOf(pack),
      hint: `mend that, then run 'mvgit save ${model}', which makes the tag`,
      cause: error,
    });
  }
}
