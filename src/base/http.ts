/** One HTTP exchange at a time over kept connections: streams both ways, an inactivity limit, cancelled by a signal. */
import { setMaxListeners } from "node:events";
import * as http from "node:http";
import * as https from "node:https";
import { plural } from "./counts.ts";
import { MvgitError, systemCode } from "./errors.ts";
import { readBeforeFailing } from "./last-words.ts";
import { TunnelAgent } from "./proxy.ts";
import { gate } from "./tasks.ts";

export interface HttpRequest {
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  url: URL;
  headers: Record<string, string>;
  /** Bytes of the `content-length` that `headers` name; each chunk is sent before the next is asked for. */
  body?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface HttpAnswer {
  status: number;
  headers: http.IncomingHttpHeaders;
  /** Read it to its end, or leave the loop: both free the connection. A cut throws `remote-unavailable`. */
  body: AsyncGenerator<Uint8Array>;
}

/** What a timer must know: whose turn it is. */
interface Turn {
  /** True while this side reads its source or uses a chunk: then silence is no fault of the other side. */
  ours: boolean;
  /** Why the exchange was ended by its timer, which the streams themselves only report as a cut. */
  stalled?: MvgitError;
}

/** How many exchanges there may be at a time, and connections to one host; what is more waits. */
export interface Most {
  kept: number;
  /** Until the host is known to keep them: one that does not has each of them queue. */
  first?: number;
}

const NO_TLS = "what answers there does not speak HTTPS as it should";

/** What the system says of a connection, in words. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody answers there",
  ECONNRESET: "it was cut",
  EPIPE: "it was cut",
  ENOTFOUND: "there is no host of that name",
  EAI_AGAIN: "the host's name cannot be looked up now",
  ETIMEDOUT: "no answer came",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no network to that host",
  CERT_HAS_EXPIRED: "the host's certificate is out of date",
  DEPTH_ZERO_SELF_SIGNED_CERT: "nobody vouches for the host's certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "nobody vouches for the host's certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "nobody vouches for the host's certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is of another host",
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
};

/**
 * Exchanges over kept connections. Throws `remote-unavailable` for a connection that fails, `remote-stalled` for
 * silence of `inactivityMs` milliseconds, and the signal's reason.
 */
export class HttpClient {
  readonly #agents: { http: http.Agent; https: https.Agent };
  readonly #inactivityMs: number;
  readonly #signal: AbortSignal;
  readonly #most: Most;
  /** A request that waits costs much more memory than one that is not made yet. */
  readonly #turns: ReturnType<typeof gate>;

  /**
   * `inactivityMs`: no byte either way for that long ends an exchange with `remote-stalled`. `proxy`: for all that is
   * `https:`.
   */
  constructor(inactivityMs: number, signal: AbortSignal, proxy: URL | null = null, most: Most = { kept: 64 }) {
    const kept = { keepAlive: true, maxSockets: most.first ?? most.kept, scheduling: "lifo" } as const;
    this.#agents = {
      http: new http.Agent(kept),
      https: proxy ? new TunnelAgent(kept, { proxy, inactivityMs, signal }) : new https.Agent(kept),
    };
    this.#inactivityMs = inactivityMs;
    this.#signal = signal;
    this.#most = most;
    this.#turns = gate(most.kept);
    // Each request under way listens to it: many are no leak.
    setMaxListeners(0, signal);
  }

