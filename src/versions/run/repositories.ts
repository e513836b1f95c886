/** Repositories inside the work tree: each by the commit it was at, and what its files had beyond it. */
import * as fs from "node:fs";
import { join } from "node:path";
import { copyFile, makeFolder } from "../../base/disk.ts";
import { MvgitError } from "../../base/errors.ts";
import { display, pathProblem, type RepoPath } from "../../base/paths.ts";
import { prose } from "../../base/prose.ts";
import { GitProgram } from "../../git/program.ts";
import { fields, NO_HOOKS, withSettings } from "../../git/run.ts";
import { hashBytes } from "../../hashing/hasher.ts";
import type { RecordedRepository, RepositoryKind } from "../../values/tree-record.ts";
import type { Masker } from "../../values/secrets.ts";
import { inEmptyFolder } from "../../program/neutral.ts";
import { type Repo, withoutGitVariables } from "../../repo/repo.ts";

/** Bytes of one repository's difference that a version keeps. */
const PATCH_CAP = 64 * 1024;
/** Repositories within each other, and all of them, that are looked at. */
const [DEEPEST, MOST] = [4, 100];

export interface Found {
  path: RepoPath;
  kind: RepositoryKind;
}

/** The repository of a folder that is the top of one; null for every other folder. */
export async function repositoryAt(dir: string, env: Repo["env"]): Promise<GitProgram | null> {
  if (!fs.existsSync(join(dir, ".git"))) return null;
  try {
    const git = await GitProgram.open(dir, withSettings(withoutGitVariables(env), NO_HOOKS));
    return git.place.top === fs.realpathSync(dir) ? git : null;
  } catch {
    return null;
  }
}

/**
 * What is recorded of the repositories that were found, and of those inside them. Throws `cannot-add` for one that
 * belongs to the version and of which that cannot be kept; `notes` tell it of ignored ones.
 */
export async function recordRepositories(
  repo: Repo,
  found: readonly Found[],
  masker: Masker,
): Promise<{ repositories: RecordedRepository[]; notes: string[] }> {
  const repositories: RecordedRepository[] = [];
  const notes: string[] = [];
  const look = async ({ path, kind }: Found, depth: number): Promise<void> => {
    const git =
      repositories.length < MOST && depth < DEEPEST ? await repositoryAt(join(repo.top, path), repo.env) : null;
    if (git === null) return;
    const inner = (await innerRepositories(git, path)).map((each) => (kind === "ignored" ? { ...each, kind } : each));
    const { recorded, problem } = await recordOne(git, { path, kind, inner, masker });
    if (problem !== null && kind !== "ignored") throw refusal(path, problem);
    if (problem !== null) notes.push(`'${display(path)}', which Git ignores, is a repository of its own: ${problem}`);
    if (recorded !== null) repositories.push(recorded);
    for (const each of inner) await look(each, depth + 1);
  };
  for (const each of found) await look(each, 0);
  return { repositories, notes };
}

function refusal(path: RepoPath, problem: string): MvgitError {
  const shown = display(path);
  return new MvgitError("cannot-add", `cannot make a version: '${shown}' is a repository of its own, and ${problem}`, {
    subject: shown,
    hint: `commit it there ('git -C ${shown} commit'), or let Git ignore '${shown}' if no version needs it`,
  });
}

/** Submodules that are there, and repositories that are none. */
async function innerRepositories(git: GitProgram, path: RepoPath): Promise<Found[]> {
  const submodules = (await git.index())
    .filter((each) => each.mode === "160000")
    .map((each) => ({ inner: each.path, kind: "submodule" as const }));
  const nested = (await git.untracked())
    .filter((each) => each.endsWith("/"))
    .map((each) => ({ inner: each.slice(0, -1), kind: "nested" as const }));
  return [...submodules, ...nested]
    .map(({ inner, kind }) => ({ path: `${path}/${inner}` as RepoPath, kind }))
    .filter((each) => pathProblem(each.path) === null);
}

