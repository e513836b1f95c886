/**
 * A reverse proxy on loopback that stands between a driver and a real server, and lets requests meet planned faults.
 *
 *     const proxy = await startFaultProxy({ target: "http://127.0.0.1:7070", service: S3_SERVICE });
 *     proxy.faults.add({ kind: "part", nth: 2, action: { do: "cut-body", after: 1000 } });
 *     const bucket = await openOn(proxy.url); // the driver's endpoint is the proxy
 *     await proxy.close();
 *
 * Host and all other headers pass as they came (signatures hold), but for those of one connection. A service says how
 * its requests are told apart, and how its refusals are written; the answers that it makes itself are the server's.
 */
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { type FaultAction, Faults, type RequestKind } from "./faults.ts";

/** A request as it is told from others. */
export interface Asked {
  method: string;
  url: URL;
  headers: http.IncomingHttpHeaders;
}

/** What the proxy must know of a service. */
export interface Service {
  kindOf(asked: Asked): RequestKind;
  /** A refusal in the service's own words. */
  refusal(action: Extract<FaultAction, { do: "status" }>): { headers: Record<string, string>; body: string };
}

export interface FaultProxy {
  /** In place of the server's. */
  readonly url: string;
  readonly faults: Faults;
  /** Requests by kind since the start, or since cleared. */
  readonly counts: Map<RequestKind, number>;
  /** Bytes of requests' bodies. */
  received(): number;
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Scheme, host and port of the server. */
  target: string;
  service: Service;
}

/** Of one connection, not of the message; `expect` is answered by each side for itself. */
const HOP = new Set(["connection", "keep-alive", "expect", "proxy-connection"]);

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new ProxyState(options);
  const server = http.createServer((req, res) => {
    proxy.handle(req, res).catch(() => res.destroy());
  });
  // A connection that is closed for being idle would be a fault that nobody planned.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(proxy, {
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  });
}

interface Exchange {
  req: http.IncomingMessage;
  res: http.ServerResponse;
  fault: FaultAction | null;
}

class ProxyState {
  url = "";
  readonly faults = new Faults();
  readonly counts = new Map<RequestKind, number>();
  readonly #options: FaultProxyOptions;
  #received = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
  }

  received(): number {
    return this.#received;
  }

  async handle(req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
    req.on("error", () => res.destroy());
    req.on("data", (chunk: Buffer) => void (this.#received += chunk.length));
    req.pause();
    const asked = { method: req.method ?? "", url: new URL(req.url ?? "/", this.url), headers: req.headers };
    const kind = this.#options.service.kindOf(asked);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const exchange = { req, res, fault: this.faults.take(kind) };
    if (await this.#answersItself(exchange)) return;
    const answer = await this.#ask(exchange);
    if (answer !== null) await this.#pass(exchange, answer);
  }

  /** Serves the faults of which the server hears nothing. */
  async #answersItself({ req, res, fault }: Exchange): Promise<boolean> {
    if (fault?.do === "cut") {
      await fault.meanwhile?.();
      res.destroy();
    } else if (fault?.do === "early") await this.#refuseEarly(req, res, fault);
    else if (fault?.do === "stall" && fault.after === undefined) req.resume();
    else if (fault?.do === "status") {
      await drain(req);
      this.#refuse(req, res, fault);
    } else if (fault?.do === "redirect") {
      await drain(req);
      res.writeHead(fault.status ?? 307, { location: fault.to + (req.url ?? ""), "content-length": "0" }).end();
    } else if (fault?.do === "html") {
      await drain(req);
      res
        .writeHead(200, { "content-type": "text/html" })
        .end("<html><body>Please sign in to this network</body></html>");
    } else if (fault?.do === "hollow") {
      await drain(req);
      res.writeHead(200, { "content-length": "0" }).end();
    } else return false;
    return true;
  }

  #refuse(req: http.IncomingMessage, res: http.ServerResponse, fault: Extract<FaultAction, { do: "status" }>): void {
    const { headers, body } = this.#options.service.refusal(fault);
    const asked = fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter };
    const length = { "content-length": String(Buffer.byteLength(body)) };
    res.writeHead(fault.status, { ...headers, ...length, ...asked }).end(req.method === "HEAD" ? "" : body);
  }

  /** The sender is in the middle of what nobody reads: the system resets the connection. */
  async #refuseEarly(
    req: http.IncomingMessage,
    res: http.ServerResponse,
    { status, lost }: Extract<FaultAction, { do: "early" }>,
  ): Promise<void> {
    await once(req, "readable");
    if (lost === undefined) {
      const { headers, body } = this.#options.service.refusal({ do: "status", status });
      const length = { "content-length": String(Buffer.byteLength(body)) };
      res.writeHead(status, { ...headers, ...length, connection: "close" }).end(body);
    }
    req.socket.destroy();
  }

  /** The server's answer; null when it is not to be heard. */
  async #ask(exchange: Exchange): Promise<http.IncomingMessage | null> {
    const { req, res, fault } = exchange;
    if (fault?.do === "twice" || fault?.do === "half" || fault?.do === "garbled") {
      const body = await bodyOf(req);
      const middle = Math.floor(body.length / 2);
      if (fault.do === "half") return this.#send(exchange, body.subarray(0, middle));
      if (fault.do === "garbled") return this.#send(exchange, flipped(body, middle));
      await drain(await this.#send(exchange, body));
      return this.#send(exchange, body);
    }
    const asking = this.#open(exchange, rawHeaders(req.rawHeaders));
    const answer = answerOf(asking);
    let length = 0;
    for await (const piece of pieces(req)) {
      const after = fault?.do === "cut-body" || fault?.do === "stall-up" ? fault.after : Infinity;
      await written(asking, piece.subarray(0, after - length));
      length += piece.length;
      if (length < after) continue;
      if (fault?.do === "stall-up") return null;
      asking.destroy();
      res.destroy();
      return null;
    }
    asking.end();
    return answer;
  }

  async #send(exchange: Exchange, body: Buffer): Promise<http.IncomingMessage> {
    const headers = rawHeaders(exchange.req.rawHeaders, ["content-length", "transfer-encoding"]);
    const asking = this.#open(exchange, [...headers, "content-length", String(body.length)]);
    const answer = answerOf(asking);
    asking.end(body);
    return answer;
  }

  #open({ req, res }: Exchange, headers: string[]): http.ClientRequest {
    const { hostname, port } = new URL(this.#options.target);
    const asking = http.request({ hostname, port, method: req.method, path: req.url, headers, agent: false });
    res.once("close", () => asking.destroy());
    return asking;
  }

  async #pass({ req, res, fault }: Exchange, answer: http.IncomingMessage): Promise<void> {
    if (fault?.do === "cut-after-commit" || fault?.do === "refuse-after-commit") {
      await drain(answer);
      await fault.meanwhile?.();
      if (fault.do === "refuse-after-commit") this.#refuse(req, res, { do: "status", status: fault.status });
      else res.destroy();
      return;
    }
    const headers = this.#returned(answer.rawHeaders);
    const status = answer.statusCode ?? 500;
    if (fault?.do === "endless" && req.method !== "HEAD") return endless(res, status, headers);
    const isChanged = fault !== null && CHANGES.has(fault.do) && req.method !== "HEAD";
    if (isChanged) return sendChanged(res, { status, headers, fault, bytes: await bodyOf(answer) });
    res.writeHead(status, headers);
    const after = fault?.do === "cut-body" || fault?.do === "stall" ? (fault.after ?? 0) : null;
    if (after !== null) return sendPart(res, (await bodyOf(answer)).subarray(0, after), fault?.do === "cut-body");
    for await (const piece of pieces(answer, fault)) await written(res, piece);
    res.end();
  }

  /** Headers of an answer; an address of the server becomes one of the proxy. */
  #returned(raw: string[]): string[] {
    const { target } = this.#options;
    return rawHeaders(raw).map((text) => (text.startsWith(target) ? this.url + text.slice(target.length) : text));
  }
}

