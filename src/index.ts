/**
 * The library: versions of models for a service in Node, typed. Small on purpose; docs/library.md tells how it is used.
 *
 * Nothing here prints, ends the process, or reads its folder or environment except as defaults of the options. Failures
 * are `MvgitError`s with a `code` of the closed list in docs/errors.md. Reports are the documents that `--json` prints.
 */
import { setMaxListeners } from "node:events";
import { resolve } from "node:path";
import { env as processEnvironment } from "node:process";
import { systemClock } from "./base/clock.ts";
import { currentFolder } from "./base/current-folder.ts";
import { type ErrorCode, type ErrorKind, isMvgitError, MvgitError } from "./base/errors.ts";
import { silent } from "./base/progress.ts";
import { leftWhenStopped } from "./base/stop-signals.ts";
import type { Watch } from "./base/watch.ts";
import type { Delivery } from "./values/delivery.ts";
import { checkModelName, checkStageName, type ModelName } from "./values/label.ts";
import { formatReceipt, readReceipt, type Receipt } from "./values/receipt.ts";
import { type Delivered, deliveryIn as deliveryInFolder } from "./versions/deliver.ts";
import type { ArtifactsReport } from "./registry/artifacts.ts";
import type { CompareReport } from "./registry/compare.ts";
import type { CurvesReport } from "./registry/curves.ts";
import type { CompareAllReport } from "./values/compare-many.ts";
import type { ExplainReport } from "./registry/explain/explain.ts";
import type { HistoryReport } from "./registry/history.ts";
import type { LineageReport } from "./registry/lineage/report.ts";
import type { LogReport } from "./registry/log.ts";
import type { Loader } from "./registry/look.ts";
import type { PatchReport } from "./registry/patch.ts";
import type { Registry as ReadSide } from "./registry/registry.ts";
import type { ShowReport } from "./registry/show.ts";
import type { StagesReport } from "./registry/stages.ts";

export {
  type ArtifactsReport,
  type CompareAllReport,
  type CompareReport,
  type CurvesReport,
  type Delivered,
  type Delivery,
  type ErrorCode,
  type ErrorKind,
  type ExplainReport,
  formatReceipt,
  isMvgitError,
  type HistoryReport,
  type LineageReport,
  type Loader,
  type LogReport,
  MvgitError,
  type PatchReport,
  type Receipt,
  readReceipt,
  type ShowReport,
  type StagesReport,
};

/** What every call takes. */
export interface Options {
  /** What relative paths count from; default the folder of the process. */
  cwd?: string;
  /**
   * Default that of the process: `MVGIT_GIT_TOKEN`, `MVGIT_REMOTE`, `GOOGLE_APPLICATION_CREDENTIALS` and others are
   * read from it.
   */
  env?: Readonly<Record<string, string | undefined>>;
  /** Ends the work; what it was doing then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Told what is worth a line in a log, and is neither result nor failure. */
  onNote?: (text: string) => void;
}

/** Which part of a version, and how it gets into the folder. */
export interface DeliverOptions {
  /** `weights`, `data`, or paths of the repository; default all of the version's package. */
  only?: readonly string[];
  /**
   * Fill the folder although it holds files of others; what stands in the way is moved aside, and a note says where.
   */
  force?: boolean;
  /**
   * Take what the label means now although the folder has seen a newer or another: an event or a version that is gone,
   * or was made anew.
   */
  acceptOlder?: boolean;
}

export interface GetOptions extends Options, DeliverOptions {
  /**
   * Where the bytes are: a remote's address, or a folder. Default `MVGIT_REMOTE`, then the caller's settings, then the
   * bucket that the repository's committed settings name.
   */
  remote?: string;
  /** Lets plain `http://` be used beyond loopback. */
  insecure?: boolean;
  /** Asked when the Git host wants to know who it is. Default `MVGIT_GIT_TOKEN`, then the helpers of the user's Git. */
  credentials?: (url: string) => Promise<{ username: string; password: string } | null>;
}

