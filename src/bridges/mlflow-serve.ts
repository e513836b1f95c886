/**
 * `mvgit mlflow serve`: MLflow's registry and tracking API over versions and stages. Read only, unless aliases may be
 * moved; then by the operations of the command line.
 */
import { Readable } from "node:stream";
import { showAddress } from "../base/address.ts";
import { isMvgitError, MvgitError } from "../base/errors.ts";
import { allOf, begun } from "../base/piecewise.ts";
import { type LocalAnswer, type LocalRequest, type LocalServer, serveLocally } from "../base/loopback.ts";
import { noPort } from "../base/no-port.ts";
import { display } from "../base/paths.ts";
import { isOfThisUser } from "../base/peer.ts";
import { asMvgitError } from "../base/system-errors.ts";
import { prose } from "../base/prose.ts";
import type { Watch } from "../base/watch.ts";
import { type Body, Refusal, runOf, text, texts } from "../mlflow/answers.ts";
import { artifactPathOf, bodyOf, greeting, json, listing, ownerOf } from "../mlflow/http.ts";
import type { Root } from "../mlflow/published.ts";
import { answer, endpointOf, notTaken } from "../mlflow/recorder.ts";
import { artifactUri, sentHistory } from "../mlflow/tracking.ts";
import type { Registry } from "../registry/registry.ts";
import type { StoredFile } from "../registry/whole.ts";
import type { RepoContext } from "../repo/repo.ts";
import { asModelName, asStageName, formatLabel } from "../values/label.ts";
import { openWithBytes } from "../versions/open-with-bytes.ts";
import { historyOf } from "./mlflow/history.ts";
import { type Moves, movesIn } from "./mlflow/moves.ts";
import { type Moment, Publisher } from "./mlflow/publisher.ts";
import { secretFor } from "./mlflow/secret.ts";

interface ServeOptions {
  registry: Registry;
  /** 0: any. */
  port: number;
  /** What the address ends with. */
  secret: string;
  /** The repository is reached through the net: its refs are looked at less often. */
  isFar: boolean;
  /** A clone remembers what it saw of stages. */
  hasClone: boolean;
  /** Moves an alias; null: nothing may be changed. */
  moves: Moves | null;
  watch: Pick<Watch, "clock" | "warn">;
}

export interface ServeWish {
  /** Of a Git repository, or a folder. */
  address: string;
  port: number;
  /** Whether aliases may be moved. */
  writes: boolean;
  /** Where the bytes are; absent: what the environment and the settings say. */
  remote?: string | undefined;
  insecure: boolean;
}

/**
 * Serves a clone, a bare repository or one elsewhere. Throws what opening it throws, and `usage` for a port that cannot
 * be had, or for writes without a clone.
 */
export async function openToServe(context: RepoContext, wish: ServeWish): Promise<LocalServer> {
  const { port, writes, address, ...where } = wish;
  const { registry, repo, isFar } = await openWithBytes(address, { ...context, ...where });
  if (writes && repo === null)
    throw new MvgitError("usage", `nothing can be moved in '${showAddress(address)}': it is no clone`, {
      subject: showAddress(address),
      hint: "serve a clone of it with '--allow-writes'",
    });
  const moves = writes && repo !== null ? movesIn({ ...context, cwd: repo.top }) : null;
  // An address that may be written down somewhere is for a port that was chosen.
  const secret = secretFor(context.env, port === 0 ? null : (repo?.git.place ?? null));
  const about = { registry, port, secret, isFar, hasClone: repo !== null, moves };
  return serveRegistry({ ...about, watch: context.watch }).catch((error: unknown) =>
    Promise.reject(noPort(error, port)),
  );
}

/** Milliseconds for which a look at the refs of a host counts. */
const LOOK_AFAR = 2000;
/** Bytes of a file that is found right before anything of it is sent. */
const AT_ONCE = 8 * 1024 * 1024;
const HEADERS = { "x-content-type-options": "nosniff", "cache-control": "no-store" };

const UNHEARD = new Refusal(
  "UNAUTHENTICATED",
  prose`MLFLOW_TRACKING_URI is not the address that 'mvgit mlflow serve' printed here, and MLFLOW_TRACKING_TOKEN is
    not its last part`,
);

