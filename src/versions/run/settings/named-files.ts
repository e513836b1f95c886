/** Which files that a command names are files of settings, and what stands in them. The rules are in docs/run.md. */
import { display, isWithin, type RepoPath } from "../../../base/paths.ts";
import { pattern } from "../../../base/pattern.ts";
import type { Layer } from "../../../values/layers.ts";
import type { Repo } from "../../../repo/repo.ts";
import { listTracked } from "../../../repo/tracked.ts";
import type { Stamp } from "../../../worktree/stamp.ts";
import { insideOf, plainFile } from "../inside.ts";
import { lostNotes } from "../kept/lost-notes.ts";
import { formatOf, fromWorkTree, readParams } from "../../making/read-values.ts";

/** A word of the command that may be a file's name. */
export interface Named {
  typed: string;
  /** The option that it is the value of, as a setting's name; null for none. */
  option: string | null;
  /** Where the program starts, relative to the top. */
  folder: string;
}

/** Options whose value is a file of settings. */
const CONFIG = pattern("i")`
  (?:^|[-_.])(?:
    c|cfg|config\w*|conf|settings?|hparams?|hyp|hyper\w*|params?|recipe|env_file|deepspeed\w*
  )(?:$|[-_.])|config$`;
/** Options whose value a program writes. */
const WRITTEN = pattern("i")`
  (?:^|[-_.])(?:
    o|out|output|outputs|outfile|save|log|logs|logger|dump|export|results?|reports?|metrics?|scores?|preds?|
    predictions?|summary
  )(?:$|[-_.])`;
/** Options whose value a program learns from. */
const DATA = pattern("i")`
  (?:^|[-_.])(?:
    data|datas?ets?|train|training|valid|validation|val|dev|test|eval|inputs?|in|annotations?|anns?|labels?|vocab|
    tokenizer|corpus|samples?|prompts?|examples?|images?|file|files
  )(?:$|[-_.])`;
/** Keys by which a file takes in others. */
const INCLUDES = /^(?:_base_|__base__|_BASE_|__include__|includes?|extends|inherits?|inherit_from|imports|defaults)$/;
/** Bytes of JSON that no option calls settings, and of JSON that one does. */
const SMALL = 64 * 1024;
const LARGEST = 1024 * 1024;
const MOST_FILES = 32;

/** Takes them one by one, each once. */
export class NamedFiles {
  readonly layers: Layer[] = [];
  readonly notes: string[] = [];
  /** Sentences that hold unless a framework wrote what became of it. */
  readonly partial: string[] = [];
  readonly stamps = new Map<RepoPath, Stamp>();
  readonly #repo: Repo;
  readonly #besides: readonly RepoPath[];
  readonly #tracked: readonly RepoPath[];

  constructor(repo: Repo, besides: readonly RepoPath[], tracked: readonly RepoPath[]) {
    this.#repo = repo;
    this.#besides = besides;
    this.#tracked = tracked;
  }

  static async of(repo: Repo, besides: readonly RepoPath[]): Promise<NamedFiles> {
    return new NamedFiles(
      repo,
      besides,
      (await listTracked(repo)).map(({ path }) => path),
    );
  }

  /** The first of several places in which there is a file; where there is none, that is noted. */
  async takeFirst(places: readonly Named[]): Promise<void> {
    const there = places.find(({ folder, typed }) => this.#plain(insideOf(this.#repo, folder, typed)) !== null);
    const [first] = places;
    if (first !== undefined) await this.take(there ?? first);
  }

  async take(named: Named): Promise<void> {
    const { typed, option, folder } = named;
    const format = formatOf(typed);
    const isConfig = option !== null && CONFIG.test(option);
    if (format === null) return this.#unreadable(named);
    if (format === "csv" || typed.includes("://") || (option !== null && !isConfig && WRITTEN.test(option))) return;
    const path = insideOf(this.#repo, folder, typed);
    if (path === null) return void (isConfig && this.#unread(typed, "it is outside of the work tree"));
    if (this.stamps.has(path) || this.#besides.includes(path)) return;
    const found = this.#plain(path);
    if (found === null)
      return void (isConfig && this.#unread(typed, "it is no regular file of the work tree, or not there"));
    if (!isConfig && this.#isLikelyData(path, { option, isJson: format === "json", size: found.size })) return;
    if (found.size > LARGEST) return this.#unread(typed, `it is larger than ${LARGEST / 1024} KiB`);
    if (this.layers.length >= MOST_FILES)
      return this.#unread(typed, `the command names more than ${MOST_FILES} such files`);
    await this.#read(path, { typed, isConfig: isConfig || format !== "json" });
  }

  /** Of a file that no option calls settings. */
  #isLikelyData(
    path: RepoPath,
    { option, isJson, size }: { option: string | null; isJson: boolean; size: number },
  ): boolean {
    return (
      (isJson && option !== null && DATA.test(option)) ||
      size > (isJson ? SMALL : LARGEST) ||
      this.#tracked.some((each) => isWithin(path, each))
    );
  }

  async #read(path: RepoPath, { typed, isConfig }: { typed: string; isConfig: boolean }): Promise<void> {
    const stamp = this.#plain(path)?.stamp;
    const read = await readParams(fromWorkTree(this.#repo), path);
    if ("problem" in read) return void (isConfig && this.#unread(typed, read.problem));
    // A list of rows, say: no settings, and nothing that was asked for.
    if (Object.keys(read.values).length === 0 && !isConfig) return;
    this.layers.push({ origin: path, params: read.values });
    const more = Object.keys(read.values).find((name) => INCLUDES.test(name));
    if (more !== undefined)
      this.partial.push(`'${display(path)}' names other files of settings ('${display(more)}'): these were not read`);
    this.stamps.set(path, stamp as Stamp);
    this.notes.push(...lostNotes(path, read.lost, "settings"));
  }

  /** A file of settings in a language that only its program reads. */
  #unreadable({ typed, option, folder }: Named): void {
    const isConfig = option === null ? /(?:^|\/)(?:configs?|conf|cfgs?)\/.*\.\w+$/.test(typed) : CONFIG.test(option);
    if (isConfig && this.#plain(insideOf(this.#repo, folder, typed)) !== null)
      this.#unread(typed, "it is in no format that mvgit reads");
  }

  #plain(path: RepoPath | null): ReturnType<typeof plainFile> {
    return path && plainFile(this.#repo, path);
  }

  #unread(typed: string, why: string): void {
    this.notes.push(`settings of '${display(typed)}', which the command names, were not read: ${why}`);
  }
}