  /**
   * Answers with whatever status came; redirects are not followed. Throws `remote-unavailable` for a connection that
   * fails, `remote-stalled`, the signal's reason, or what the body's source threw (nothing more is sent then).
   */
  send(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const exchange = async (): Promise<void> => {
        this.#signal.throwIfAborted();
        const turn: Turn = { ours: false };
        const req = this.#open(request, turn);
        const closed = new Promise<void>((close) => req.once("close", close));
        this.#answer(request, req, turn).then(resolve, reject);
        await closed;
      };
      this.#turns(exchange).catch(reject);
    });
  }

  async #answer(request: HttpRequest, req: http.ClientRequest, turn: Turn): Promise<HttpAnswer> {
    const answer = answerOf(req);
    if (request.body) await sendBody(req, { body: request.body, turn, answer });
    else req.end();
    try {
      const res = await answer;
      if (isKept(res)) this.#agentOf(request.url).maxSockets = this.#most.kept;
      return { status: res.statusCode ?? 0, headers: res.headers, body: this.#bytes(req, res, turn) };
    } catch (error) {
      throw turn.stalled ?? this.#failure(error, request.url.host);
    }
  }

  #agentOf({ protocol }: URL): http.Agent {
    return protocol === "https:" ? this.#agents.https : this.#agents.http;
  }

  #open({ method, url, headers }: HttpRequest, turn: Turn): http.ClientRequest {
    const secure = url.protocol === "https:";
    const req = (secure ? https : http).request(url, {
      method,
      headers,
      agent: this.#agentOf(url),
      signal: this.#signal,
      timeout: this.#inactivityMs,
    });
    req.once("socket", readBeforeFailing);
    req.on("timeout", () => {
      if (turn.ours) req.socket?.setTimeout(this.#inactivityMs);
      else req.destroy((turn.stalled = stalled(url, this.#inactivityMs)));
    });
    return req;
  }

  async *#bytes(req: http.ClientRequest, res: http.IncomingMessage, turn: Turn): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of res) {
        turn.ours = true;
        yield chunk as Buffer;
        // What came before that would be given to the end.
        this.#signal.throwIfAborted();
        turn.ours = false;
      }
    } catch (error) {
      throw turn.stalled ?? this.#failure(error, req.host);
    } finally {
      // An answer that came before the whole body was sent leaves a connection that nothing else can use.
      if (!req.writableFinished) req.destroy();
    }
  }

  #failure(error: unknown, host: string): unknown {
    if (this.#signal.aborted) return this.#signal.reason;
    if (error instanceof MvgitError) return error;
    const code = systemCode(error);
    const known = code === undefined ? undefined : NETWORK[code];
    const reason = known === undefined ? (code ?? "unknown error") : `${known} (${code})`;
    return new MvgitError("remote-unavailable", `the connection to '${host}' failed: ${reason}`, {
      subject: host,
      hint: "check the network and run the command again; it goes on where it stopped",
      cause: error,
    });
  }
}

/** Whether the connection is used again. */
function isKept({ httpVersion, headers }: http.IncomingMessage): boolean {
  return httpVersion !== "1.0" && headers.connection?.toLowerCase() !== "close";
}

function stalled(url: URL, ms: number): MvgitError {
  return new MvgitError("remote-stalled", `'${url.host}' sent and took no byte for ${Math.round(ms / 1000)} s`, {
    subject: url.host,
    hint: "check the network and run the command again; it goes on where it stopped",
  });
}

function answerOf(req: http.ClientRequest): Promise<http.IncomingMessage> {
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    req.once("response", resolve);
    req.on("error", reject);
    req.once("close", () => reject(new Error("closed without an answer")));
  });
  answer.catch(() => undefined);
  return answer;
}

interface Sending {
  body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  turn: Turn;
  answer: Promise<http.IncomingMessage>;
}

/**
 * Sends until the body ends or an answer, good or bad, makes the rest pointless. Throws only what the source throws.
 */
async function sendBody(req: http.ClientRequest, { body, turn, answer }: Sending): Promise<void> {
  let over = false;
  const answered = answer.then(
    () => void (over = true),
    () => void (over = true),
  );
  try {
    turn.ours = true;
    for await (const chunk of body) {
      turn.ours = false;
      if (!over) await Promise.race([written(req, chunk), answered]);
      if (over) return;
      turn.ours = true;
    }
    req.end();
  } catch (error) {
    req.destroy();
    throw error;
  } finally {
    turn.ours = false;
  }
}

/** Resolves when the system has the bytes; a failure shows in the request's answer. */
function written(req: http.ClientRequest, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => req.write(chunk, () => resolve()));
}

/** The whole body, of which more than `cap` bytes throw `remote-unavailable`. */
export async function readBody(answer: HttpAnswer, cap: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > cap) throw new MvgitError("remote-unavailable", `an answer is longer than ${plural(cap, "byte")}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