/** Throws what the system says of a port that cannot be had. */
async function serveRegistry(options: ServeOptions): Promise<LocalServer> {
  const served = new Served(options);
  return serveLocally((request) => served.answer(request), {
    port: options.port,
    secret: options.secret,
    bearer: true,
    refusal: json(UNHEARD.status, UNHEARD.body),
    headers: HEADERS,
    admits: (socket) => isOfThisUser(socket),
  });
}

/** What is below the secret. */
class Served {
  readonly #options: ServeOptions;
  readonly #publisher: Publisher;
  #moving: Promise<unknown> = Promise.resolve();

  constructor(options: ServeOptions) {
    this.#options = options;
    const { registry, watch, isFar, hasClone } = options;
    this.#publisher = new Publisher(registry, watch, { every: isFar ? LOOK_AFAR : 0, remembers: !hasClone });
  }

  async answer(request: LocalRequest): Promise<LocalAnswer> {
    try {
      return await this.#found(request);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : this.#refusalOf(error, request);
      return json(refusal.status, refusal.body);
    }
  }

  async #found(request: LocalRequest): Promise<LocalAnswer> {
    const { method, path } = request;
    const greeted = greeting(request);
    if (greeted !== null) return greeted;
    const artifact = artifactPathOf(path);
    if (artifact !== null) return this.#artifact(request, artifact);
    const key = `${method} ${endpointOf(path)}`;
    const body = await bodyOf(request);
    if (this.#options.moves !== null && /^(?:POST|DELETE) registered-models\/alias$/.test(key))
      return this.#moved(this.#options.moves, method, body);
    const moment = await this.#publisher.now();
    if (key === "GET artifacts/list") return this.#listOfRun(moment, body);
    if (key === "GET metrics/get-history") return json(200, await this.#history(moment, body));
    const { status, body: sent } = answer(moment.recording, { method, path, body }, true);
    // Held to all that counts where a label is used; of what is not there it says why.
    const used = status < 300 ? stagesIn(key, body) : [];
    for (const label of status === 404 ? labelsIn(key, body) : used) await held(moment, key, label);
    return json(status, sent);
  }

  async #artifact({ method, query }: LocalRequest, path: string): Promise<LocalAnswer> {
    if (method !== "GET") throw notTaken("artifacts");
    const asked = path === "" ? (query.get("path") ?? "").replace(/^\/+|\/+$/g, "") : path;
    const { experiment, run, model, below } = ownerOf(asked);
    const moment = await this.#momentWith(run ?? model ?? "");
    const root = moment.roots.get(run ?? model ?? "");
    const tree =
      root === undefined || !isOf(moment, root, experiment) ? null : await this.#publisher.tree(moment, root);
    if (path === "") return json(200, listing(tree?.list(below) ?? []));
    const file = tree?.files.get(below);
    if (file === undefined) throw new Refusal("RESOURCE_DOES_NOT_EXIST", "No such artifact");
    return this.#file(moment, file);
  }

