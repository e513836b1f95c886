/**
 * What mvgit adds to Git's history: commits and annotated tags, made by Git itself so that hooks, identity and signing
 * apply.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import type { RepoPath } from "../base/paths.ts";
import { prose } from "../base/prose.ts";
import type { GitProgram } from "./program.ts";
import { DURABLE } from "./run.ts";
import type { GitIdentity, Oid } from "./reader.ts";
import { moveRef } from "./tags.ts";

/** Files in the git directory that stand for work which was begun and not ended, and the command that ends it. */
const UNFINISHED: readonly (readonly [file: string, what: string])[] = [
  ["MERGE_HEAD", "merge"],
  ["rebase-merge", "rebase"],
  ["rebase-apply", "rebase"],
  ["CHERRY_PICK_HEAD", "cherry-pick"],
  ["REVERT_HEAD", "revert"],
];

/** What is unfinished in this work tree (`merge`, `rebase`, …), null for nothing. */
export function unfinishedWork(git: GitProgram): string | null {
  return UNFINISHED.find(([file]) => fs.existsSync(join(git.place.gitDir, file)))?.[1] ?? null;
}

/** `Name <address>` as Git would write it now, as author and as committer. Throws `git-failed` where Git knows none. */
export async function identity(git: GitProgram): Promise<string> {
  await git.run(["var", "GIT_COMMITTER_IDENT"]);
  const { stdout } = await git.run(["var", "GIT_AUTHOR_IDENT"]);
  return stdout
    .toString("utf8")
    .trim()
    .replace(/ -?[0-9]+ [+-][0-9]{4}$/, "");
}

/** Who Git would write as the committer now. Throws `git-failed` where Git knows none. */
export async function committerNow(git: GitProgram): Promise<Pick<GitIdentity, "name" | "email">> {
  const { stdout } = await git.run(["var", "GIT_COMMITTER_IDENT"]);
  const match = /^(.*?) ?<(.*)> -?[0-9]+ [+-][0-9]{4}$/.exec(stdout.toString("utf8").trim());
  return { name: match?.[1] ?? "", email: match?.[2] ?? "" };
}

/** Commits that somebody else may have made on top of ours before it was looked for. */
const MOST_SINCE = 10;

/** Commits the index, as `git commit` does. Throws `git-failed`. */
export async function commitStaged(git: GitProgram, message: string, options: readonly string[] = []): Promise<void> {
  step("git commit", git.place.gitDir);
  await git.run([...DURABLE, "commit", "-q", ...options, "--cleanup=verbatim", "-F", "-"], { input: message });
}

/** Commits one file alone, whatever else is staged, and asks no hook. Throws `git-failed`. */
export async function commitFile(git: GitProgram, path: RepoPath, message: string): Promise<void> {
  step("git commit", path);
  await git.run(["add", "--force", "--sparse", "--", `:(top)${path}`]);
  const options = ["--quiet", "--no-verify", "--only", "--cleanup=verbatim", "--file=-"];
  await git.run([...DURABLE, "-c", "maintenance.auto=false", "commit", ...options, "--", `:(top)${path}`], {
    input: message,
  });
}

/**
 * Commits the index on the current branch, or on a detached HEAD. Throws `hook-blocked` with Git's own words when it
 * refuses.
 */
export async function commitIndex(git: GitProgram, message: string): Promise<Oid> {
  try {
    await commitStaged(git, message, ["--allow-empty"]);
  } catch (error) {
    if (!isMvgitError(error, "git-failed")) throw error;
    throw new MvgitError(
      "hook-blocked",
      prose`Git refused the commit:
        ${error.message.replace(/^git commit failed with status \d+: /, "") || "a hook stopped it"}`,
      { cause: error },
    );
  }
  return newestWith(git, message);
}

/** HEAD, or the commit below it that has the message, where somebody else committed meanwhile. */
async function newestWith(git: GitProgram, message: string): Promise<Oid> {
  const head = (await git.resolveCommit("HEAD")) as Oid;
  let at: Oid | undefined = head;
  for (let i = 0; at !== undefined && i < MOST_SINCE; i++) {
    const commit = await git.commit(at);
    if (commit.message.trim() === message.trim()) return at;
    at = commit.parents[0];
  }
  // A hook of the user's may write the message anew.
  return head;
}

/** Makes a commit of a tree that no ref names yet, by the identity of now. */
export async function commitTree(
  git: GitProgram,
  tree: Oid,
  { parents, message }: { parents: readonly Oid[]; message: string },
): Promise<Oid> {
  const args = [
    "commit-tree",
    tree,
    ...parents.flatMap((parent) => ["-p", parent]),
    ...(await signOption(git)),
    "-F",
    "-",
  ];
  return (await git.run([...DURABLE, ...args], { input: message })).stdout.toString("latin1").trim() as Oid;
}

/** HEAD's commit made again with another tree and other parents, and the branch moved to it. */
export async function remakeHead(
  git: GitProgram,
  head: Oid,
  { tree, parents, message }: { tree: Oid; parents: readonly Oid[]; message?: string },
): Promise<Oid> {
  const made = await commitTree(git, tree, { parents, message: message ?? (await git.commit(head)).message });
  await moveRef(git, { ref: "HEAD", to: made, from: head, why: "mvgit: the version's commit, made again" });
  return made;
}

async function signOption(git: GitProgram): Promise<string[]> {
  const { stdout } = await git.run(["config", "--type=bool", "--get", "commit.gpgSign"], { answers: [0, 1] });
  return stdout.toString("latin1").trim() === "true" ? ["-S"] : [];
}

/** Full names of the refs that match a pattern of Git's and whose commit is `commit` or one of its ancestors. */
export async function mergedRefs(git: GitProgram, commit: Oid, pattern: string): Promise<string[]> {
  const { stdout } = await git.run(["for-each-ref", `--merged=${commit}`, "--format=%(refname)", pattern]);
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Full names of the tags that have the commit in their history. */
export async function tagsContaining(git: GitProgram, commit: Oid): Promise<string[]> {
  const { stdout } = await git.run(["for-each-ref", `--contains=${commit}`, "--format=%(refname)", "refs/tags"]);
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Branches of hosts, as far as this clone knows them, that have the commit. */
export async function publishedOn(git: GitProgram, commit: Oid): Promise<string[]> {
  const { stdout } = await git.run(["for-each-ref", `--contains=${commit}`, "--format=%(refname)", "refs/remotes"]);
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}
