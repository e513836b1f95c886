/** Where a repository is, as Git tells it. */
import { realpathSync } from "node:fs";
import { MvgitError } from "../base/errors.ts";
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
  objectFormat: "sha1" | "sha256";
  shallow: boolean;
}

/** One start of git. Throws `not-a-repository` outside of one, and in a bare one. */
export async function findPlace(cwd: string, env: Environment): Promise<GitPlace> {
  const args = ["rev-parse", "--path-format=absolute", "--is-bare-repository", "--is-inside-work-tree", "--git-dir", "--git-common-dir",
    "--show-object-format", "--is-shallow-repository", "--show-prefix", "--show-toplevel"];
  const { stdout, status } = await runGit(args, { cwd, env, answers: [0, 128] });
  const lines = stdout.toString("utf8").split("\n");
  if (status !== 0 && lines[1] === "false") throw noWorkTree(lines[0] === "true", lines[2] ?? cwd);
  if (status !== 0) await runGit(args, { cwd, env });
  const [, , gitDir = "", commonDir = "", objectFormat, shallow, prefix = "", top = ""] = lines;
  return {
    top: realpathSync(top),
    gitDir,
    commonDir,
    prefix,
    objectFormat: objectFormat === "sha256" ? "sha256" : "sha1",
    shallow: shallow === "true",
  };
}

function noWorkTree(isBare: boolean, gitDir: string): MvgitError {
  const why = isBare ? `'${gitDir}' is a bare repository` : `the current folder is inside '${gitDir}'`;
  return new MvgitError("not-a-repository", `there is no work tree here: ${why}`, {
    subject: gitDir,
    hint: "run mvgit in a clone of the repository, or name one with '-C DIR'",
  });
}
