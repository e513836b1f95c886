/**
 * Repositories inside the scratch work tree, made from those that this machine has: nothing is fetched from anywhere.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { copyFile, makeFolder, writeNewFile } from "../../base/disk.ts";
import { isMvgitError } from "../../base/errors.ts";
import { display, type RepoPath } from "../../base/paths.ts";
import { GitProgram } from "../../git/program.ts";
import { notAsRecorded } from "../../git/work-trees.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import type { RecordedRepository } from "../../values/tree-record.ts";
import type { Repo } from "../../repo/repo.ts";
import { repositoryAt } from "../run/repositories.ts";

/** Repositories of submodules that are looked through. */
const MOST_MODULES = 200;

/** Makes each at its place. Answers the paths of those that are not as they were, and warns of each. */
export async function bringRepositories(
  repo: Repo,
  scratch: Repo,
  recorded: readonly RecordedRepository[],
): Promise<RepoPath[]> {
  const lacking: RepoPath[] = [];
  for (const each of recorded) {
    const problem = await bringOne(repo, scratch, each);
    if (problem === null) continue;
    lacking.push(each.path);
    repo.watch.warn(
      `${each.kind === "submodule" ? "the submodule" : "the repository"} '${display(each.path)}' is not as ` +
        ("it " + `was: ${problem}`),
    );
  }
  return lacking;
}

async function bringOne(
  repo: Repo,
  scratch: Repo,
  { path, kind, commit, patch, patchHash }: RecordedRepository,
): Promise<string | null> {
  if (commit === null) return "it had no commit, and its files are in no version";
  const dir = placeOf(scratch, path);
  if (dir === null) return "something else has its place";
  const source = await sourceOf(repo, path, commit);
  if (source === null) {
    const way =
      kind === "submodule"
        ? `'git submodule update --init ${display(path)}' brings it`
        : "clone it to that place of your work tree";
    return `its commit ${commit.slice(0, 10)} is not on this machine: ${way}`;
  }
  try {
    const git = await checkOut(scratch, dir, { source, commit });
    const { changed } = await notAsRecorded(git);
    if (changed.length > 0) return `'${display(changed[0] as string)}' could not be brought back as it was`;
    if (patchHash === null) return null;
    if (patch === null || hashBytes(Buffer.from(patch)) !== patchHash)
      return "what its files had beyond its commit was not kept";
    await git.run(["apply", "--whitespace=nowarn", "-"], { input: patch });
    return null;
  } catch (error) {
    if (isMvgitError(error, "git-failed")) return error.message;
    throw error;
  }
}

/**
 * Where it goes; null where a link or a file stands there or on the way. A repository may lie in another one that was
 * made before.
 */
function placeOf(scratch: Repo, path: RepoPath): string | null {
  let dir = scratch.top;
  for (const name of path.split("/")) {
    dir = join(dir, name);
    const found = fs.lstatSync(dir, { throwIfNoEntry: false });
    if (found !== undefined && !found.isDirectory()) return null;
  }
  return fs.existsSync(join(dir, ".git")) ? null : dir;
}

/**
 * The objects of a repository that has the commit: the one at that place of the user's work tree, else of some
 * submodule.
 */
async function sourceOf(repo: Repo, path: RepoPath, commit: string): Promise<string | null> {
  const there = await repositoryAt(join(repo.top, path), repo.env);
  const candidates = [
    ...(there === null ? [] : [there.place.commonDir]),
    ...modulesIn(join(repo.git.place.commonDir, "modules")),
  ];
  for (const each of candidates) {
    const { status } = await GitProgram.openBare(each, repo.git.ofGitDir(each).env).run(
      ["cat-file", "-e", `${commit}^{commit}`],
      { answers: [0, 1, 128] },
    );
    if (status === 0) return each;
  }
  return null;
}

/** Where Git keeps the repositories of submodules, within each other. */
function modulesIn(folder: string): string[] {
  const found: string[] = [];
  const waiting = [folder];
  for (let next = waiting.shift(); next !== undefined && found.length < MOST_MODULES; next = waiting.shift()) {
    for (const { name } of namesIn(next)) {
      const inner = join(next, name);
      if (fs.existsSync(join(inner, "HEAD")) && fs.existsSync(join(inner, "objects"))) {
        found.push(inner);
        waiting.push(join(inner, "modules"));
      } else waiting.push(inner);
    }
  }
  return found;
}

function namesIn(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  } catch {
    return [];
  }
}

/** A repository of its own whose objects are borrowed. */
async function checkOut(
  scratch: Repo,
  dir: string,
  { source, commit }: { source: string; commit: string },
): Promise<GitProgram> {
  makeFolder(dir);
  await scratch.git.run([
    "init",
    "-q",
    "--template=",
    `--object-format=${commit.length === 64 ? "sha256" : "sha1"}`,
    dir,
  ]);
  makeFolder(join(dir, ".git", "objects", "info"));
  writeNewFile(join(dir, ".git", "objects", "info", "alternates"), `${join(source, "objects")}\n`);
  if (fs.existsSync(join(source, "shallow"))) copyFile(join(source, "shallow"), join(dir, ".git", "shallow"));
  const git = await GitProgram.open(dir, scratch.env);
  await git.run(["update-ref", "--no-deref", "HEAD", commit]);
  await git.run(["read-tree", "--reset", "-u", commit]);
  return git;
}
