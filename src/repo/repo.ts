/** A repository that is open: Git, cache, settings and remotes, composed here and nowhere else. */
import { showAddress } from "../base/address.ts";
import * as fs from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { replaceFile } from "../base/disk.ts";
import { cleanLeftovers } from "../base/leftovers.ts";
import { MvgitError } from "../base/errors.ts";
import { checkPath, display, type RepoPath } from "../base/paths.ts";
import { IMPATIENT_RETRY, type RetryPolicy } from "../base/retry.ts";
import type { Watch } from "../base/watch.ts";
import { GitProgram } from "../git/program.ts";
import { isPointerPath, targetOf } from "../values/pointer.ts";
import type { RemoteSettings, Settings } from "../values/settings.ts";
import { Cache } from "../store/cache/cache.ts";
import { DisplacedList } from "../store/cache/displaced.ts";
import { ADDRESS_FORMS, openBucket } from "../store/drivers.ts";
import { TemporaryFolder } from "../store/temporary.ts";
import { Remote } from "../store/remote/remote.ts";
import { Remotes } from "../transfer/remotes.ts";
import { BringOut } from "../worktree/bring-out.ts";
import { OpenFolders } from "../worktree/open-folders.ts";
import { Places } from "../worktree/places.ts";
import { StatCache } from "../worktree/stat-cache.ts";
import { changeText, type TextChange, type TextContext } from "../worktree/text.ts";
import { withLock } from "../base/lock.ts";
import type { Hash } from "../values/hash.ts";
import { Guard } from "../worktree/guard.ts";
import { HeldBack } from "../worktree/held-back.ts";
import { registerClone } from "./clones.ts";
import { KnownStore } from "./known-stores.ts";
import { loadSettings } from "./settings.ts";
import { cacheFile, cloneFile, cloneFolder, ownFolders, workTreeFile, workTreeFolder } from "../values/own-files.ts";

export interface RemoteOpening {
  /** Ends its calls instead of the watch's. */
  signal?: AbortSignal;
  /** Whether a remote other than the one that this clone met there is refused; true when absent. */
  knows?: boolean;
  retry?: RetryPolicy;
}

export interface RepoContext {
  /** Absolute. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
}

/**
 * A repository as it was opened: Git, settings, the cache, what is remembered of the work tree, and remotes by their
 * names. Throws `remote-unknown` and `setting-untrusted` for a remote that is not there, or was not consented to.
 */
export class Repo {
  readonly git: GitProgram;
  readonly settings: Settings;
  readonly cache: Cache;
  /** What forced checkouts replaced. */
  readonly displaced: DisplacedList;
  readonly guard: Guard;
  readonly stats: StatCache;
  readonly #context: RepoContext;
  /** A command that is run here may remove it. */
  readonly #realCwd: string;
  #temporary: TemporaryFolder | null = null;
  #places: Places | null = null;
  readonly #remotes = new Map<string, Remotes>();

  private constructor(git: GitProgram, settings: Settings, context: RepoContext) {
    this.git = git;
    this.settings = settings;
    this.#context = context;
    this.#realCwd = fs.realpathSync(context.cwd);
    this.cache = new Cache(cacheFolder(git, settings), { durable: true });
    this.displaced = new DisplacedList(this.cache.folder);
    this.guard = new Guard(
      git.place.top,
      this.cache.blobs,
      new HeldBack({ allowed: settings.allow, named: settings.namedByGit }),
    );
    this.stats = new StatCache(workTreeFile(git.place, "stat"));
  }

  /** Opens the repository around the current folder. Throws `not-a-repository`, `setting-invalid`. */
  static async open(context: RepoContext): Promise<Repo> {
    const git = await GitProgram.open(context.cwd, context.env);
    const repo = new Repo(git, await loadSettings(git), { ...context, env: git.env });
    if (repo.settings.cacheDir !== null) registerClone(repo.cache.folder, git.place);
    return repo;
  }

  /** The work tree's top level. */
  get top(): string {
    return this.git.place.top;
  }

  get watch(): Watch {
    return this.#context.watch;
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.#context.env;
  }

  /** The folder that remembers uploads that were cut. */
  get uploads(): string {
    return cacheFile(this.cache.folder, "uploads");
  }

