/**
 * The server of the page: this machine's alone, by a path that nobody can guess, for a browser that says that its own
 * page asks. What it answers is in the tables of documents, files and moves; what it throws is a document too.
 */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { failureData, toDocument } from "../base/as-document.ts";
import { randomBytes } from "../base/clock.ts";
import { MvgitError } from "../base/errors.ts";
import { type LocalAnswer, type LocalRequest, type LocalServer, serveLocally } from "../base/loopback.ts";
import { display } from "../base/paths.ts";
import { isOfThisUser } from "../base/peer.ts";
import { asMvgitError } from "../base/system-errors.ts";
import type { Watch } from "../base/watch.ts";
import type { Repo } from "../repo/repo.ts";
import type { PageConfig } from "../values/page-config.ts";
import { Assets } from "./assets.ts";
import { DocumentCache } from "./document-cache.ts";
import { decodedPath, type Source } from "./documents.ts";
import type { Events } from "./events.ts";
import { fileAnswer } from "./files.ts";
import type { FirstScreen } from "./first-screen.ts";
import { frameOf, POLICY } from "./frame.ts";
import type { RefsState } from "./refs-state.ts";

export interface UiOptions {
  source: Source;
  /** Null where nobody can tell whether refs changed. */
  state: RefsState | null;
  events: Events;
  /** Null: nothing is kept for the next server. */
  first: FirstScreen | null;
  /** What the repository is called. */
  title: string;
  /** Opens the clone anew for each act; null: the page may not act. */
  moving: (() => Promise<Repo>) | null;
  /** 0: any. */
  port: number;
  /** The browser is on another machine: what is sent goes through a wire. */
  isFar: boolean;
  watch: Pick<Watch, "clock" | "warn">;
  assets?: Assets;
}

export interface Ui extends LocalServer {
  /** Whether a document that will be asked for is known from the last time; it is answered until `warm` made it. */
  recall(path: string): boolean;
  /** Makes a document that will be asked for soon; whether there is one shows then. */
  warm(path: string): Promise<void>;
  /** Leads to the page once, for a program's arguments, which others of this machine can see. */
  once(fragment: string): string;
}

