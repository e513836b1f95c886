/** Requests to one bucket: signed, tried again where that can help, sent on to the region where the bucket is. */
import { Asking, type CloudOptions } from "../../cloud/asking.ts";
import { Once } from "../../../base/once.ts";
import { createHash } from "node:crypto";
import type { MvgitError } from "../../../base/errors.ts";
import { type HttpAnswer, HttpClient, type HttpRequest, readBody } from "../../../base/http.ts";
import { MINUTE } from "../../../base/times.ts";
import { bucketMissing, type Purpose, unusable } from "../../cloud/failures.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { Reply } from "../../cloud/verdict.ts";
import { parseXml, type XmlElement } from "../../cloud/xml.ts";
import { judgeS3, wordsOf } from "./said.ts";
import type { SignIn } from "./sign-in.ts";
import { WORDS } from "./words.ts";

export interface ApiOptions extends CloudOptions {
  signIn: SignIn;
}

export interface S3Request {
  method: HttpRequest["method"];
  /** In the bucket, prefix included; null for the bucket itself. */
  name: string | null;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** In memory, since it may have to be sent again. */
  body?: Uint8Array;
}

/** One try of a request whose answer is small. */
export interface OneCall extends S3Request {
  /** "cannot ACTION" in messages. */
  action: string;
  /** The document that an answer with status 200 must have, as of `resultIn`. */
  result?: string;
}

export interface Call extends OneCall {
  /** Statuses that the caller understands. */
  accept: readonly number[];
}

/** `code`: what the service calls a refusal; "" where it does not say. */
export type CallReply = Reply & { code: string };

/** A page of a listing is the longest document. */
const LONGEST_DOCUMENT = 32 * 1024 * 1024;
/** Of an answer of which no document is wanted. */
const LONGEST_WORDS = 1024 * 1024;
/** Bytes of a body that go to the system at a time. */
const SLICE = 256 * 1024;
/** Between this machine's clock and the service's; it allows 15 minutes. */
const SKEW = 5 * MINUTE;
/** What may say that the request was right, and at the wrong place or time. */
const MISPLACED = new Set([301, 307, 400, 403]);
const MOST_CORRECTIONS = 3;
/** Asks a bucket for the least that it has. */
const ONE_OBJECT = { "list-type": "2", "max-keys": "1" };

/**
 * Throws `remote-missing` for a bucket that is not there, `access-denied`, `remote-unavailable` and `remote-stalled`
 * when tries are used up, and the signal's reason.
 */
export class S3Api {
  readonly address: string;
  readonly signIn: SignIn;
  readonly #options: ApiOptions;
  readonly #http: HttpClient;
  /** By which the service's clock is ahead of this machine's, as far as that matters. */
  #offset = 0;
  readonly #asking: Asking;
  readonly #exists = new Once<void>();

  constructor(options: ApiOptions) {
    this.address = options.address;
    this.signIn = options.signIn;
    this.#asking = new Asking({ ...options, words: WORDS, judge: judgeS3, renew: () => this.signIn.renew() });
    this.#options = options;
    this.#http = new HttpClient(options.inactivityMs, options.signal, options.proxy);
  }

  /** One exchange, whatever its status; at the right place and time, once the service has told them. */
  async send(request: S3Request): Promise<HttpAnswer> {
    for (let corrections = 0; ; corrections++) {
      const signed = { region: this.signIn.place.region, offset: this.#offset };
      const answer = await this.#sendOnce(request);
      if (answer.status < 300) this.#exists.settle();
      if (!MISPLACED.has(answer.status) || corrections === MOST_CORRECTIONS) return answer;
      const text = (await readBody(answer, LONGEST_WORDS)).toString("utf8");
      const { status, headers } = answer;
      const reply = { status, headers, text };
      const isWordless = request.method === "HEAD" && status === 400 && headers["x-amz-bucket-region"] === undefined;
      const isCorrected = (await this.#correct(reply, signed)) || (isWordless && (await this.#askForWords(signed)));
      if (!isCorrected) return { ...answer, body: bodyOf(text) };
    }
  }

  async #sendOnce({ method, name, query = {}, headers = {}, body }: S3Request): Promise<HttpAnswer> {
    const { url, isUnsigned } = this.#urlOf(name, query);
    const length = method === "PUT" || method === "POST" ? { "content-length": String(body?.length ?? 0) } : {};
    const sum = isUnsigned && body ? "UNSIGNED-PAYLOAD" : sha256(body);
    const unsigned = { method, url, query, headers: { ...headers, "x-amz-content-sha256": sum } };
    const signed = await this.signIn.sign(unsigned, this.#options.clock.now() + this.#offset);
    return this.#http.send({ method, url, headers: { ...signed, ...length }, ...(body && { body: slices(body) }) });
  }

  /** A body needs no second sum where TLS, or this machine alone, is in between: it has its CRC32C. */
  #urlOf(name: string | null, query: Record<string, string>): { url: URL; isUnsigned: boolean } {
    const { base } = this.signIn.place;
    const asked = Object.entries(query).map(([key, value]) => `${encode(key)}=${encode(value)}`);
    const path = name === null ? "/" : `/${name.split("/").map(encode).join("/")}`;
    const url = new URL(`${base}${path}${asked.length > 0 ? `?${asked.join("&")}` : ""}`);
    return { url, isUnsigned: url.protocol === "https:" || /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname) };
  }