  /** What was looked at last, where it has the run or model: files do not change. */
  async #momentWith(id: string): Promise<Moment> {
    const { last } = this.#publisher;
    return last?.roots.has(id) === true ? last : this.#publisher.now();
  }

  /** Found right before it is sent, and what is large before the last of it is. */
  async #file({ registry }: Moment, file: StoredFile): Promise<LocalAnswer> {
    const bytes = registry.bytes(file);
    const about = { status: 200, type: "application/octet-stream" };
    if (file.size <= AT_ONCE) return { ...about, body: await allOf(bytes) };
    const sent = await begun(this.#telling(bytes, file));
    return { ...about, body: { stream: Readable.from(sent), size: file.size } };
  }

  async *#telling(bytes: AsyncIterable<Uint8Array>, { path }: StoredFile): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      this.#options.watch.warn(`'${display(path)}' was not given whole: ${asMvgitError(error).message}`);
      throw error;
    }
  }

  async #listOfRun(moment: Moment, body: Body): Promise<LocalAnswer> {
    const run = runOf(moment.recording, body);
    const below = text(body, "path", "").replace(/\/+$/, "");
    const tree = await this.#publisher.tree(moment, moment.roots.get(run.id) as Root);
    return json(200, { root_uri: artifactUri(run), ...listing(tree.list(below), below) });
  }

  async #history(moment: Moment, body: Body): Promise<object> {
    const run = runOf(moment.recording, body);
    const tree = (root: Root) => this.#publisher.tree(moment, root);
    return sentHistory(await historyOf(moment, { run, metric: text(body, "metric_key") }, tree), body);
  }

  /** One after the other: each is held against what the one before left. */
  async #moved(moves: Moves, method: string, body: Body): Promise<LocalAnswer> {
    const of = { model: text(body, "name"), alias: text(body, "alias") };
    const version = method === "POST" ? Number(text(body, "version")) : null;
    if (version !== null && !(Number.isSafeInteger(version) && version > 0))
      throw new Refusal("INVALID_PARAMETER_VALUE", "'version' is not the number of a version.");
    const work = (): Promise<void> => (version === null ? moves.remove(of) : moves.set({ ...of, version }));
    const moved = this.#moving.then(work);
    this.#moving = moved.catch(() => undefined);
    await moved;
    this.#publisher.forget();
    return json(200, {});
  }

  #refusalOf(thrown: unknown, { method, path, body }: LocalRequest): Refusal {
    // Nobody hears it.
    if (body.errored !== null) return new Refusal("INVALID_PARAMETER_VALUE", "The request was cut");
    const error = asMvgitError(thrown);
    if (error.code === "bug") {
      this.#options.watch.warn(`MLflow asked for '${display(`${method} ${path}`)}': ${error.message}`);
      // What a bug says may be anything.
      return new Refusal("INTERNAL_ERROR", "mvgit itself failed; its terminal tells more");
    }
    const hint = error.hint === undefined ? "" : ` (${error.hint})`;
    return new Refusal(codeOf(error), `mvgit: ${error.message}${hint}`);
  }
}

function codeOf(error: MvgitError): ConstructorParameters<typeof Refusal>[0] {
  if (["label-unknown", "blob-missing", "not-tracked"].includes(error.code)) return "RESOURCE_DOES_NOT_EXIST";
  if (error.kind === "usage") return "INVALID_PARAMETER_VALUE";
  if (error.kind === "damaged") return "DATA_LOSS";
  if (error.kind === "later") return "TEMPORARILY_UNAVAILABLE";
  return error.kind === "access" || isMvgitError(error, "policy-refused") ? "PERMISSION_DENIED" : "INVALID_STATE";
}

function isOf({ recording }: Moment, { of }: Root, experiment: string): boolean {
  return recording.experiments.get(experiment)?.name === of.pack.model;
}

const LATEST = /\/get-latest-versions$/;

/** Throws why a label may not be used. Of MLflow's older stages the empty ones are told as no version, by no error. */
async function held({ registry, takenBack }: Moment, key: string, label: string): Promise<void> {
  const why = takenBack.get(label);
  if (why !== undefined)
    throw new Refusal("DATA_LOSS", `mvgit: ${why} ('mvgit mlflow serve', started anew, goes by what is there)`);
  await registry.receipt(label).catch((error: unknown) => {
    if (!LATEST.test(key) || !isMvgitError(error, "label-unknown")) throw error;
  });
}

/** The stages that a request goes by. */
function stagesIn(key: string, body: Body): string[] {
  const isAlias = key === "GET registered-models/alias";
  if (!isAlias && !LATEST.test(key)) return [];
  const stages = texts(body, "stages").map((stage) => stage.toLowerCase());
  const named = isAlias ? [text(body, "alias", "")] : stages;
  const model = asModelName(text(body, "name", ""));
  return named.flatMap((name) => {
    const stage = asStageName(name);
    return model === null || stage === null ? [] : [formatLabel({ kind: "stage", model, stage })];
  });
}

/** What a request about one version or stage names, as far as mvgit could have such a name. */
function labelsIn(key: string, body: Body): string[] {
  const model = asModelName(text(body, "name", ""));
  const version = Number(text(body, "version", ""));
  if (model === null || !key.startsWith("GET model-versions/get") || !(Number.isSafeInteger(version) && version > 0))
    return stagesIn(key, body);
  return [formatLabel({ kind: "version", model, version })];
}
