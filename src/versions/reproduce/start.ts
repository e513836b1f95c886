/** What a version began with, brought back: the tree of its code, and the bytes of its inputs. */
import { join } from "node:path";
import { MvgitError } from "../../base/errors.ts";
import { display, isWithin, type RepoPath } from "../../base/paths.ts";
import type { Oid } from "../../git/reader.ts";
import type { PackageFile } from "../../values/package.ts";
import { manifestLoader, needsOf } from "../../repo/needs.ts";
import { commitPointers, newerPointer, type PointerUse } from "../../repo/pointer-uses.ts";
import type { Repo } from "../../repo/repo.ts";
import type { Need } from "../../transfer/copy.ts";
import { loadOf, unhad, unhadError } from "../../transfer/unhad.ts";
import { heldErrors } from "../../worktree/held-back.ts";
import { nameOf, type Version } from "../../registry/versions.ts";
import { checkout } from "../../files/checkout.ts";
import { keptErrors } from "../../files/kept.ts";
import { bringAbsent } from "../../repo/bring.ts";
import type { Hash } from "../../values/hash.ts";
import { rebuildStart } from "../making/outputs.ts";

/**
 * The tree that the version began with, and the commit that HEAD was at. Throws `version-damaged` unless it is exactly
 * the recorded one.
 */
export async function startOf(repo: Repo, version: Version): Promise<{ tree: Oid; head: Oid }> {
  const { code } = version.pack;
  const { tree } = await repo.git.commit(version.commit);
  const rebuilt = await rebuildStart(repo, tree, code.outputs);
  if (rebuilt !== code.tree) {
    throw new MvgitError(
      "version-damaged",
      `the tree that ${nameOf(version)} began with cannot be rebuilt from its commit and package`,
      { subject: nameOf(version), hint: "'mvgit audit' tells what was changed" },
    );
  }
  const head = code.commit === null ? null : await repo.git.resolveCommit(code.commit);
  return { tree: rebuilt, head: head ?? version.commit };
}

/** Everything tracked in that tree but what the run makes. Throws `pointer-malformed`. */
export async function inputsOf(
  repo: Repo,
  tree: Oid,
  weights: readonly Pick<PackageFile, "path">[],
): Promise<PointerUse[]> {
  const { uses, broken } = await commitPointers(repo, tree);
  const [first] = broken;
  if (first)
    throw (
      newerPointer(broken) ??
      new MvgitError("pointer-malformed", `what '${display(first.path)}' stands for is not known: ${first.reason}`, {
        subject: display(first.path),
      })
    );
  return uses.filter((each) => !weights.some(({ path }) => isWithin(each.path, path)));
}

/**
 * Brings the inputs into the work tree of `scratch`, verified on the way; what the cache lacks comes from the remote
 * that `repo` knows. Throws `blob-missing`, `blob-damaged`.
 */
export async function bringInputs(repo: Repo, scratch: Repo, inputs: readonly PointerUse[]): Promise<void> {
  if (inputs.length === 0) return;
  const load = manifestLoader(repo.cache, () => repo.remotes());
  const needs: Need[] = [];
  const paths = new Map<Hash, RepoPath>();
  for (const { path, pointer } of inputs) {
    const { blobs } = await needsOf(pointer, loadOf(path, load));
    needs.push(...blobs);
    for (const { hash } of blobs) paths.set(hash, path);
  }
  await bringAbsent(repo, needs, {
    isLasting: true,
    failure: (failed, remote) => {
      const of = ({ hash }: { hash: Hash }): RepoPath => paths.get(hash) as RepoPath;
      const lacking = failed.map((each) => unhad(each, of(each), { cache: repo.cache, at: "remote" }));
      return unhadError("cannot have the input", lacking, remote.name);
    },
  });
  const report = await checkout(scratch, { paths: inputs.map(({ path }) => join(scratch.top, path)) });
  const [error] = [...keptErrors(report), ...heldErrors(report.held)];
  if (error) throw error;
}
