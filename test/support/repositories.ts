/** Repositories of every kind, made by the real git program. */
import * as fs from "node:fs";
import { join } from "node:path";
import { hermeticEnv, runProgram } from "./cli.ts";
import { makeTestFolder } from "./test-folder.ts";

export interface Repositories {
  dir: string;
  env: Record<string, string>;
  /** Runs git in a folder below `dir` and gives its stdout, trimmed. Throws where git fails. */
  git(folder: string, ...args: string[]): Promise<string>;
  cleanup(): void;
}

/** An empty folder with a hermetic Git. */
export function makeRepositories(): Repositories {
  const { dir, remove } = makeTestFolder(
    '[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n',
  );
  const env = hermeticEnv(dir);
  return {
    dir,
    env,
    async git(folder, ...args) {
      const ran = await runProgram("git", args, { cwd: join(dir, folder), env });
      if (ran.status !== 0) throw new Error(`git ${args.join(" ")}: ${ran.stderr}`);
      return ran.stdout.trim();
    },
    cleanup: remove,
  };
}

/**
 * The history that all kinds share, in `name`: two commits on main, files at several depths, `light`, `spam@v1`, the
 * tag of that tag `nested`, `a-tree`, and `spam#production#1`.
 */
export async function makeHistory(at: Repositories, name: string, ...initArgs: string[]): Promise<void> {
  const template = join(at.dir, TEMPLATE);
  const isPlain = initArgs.length === 0 && !fs.existsSync(join(at.dir, name));
  if (isPlain && fs.existsSync(template))
    return fs.cpSync(template, join(at.dir, name), { recursive: true, verbatimSymlinks: true });
  await writeHistory(at, name, initArgs);
  if (isPlain) fs.cpSync(join(at.dir, name), template, { recursive: true, verbatimSymlinks: true });
}

/** The first history that was made, to be copied. */
const TEMPLATE = ".history";

async function writeHistory(at: Repositories, name: string, initArgs: readonly string[]): Promise<void> {
  const git = (...args: string[]): Promise<string> => at.git(name, ...args);
  await at.git(".", "init", "-q", ...initArgs, name);
  const write = (path: string, text: string): void => {
    fs.mkdirSync(join(at.dir, name, path, ".."), { recursive: true });
    fs.writeFileSync(join(at.dir, name, path), text);
  };
  write("a.txt", "a\n");
  write("data/x.mvgit", "x\n");
  await git("add", "-A");
  await git("commit", "-qm", "first");
  write("data-2/z.mvgit", "z\n");
  write("data.mvgit", "d\n");
  write("data/deep/er/y.mvgit", "y".repeat(5000));
  write("ümlaut/ö.mvgit", "ö\n");
  write("run.sh", "#!/bin/sh\n");
  fs.chmodSync(join(at.dir, name, "run.sh"), 0o755);
  fs.symlinkSync("a.txt", join(at.dir, name, "link"));
  await git("add", "-A");
  await git("commit", "-qm", "second: größer\n\nbody\n");
  await git("tag", "light");
  await git("tag", "-am", "version 1\n\npackage: abc", "spam@v1");
  await git("tag", "-am", "of a tag", "nested", "spam@v1");
  await git("tag", "-am", "of a tree", "a-tree", "HEAD^{tree}");
  await git("tag", "-am", "to: v1", "spam#production#1");
}
