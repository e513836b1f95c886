/** Requests to the JSON API: signed, tried again where that can help, answers checked for what they claim to be. */
import { Asking, type CloudOptions } from "../../cloud/asking.ts";
import { Once } from "../../../base/once.ts";
import { type HttpAnswer, HttpClient, type HttpRequest, readBody } from "../../../base/http.ts";
import type { SignIn } from "./sign-in.ts";
import { bucketMissing, type Purpose, unusable } from "../../cloud/failures.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { Reply } from "../../cloud/verdict.ts";
import { judgeGcs, jsonOf } from "./said.ts";
import { WORDS } from "./words.ts";

export interface ApiOptions extends CloudOptions {
  signIn: SignIn;
  bucket: string;
}

/** One try of a request whose answer is small. */
export interface OneCall {
  method: "GET" | "POST" | "DELETE";
  url: URL;
  /** "cannot ACTION" in messages. */
  action: string;
  /** The `kind` that a document with status 200 must have. */
  kind?: string;
  headers?: Record<string, string>;
  body?: readonly Uint8Array[];
}

export interface Call extends OneCall {
  /** Statuses that the caller understands. */
  accept: readonly number[];
}

/** `json` is null unless the status is 200 and a kind was asked for. */
export type CallReply = Reply & { json: Record<string, unknown> | null };

/** A page of a listing is the longest document. */
const LONGEST_DOCUMENT = 32 * 1024 * 1024;

/**
 * Requests to one bucket. Throws `remote-missing` for a bucket that is not there, `access-denied`, `remote-unavailable`
 * and `remote-stalled` when tries are used up, and the signal's reason.
 */
export class GcsApi {
  readonly address: string;
  readonly signIn: SignIn;
  readonly #options: ApiOptions;
  readonly #http: HttpClient;
  readonly #asking: Asking;
  readonly #exists = new Once<void>();

  constructor(options: ApiOptions) {
    this.address = options.address;
    this.signIn = options.signIn;
    this.#asking = new Asking({ ...options, words: WORDS, judge: judgeGcs, renew: () => this.signIn.renew() });
    this.#options = options;
    this.#http = new HttpClient(options.inactivityMs, options.signal, options.proxy);
  }

  /** Of the bucket itself, with what follows it: "/o", "/iam/testPermissions". Repeated keys come as arrays. */
  url(rest: string, query: Record<string, string | readonly string[]>, upload = false): URL {
    const url = new URL(`${upload ? "/upload" : ""}/storage/v1/b/${this.#options.bucket}${rest}`, this.signIn.endpoint);
    for (const [key, value] of Object.entries(query))
      for (const one of [value].flat()) url.searchParams.append(key, one);
    return url;
  }

  /** One signed exchange, whatever its status. Throws as `HttpClient.send` and `SignIn.headers`. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const headers = { ...(await this.signIn.headers()), ...request.headers };
    return this.#http.send({ ...request, headers });
  }

  /** As `send`, with the body read. */
  async exchange(request: HttpRequest): Promise<Reply> {
    const answer = await this.send(request);
    const text = (await readBody(answer, LONGEST_DOCUMENT)).toString("utf8");
    return { status: answer.status, headers: answer.headers, text };
  }

  /** Tries until a status comes that the caller accepts. Throws what the last try met. */
  async call(call: Call): Promise<CallReply> {
    const isAccepted = ({ status }: CallReply): boolean => call.accept.includes(status);
    return this.#asking.until(call.action, () => this.callOnce(call), isAccepted);
  }

  /** One try: any answer. */
  async callOnce({ method, url, kind, headers = {}, body, action }: OneCall): Promise<CallReply> {
    const length = body?.reduce((sum, part) => sum + part.length, 0) ?? 0;
    const sized = method === "POST" ? { ...headers, "content-length": String(length) } : headers;
    const reply = await this.exchange({ method, url, headers: sized, ...(body && { body }) });
    if (reply.status !== 200 || kind === undefined) return { ...reply, json: null };
    const json = jsonOf(reply.text);
    if (json?.["kind"] === kind) return { ...reply, json };
    throw unusable("answered with something else than the storage API does", this.purpose(action));
  }

  /** The tries of one piece of work. */
  tries(action: string): Tries {
    return this.#asking.tries(action);
  }

  /** What a request is for, in messages. */
  purpose(action: string): Purpose {
    return this.#asking.purpose(action);
  }

  /** Asked once, so that an absent object is not mistaken for an absent bucket. Throws `remote-missing`. */
  mustExist(action: string): Promise<void> {
    return this.#exists.run(() => this.#findBucket(action));
  }

  async #findBucket(action: string): Promise<void> {
    const url = this.url("/o", { maxResults: "1", fields: "kind" });
    const { status } = await this.call({ method: "GET", url, action, accept: [200, 404], kind: "storage#objects" });
    if (status === 404) throw bucketMissing(this.purpose(action));
  }
}
