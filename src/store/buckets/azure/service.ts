/** Requests to one container: signed, tried again where that can help, answers checked for what they claim to be. */
import { Asking, type CloudOptions } from "../../cloud/asking.ts";
import { isMvgitError, MvgitError, systemCode } from "../../../base/errors.ts";
import { type HttpAnswer, HttpClient, readBody } from "../../../base/http.ts";
import { type Purpose, unusable } from "../../cloud/failures.ts";
import type { Tries } from "../../cloud/tries.ts";
import type { Reply } from "../../cloud/verdict.ts";
import { codeOf, judgeAzure } from "./said.ts";
import type { SignIn, Unsigned } from "./sign-in.ts";
import { WORDS } from "./words.ts";
import { parseXml, type XmlElement } from "../../cloud/xml.ts";

export interface ServiceOptions extends CloudOptions {
  signIn: SignIn;
  container: string;
}

export interface AzureRequest extends Unsigned {
  body?: readonly Uint8Array[];
}

/** A request whose answer is small. */
export interface Call extends Omit<AzureRequest, "headers"> {
  /** "cannot ACTION" in messages. */
  action: string;
  headers?: Record<string, string>;
  /** Statuses, and the service's own words, that the caller understands. */
  accept: readonly (number | string)[];
  /** The outermost element of the document that status 200 must bring. */
  document?: string;
}

export interface CallReply extends Reply {
  /** Null unless the status is 200 and a document was asked for. */
  xml: XmlElement | null;
  /** The service's own word for what is no success; "" where it has none. */
  code: string;
}

/** What mvgit relies on was there with this version of the interface; emulators and appliances know it. */
const VERSION = "2021-12-02";
/** A page of a listing is the longest document. */
const LONGEST_DOCUMENT = 32 * 1024 * 1024;
/** Of an answer of which no document is wanted. */
const LONGEST_WORDS = 1024 * 1024;

/**
 * Throws `remote-missing` for an account or a container that is not there, `access-denied`, `remote-unavailable` and
 * `remote-stalled` when tries are used up, and the signal's reason.
 */
export class AzureService {
  readonly address: string;
  readonly signIn: SignIn;
  readonly #options: ServiceOptions;
  readonly #http: HttpClient;
  readonly #asking: Asking;
  #isReached = false;

  constructor(options: ServiceOptions) {
    this.address = options.address;
    this.signIn = options.signIn;
    this.#asking = new Asking({ ...options, words: WORDS, judge: judgeAzure, renew: () => this.signIn.renew() });
    this.#options = options;
    this.#http = new HttpClient(options.inactivityMs, options.signal, options.proxy);
  }

  /** Of the container itself, without a name, or of an object in it. No part of a name leads to another container. */
  url(name: string, query: Record<string, string> = {}): URL {
    const path = name === "" ? "" : `/${encodeURIComponent(name)}`;
    const url = new URL(`${this.signIn.service}/${this.#options.container}${path}`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return url;
  }

  /** One signed exchange, whatever its status. Throws as `HttpClient.send` and `SignIn.sign`. */
  async send({ body, ...unsigned }: AzureRequest): Promise<HttpAnswer> {
    const sized = unsigned.method === "PUT" ? { "content-length": String(sizeOf(body)) } : {};
    const headers = { "x-ms-version": VERSION, ...sized, ...unsigned.headers };
    const signed = await this.signIn.sign({ ...unsigned, headers });
    try {
      const answer = await this.#http.send({ ...signed, ...(body && { body }) });
      this.#isReached = true;
      return answer;
    } catch (error) {
      throw this.#isReached ? error : noAccount(error, signed.url, this.purpose(""));
    }
  }

  /** Tries until an answer comes that the caller accepts. Throws what the last try met. */
  async call(call: Call): Promise<CallReply> {
    const isAccepted = ({ status, code }: CallReply): boolean =>
      call.accept.includes(status) || (code !== "" && call.accept.includes(code));
    return this.#asking.until(call.action, () => this.callOnce(call), isAccepted);
  }

  /** One try: any answer. */
  async callOnce(call: Call): Promise<CallReply> {
    const { method, url, headers = {}, body, accept } = call;
    const answer = await this.send({ method, url, headers, ...(body && { body }) });
    const most = answer.status === 200 && call.document !== undefined ? LONGEST_DOCUMENT : LONGEST_WORDS;
    const text = (await readBody(answer, most)).toString("utf8");
    const reply = { status: answer.status, headers: answer.headers, text };
    if (accept.includes(reply.status) && !isOfService(reply)) throw this.#foreign(call);
    return {
      ...reply,
      code: reply.status < 400 ? "" : codeOf(reply),
      xml: reply.status === 200 ? this.#documentOf(call, text) : null,
    };
  }

  #documentOf(call: Call, text: string): XmlElement | null {
    if (call.document === undefined) return null;
    const xml = parseXml(text, call.document);
    if (xml === null) throw this.#foreign(call);
    return xml;
  }

  #foreign({ action }: Call): MvgitError {
    return unusable("answered with something else than the storage service does", this.purpose(action));
  }

  /** The tries of one piece of work. */
  tries(action: string): Tries {
    return this.#asking.tries(action);
  }

  /** What a request is for, in messages. */
  purpose(action: string): Purpose {
    return this.#asking.purpose(action);
  }
}

/** Every answer of the service has a number of its own, of which no proxy or sign-in page knows. */
export function isOfService({ headers }: Pick<Reply, "headers">): boolean {
  return typeof headers["x-ms-request-id"] === "string";
}

function sizeOf(body: readonly Uint8Array[] = []): number {
  return body.reduce((sum, part) => sum + part.length, 0);
}

/** An account is a host: where the first request finds no host of its name, there is most likely no such account. */
function noAccount(error: unknown, { hostname }: URL, { address }: Purpose): unknown {
  if (!isMvgitError(error, "remote-unavailable") || systemCode(error.cause) !== "ENOTFOUND") return error;
  return new MvgitError("remote-missing", `'${address}' cannot be found: there is no host '${hostname}'`, {
    subject: address,
    hint: "check the account's name in the address, and the network",
    cause: error,
  });
}
