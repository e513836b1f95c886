/** Where a repository is, as Git tells it. */
import { existsSync, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { MvgitError } from "../base/errors.ts";
import { display } from "../base/display.ts";
import { type Environment, runGit } from "./run.ts";

export interface GitPlace {
  /** Absolute; the work tree's top level. */
  top: string;
  /** Absolute; the work tree's own `.git` (of a linked one: `.git/worktrees/NAME`). */
  gitDir: string;
  /** Absolute; what all work trees share. */
  commonDir: string;
  /** From the top to the current folder, with a slash at its end; "" at the top. */
  prefix: string;
}

/** Settings with which a `.git` beside the files does not mean what it seems to. */
const MOVED = /\bworktree\b|\bbare\b(?!\s*=\s*false\s*$)/im;

/**
 * The place without a start of git, for the plain case: the current folder is the top of a work tree whose `.git` is a
 * folder. Null for every other case. Whether Git accepts the repository (`safe.directory`) shows at its first start.
 */
export function plainPlace(cwd: string, env: Environment): GitPlace | null {
  if (env["GIT_DIR"] !== undefined || env["GIT_WORK_TREE"] !== undefined || env["GIT_COMMON_DIR"] !== undefined)
    return null;
  const gitDir = join(cwd, ".git");
  if (!statSync(gitDir, { throwIfNoEntry: false })?.isDirectory()) return null;
  if (
    !statSync(join(gitDir, "HEAD"), { throwIfNoEntry: false })?.isFile() ||
    !statSync(join(gitDir, "objects"), { throwIfNoEntry: false })?.isDirectory()
  )
    return null;
  if (
    statSync(join(gitDir, "commondir"), { throwIfNoEntry: false }) ||
    statSync(join(gitDir, "config.worktree"), { throwIfNoEntry: false })
  )
    return null;
  const config = statSync(join(gitDir, "config"), { throwIfNoEntry: false })?.isFile()
    ? readFileSync(join(gitDir, "config"), "utf8")
    : "";
  if (MOVED.test(config)) return null;
  const top = realpathSync(cwd);
  return { top, gitDir: join(top, ".git"), commonDir: join(top, ".git"), prefix: "" };
}

const PATHS = ["--git-dir", "--git-common-dir", "--show-prefix", "--show-toplevel"];

/** One start of git, where no path has a line feed. Throws `not-a-repository` outside of one, and in a bare one. */
export async function findPlace(cwd: string, env: Environment): Promise<GitPlace> {
  refusePlanted(cwd, env);
  const args = ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--is-inside-work-tree", ...PATHS];
  const { stdout, status } = await runGit(args, { cwd, env, answers: [0, 128] });
  const lines = stdout.toString("utf8").split("\n");
  if (status !== 0 && lines[1] === "false") throw noWorkTree(lines[0] === "true", lines[2] ?? cwd);
  if (status !== 0) await runGit(args, { cwd, env });
  // One more for the line feed at the end; what has more is no list of lines, since a path has a line feed in it.
  const paths = lines.length === PATHS.length + 3 ? lines.slice(2) : await eachAlone(cwd, env);
  const [gitDir = "", commonDir = "", prefix = "", top = ""] = paths;
  return { top: realpathSync(top), gitDir, commonDir, prefix };
}

async function eachAlone(cwd: string, env: Environment): Promise<string[]> {
  const paths: string[] = [];
  for (const path of PATHS) {
    const { stdout } = await runGit(["rev-parse", "--path-format=absolute", path], { cwd, env });
    paths.push(stdout.toString("utf8").replace(/\n$/, ""));
  }
  return paths;
}

/**
 * Throws `not-a-repository` where git would take a folder of a work tree for a bare repository. No commit can bring a
 * `.git`, but any can bring the files that one holds, and what `config` among them names git would run.
 */
export function refusePlanted(cwd: string, env: Environment): void {
  if (env["GIT_DIR"] !== undefined) return;
  let planted: string | null = null;
  for (let at = realOf(cwd); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) {
      if (planted === null || isWithinGit(planted)) return;
      throw new MvgitError(
        "not-a-repository",
        `'${display(planted)}' looks like a Git repository, and is a folder of another one`,
        {
          subject: display(planted),
          hint: `run mvgit in '${display(at)}'; if the repository inside is yours, set GIT_DIR to its folder`,
        },
      );
    }
    if (planted === null && looksBare(at)) planted = at;
    if (at === dirname(at)) return;
  }
}

function realOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

/** Objects and refs may lie where `commondir` says. */
function looksBare(folder: string): boolean {
  const has = (name: string): boolean => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined;
  return has("HEAD") && (has("refs") || has("commondir"));
}

/** Git's own folders, as of linked work trees and submodules. */
function isWithinGit(folder: string): boolean {
  return folder.split(/[\\/]/).includes(".git");
}

function noWorkTree(isBare: boolean, gitDir: string): MvgitError {
  const why = isBare ? `'${gitDir}' is a bare repository` : `the current folder is inside '${gitDir}'`;
  return new MvgitError("not-a-repository", `there is no work tree here: ${why}`, {
    subject: gitDir,
    hint: "run mvgit in a clone of the repository, or name one with '-C DIR'",
  });
}