  /**
   * True where the same request may now be answered. `signed`: by which clock and for which region it was, since others
   * may have learned of both meanwhile.
   */
  async #correct({ headers, text }: Reply, signed: { region: string; offset: number }): Promise<boolean> {
    const { region, offset } = signed;
    const theirs = Date.parse(String(headers["date"] ?? ""));
    const ahead = theirs - this.#options.clock.now();
    const isSkewed = Math.abs(ahead - offset) > SKEW;
    if (isSkewed) this.#offset = ahead;
    const header = headers["x-amz-bucket-region"];
    const found = typeof header === "string" ? header : wordsOf(text).region;
    if (found === "" || found === region) return isSkewed;
    return found === this.signIn.place.region || (await this.signIn.moveTo(found)) || isSkewed;
  }

  /** As `#correct`: an answer to HEAD has no words, and the region may be in them. */
  async #askForWords(signed: { region: string; offset: number }): Promise<boolean> {
    if (signed.region !== this.signIn.place.region) return true;
    const answer = await this.#sendOnce({ method: "GET", name: null, query: ONE_OBJECT });
    const text = (await readBody(answer, LONGEST_WORDS)).toString("utf8");
    return this.#correct({ status: answer.status, headers: answer.headers, text }, signed);
  }

  /** Tries until a status comes that the caller accepts. Throws what the last try met. */
  async call(call: Call): Promise<CallReply> {
    const isAccepted = ({ status }: CallReply): boolean => call.accept.includes(status);
    return this.#asking.until(call.action, () => this.callOnce(call), isAccepted);
  }

  /** One try: any answer. */
  async callOnce(call: OneCall): Promise<CallReply> {
    const answer = await this.send(call);
    const most = answer.status === 200 && call.result !== undefined ? LONGEST_DOCUMENT : LONGEST_WORDS;
    const text = (await readBody(answer, most)).toString("utf8");
    const reply = { status: answer.status, headers: answer.headers, text, code: wordsOf(text).code };
    if (reply.status !== 200 || call.result === undefined || resultIn(text, call.result) !== undefined) return reply;
    throw unusable("answered with something else than the storage service does", this.purpose(call.action));
  }

  /** What a refusal means, where no other try is to be made. */
  failure(reply: Reply, action: string): MvgitError {
    return this.#asking.failure(reply, action);
  }

  /** The tries of one piece of work. */
  tries(action: string): Tries {
    return this.#asking.tries(action);
  }

  /** What a request is for, in messages. */
  purpose(action: string): Purpose {
    return this.#asking.purpose(action);
  }

  /** Asked at most once, so that an absent object is not mistaken for an absent bucket. Throws `remote-missing`. */
  mustExist(action: string): Promise<void> {
    return this.#exists.run(() => this.#findBucket(action));
  }

  async #findBucket(action: string): Promise<void> {
    const { status } = await this.call({
      method: "GET",
      name: null,
      query: ONE_OBJECT,
      action,
      accept: [200, 404],
      result: "ListBucket",
    });
    if (status === 404) throw bucketMissing(this.purpose(action));
  }
}

/** The document of an operation: what it is called ends in `Result`, and in `Response` with some endpoints. */
export function resultIn(text: string, operation: string): XmlElement | undefined {
  return parseXml(text, `${operation}Result`) ?? parseXml(text, `${operation}Response`) ?? undefined;
}

/** As signatures want it: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

const NO_BODY = sha256(new Uint8Array());

function sha256(body: Uint8Array | undefined): string {
  return body === undefined ? NO_BODY : createHash("sha256").update(body).digest("hex");
}

function* slices(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += SLICE) yield body.subarray(at, at + SLICE);
}

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