  /** Absolute. */
  get cwd(): string {
    return this.#context.cwd;
  }

  /** Runs `work` while no other mvgit changes pointers, `.gitignore` files or the index of this work tree. */
  locked<R>(work: () => Promise<R>): Promise<R> {
    return withLock(workTreeFile(this.git.place, "lock"), work);
  }

  /** Where files of the work tree are written before they get their names: on the work tree's own file system. */
  get temporary(): TemporaryFolder {
    this.#temporary ??= this.#makeTemporary();
    return this.#temporary;
  }

  /** As `temporary`, for what is to be anywhere in the work tree, where other file systems may be mounted. */
  get places(): Places {
    this.#places ??= new Places({ top: this.top, main: this.temporary.folder });
    return this.#places;
  }

  #makeTemporary(): TemporaryFolder {
    const { top, gitDir } = this.git.place;
    const own = fs.statSync(workTreeFolder({ gitDir }), { throwIfNoEntry: false }) ?? fs.statSync(gitDir);
    if (fs.statSync(top).dev === own.dev) return new TemporaryFolder(workTreeFile({ gitDir }, "tmp"));
    const ignore = this.guard.resolveForWriting(".mvgit/tmp/.gitignore" as RepoPath);
    if (!fs.existsSync(ignore)) replaceFile(ignore, "*\n", false);
    return new TemporaryFolder(dirname(ignore));
  }

  /** Removes what dead processes left in the cache, in Git's folder and in the work tree. */
  cleanTemporary(): void {
    const ofClone = new TemporaryFolder(cloneFile(this.git.place, "tmp"));
    for (const folder of [this.cache.temporary, ofClone, this.temporary]) folder.clean();
    for (const folder of new Set([this.cache.folder, ...ownFolders(this.git.place)])) cleanLeftovers(folder);
  }

