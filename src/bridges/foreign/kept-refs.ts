/**
 * Pointers for a commit that is not checked out, without changing it: a commit after it, on a ref of mvgit's own. So gc
 * sees what they need, `mvgit push --all` uploads it, and `git checkout REF && mvgit checkout` brings the files.
 */
import { removeFile } from "../../base/disk.ts";
import type { RepoPath } from "../../base/paths.ts";
import { nameOfOwner } from "../../base/processes.ts";
import type { Oid } from "../../git/reader.ts";
import { DURABLE } from "../../git/run.ts";
import { moveRef } from "../../git/tags.ts";
import { formatPointer, type Pointer, pointerPathOf } from "../../values/pointer.ts";
import type { Repo } from "../../repo/repo.ts";
import { workTreeFile } from "../../values/own-files.ts";

const PREFIX = "refs/mvgit/import/dvc/";

/** Makes or renews the ref; null when there is no pointer to keep. */
export async function keepOnRef(
  repo: Repo,
  { ref, commit }: { ref: string; commit: Oid },
  pointers: ReadonlyMap<RepoPath, Pointer>,
): Promise<string | null> {
  if (pointers.size === 0) return null;
  const name = PREFIX + ref.slice("refs/".length);
  const tree = await treeWithPointers(repo, commit, pointers);
  if (await isKept(repo, name, { tree, commit })) return name;
  const body = "Made by 'mvgit import dvc --all'; the commit before it is unchanged.";
  const message = `Pointers of mvgit for ${ref}\n\n${body}\n`;
  const { stdout } = await repo.git.run([...DURABLE, "commit-tree", tree, "-p", commit, "-F", "-"], { input: message });
  await moveRef(repo.git, { ref: name, to: stdout.toString("latin1").trim() as Oid, why: "mvgit import dvc" });
  return name;
}

async function isKept(repo: Repo, name: string, { tree, commit }: { tree: string; commit: Oid }): Promise<boolean> {
  const { stdout, status } = await repo.git.run(["rev-parse", "--verify", "--quiet", `${name}^{tree}`, `${name}^1`], {
    answers: [0, 1, 128],
  });
  return status === 0 && stdout.toString("latin1").trim() === `${tree}\n${commit}`;
}

/** The commit's tree with the pointers added, made with an index of its own. */
export async function treeWithPointers(
  repo: Repo,
  commit: Oid,
  pointers: ReadonlyMap<RepoPath, Pointer>,
): Promise<Oid> {
  const index = `${workTreeFile(repo.git.place, "index")}-${nameOfOwner()}`;
  const env = { ...repo.env, GIT_INDEX_FILE: index };
  try {
    await repo.git.run(["read-tree", commit], { env });
    const lines: string[] = [];
    for (const [path, pointer] of pointers) {
      const { stdout } = await repo.git.run(["hash-object", "-w", "--stdin", "--no-filters"], {
        input: formatPointer(pointer),
      });
      lines.push(`100644 ${stdout.toString("latin1").trim()}\t${pointerPathOf(path)}\0`);
    }
    await repo.git.run(["update-index", "-z", "--index-info"], { env, input: lines.join("") });
    return (await repo.git.run(["write-tree"], { env })).stdout.toString("latin1").trim() as Oid;
  } finally {
    removeFile(index);
  }
}