const HEADERS = {
  "content-security-policy": `${POLICY}; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  // Nothing of a repository stays in a browser's folder.
  "cache-control": "no-store",
};

/** Milliseconds in which a link that works once is used. */
const ONCE = 5 * 60_000;

/** Throws what the system says of a port that cannot be had. */
export async function serveUi(options: UiOptions): Promise<Ui> {
  const links = new Map<string, { fragment: string; until: number }>();
  const { clock } = options.watch;
  const served = new Served(options);
  const server = await serveLocally((request) => served.answer(request), {
    port: options.port,
    pages: true,
    headers: HEADERS,
    admits: (socket) => isOfThisUser(socket),
    outside(path, url) {
      const link = links.get(path.replace(/^\/open\//, ""));
      if (link === undefined || !path.startsWith("/open/")) return null;
      if (link.until < clock.now()) return { status: 410, type: TEXT, body: USED };
      link.until = 0;
      return { status: 303, type: TEXT, headers: { location: `${url}/${link.fragment}` }, body: "" };
    },
  });
  return {
    url: `${server.url}/`,
    recall: (path) => served.recall(path),
    warm: (path) => served.warm(path),
    once(fragment) {
      const name = randomBytes(24).toString("base64url");
      links.set(name, { fragment, until: clock.now() + ONCE });
      return `${new URL(server.url).origin}/open/${name}`;
    },
    async close() {
      options.events.close();
      await server.close();
    },
  };
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";
const USED = "This link was used before, or is too old. The address that 'mvgit ui' printed works while it runs.\n";
/** Bytes above which it pays to send less of them through a wire. */
const PAYS = 16 * 1024;
const packed = promisify(gzip);

/** What is below the secret. */
class Served {
  readonly #options: UiOptions;
  readonly #documents: DocumentCache;
  readonly #assets: Assets;
  readonly #token: string | null;

  constructor(options: UiOptions) {
    this.#options = options;
    const { source, state, first, watch } = options;
    this.#documents = new DocumentCache(source, state, () => watch.clock.now(), first);
    this.#assets = options.assets ?? new Assets();
    this.#token = options.moving === null ? null : randomBytes(24).toString("base64url");
  }

  async answer(request: LocalRequest): Promise<LocalAnswer> {
    try {
      return await this.#send(await this.#found(request), request);
    } catch (thrown) {
      return this.#failed(thrown, request);
    }
  }

  recall(path: string): boolean {
    return this.#documents.recall(path);
  }

  async warm(path: string): Promise<void> {
    await this.#documents.warm(path, () => this.#options.events.tellAnew());
  }

  async #found(request: LocalRequest): Promise<LocalAnswer> {
    const { method, path } = request;
    const isMove = this.#token !== null && (path === "/moves" || path === "/moves/check");
    if (isMove && method === "POST") return this.#moved(request, this.#token);
    if (isMove || (method !== "GET" && method !== "HEAD"))
      return { status: 405, headers: { allow: isMove ? "POST" : "GET, HEAD" }, type: TEXT, body: "" };
    // What stands in the page counts from its folder.
    if (path === "") return { status: 404, type: TEXT, body: "" };
    if (path === "/" || path === "/index.html")
      return { status: 200, type: "text/html; charset=utf-8", body: this.#frame() };
    if (path === "/events") return this.#options.events.open();
    if (path.startsWith("/files/")) return this.#file(path.slice(1));
    const asset = this.#assets.answer(path.slice(1), request.headers["if-none-match"]);
    if (asset !== null) return asset;
    const text = await this.#documents.text(path.slice(1), request.query);
    if (text === null) throw new MvgitError("label-unknown", "there is no such document");
    return { status: 200, type: JSON_TYPE, body: text };
  }

  #frame(): string {
    const config: PageConfig = { mode: "live", title: this.#options.title, written: null, token: this.#token };
    return frameOf(config);
  }

  async #file(path: string): Promise<LocalAnswer> {
    const [, label, ...names] = decodedPath(path) ?? [];
    if (label === undefined || !/@v\d+$/.test(label) || names.length === 0)
      throw new MvgitError("label-unknown", "there is no such file");
    const found = await (await this.#options.source.registry()).artifact(label, names.join("/"));
    if (found === null) throw new MvgitError("label-unknown", "there is no such file among those worth a look");
    return fileAnswer(found);
  }

  async #moved(request: LocalRequest, token: string): Promise<LocalAnswer> {
    const { checkAsked, isOfPage, moveAsked } = await import("./moves.ts");
    if (!isOfPage(request, token) || this.#options.moving === null)
      throw new MvgitError("access-denied", "that was not asked by this server's own page");
    const repo = await this.#options.moving();
    const body =
      request.path === "/moves"
        ? toDocument("promote", await moveAsked(repo, request))
        : toDocument("promote", await checkAsked(repo, request));
    this.#options.events.lookNow();
    return { status: 200, type: JSON_TYPE, body };
  }

  #failed(thrown: unknown, request: LocalRequest): LocalAnswer {
    const error = asMvgitError(thrown);
    if (error.code === "bug")
      this.#options.watch.warn(`the page asked for '${display(request.path)}': ${error.message}`);
    // What a bug says may be anything.
    const told = error.code === "bug" ? new MvgitError("bug", "mvgit itself failed; its terminal tells more") : error;
    return { status: statusOf(told), type: JSON_TYPE, body: toDocument("", { error: failureData(told) }) };
  }

  async #send(answer: LocalAnswer, { headers }: LocalRequest): Promise<LocalAnswer> {
    const { body } = answer;
    const isText = typeof body === "string" || (body instanceof Uint8Array && answer.type?.startsWith("text/"));
    if (!this.#options.isFar || !isText || !/\bgzip\b/.test(String(headers["accept-encoding"] ?? ""))) return answer;
    if (body.length < PAYS) return answer;
    const bytes = await packed(body, { level: 1 });
    return { ...answer, body: bytes, headers: { ...answer.headers, "content-encoding": "gzip" } };
  }
}

const STATUS: Readonly<Record<MvgitError["kind"], number>> = {
  refused: 409,
  usage: 400,
  partly: 500,
  repository: 500,
  conflict: 409,
  access: 403,
  missing: 404,
  damaged: 500,
  later: 503,
  bug: 500,
  interrupted: 503,
};

function statusOf({ code, kind }: MvgitError): number {
  return ["label-unknown", "not-tracked", "not-a-repository"].includes(code) ? 404 : STATUS[kind];
}