/** What a repository tells of its versions and stages. Each call looks at its refs anew. */
export interface Registry {
  /** What a service logs with each prediction. */
  receipt(label: string): Promise<Receipt>;
  /** From a receipt (as JSON), a hash, a label or a file back to the version, its parts, people and stages. */
  explain(what: string): Promise<ExplainReport>;
  /** One version, whole; with the course of the score `plot`. */
  show(label: string, options?: { plot?: string }): Promise<ShowReport>;
  /** Versions, the newest first; `most` of them (default all). */
  log(options?: { model?: string; most?: number }): Promise<LogReport>;
  /** Which version each stage holds. */
  stages(options?: { model?: string }): Promise<StagesReport>;
  /** Every move of a model's stages, or of one; `at`: only what each held then. */
  history(model: string, options?: { stage?: string; at?: Date }): Promise<HistoryReport>;
  /**
   * What differs from the first version to the second. `tensors`: of weights whose bytes are in the clone's cache, only
   * the `headers`, the `values` too, up to 4 GiB of each version (the default), or `all`.
   */
  compare(a: string, b: string, options?: { tensors?: "headers" | "values" | "all" }): Promise<CompareReport>;
  /** What differs in their code, line by line; where there is no git program, which files. */
  patch(a: string, b: string): Promise<PatchReport>;
  /** What differs among 2 to 20 versions, in the order given. */
  compareAll(labels: readonly string[]): Promise<CompareAllReport>;
  /** Every curve that the run of a version recorded. */
  curves(label: string): Promise<CurvesReport>;
  /** What led to a version and what came of it; `depth`: generations before and after (default 3). */
  lineage(label: string, options?: { depth?: number }): Promise<LineageReport>;
  /** The files of a version that are worth a look. */
  artifacts(label: string): Promise<ArtifactsReport>;
}

/** A clone on this machine. */
export interface Repository extends Registry {
  /** The top of its work tree. */
  readonly top: string;
  /** The files of a version into a folder, as `mvgit export` does it. */
  export(label: string, dir: string, options?: DeliverOptions): Promise<Delivered>;
}

export interface RegistryOptions extends Options, Pick<GetOptions, "insecure" | "credentials"> {
  /**
   * Where bytes come from: `remoteLoader`, or one of the caller's own. Without one, what is in folders and CSV files is
   * neither compared nor searched, and reports and notes say so.
   */
  loader?: Loader;
}

/** Opens the clone at or above `folder`. Needs the git program. Rejects with `not-a-repository`, `setting-invalid`. */
export async function openRepository(folder: string, options: Options = {}): Promise<Repository> {
  const { cwd, env, watch } = contextOf(options);
  const { Repo } = await import("./repo/repo.ts");
  const repo = await Repo.open({ cwd: resolve(cwd, folder), env, watch });
  const { registryOf } = await import("./versions/registry.ts");
  return {
    ...readSide(registryOf(repo), { cwd: repo.cwd, watch }),
    top: repo.top,
    export: async (label, dir, { only = [], force = false, acceptOlder = false } = {}) =>
      (await import("./versions/export.ts")).exportVersion(repo, {
        what: label,
        dir: resolve(cwd, dir),
        only,
        force,
        acceptOlder,
      }),
  };
}

/**
 * Opens what a repository tells of versions and stages, without a work tree: `where` is a folder (of a clone, or a bare
 * repository on a disk), or the address of a repository elsewhere. A folder needs no git program. `close` ends the
 * connection to a host; what is asked after that rejects with `usage`. Rejects with `not-a-repository`,
 * `not-supported`, `setting-invalid`, `access-denied`, `remote-missing`, `remote-unavailable`.
 */
export async function openRegistry(
  where: string,
  options: RegistryOptions = {},
): Promise<Registry & { close(): void }> {
  const { loader = null, insecure = false, credentials } = options;
  const context = contextOf(options);
  const open = (await import("./versions/registry.ts")).openRegistry;
  const registry = await open(where, { ...context, loader, insecure, ...(credentials && { credentials }) });
  const closing = new AbortController();
  return {
    ...readSide(registry, context, closing.signal),
    close: () => {
      closing.abort(new MvgitError("usage", "this registry was closed"));
      registry.close();
    },
  };
}

/** Bytes for `openRegistry` from a remote, by its address or folder. It is opened when something is first read. */
export async function remoteLoader(address: string, options: Options = {}): Promise<Loader> {
  return (await import("./versions/registry.ts")).loaderAt(address, contextOf(options));
}

