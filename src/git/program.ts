/** The git program as a hand: it reads everything and is the only one that writes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findPlace, type GitPlace, plainPlace } from "./place.ts";
import { type ConfigEntry, parseConfig } from "./program/config.ts";
import { plainBranch } from "./program/loose-ref.ts";
import { ProgramWithIndex } from "./program/index-file.ts";
import { personOf, UNSIGNED } from "./program/person.ts";
import type { GitIdentity, Oid } from "./reader.ts";
import { type Environment, fields, NO_HOOKS, withSettings } from "./run.ts";

export type { ConfigEntry } from "./program/config.ts";
export type { IndexEntry } from "./program/index-memory.ts";
export type { RawChange } from "./program/raw-diff.ts";

/**
 * One repository as the git program has it. Opened once for a command; its variants (`withIndex`, `as`, `asOf`) are the
 * same repository with other variables. Throws `git-failed` for what git refuses, `lock-held` where another git holds
 * what it needs, and what `runGit` throws.
 */
export class GitProgram extends ProgramWithIndex {
  /** Opens the repository around `cwd`. Throws `not-a-repository`. */
  static async open(cwd: string, env: Environment): Promise<GitProgram> {
    const plain = plainPlace(cwd, env);
    if (plain) return new GitProgram(plain, env);
    const place = await findPlace(cwd, env);
    return new GitProgram(place, anchored(env, place));
  }

  /**
   * Opens a bare repository, or any by its `.git` folder: for reading, and for what needs no work tree. Git does not
   * ask then who owns it (`safe.directory`): the folder must be one that was made, or found by git, before.
   */
  static openBare(gitDir: string, env: Environment): GitProgram {
    return new GitProgram({ top: gitDir, gitDir, commonDir: gitDir, prefix: "" }, { ...env, GIT_DIR: gitDir });
  }

  /** The same repository as another of its work trees has it, without the files: its own HEAD, refs and index. */
  ofGitDir(gitDir: string): GitProgram {
    const own = Object.entries(this.env).filter(
      ([name]) => !/^GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|PREFIX)$/.test(name),
    );
    return GitProgram.openBare(gitDir, Object.fromEntries(own));
  }

  /**
   * The same repository with another file as its index: what is staged there leaves the real index alone, and no hook
   * hears of it.
   */
  withIndex(file: string): GitProgram {
    return new GitProgram(this.place, withSettings({ ...this.env, GIT_INDEX_FILE: file }, NO_HOOKS));
  }

  /**
   * The same repository; commits made through it are by that author, who is not the one that makes them. `dated`: all
   * that is made, tags too, has the author's time as well.
   */
  authoredBy({ name, email, time, zone }: GitIdentity, { dated = false } = {}): GitProgram {
    const date = `@${time} ${zone}`;
    return new GitProgram(this.place, {
      ...this.env,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: date,
      ...(dated ? { GIT_COMMITTER_DATE: date } : {}),
    });
  }

  /** The same repository; commits and tags made through it have that person and time, and no signature. */
  as(who: GitIdentity): GitProgram {
    return new GitProgram(this.place, withSettings({ ...this.env, ...personOf(who) }, UNSIGNED));
  }

  /** All of Git's configuration for this work tree, weakest first. */
  async config(): Promise<ConfigEntry[]> {
    return parseConfig((await this.run(["config", "--list", "-z", "--show-scope", "--show-origin"])).stdout);
  }

  /** A file in Git's configuration syntax, without what it includes. */
  async configFile(file: string): Promise<ConfigEntry[]> {
    return parseConfig(
      (await this.run(["config", "--file", file, "--no-includes", "--list", "-z", "--show-scope", "--show-origin"]))
        .stdout,
    );
  }

  /** A blob in Git's configuration syntax, without what it includes. */
  async configBlob(oid: Oid): Promise<ConfigEntry[]> {
    return parseConfig(
      (await this.run(["config", "--blob", oid, "--no-includes", "--list", "-z", "--show-scope", "--show-origin"]))
        .stdout,
    );
  }

  /** Sets one value: in this clone's configuration, or in `file`. */
  async setConfig(key: string, value: string, file?: string): Promise<void> {
    await this.run(["config", ...(file ? ["--file", file] : ["--local"]), "--replace-all", key, value]);
  }

  /** Removes a value, if it is there. */
  async unsetConfig(key: string, file?: string): Promise<void> {
    await this.run(["config", ...(file ? ["--file", file] : ["--local"]), "--unset-all", key], { answers: [0, 1, 5] });
  }

  /** Linked work trees, this one and the main one among them. */
  async worktrees(): Promise<string[]> {
    const { stdout } = await this.run(["worktree", "list", "--porcelain"]);
    return stdout
      .toString("utf8")
      .split("\n\n")
      .filter((block) => block.startsWith("worktree ") && !/\n(bare|prunable)/.test(block))
      .map((block) => (block.split("\n")[0] as string).slice("worktree ".length));
  }

  /**
   * The value of an attribute for each path, as the index has the attributes: `set`, `unset`, `unspecified`, or a text.
   */
  async attribute(name: string, paths: readonly string[]): Promise<string[]> {
    if (paths.length === 0) return [];
    const { stdout } = await this.run(["check-attr", "--cached", "-z", "--stdin", name], {
      input: `${paths.join("\0")}\0`,
    });
    return fields(stdout).filter((_, index) => index % 3 === 2);
  }

  /** The values of several attributes for each path, as the work tree has the attributes. */
  async attributes(
    names: readonly string[],
    paths: readonly string[],
  ): Promise<{ path: string; name: string; value: string }[]> {
    const { stdout } = await this.run(["check-attr", "-z", "--stdin", ...names], { input: `${paths.join("\0")}\0` });
    const found = fields(stdout);
    return Array.from({ length: found.length / 3 }, (_, at) => ({
      path: found[3 * at] as string,
      name: found[3 * at + 1] as string,
      value: found[3 * at + 2] as string,
    }));
  }

  /** Which of the paths Git ignores. */
  async ignored(paths: readonly string[]): Promise<Set<string>> {
    if (paths.length === 0) return new Set();
    const { stdout } = await this.run(["check-ignore", "-z", "--stdin", "--no-index"], {
      input: `${paths.join("\0")}\0`,
      answers: [0, 1],
    });
    return new Set(fields(stdout));
  }

  /** The branch that HEAD is on, null when it is detached. */
  async currentBranch(): Promise<string | null> {
    const plain = plainBranch(this.place);
    if (plain !== null) return plain.replace(/^refs\/heads\//, "");
    // Git's own short form is 'heads/main' where a tag is called 'main' as well.
    const { stdout, status } = await this.run(["symbolic-ref", "--quiet", "HEAD"], { answers: [0, 1] });
    return status === 0
      ? stdout
          .toString("utf8")
          .trim()
          .replace(/^refs\/heads\//, "")
      : null;
  }
}

/**
 * Git is started at the top: a relative place would be another one there, and it may not find its directory
 * (`core.worktree`).
 */
function anchored(env: Environment, { gitDir, commonDir, top }: GitPlace): Environment {
  if (!existsSync(join(top, ".git"))) return { ...env, GIT_DIR: gitDir, GIT_WORK_TREE: top };
  const places = { GIT_DIR: gitDir, GIT_COMMON_DIR: commonDir, GIT_WORK_TREE: top };
  return { ...env, ...Object.fromEntries(Object.entries(places).filter(([name]) => env[name] !== undefined)) };
}
