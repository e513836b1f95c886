/** What a version's commit has beyond, and instead of, the tree that it began with. */
import { DURABLE, fields } from "../../git/run.ts";
import type { Oid } from "../../git/reader.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { Output } from "../../values/package.ts";
import type { Repo } from "../../repo/repo.ts";
import { withScratchIndex } from "./snapshot.ts";

/**
 * Every path that differs, with what `start` has there; `always` is listed whether it differs or not. In path order.
 */
export async function outputsBetween(
  repo: Repo,
  { start, end, always }: { start: Oid; end: Oid; always: RepoPath },
): Promise<Output[]> {
  const changes = await repo.git.rawDiff(["diff-tree", "--no-renames", start, end]);
  const outputs = changes
    .filter((each) => each.path !== always)
    .map(({ path, oldOid, oldMode }) => toOutput(path, oldMode, oldOid));
  const before = await repo.git.fileAt(start, always);
  outputs.push(
    before === null ? { path: always, before: null, mode: null } : toOutput(always, before.mode, before.oid),
  );
  return outputs.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function toOutput(path: string, mode: string, oid: Oid): Output {
  const isNew = mode === "000000";
  return { path: path as RepoPath, before: isNew ? null : oid, mode: isNew ? null : mode };
}

/** `tree` with its outputs put back to what they were. Every blob they name must be in the clone. */
export function rebuildStart(repo: Repo, tree: Oid, outputs: readonly Output[]): Promise<Oid> {
  return withScratchIndex(repo, async (git) => {
    await git.run(["read-tree", tree]);
    const zero = "0".repeat(tree.length);
    const gone = outputs.filter((each) => each.before === null).map(({ path }) => `0 ${zero}\t${path}\0`);
    const back = outputs
      .filter((each) => each.before !== null)
      .map(({ path, before, mode }) => `${mode} ${before}\t${path}\0`);
    await git.run(["update-index", "-z", "--index-info"], { input: [...gone, ...back].join("") });
    return git.writeTree();
  });
}

/** `tree` with one file of the work tree's index in its place. */
export function treeWith(repo: Repo, tree: Oid, path: RepoPath): Promise<Oid> {
  return withScratchIndex(repo, async (git) => {
    const [entry] = await git.index([`:(top,literal)${path}`]);
    await git.run(["read-tree", tree]);
    await git.run(["update-index", "-z", "--index-info"], { input: `${entry?.mode} ${entry?.oid}\t${path}\0` });
    return git.writeTree();
  });
}

/** `tree` with these bytes as one of its files. */
export function treeWithBytes(repo: Repo, tree: Oid, { path, bytes }: { path: RepoPath; bytes: string }): Promise<Oid> {
  return withScratchIndex(repo, async (git) => {
    const { stdout } = await git.run([...DURABLE, "hash-object", "-w", "--stdin"], { input: bytes });
    await git.run(["read-tree", tree]);
    await git.run(["update-index", "-z", "--index-info"], {
      input: `100644 ${stdout.toString("latin1").trim()}\t${path}\0`,
    });
    return git.writeTree();
  });
}

/** The blobs that outputs name and that none of the trees has under any path. */
export async function lackingBlobs(repo: Repo, outputs: readonly Output[], trees: readonly Oid[]): Promise<string[]> {
  const wanted = new Set(outputs.flatMap(({ before, mode }) => (before !== null && mode !== "160000" ? [before] : [])));
  for (const tree of trees) {
    if (wanted.size === 0) break;
    const { stdout } = await repo.git.run(["ls-tree", "-r", "-z", "--full-tree", tree]);
    for (const line of fields(stdout)) wanted.delete(line.slice(0, line.indexOf("\t")).split(" ")[2] ?? "");
  }
  return [...wanted];
}