/** `closed`: aborted when nothing more may be asked. */
function readSide(
  registry: ReadSide,
  { cwd, watch: { signal } }: { cwd: string; watch: Watch },
  closed: AbortSignal = new AbortController().signal,
): Registry {
  const modelOf = (model: string | undefined): { model?: ModelName } =>
    model === undefined ? {} : { model: checkModelName(textOf(model, "model")) };
  const ended = async <R>(work: () => Promise<R>): Promise<R> => {
    signal.throwIfAborted();
    closed.throwIfAborted();
    try {
      return await leftWhenStopped(work(), signal);
    } catch (error) {
      closed.throwIfAborted();
      throw error;
    }
  };
  return {
    receipt: (label) => ended(async () => registry.receipt(textOf(label, "label"))),
    explain: (what) =>
      ended(async () =>
        (await import("./versions/explain.ts")).explain(registry, textOf(what, "what"), { cwd, input: noInput }),
      ),
    show: (label, { plot } = {}) => ended(async () => registry.show(textOf(label, "label"), plot)),
    log: ({ model, most = Number.MAX_SAFE_INTEGER } = {}) =>
      ended(async () => registry.log({ most: countOf(most, "most"), ...modelOf(model) })),
    stages: ({ model } = {}) => ended(async () => registry.stages(modelOf(model))),
    history: (model, { stage, at } = {}) =>
      ended(async () =>
        registry.history({
          model: checkModelName(textOf(model, "model")),
          ...(stage === undefined ? {} : { stage: checkStageName(textOf(stage, "stage")) }),
          ...(at === undefined ? {} : { at: timeOf(at) }),
        }),
      ),
    compare: (a, b, { tensors = "values" } = {}) =>
      ended(async () => registry.compare([textOf(a, "a"), textOf(b, "b")], { tensors })),
    patch: (a, b) => ended(async () => registry.patch([textOf(a, "a"), textOf(b, "b")])),
    compareAll: (labels) => ended(async () => registry.compareAll(labels.map((each) => textOf(each, "labels")))),
    curves: (label) => ended(async () => registry.curves(textOf(label, "label"))),
    lineage: (label, { depth } = {}) =>
      ended(async () =>
        registry.lineage(textOf(label, "label"), depth === undefined ? {} : { depth: countOf(depth, "depth") }),
      ),
    artifacts: (label) => ended(async () => registry.artifacts(textOf(label, "label"))),
  };
}

// What callers without types hand over, often from an environment or a query.

function textOf(value: string, name: string): string {
  if (typeof value === "string") return value;
  throw new MvgitError("usage", `'${name}' must be a text`);
}

function countOf(most: number, name: string): number {
  if (most === Infinity || (Number.isSafeInteger(most) && most >= 0)) return most;
  throw new MvgitError("usage", `'${name}' must be a whole number, 0 or above`);
}

function timeOf(at: Date): number {
  if (at instanceof Date && !Number.isNaN(at.getTime())) return at.getTime();
  throw new MvgitError("usage", "'at' must be a valid date");
}

/**
 * The files of a label or revision of a repository elsewhere into a folder, without a clone, as `mvgit get` does it:
 * verified, and shown all at once. A folder that holds them already is verified. On failure it shows what it did
 * before.
 */
export async function get(
  repository: string,
  label: string,
  dir: string,
  options: GetOptions = {},
): Promise<Delivered> {
  const { request, context } = getOf({ repository, what: label, dir }, options);
  return (await import("./versions/get.ts")).get(request, context);
}

/**
 * As `get`, then stays: yields the first delivery and one for each change of the label, until `signal` ends it.
 * Failures on the way are told to `onNote` and tried again. `seconds`: between two looks.
 */
export async function* follow(
  repository: string,
  label: string,
  dir: string,
  options: GetOptions & { seconds: number },
): AsyncGenerator<Delivered, void, void> {
  if (!(options.seconds > 0)) throw new MvgitError("usage", "'seconds' must be above 0");
  const { request, context } = getOf({ repository, what: label, dir }, options);
  yield* (await import("./versions/follow.ts")).follow({ ...request, seconds: options.seconds }, context);
}

/** What a folder that `get` or `export` filled holds now, null for nothing of mvgit's. Reads one small file. */
export function deliveryIn(dir: string, options: Pick<Options, "cwd"> = {}): Delivery | null {
  return deliveryInFolder(resolve(options.cwd ?? currentFolder(), dir));
}

function getOf(what: { repository: string; what: string; dir: string }, options: GetOptions) {
  const { only = [], force = false, acceptOlder = false, insecure = false, remote, credentials } = options;
  return {
    request: { ...what, only, force, acceptOlder, insecure, remote },
    context: { ...contextOf(options), ...(credentials && { credentials }) },
  };
}

function contextOf({
  cwd = currentFolder(),
  env = processEnvironment,
  signal = new AbortController().signal,
  onNote = () => {},
}: Options): { cwd: string; env: NonNullable<Options["env"]>; watch: Watch } {
  // Every transfer under way listens, and many are: Node would warn of a leak.
  setMaxListeners(0, signal);
  return {
    cwd: resolve(cwd),
    env,
    watch: { progress: silent, clock: systemClock, signal, note: onNote, warn: onNote },
  };
}

async function noInput(): Promise<string> {
  throw new MvgitError("usage", "'-' is for the command line: hand over the receipt itself");
}