  /**
   * Replaces a small file of the work tree, named by its place on this system, durably; what a crash leaves of it lies
   * where leftovers are cleaned. Throws `local-changes` where somebody else writes it meanwhile.
   */
  replaceFile(file: string, bytes: string): void {
    changeText(checkPath(relative(this.top, file).split(sep).join("/")), () => bytes, this.#texts(), { once: true });
  }

  /** Changes a small text of the work tree durably; true when it is another now. As `changeText`. */
  changeText(path: RepoPath, change: TextChange): boolean {
    return changeText(path, change, this.#texts());
  }

  #texts(): TextContext {
    return {
      folders: this.openFolders(),
      blobs: this.guard.blobs,
      temporary: this.temporary,
      places: this.places,
      isWatched: false,
    };
  }

  /** What makes files of the work tree out of blobs. */
  bringOut(): BringOut {
    return new BringOut(this.cache, this.places, this.settings.link);
  }

  /** Folders of the work tree, to change files in them. */
  openFolders(): OpenFolders {
    return new OpenFolders(this.top, this.guard.blobs);
  }

  /** Verified bytes of a manifest, from the cache alone. */
  readonly loadManifest = (hash: Hash, cap: number): Buffer => this.cache.readSmall(hash, cap);

  /**
   * A path as the user typed it (from the current folder, with or without `.mvgit`) as one of the work tree; "" for
   * its top. Throws `unsafe-path` when it leads out of the work tree.
   */
  pathOf(typed: string): RepoPath | "" {
    if (typed === "") throw new MvgitError("usage", "an empty path was named");
    const absolute = resolve(this.#realCwd, typed);
    const inside = relative(this.top, absolute).split(sep).join("/");
    if (inside === "") return "";
    if (inside === ".." || inside.startsWith("../") || isAbsolute(inside)) {
      throw new MvgitError("unsafe-path", `'${display(typed)}' is outside of the work tree '${display(this.top)}'`, {
        subject: display(typed),
        hint: "move or copy it into the work tree first",
      });
    }
    const path = checkPath(inside);
    return isPointerPath(path) ? targetOf(path) : path;
  }

  /** A path of the work tree as the user would type it from the current folder. */
  typed(path: string): string {
    return relative(this.#realCwd, join(this.top, path)).split(sep).join("/") || ".";
  }

  /**
   * Opens a remote by name, or the default one; `signal` ends its calls instead of the watch's. Throws
   * `remote-unknown`, `setting-untrusted`.
   */
  async remote(name?: string, signal = this.watch.signal): Promise<Remote> {
    const wanted = this.#nameOf(name);
    return this.remoteAt(wanted, this.settings.remotes.get(wanted) as RemoteSettings, { signal });
  }

  /**
   * The remotes to read from: the named one alone, or the default one and then the others, as the settings list them.
   * The same each time, so that what is known of one that cannot be used is known to all of a command. Throws as
   * `remote`.
   */
  async remotes(name?: string): Promise<Remotes> {
    const first = this.#nameOf(name);
    const names = name === undefined ? [first, ...this.settings.remotes.keys()] : [first];
    const key = [...new Set(names)].join(" ");
    const known = this.#remotes.get(key);
    if (known) return known;
    const all = key.split(" ");
    const askable = all.map((each, index) => {
      const settings = this.settings.remotes.get(each) as RemoteSettings;
      const patience = index === all.length - 1 ? {} : { retry: IMPATIENT_RETRY };
      return { name: each, address: showAddress(settings.url), open: () => this.remoteAt(each, settings, patience) };
    });
    const remotes = new Remotes(askable, this.watch);
    this.#remotes.set(key, remotes);
    return remotes;
  }

  /** Throws where there is no such remote, or none is the default. */
  #nameOf(name: string | undefined): string {
    const wanted = name ?? this.settings.defaultRemote;
    if (wanted === null || !this.settings.remotes.has(wanted)) throw this.#noRemote(wanted);
    return wanted;
  }

  /** Opens a place. */
  async remoteAt(
    name: string,
    settings: RemoteSettings,
    { signal = this.watch.signal, knows = true, retry }: RemoteOpening = {},
  ): Promise<Remote> {
    const bucket = await openBucket(settings, {
      env: this.env,
      watch: { ...this.watch, signal },
      uploads: this.uploads,
      ...(retry && { retry }),
    });
    return new Remote(name, bucket, {
      acquaintance: knows ? this.knownStore(settings) : undefined,
      encoding: this.settings.encodings.get(name) ?? this.settings.encoding,
      tables: cacheFile(this.cache.folder, "tables"),
      local: this.cache,
    });
  }

  /** What this clone remembers of a remote's place. */
  knownStore(settings: RemoteSettings): KnownStore {
    return new KnownStore(this.git.place.commonDir, settings);
  }

  #noConsent(): MvgitError {
    const changes = new Set(this.settings.untrusted.flatMap(({ known }) => known ?? []));
    const what =
      changes.size === 0
        ? "the remote that '.mvgit/config' names needs your consent"
        : `'.mvgit/config' needs your consent: ${[...changes].join("; ")}`;
    return new MvgitError("setting-untrusted", what, {
      hint: "look at it with 'mvgit trust --list', and accept it with 'mvgit trust' if you know the place",
    });
  }

  #noRemote(name: string | null): MvgitError {
    if (this.settings.untrusted.some((entry) => entry.key.startsWith("mvgit-remote.") || entry.key === "mvgit.remote"))
      return this.#noConsent();
    const known = [...this.settings.remotes.keys()];
    const names = known.map((each) => `'${each}'`).join(", ");
    const hint =
      known.length > 0
        ? `choose one of ${names} with '--remote NAME', or 'mvgit remote default NAME'`
        : `add one with 'mvgit remote add store URL'; URL is ${ADDRESS_FORMS}`;
    if (name !== null)
      return new MvgitError("remote-unknown", `no remote is called '${display(name)}'`, {
        hint: known.length > 0 ? `choose one of ${names}, or add it with 'mvgit remote add'` : hint,
        subject: name,
      });
    const why = known.length > 0 ? "there are several remotes and none is the default" : "no remote is configured";
    return new MvgitError("remote-unknown", why, { hint });
  }
}

/** The environment for another repository than the one that a hook runs in. */
export function withoutGitVariables(env: Repo["env"]): Repo["env"] {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX"].includes(name),
    ),
  );
}

function cacheFolder(git: GitProgram, settings: Settings): string {
  if (settings.cacheDir === null) return cloneFolder(git.place);
  return resolve(git.place.top, settings.cacheDir.replace(/^~(?=\/|$)/, homedir()));
}