interface One extends Found {
  inner: readonly Found[];
  masker: Masker;
}

async function recordOne(
  git: GitProgram,
  { path, kind, inner, masker }: One,
): Promise<{ recorded: RecordedRepository | null; problem: string | null }> {
  const commit = await git.resolveCommit("HEAD");
  const record = (patch: string | null, patchHash: RecordedRepository["patchHash"]): RecordedRepository => ({
    path,
    kind,
    commit,
    patch,
    patchHash,
  });
  const without = inner.map((each) => each.path.slice(path.length + 1));
  const touched = await touchedFiles(git, commit);
  if (touched.length === 0) return { recorded: commit === null ? null : record(null, null), problem: null };
  if (commit === null)
    return {
      recorded: record(null, null),
      problem: "it has files and no commit yet, by which a version could name them",
    };
  const bytes = await differenceOf(git, { touched, without });
  if (bytes?.length === 0) return { recorded: record(null, null), problem: null };
  const problem =
    bytes === null
      ? prose`its changes, such as '${display(touched[0] as string)}', are larger than the ${PATCH_CAP / 1024}
        KiB that a version keeps, or no text`
      : hiddenIn(bytes, masker);
  return {
    recorded: record(
      problem === null ? (bytes as Buffer).toString("utf8") : null,
      hashBytes(bytes ?? Buffer.from(touched.join("\0"))),
    ),
    problem,
  };
}

function hiddenIn(bytes: Buffer, masker: Masker): string | null {
  const text = bytes.toString("utf8");
  return masker.text(text) === text ? null : "what its files have beyond its commit holds what looks like a secret";
}

/** Files that may differ from the commit, new ones too; not repositories inside. */
async function touchedFiles(git: GitProgram, commit: string | null): Promise<string[]> {
  const staged =
    commit === null
      ? (await git.index()).filter((each) => each.mode !== "160000")
      : await git.rawDiff(["diff-index", "--cached", "--ignore-submodules=all", commit]);
  const changed = await git.rawDiff(["diff-files", "--ignore-submodules=all"]);
  return [
    ...new Set([
      ...changed.map((each) => each.path),
      ...staged.map((each) => each.path),
      ...(await git.untracked()).filter((each) => !each.endsWith("/")),
    ]),
  ];
}

/** As a patch of text; null where it is too large, or none of text. Nothing is written into the repository. */
async function differenceOf(
  git: GitProgram,
  { touched, without }: { touched: readonly string[]; without: readonly string[] },
): Promise<Buffer | null> {
  const { top, gitDir, commonDir } = git.place;
  const size = touched.reduce(
    (sum, path) => sum + (fs.lstatSync(join(top, path), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  if (size > 16 * 1024 * 1024) return null;
  return inEmptyFolder(async (folder) => {
    const index = join(folder, "index");
    if (fs.existsSync(join(gitDir, "index"))) copyFile(join(gitDir, "index"), index);
    makeFolder(join(folder, "objects"));
    const env = {
      ...git.env,
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: join(folder, "objects"),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(commonDir, "objects"),
    };
    await git.run(["add", "-A", "--", ".", ...without.map((path) => `:(top,literal,exclude)${path}`)], { env });
    const diff = (args: readonly string[]): Promise<Buffer> =>
      git
        .run(
          [
            "diff-index",
            "--cached",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--no-renames",
            "--ignore-submodules=all",
            ...args,
            "HEAD",
            "--",
          ],
          { env },
        )
        .then((answer) => answer.stdout);
    if (fields(await diff(["--numstat", "-z"])).some((line) => line.startsWith("-\t-\t"))) return null;
    const bytes = await diff(["--patch", "--src-prefix=a/", "--dst-prefix=b/", "--unified=3"]);
    return bytes.length <= PATCH_CAP && Buffer.from(bytes.toString("utf8")).equals(bytes) ? bytes : null;
  });
}
