/**
 * A version made of a tree that is known, on a commit beside every branch which its tag holds: work tree, index and
 * HEAD are left alone.
 */
import { join } from "node:path";
import type { RepoPath } from "../../../base/paths.ts";
import { commitTree, identity } from "../../../git/history.ts";
import { DURABLE } from "../../../git/run.ts";
import type { Oid } from "../../../git/reader.ts";
import { whileNumbering } from "../../../repo/locks.ts";
import { curvesPath, formatPackage, type Package, packagePath } from "../../../values/package.ts";
import { pointerPathOf } from "../../../values/pointer.ts";
import { runsPath } from "../../../values/recorded-runs.ts";
import type { Repo } from "../../../repo/repo.ts";
import { look } from "../../../worktree/stamp.ts";
import type { Draft } from "../draft.ts";
import { commitMessage } from "../../making/message.ts";
import { freeNumber } from "../../making/numbers.ts";
import { lackingBlobs, outputsBetween } from "../../making/outputs.ts";
import { finishTag, holdStart, namedBy, newestWithin, proveStart, type Recorded } from "../../making/record.ts";
import { type LeftOut, stageAll, withScratchIndex } from "../../making/snapshot.ts";

/** A work tree as it stands, with the pointers of a draft's files, as a tree of Git. Its index is left alone. */
export function treeOf(
  place: Repo,
  { data, weights, code, sources }: Pick<Draft, "data" | "weights" | "code" | "sources">,
): Promise<{ tree: Oid; leftOut: LeftOut[] }> {
  return withScratchIndex(place, async (git) => {
    const { leftOut } = await stageAll(place, git, namedBy({ code, sources }));
    const pointers = [...data, ...weights].map((each) => pointerPathOf(each.path));
    await git.stage(pointers.filter((path) => look(join(place.top, path)) !== null));
    return { tree: await git.writeTree(), leftOut };
  });
}

/** Makes the version on top of the commit that it began with. `tree`: as the command left it. */
export function recordBeside(repo: Repo, draft: Draft, tree: Oid): Promise<Recorded> {
  return whileNumbering(repo, async () => {
    const parents = draft.code.commit === null ? [] : [draft.code.commit as Oid];
    const pack = await numbered(repo, draft, parents[0] ?? null);
    const beside = await treeWithFiles(
      repo,
      tree,
      new Map([
        [curvesPath(pack.model), draft.curves],
        [runsPath(pack.model), draft.runs],
      ]),
    );
    const outputs = await outputsBetween(repo, {
      start: pack.code.tree as Oid,
      end: beside,
      always: packagePath(pack.model),
    });
    const whole = { ...pack, code: { ...pack.code, outputs } };
    const end = await treeWithFiles(repo, beside, new Map([[packagePath(pack.model), formatPackage(whole)]]));
    await proveStart(repo, whole, end);
    const lacking = await lackingBlobs(repo, outputs, [end, ...parents]);
    const held = lacking.length === 0 ? [] : [await holdStart(repo, whole, parents)];
    const commit = await commitTree(repo.git, end, {
      parents: [...parents, ...held],
      message: await commitMessage(repo, whole),
    });
    return finishTag(repo, { commit, pack: whole }, []);
  });
}

async function numbered(
  repo: Repo,
  { curves: _curves, runs: _runs, pointers: _pointers, ...rest }: Draft,
  parent: Oid | null,
): Promise<Package> {
  const version = await freeNumber(repo, rest.model);
  const from = parent === null ? null : await newestWithin(repo, rest.model, parent);
  return { ...rest, author: await identity(repo.git), version, from };
}

/** `tree` with these texts as files of it; null takes one out. */
function treeWithFiles(repo: Repo, tree: Oid, files: ReadonlyMap<RepoPath, string | null>): Promise<Oid> {
  return withScratchIndex(repo, async (git) => {
    await git.run(["read-tree", tree]);
    for (const [path, text] of files) {
      const line =
        text === null ? `0 ${"0".repeat(tree.length)}\t${path}\0` : `100644 ${await blobOf(repo, text)}\t${path}\0`;
      await git.run(["update-index", "-z", "--index-info"], { input: line });
    }
    return git.writeTree();
  });
}

async function blobOf(repo: Repo, text: string): Promise<string> {
  return (await repo.git.run([...DURABLE, "hash-object", "-w", "--stdin"], { input: text })).stdout
    .toString("latin1")
    .trim();
}
