/** The git program as a hand: it reads everything and is the only one that writes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { isMvgitError } from "../base/errors.ts";
import { step } from "../base/faults.ts";
import type { RepoPath } from "../base/paths.ts";
import { inGroups } from "../base/tasks.ts";
import {
  absentObjects,
  objectSizes,
  peelObjects,
  readBlobs,
  readObjects,
  readPaths,
  readTags,
} from "./program/cat-file.ts";
import { filesOfCommits } from "./program/commit-files.ts";
import { type LargeBlob, largeBlobs } from "./program/history-sizes.ts";
import { absent, brokenRef, type GitObject, isOid, parseCommit, parseTag, wrongType } from "./objects.ts";
import { personOf, UNSIGNED } from "./program/person.ts";
import { findPlace, type GitPlace, plainPlace } from "./place.ts";
import {
  type GitCommit,
  type GitIdentity,
  type GitReader,
  type GitRef,
  type GitTag,
  type Oid,
  TAG_CAP,
  type TreeFile,
  type TreeFilter,
} from "./reader.ts";
import {
  type Environment,
  fields,
  type GitAnswer,
  type GitCall,
  gitFields,
  NO_HOOKS,
  runGit,
  withSettings,
} from "./run.ts";
import { type Brought, broughtBy, listCommits, listReached, type Reached, type Span } from "./program/walk.ts";

/** One line of the index. */
export interface IndexEntry {
  path: string;
  oid: Oid;
  mode: string;
  /** 0, or 1 to 3 (base, ours, theirs) while a merge is unfinished. */
  stage: number;
  /** Left out of the work tree by sparse checkout. */
  skipped: boolean;
  /** Git was told to take the file for unchanged (`update-index --assume-unchanged`), and does not look at it. */
  assumed: boolean;
}

/** One line of a raw diff. */
export interface RawChange {
  path: string;
  oldMode: string;
  newMode: string;
  oldOid: Oid;
  newOid: Oid;
  /** `A` added, `M` modified, `D` deleted, `T` type changed, `U` unmerged. */
  status: string;
}

export interface ConfigEntry {
  /** Section and last part in lower case, the middle as written. */
  key: string;
  value: string;
  /** `system`, `global`, `local`, `worktree`, `command`. */
  scope: string;
  /** `file:/path`, `command line:`. */
  origin: string;
}

/** Options with which what Git writes is on disk when it ends, objects and refs. */
export const DURABLE = ["-c", "core.fsync=committed"] as const;

/** Objects held in memory at once. */
const TOGETHER = 500;

/** Tries, half a second apart, while another git holds the index. */
const LOCK_TRIES = 20;

/** Paths named in one command line. */
const SPECS = 1000;

export class GitProgram implements GitReader {
  readonly place: GitPlace;
  /** What every git here is given; places in it are absolute. */
  readonly env: Environment;
  /** Paths of the index, as far as it was read, at which Git does not look, by the option that lets it look again. */
  readonly #unseen = { "--no-assume-unchanged": new Set<string>(), "--no-skip-worktree": new Set<string>() };

  private constructor(place: GitPlace, env: Environment) {
    this.place = place;
    this.env = env;
  }

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
   * The same repository for commits and tags made in somebody's name, at their time: milliseconds since 1970. The
   * committer stays who mvgit's user is.
   */
  asOf({ name, address, time }: { name: string; address: string; time: number }): GitProgram {
    const date = `@${Math.floor(time / 1000)} +0000`;
    return new GitProgram(this.place, {
      ...this.env,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: address,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
    });
  }

  /** The same repository; commits made through it are by that author, who is not the one that makes them. */
  authoredBy({ name, email, time, zone }: GitIdentity): GitProgram {
    return new GitProgram(this.place, {
      ...this.env,
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: `@${time} ${zone}`,
    });
  }

  /** The same repository; commits and tags made through it have that person and time, and no signature. */
  as(who: GitIdentity): GitProgram {
    return new GitProgram(this.place, withSettings({ ...this.env, ...personOf(who) }, UNSIGNED));
  }

