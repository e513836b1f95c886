/** The page of a repository as the command line opens it: listening first, reading when somebody asks. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { noPort } from "../base/no-port.ts";
import { userConfigFiles } from "../git/own-config.ts";
import type { Watch } from "../base/watch.ts";
import type { Registry } from "../registry/registry.ts";
import type { Repo } from "../repo/repo.ts";
import type { RunGrowth } from "../versions/run-growth.ts";
import { COMMITTED_CONFIG } from "../values/settings.ts";
import { cloneFile } from "../values/own-files.ts";
import type { Source } from "./documents.ts";
import { Events, type Watched } from "./events.ts";
import { FirstScreen } from "./first-screen.ts";
import { gitFolderAround, type GitPlace, RefsState } from "./refs-state.ts";
import { serveUi, type Ui } from "./server.ts";

const load = (): Promise<typeof import("./opening.ts")> => import("./opening.ts");

export interface UiContext {
  /** Absolute. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  watch: Watch;
  /** The repository around `cwd`, for the first time; later, where its settings changed, it is opened anew. */
  repo(): Promise<Repo>;
}

export interface UiWish {
  port: number;
  /** Whether the page may move stages. */
  moves: boolean;
  /** The browser is on another machine. */
  isFar: boolean;
  /** Documents that will be asked for at first, made one after the other while the page loads. */
  first?: readonly string[];
}

/**
 * `ready`: that the repository is open, which is not waited for: the page loads meanwhile. Throws what `registryAround`
 * throws where there is nothing to show, and `usage` for a port that cannot be had.
 */
export async function openUi(
  context: UiContext,
  { port, moves, isFar, first = [] }: UiWish,
): Promise<Ui & { ready: Promise<unknown> }> {
  const { cwd, env, watch } = context;
  const place = env["GIT_DIR"] === undefined ? gitFolderAround(cwd) : null;
  const source = new Opened(context, place);
  if (place === null) await source.registry();
  const state =
    place === null
      ? null
      : new RefsState(place, [
          cloneFile(place, "seen.json"),
          committedConfig(cwd, place),
          // Theirs as well say what readers of stages refuse.
          ...userConfigFiles(env),
        ]);
  let begin = Promise.resolve();
  const growth = moreOf(async () => {
    await begin;
    return source.repo();
  });
  const ui = await serveUi({
    source,
    state,
    events: new Events(watchedBy(state, growth, () => watch.clock.now())),
    first: place === null ? null : new FirstScreen(cloneFile(place, "first-screen")),
    title: titleOf(place?.gitDir ?? cwd),
    moving: moves ? async () => (await load()).openToMove(context) : null,
    port,
    isFar,
    watch,
  }).catch((error: unknown) => Promise.reject(noPort(error, port)));
  // What is known leaves the processors to the browser, until it has drawn that.
  if (first.filter((path) => ui.recall(path)).length > 0)
    begin = watch.clock.sleep(DRAWN, watch.signal).catch(() => undefined);
  const ready = begin.then(() => source.registry());
  // Whoever waits for it hears why.
  ready.catch(() => undefined);
  void first.reduce((before, path) => before.then(() => ui.warm(path)), begin);
  return { ...ui, ready };
}

/** What documents are made of, without a server; and what the repository is called. */
export function openSource(context: UiContext): { source: Source; title: string } {
  const place = context.env["GIT_DIR"] === undefined ? gitFolderAround(context.cwd) : null;
  return { source: new Opened(context, place), title: titleOf(place?.gitDir ?? context.cwd) };
}

/** The settings that come with a commit, whichever folder of the work tree is the current one. */
function committedConfig(cwd: string, place: GitPlace | null): string {
  return join(place?.top ?? cwd, COMMITTED_CONFIG);
}

function titleOf(gitDir: string): string {
  const name = basename(gitDir);
  return name === ".git" ? basename(dirname(gitDir)) : name.replace(/\.git$/, "");
}

/** The repository, opened when it is first asked, and anew after its settings changed. */
class Opened implements Source {
  readonly #context: UiContext;
  readonly #files: readonly string[];
  #repo: { mark: string; opened: Promise<Repo> } | null = null;
  #registry: { mark: string; opened: Promise<Registry> } | null = null;

  constructor(context: UiContext, place: GitPlace | null) {
    this.#context = context;
    const own = place === null ? [] : [join(place.commonDir, "config"), join(place.gitDir, "config.worktree")];
    this.#files = [...own, committedConfig(context.cwd, place)];
  }

  #mark(): string {
    return this.#files
      .map((file) => fs.statSync(file, { throwIfNoEntry: false }))
      .map((found) => (found === undefined ? "-" : `${found.ino}.${found.mtimeMs}.${found.size}`))
      .join(" ");
  }

  repo(): Promise<Repo> {
    const mark = this.#mark();
    if (this.#repo?.mark !== mark) this.#repo = { mark, opened: this.#open() };
    return this.#repo.opened;
  }

  async #open(): Promise<Repo> {
    return this.#repo === null ? this.#context.repo() : (await load()).openRepo(this.#context);
  }

  registry(): Promise<Registry> {
    const mark = this.#mark();
    if (this.#registry?.mark !== mark) this.#registry = { mark, opened: this.#openRegistry() };
    return this.#registry.opened;
  }

  async #openRegistry(): Promise<Registry> {
    return (await load()).registryAround(() => this.repo(), this.#context);
  }
}

/** Follows the runs of the clone, once it is open; nothing where there is none. */
function moreOf(repo: () => Promise<Repo>): { look(): object[]; isAnyRunning(): boolean } {
  let growth: RunGrowth | null = null;
  let isAsked = false;
  const begin = async (): Promise<void> => {
    const { RunGrowth } = await load();
    growth = new RunGrowth(await repo());
    growth.look();
  };
  return {
    look() {
      if (!isAsked) {
        isAsked = true;
        begin().catch(() => undefined);
      }
      return growth?.look() ?? [];
    },
    isAnyRunning: () => growth?.isAnyRunning ?? false,
  };
}

/** Milliseconds in which a browser that runs has drawn the first screen. */
const DRAWN = 600;
/** Milliseconds between two looks, and while a run is in progress. */
const LOOK = 1000;
const LOOK_AT_RUN = 400;

function watchedBy(state: RefsState | null, runs: ReturnType<typeof moreOf>, now: () => number): Watched {
  const stateNow = (): string =>
    createHash("sha256")
      .update(state?.look(now()).state ?? "")
      .digest("base64url")
      .slice(0, 16);
  let last = stateNow();
  return {
    state: stateNow,
    every: () => (runs.isAnyRunning() ? LOOK_AT_RUN : LOOK),
    look() {
      const changes = runs.look();
      const found = stateNow();
      const isNew = found !== last;
      last = found;
      return [
        ...(isNew ? [{ event: "refs" as const, data: { state: found } }] : []),
        ...(changes.length > 0 ? [{ event: "runs" as const, data: { runs: changes } }] : []),
      ];
    },
  };
}