const CHANGES = new Set(["wrong-bytes", "short", "long"]);

function sendChanged(
  res: http.ServerResponse,
  { status, headers, fault, bytes }: { status: number; headers: string[]; fault: FaultAction; bytes: Buffer },
): void {
  const changed = changedBytes(bytes, fault.do);
  const isSaid = fault.do === "wrong-bytes" || ("said" in fault && fault.said === true);
  const rest = rawHeaders(headers, ["content-length", "transfer-encoding"]);
  res.writeHead(status, isSaid ? [...rest, "content-length", String(changed.length)] : rest).end(changed);
}

function changedBytes(bytes: Buffer, how: FaultAction["do"]): Buffer {
  if (how === "short") return bytes.subarray(0, -1);
  if (how === "long") return Buffer.concat([bytes, Buffer.from("x")]);
  return flipped(bytes, 0);
}

function flipped(bytes: Buffer, place: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
}

/** Then ends the connection, or leaves it as it is. */
async function sendPart(res: http.ServerResponse, bytes: Buffer, cut: boolean): Promise<void> {
  res.flushHeaders();
  await written(res, bytes);
  if (cut) res.destroy();
}

function endless(res: http.ServerResponse, status: number, headers: string[]): void {
  res.writeHead(status, rawHeaders(headers, ["content-length", "transfer-encoding"]));
  const chunk = Buffer.alloc(1024 * 1024, "{");
  const more = (): void => {
    while (!res.destroyed && res.write(chunk)) continue;
  };
  res.on("drain", more);
  more();
}

/** Names and values in turn, without those of the connection and of `left`. */
function rawHeaders(raw: string[], left: readonly string[] = []): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = "", value = ""] = raw.slice(at, at + 2);
    if (!HOP.has(name.toLowerCase()) && !left.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

async function* pieces(from: http.IncomingMessage, fault: FaultAction | null = null): AsyncGenerator<Buffer> {
  if (fault?.do !== "drip") return yield* from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  const body = await bodyOf(from);
  const size = Math.max(1, Math.ceil(body.length / fault.pieces));
  for (let at = 0; at < body.length; at += size) {
    await new Promise((resolve) => setTimeout(resolve, fault.everyMs));
    yield body.subarray(at, at + size);
  }
}

function answerOf(asking: http.ClientRequest): Promise<http.IncomingMessage> {
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    asking.once("response", resolve);
    asking.once("error", reject);
    asking.once("close", () => reject(new Error("closed without an answer")));
  });
  answer.catch(() => undefined);
  return answer;
}

/** Resolves when the system has the bytes, or when nobody wants them any more. */
function written(to: http.ClientRequest | http.ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (to.destroyed) resolve();
    else to.write(bytes, () => resolve());
  });
}

async function bodyOf(from: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of from as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function drain(from: http.IncomingMessage): Promise<void> {
  for await (const _ of from) continue;
}
