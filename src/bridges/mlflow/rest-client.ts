/** Requests to MLflow's tracking server. What it answers is hostile until checked. */
import { showAddress } from "../../base/address.ts";
import { MvgitError } from "../../base/errors.ts";
import { type HttpAnswer, HttpClient, readBody } from "../../base/http.ts";
import { display } from "../../base/paths.ts";
import { proxyFor } from "../../base/proxy.ts";
import { type Body, items, Refusal, text } from "../../mlflow/answers.ts";
import { parseLooseJson } from "../../values/recorded-values.ts";

/** Bytes of an answer that is no artifact; pages of a list. */
const MOST = { answer: 64 * 1024 * 1024, pages: 10_000 };
/** Milliseconds without a byte. */
const PATIENCE = 60_000;

export interface RestOptions {
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
}

/**
 * A tracking server, asked by MLflow's REST API. Throws `remote-unavailable` for answers that are none,
 * `remote-stalled` for silence, `access-denied`, and the signal's reason.
 */
export class RestClient {
  readonly #base: string;
  readonly #client: HttpClient;
  readonly #headers: Record<string, string>;

  /** Credentials come from MLflow's own variables, or from the address. Throws `usage` for what is no address. */
  constructor(address: string, { env, signal }: RestOptions) {
    const url = URL.canParse(address) ? new URL(address) : null;
    if (url === null || !/^https?:$/.test(url.protocol))
      throw new MvgitError("usage", `'${showAddress(address)}' is not an address of a tracking server`, {
        hint: "it begins with https:// or http://",
      });
    this.#client = new HttpClient(PATIENCE, signal, proxyFor(url, env));
    this.#headers = signedBy(url, env);
    url.username = url.password = url.search = url.hash = "";
    this.#base = url.href.replace(/\/+$/, "");
  }

  /** Every item under `key` of a list that comes in pages. */
  async pages(method: "GET" | "POST", endpoint: string, query: Body, key: string): Promise<Body[]> {
    const all: Body[] = [];
    let token = "";
    for (let page = 0; page < MOST.pages; page++) {
      const answer: Body =
        (await this.ask(method, endpoint, token === "" ? query : { ...query, page_token: token })) ?? {};
      all.push(...items(answer, key));
      token = text(answer, "next_page_token", "");
      if (token === "") return all;
    }
    throw new MvgitError("remote-unavailable", `the tracking server's list of ${endpoint} has no end`);
  }

  /** Null for what is not there. */
  async ask(method: "GET" | "POST", endpoint: string, query: Body): Promise<Body | null> {
    const under =
      endpoint.startsWith("logged-models/") && endpoint.includes("/artifacts")
        ? "/ajax-api/2.0/mlflow/"
        : "/api/2.0/mlflow/";
    const answer =
      method === "GET"
        ? await this.#send("GET", this.address(under + endpoint, query as Record<string, string>))
        : await this.#send("POST", this.#base + under + endpoint, Buffer.from(JSON.stringify(query)));
    const bytes = await readBody(answer, MOST.answer);
    const body = parsed(bytes);
    if (answer.status === 200 && body !== null) return body;
    if (answer.status === 404 && body?.["error_code"] === "RESOURCE_DOES_NOT_EXIST") return null;
    const why = body === null ? "" : `: ${display(text(body, "message", "").slice(0, 200))}`;
    if (answer.status === 401 || answer.status === 403) {
      throw new MvgitError("access-denied", `the tracking server refuses to be read (HTTP ${answer.status})${why}`, {
        hint: "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
      });
    }
    throw new MvgitError(
      "remote-unavailable",
      `the tracking server answers HTTP ${answer.status} to ${endpoint}${why}`,
      { hint: "is it MLflow's address, and is it up?" },
    );
  }

  address(path: string, query: Record<string, string>): string {
    return `${this.#base}${path}?${new URLSearchParams(query)}`;
  }

  /** The answer to a request of an artifact, whatever its status. */
  open(address: string): Promise<HttpAnswer> {
    return this.#send("GET", address);
  }

  #send(method: "GET" | "POST", address: string, body?: Buffer): Promise<HttpAnswer> {
    const sized =
      body === undefined ? {} : { "content-type": "application/json", "content-length": String(body.length) };
    return this.#client.send({
      method,
      url: new URL(address),
      headers: { ...this.#headers, ...sized },
      ...(body === undefined ? {} : { body: [body] }),
    });
  }
}

function signedBy(url: URL, env: RestOptions["env"]): Record<string, string> {
  const user = decodeURIComponent(url.username) || env["MLFLOW_TRACKING_USERNAME"];
  const password = decodeURIComponent(url.password) || env["MLFLOW_TRACKING_PASSWORD"];
  const token = env["MLFLOW_TRACKING_TOKEN"];
  if (user !== undefined)
    return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}` };
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/** An answer without what it must have is a server that cannot be used. */
export async function understood<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new MvgitError(
      "remote-unavailable",
      `the tracking server's answer cannot be understood: ${display(error.message)}`,
      { hint: "is it MLflow's address?", cause: error },
    );
  }
}

function parsed(bytes: Buffer): Body | null {
  try {
    const value = parseLooseJson(bytes.toString("utf8"));
    return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}