  /** Runs git at the top level of the work tree. */
  run(args: readonly string[], call: Partial<GitCall> = {}): Promise<GitAnswer> {
    return runGit(args, { ...this.#call(), ...call });
  }

  #call(): GitCall {
    return { cwd: this.place.top, env: this.env };
  }

  async refs(): Promise<GitRef[]> {
    // What tags point to stands in packed-refs, where one command reads it and the other would open every tag.
    const [listed, peeled] = await Promise.all([
      this.run(["for-each-ref", "--format=%(objectname) %(refname)"]),
      this.run(["show-ref", "--dereference"], { answers: [0, 1] }),
    ]);
    const broken = /ignoring (?:broken ref|ref with broken name) (.*)/.exec(listed.words)?.[1];
    if (broken !== undefined) throw brokenRef(broken);
    const targets = peeledRefs(peeled.stdout);
    return Promise.all(
      lines(listed.stdout).map((line): GitRef | Promise<GitRef> => {
        const end = line.indexOf(" ");
        const [oid, name] = [line.slice(0, end) as Oid, line.slice(end + 1)];
        const target = targets.get(name);
        // A ref that came or moved between the two is looked at by itself.
        if (target?.oid !== oid) return this.#peel(oid).then((found) => ({ name, oid, peeled: found }));
        return { name, oid, peeled: target.peeled };
      }),
    );
  }

  async #peel(oid: Oid): Promise<Oid> {
    return (await peelObjects([oid], this.#call()))[0] as Oid;
  }

  async resolveCommit(revision: string): Promise<Oid | null> {
    const resolve = (name: string): Promise<GitAnswer> =>
      this.run(["rev-parse", "--verify", "--quiet", "--end-of-options", name], { answers: [0, 1, 128] });
    const { stdout, status } = await resolve(`${revision}^{commit}`);
    if (status === 0) return stdout.toString("latin1").trim() as Oid;
    // Git says the same of a ref that is not there and of one whose object is missing or damaged.
    const named = await resolve(revision);
    if (named.status !== 0 || (isOid(revision) && !(await this.#has(revision)))) return null;
    await this.#peel(named.stdout.toString("latin1").trim() as Oid);
    return null;
  }

  async #has(oid: Oid): Promise<boolean> {
    return (await this.run(["cat-file", "-e", oid], { answers: [0, 1] })).status === 0;
  }

  async tag(oid: Oid): Promise<GitTag | null> {
    const [bytes] = await readTags([oid], TAG_CAP, this.#call());
    return bytes ? parseTag(oid, bytes) : null;
  }

  async *tags(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; tag: GitTag | null }> {
    const tags = await readTags(oids, TAG_CAP, this.#call());
    for (const [index, oid] of oids.entries()) {
      const bytes = tags[index] ?? null;
      yield { oid, tag: bytes && parseTag(oid, bytes) };
    }
  }

  async commit(oid: Oid): Promise<GitCommit> {
    const { type, bytes } = await this.#object(oid);
    if (type !== "commit") throw wrongType(oid, "commit", type);
    return parseCommit(oid, bytes);
  }

  async *commits(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; commit: GitCommit }> {
    for await (const { oid, bytes } of this.#objects(oids, "commit")) yield { oid, commit: parseCommit(oid, bytes) };
  }

  trees(oids: readonly Oid[]): AsyncGenerator<{ oid: Oid; bytes: Buffer }> {
    return this.#objects(oids, "tree");
  }

  async *#objects(oids: readonly Oid[], wanted: "commit" | "tree"): AsyncGenerator<{ oid: Oid; bytes: Buffer }> {
    for await (const group of inGroups(oids, TOGETHER)) {
      for (const [index, { type, bytes }] of (await readObjects(group, this.#call())).entries()) {
        const oid = group[index] as Oid;
        if (type !== wanted) throw wrongType(oid, wanted, type);
        yield { oid, bytes };
      }
    }
  }

  async #object(oid: Oid): Promise<GitObject> {
    return (await readObjects([oid], this.#call()))[0] as GitObject;
  }

  async fileAt(commit: Oid, path: string): Promise<TreeFile | null> {
    // Git would take these for something else than names in a tree.
    if (path.split("/").some((name) => name === "" || name === "." || name === "..")) return null;
    for await (const file of this.#lsTree(commit, [path], []))
      if (file.path === path && file.mode !== "040000") return file;
    return null;
  }

  async *treeFiles(commit: Oid, options: TreeFilter = {}): AsyncGenerator<TreeFile> {
    const folders = (options.folders ?? []).filter((folder) => folder !== "");
    for await (const file of this.#lsTree(commit, folders, ["-r"]))
      if (file.path.endsWith(options.suffix ?? "")) yield file;
  }

  /** As `treeFiles`, for many commits at once, in order. */
  filesOfCommits(commits: readonly Oid[], suffix: string): AsyncIterable<{ commit: Oid; files: TreeFile[] }> {
    return filesOfCommits(commits, suffix, this.#call());
  }

  async *#lsTree(commit: Oid, paths: readonly string[], flags: readonly string[]): AsyncGenerator<TreeFile> {
    const args = ["--literal-pathspecs", "ls-tree", ...flags, "-z", "--full-tree", commit, "--", ...paths];
    for await (const lines of gitFields(args, this.#call())) {
      for (const line of lines) {
        const match = /^([0-7]{6}) \w+ ([0-9a-f]+)\t([^]+)$/.exec(line);
        if (match) yield { mode: match[1] as string, oid: match[2] as Oid, path: match[3] as string };
      }
    }
  }

  async *filesAt(wanted: readonly { commit: Oid; path: string }[], cap: number): AsyncGenerator<Buffer | null> {
    const missing = async (index: number): Promise<void> => {
      const { commit, path } = wanted[index] as { commit: Oid; path: string };
      const file = await this.fileAt(commit, path);
      if (file && file.mode !== "160000") throw absent(file.oid);
    };
    yield* await readPaths(
      wanted.map(({ commit, path }) => `${commit}:${path}`),
      cap,
      { ...this.#call(), missing },
    );
  }

  async blob(oid: Oid, cap: number): Promise<Buffer | null> {
    return (await readBlobs([oid], cap, this.#call()))[0] ?? null;
  }

  async *blobs(oids: readonly Oid[], cap: number): AsyncGenerator<{ oid: Oid; bytes: Buffer | null }> {
    const all = await readBlobs(oids, cap, this.#call());
    for (const [index, oid] of oids.entries()) yield { oid, bytes: all[index] ?? null };
  }

  /** Sizes in bytes, in the order asked. */
  objectSizes(oids: readonly Oid[]): Promise<number[]> {
    return objectSizes(oids, this.#call());
  }

  /** Which of the ids this repository has no object for. */
  absent(oids: readonly Oid[]): Promise<Set<Oid>> {
    return absentObjects(oids, this.#call());
  }

  /**
   * The index's lines, those that match one of Git's own patterns (each with its magic) when there are any. `undone`:
   * also the sides of conflicts that were resolved, to which Git can still go back.
   */
  async index(patterns: readonly string[] = [], { undone = false } = {}): Promise<IndexEntry[]> {
    const { stdout } = await this.run([
      "ls-files",
      "-z",
      "-s",
      "-v",
      ...(undone ? ["--resolve-undo"] : []),
      "--full-name",
      "--",
      ...patterns,
    ]);
    return fields(stdout).map((line) => {
      const match = /^(.) ([0-7]{6}) ([0-9a-f]+) ([0-3])\t([^]+)$/.exec(line) as RegExpExecArray;
      const [, letter = "", mode = "", oid, stage, path = ""] = match;
      const [assumed, skipped] = [/[a-z]/.test(letter), letter.toUpperCase() === "S"];
      if (assumed) this.#unseen["--no-assume-unchanged"].add(path);
      if (skipped) this.#unseen["--no-skip-worktree"].add(path);
      return { skipped, assumed, mode, oid: oid as Oid, stage: Number(stage), path };
    });
  }

  /** The index's lines at and below paths, however many; `anyCase`: whatever their letter case. */
  async indexAt(paths: readonly string[], { anyCase = false } = {}): Promise<IndexEntry[]> {
    const specs = paths.map((path) => `:(top,${anyCase ? "icase," : ""}literal)${path}`);
    const found = new Map<string, IndexEntry>();
    for (let at = 0; at < specs.length; at += SPECS)
      for (const entry of await this.index(specs.slice(at, at + SPECS)))
        found.set(`${entry.stage} ${entry.path}`, entry);
    return [...found.values()];
  }

  /** Paths that Git neither tracks nor ignores; a foreign repository is one path with a slash at its end. */
  async untracked(): Promise<string[]> {
    return fields((await this.run(["ls-files", "-z", "-o", "--exclude-standard", "--full-name"])).stdout);
  }

  /** Puts files of the work tree, deleted ones too, into the index, ignored or not. */
  async stage(paths: readonly RepoPath[]): Promise<void> {
    if (paths.length === 0) return;
    for (const [option, unseen] of Object.entries(this.#unseen)) {
      // What sparse checkout leaves out is not there, and must not be taken for removed.
      const there = paths.filter((path) => unseen.has(path) && existsSync(join(this.place.top, path)));
      if (there.length > 0)
        await this.#withIndex(["update-index", "-z", option, "--stdin"], there.map((path) => `${path}\0`).join(""));
    }
    await this.#withIndex(
      ["--literal-pathspecs", "add", "-A", "-f", "--sparse", "--pathspec-from-file=-", "--pathspec-file-nul"],
      paths.join("\0"),
    );
  }

  /** Puts bytes into the index as they are, whatever attributes would make of them. */
  async stageBytes(path: RepoPath, bytes: string | Uint8Array): Promise<void> {
    const { stdout } = await this.run([...DURABLE, "hash-object", "-w", "--stdin", "--no-filters"], { input: bytes });
    await this.#withIndex(
      ["update-index", "-z", "--index-info"],
      `100644 ${stdout.toString("latin1").trim()}\t${path}\0`,
    );
  }

  /** Takes paths out of the index and leaves the work tree alone. */
  async unstage(paths: readonly RepoPath[]): Promise<void> {
    if (paths.length === 0) return;
    await this.#withIndex(["update-index", "-z", "--force-remove", "--stdin"], `${paths.join("\0")}\0`);
  }

  async #withIndex(args: readonly string[], input: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        step("git index", this.place.gitDir);
        await this.run(args, { input });
        return;
      } catch (error) {
        if (!isMvgitError(error, "lock-held") || attempt === LOCK_TRIES) throw error;
        await systemClock.sleep(500 * systemClock.random() + 50);
      }
    }
  }

  /** The index as a tree. Throws `git-failed` while a merge of it is unfinished. */
  async writeTree(): Promise<Oid> {
    return (await this.run([...DURABLE, "write-tree"])).stdout.toString("latin1").trim() as Oid;
  }

  /** What the index changes against HEAD, or against nothing before the first commit. */
  async staged(): Promise<RawChange[]> {
    const options = [
      "--cached",
      "--raw",
      "-z",
      "--no-abbrev",
      "-r",
      "--no-renames",
      "--ita-invisible-in-index",
      "--ignore-submodules=all",
    ];
    const against = (tree: string, answers: readonly number[]): Promise<GitAnswer> =>
      this.run(["diff-index", ...options, tree, "--"], { answers });
    const { stdout, status } = await against("HEAD", [0, 128]);
    if (status === 0) return parseRaw(fields(stdout));
    const isFirst = (await this.resolveCommit("HEAD")) === null;
    return parseRaw(fields((await against(isFirst ? await this.#emptyTree() : "HEAD", [0])).stdout));
  }

  async #emptyTree(): Promise<Oid> {
    return (await this.run(["hash-object", "-t", "tree", "--stdin"])).stdout.toString("latin1").trim() as Oid;
  }

  /** The lines of a raw diff command. */
  async rawDiff(args: readonly string[]): Promise<RawChange[]> {
    const [command = "", ...rest] = args;
    // A file may be called as a revision is.
    const paths = rest.includes("--") ? [] : ["--"];
    const { stdout } = await this.run([command, "--raw", "-z", "--no-abbrev", "-r", ...rest, ...paths]);
    return parseRaw(fields(stdout));
  }

  /** Every file of that suffix that commits of the span brought or changed. Absent commits throw `git-failed`. */
  async *history(span: Span, suffix: string): AsyncGenerator<Brought> {
    yield* broughtBy(await listCommits(span, this.#call(), this.place), suffix, this.#call());
  }

  /** As `history`, of all that refs and reflogs of any work tree reach, and of what is asked for besides. */
  async *reachedHistory(reached: Reached, suffix: string): AsyncGenerator<Brought> {
    for (const commits of await listReached(reached, this.#call(), this.place))
      yield* broughtBy(commits, suffix, this.#call());
  }

  /** Every file of the history above that many bytes, by the path it had first. */
  largeBlobs(above: number): Promise<LargeBlob[]> {
    return largeBlobs(above, this.#call());
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

function lines(stdout: Buffer): string[] {
  return stdout
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** What `git show-ref --dereference` says: each ref's object, and what stands at its end. */
function peeledRefs(stdout: Buffer): Map<string, { oid: Oid; peeled: Oid }> {
  const found = new Map<string, { oid: Oid; peeled: Oid }>();
  for (const line of lines(stdout)) {
    const end = line.indexOf(" ");
    const [oid, name] = [line.slice(0, end) as Oid, line.slice(end + 1)];
    if (!name.endsWith("^{}")) found.set(name, { oid, peeled: oid });
    else (found.get(name.slice(0, -3)) as { peeled: Oid }).peeled = oid;
  }
  return found;
}

/** The output of `git config --list -z --show-scope --show-origin`. */
export function parseConfig(stdout: Buffer): ConfigEntry[] {
  const parts = fields(stdout);
  const entries: ConfigEntry[] = [];
  for (let i = 0; i + 2 < parts.length; i += 3) {
    const [scope, origin, line] = parts.slice(i, i + 3) as [string, string, string];
    const end = line.indexOf("\n");
    // A key without '=' means true, as in Git.
    entries.push({
      scope,
      origin,
      key: end < 0 ? line : line.slice(0, end),
      value: end < 0 ? "true" : line.slice(end + 1),
    });
  }
  return entries;
}

function parseRaw(parts: readonly string[]): RawChange[] {
  const changes: RawChange[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [oldMode, newMode, oldOid, newOid, status] = (parts[i] as string).slice(1).split(" ") as [
      string,
      string,
      Oid,
      Oid,
      string,
    ];
    changes.push({ oldMode, newMode, oldOid, newOid, status: status[0] as string, path: parts[i + 1] as string });
  }
  return changes;
}
