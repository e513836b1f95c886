/** Git's index: what is staged, read and changed. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { isMvgitError } from "../../base/errors.ts";
import { step } from "../../base/faults.ts";
import type { RepoPath } from "../../base/paths.ts";
import type { GitPlace } from "../place.ts";
import type { Oid } from "../reader.ts";
import { DURABLE, fields, type GitAnswer } from "../run.ts";
import { type IndexEntry, IndexMemory, indexState, matcherOf } from "./index-memory.ts";
import { parseRaw, type RawChange } from "./raw-diff.ts";
import { ProgramReader } from "./reader.ts";

/** What is known of the indexes of a repository that is open. */
const memoryOf = new WeakMap<GitPlace, IndexMemory>();

/** Tries, half a second apart, while another git holds the index. */
const LOCK_TRIES = 20;

/** Paths named in one command line. */
const SPECS = 1000;

/** The git program as a reader that also has an index. */
export class ProgramWithIndex extends ProgramReader {
  /** Paths of the index, as far as it was read, at which Git does not look, by the option that lets it look again. */
  readonly #unseen = { "--no-assume-unchanged": new Set<string>(), "--no-skip-worktree": new Set<string>() };

  /**
   * The index's lines, those that match one of Git's own patterns (each with its magic) when there are any. `undone`:
   * also the sides of conflicts that were resolved, to which Git can still go back.
   */
  async index(patterns: readonly string[] = [], { undone = false } = {}): Promise<IndexEntry[]> {
    const entries = await this.#lines(patterns, undone);
    for (const { path, assumed, skipped } of entries) {
      if (assumed) this.#unseen["--no-assume-unchanged"].add(path);
      if (skipped) this.#unseen["--no-skip-worktree"].add(path);
    }
    return entries;
  }

  async #lines(patterns: readonly string[], undone: boolean): Promise<IndexEntry[]> {
    const file = resolve(this.place.top, this.env["GIT_INDEX_FILE"] ?? join(this.place.gitDir, "index"));
    const state = indexState(file);
    if (state === null) return this.#list(patterns, undone);
    let memory = memoryOf.get(this.place);
    if (!memory) memoryOf.set(this.place, (memory = new IndexMemory()));
    const matches = state.isSmall && !undone ? matcherOf(patterns) : null;
    const asked = matches ? [] : patterns;
    const question = JSON.stringify([undone, ...asked]);
    const all = await memory.answer({ file, state, question }, () => this.#list(asked, undone));
    return matches ? all.filter(({ path }) => matches(path)) : [...all];
  }

  async #list(patterns: readonly string[], undone: boolean): Promise<IndexEntry[]> {
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

  /** Removes files from the index and from the work tree, whatever is in them; what is not there is fine. */
  async removeTracked(paths: readonly string[]): Promise<void> {
    await this.#withIndex(
      ["--literal-pathspecs", "rm", "-q", "-f", "--ignore-unmatch", "--pathspec-from-file=-", "--pathspec-file-nul"],
      paths.join("\0"),
    );
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
}
