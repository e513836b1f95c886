/** Requests to the JSON API: signed, tried again where that can help, answers checked for what they claim to be. */
import type { Clock } from "../../../base/clock.ts";
import { isMvgitError, MvgitError } from "../../../base/errors.ts";
import { Backoff, type RetryPolicy } from "../../../base/retry.ts";
import { type HttpAnswer, HttpClient, type HttpRequest, readBody } from "../../../base/http.ts";
import type { SignIn } from "./sign-in.ts";
import { bucketMissing, judge, jsonOf, type Reply, unusable, type Verdict } from "./verdict.ts";

export interface ApiOptions {
  signIn: SignIn;
  bucket: string;
  /** The remote's address, for messages. */
  address: string;
  clock: Clock;
  signal: AbortSignal;
  retry: RetryPolicy;
  /** Milliseconds. */
  inactivityMs: number;
  /** Through which all requests go; null for none. */
  proxy: URL | null;
}

/** A request whose answer is small. */
export interface Call {
  method: "GET" | "POST" | "DELETE";
  url: URL;
  /** "cannot ACTION" in messages. */
  action: string;
  /** Statuses that the caller understands. */
  accept: readonly number[];
  /** The `kind` that a document with status 200 must have. */
  kind?: string;
  headers?: Record<string, string>;
  body?: readonly Uint8Array[];
  /** Told of each try. */
  onTry?(): void;
}

/** `json` is null unless the status is 200 and a kind was asked for. */
export type CallReply = Reply & { json: Record<string, unknown> | null };

/** A page of a listing is the longest document. */
const LONGEST_DOCUMENT = 32 * 1024 * 1024;

export class GcsApi {
  readonly address: string;
  readonly signIn: SignIn;
  readonly #options: ApiOptions;
  readonly #http: HttpClient;
  #exists: Promise<void> | null = null;

  constructor(options: ApiOptions) {
    this.address = options.address;
    this.signIn = options.signIn;
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
    const attempts = this.attempts(call.action);
    for (;;) {
      const reply = await attempts.catching(() => this.#callOnce(call));
      if (reply === null) continue;
      if (call.accept.includes(reply.status)) return reply;
      await attempts.after(reply);
    }
  }

  async #callOnce({ method, url, kind, headers = {}, body, action, onTry }: Call): Promise<CallReply> {
    onTry?.();
    const length = body?.reduce((sum, part) => sum + part.length, 0) ?? 0;
    const sized = method === "POST" ? { ...headers, "content-length": String(length) } : headers;
    const reply = await this.exchange({ method, url, headers: sized, ...(body && { body }) });
    if (reply.status !== 200 || kind === undefined) return { ...reply, json: null };
    const json = jsonOf(reply.text);
    if (json?.["kind"] === kind) return { ...reply, json };
    throw unusable("answered with something else than the storage API does", { action, address: this.address });
  }

  /** Counts the tries of one piece of work. */
  attempts(action: string): Attempts {
    return new Attempts(this, { ...this.#options, action });
  }

  /** Asked once, so that an absent object is not mistaken for an absent bucket. Throws `remote-missing`. */
  mustExist(action: string): Promise<void> {
    this.#exists ??= this.#findBucket(action).catch((error: unknown) => {
      this.#exists = null;
      throw error;
    });
    return this.#exists;
  }

  async #findBucket(action: string): Promise<void> {
    const url = this.url("/o", { maxResults: "1", fields: "kind" });
    const { status } = await this.call({ method: "GET", url, action, accept: [200, 404], kind: "storage#objects" });
    if (status === 404) throw bucketMissing({ action, address: this.address });
  }
}

/** The tries of one piece of work: renews the sign-in once, else waits and counts. */
export class Attempts {
  readonly #api: GcsApi;
  readonly #options: ApiOptions & { action: string };
  readonly #backoff: Backoff;
  #renewed = false;

  constructor(api: GcsApi, options: ApiOptions & { action: string }) {
    this.#api = api;
    this.#options = options;
    this.#backoff = new Backoff(options.clock, options.signal, options.retry);
  }

  /** Runs one try: null when it failed in a way that another may not, after the wait. Throws all else. */
  async catching<T>(attempt: () => Promise<T>): Promise<T | null> {
    try {
      return await attempt();
    } catch (error) {
      await this.failed(error);
      return null;
    }
  }

  /** Waits after what another try may mend; throws all else. */
  async failed(error: unknown): Promise<void> {
    if (!isMvgitError(error, "remote-unavailable") && !isMvgitError(error, "remote-stalled")) throw error;
    await this.#backoff.wait(error);
  }

  /** Waits, or renews the sign-in, after an answer that is no success; throws when another try cannot help. */
  async after(reply: Reply): Promise<void> {
    const { action, address, clock } = this.#options;
    await this.#decide(judge(reply, { action, address }, clock.now()));
  }

  async #decide({ failure, again, signInAgain, afterMs }: Verdict): Promise<void> {
    if (signInAgain && !this.#renewed) {
      this.#renewed = true;
      return this.#api.signIn.renew();
    }
    if (!again) throw failure;
    await this.#backoff.wait(failure, afterMs);
  }

  /** The work got on: counting starts anew. */
  progressed(): void {
    this.#renewed = false;
    this.#backoff.progressed();
  }
}

/** The error of an object that is not there. */
export function objectMissing(name: string, address: string): MvgitError {
  return new MvgitError("object-missing", `'${name}' is not in '${address}'`, { subject: name });
}
