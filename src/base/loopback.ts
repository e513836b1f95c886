/** An HTTP server for programs of this machine alone: loopback, a secret path, bounded requests. */
import { timingSafeEqual } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import { randomBytes, systemClock } from "./clock.ts";

export interface LocalRequest {
  method: string;
  /** Below the secret, with its leading slash, as it was sent: percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: http.IncomingHttpHeaders;
  body: Readable;
}

export interface LocalAnswer {
  status: number;
  type?: string;
  headers?: Readonly<Record<string, string>>;
  /** A stream whose size is null is sent as it comes. */
  body: string | Uint8Array | { stream: Readable; size: number | null };
}

/** Never called for a request without the secret. What it throws becomes status 500 and is not told. */
export type Handler = (request: LocalRequest) => Promise<LocalAnswer>;

export interface LocalServer {
  /** `http://127.0.0.1:PORT/SECRET`. */
  url: string;
  /** Waits for the requests under way, but not for long, and cuts all connections. */
  close(): Promise<void>;
}

export interface LocalOptions {
  /** What an address begins with, a part of a path; by default another each time. */
  secret?: string;
  /** The secret may come as a token (`Authorization: Bearer`) instead of in the path. */
  bearer?: boolean;
  /** For programs of this machine without the secret, instead of 404; not for browsers, nor for another Host. */
  refusal?: LocalAnswer;
  /** 0, and by default: one that is free. */
  port?: number;
  /**
   * Serves pages: a browser may ask, where it says that this server's own page does, or nobody's. Without it, no
   * browser may.
   */
  pages?: boolean;
  /** On every answer, refusals too. */
  headers?: Readonly<Record<string, string>>;
  /** Whether whoever opened a connection is heard at all. */
  admits?: (socket: Socket) => boolean;
  /** Answers a path outside the secret; null where there is nothing. Given the path and where the secret one begins. */
  outside?: (path: string, url: string) => LocalAnswer | null;
}

const MOST_CONNECTIONS = 256;
/** Milliseconds for which a request under way may go on when the server ends: what records, and what is only read. */
const GRACE = 1000;
const GRACE_OF_PAGES = 150;
/** Milliseconds in which the head of a request has to come; of a page's, all of it. */
const HEAD_WITHIN = 30_000;

/** Listens on a port of 127.0.0.1. Everything without the secret in its path, or with another Host, gets 404. */
export async function serveLocally(handler: Handler, options: LocalOptions = {}): Promise<LocalServer> {
  const { port: wanted = 0, pages = false, headers = {}, admits = () => true, outside = () => null } = options;
  const { secret = randomBytes(24).toString("base64url"), bearer = false, refusal = null } = options;
  let under = 0;
  let url = "";
  const answer = async (req: http.IncomingMessage): Promise<LocalAnswer | null> => {
    if (!isForUs(req, url) || !(pages ? isOwnPage(req, url) : isNoBrowser(req))) return null;
    const inner = admitted(req, secret) ?? (bearer ? admittedByToken(req, secret) : null);
    if (inner === null)
      return (req.method === "GET" ? outside(req.url as string, `${url}/${secret}`) : null) ?? refusal;
    return handler({ method: req.method ?? "GET", ...inner, headers: req.headers, body: req }).catch(
      (): LocalAnswer => ({ status: 500, body: "" }),
    );
  };
  const server = http.createServer(
    {
      keepAliveTimeout: 60_000,
      headersTimeout: HEAD_WITHIN,
      requestTimeout: pages ? HEAD_WITHIN : 0,
      maxHeaderSize: 16 * 1024,
    },
    (req, res) => {
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      under++;
      res.on("close", () => under--);
      answer(req)
        .then((found) => {
          if (found === null) res.writeHead(404, { connection: "close" }).end();
          else send(req, res, found);
        })
        // An answer that cannot be sent is no reason to end.
        .catch(() => res.destroy());
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", (socket) => admits(socket) || socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", resolve);
  });
  server.on("error", () => undefined);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${url}/${secret}`,
    async close() {
      server.close();
      for (let waited = 0; under > 0 && waited < (pages ? GRACE_OF_PAGES : GRACE); waited += 20)
        await systemClock.sleep(20);
      server.closeAllConnections();
    },
  };
}

/** Whether it was sent here under this machine's own name, and not one that was turned to it (DNS rebinding). */
function isForUs({ headers: { host } }: http.IncomingMessage, url: string): boolean {
  return url !== "" && originsOf(url).includes(`http://${host}`);
}

/** The two names under which this machine reaches it. */
function originsOf(url: string): [string, string] {
  return [url, url.replace("127.0.0.1", "localhost")];
}

/**
 * Whether no page of anybody else has a browser ask: what it may not read, it might still have done. A link that
 * somebody follows is no request of the page that it stands on, as long as it only opens.
 */
function isOwnPage({ method, headers }: http.IncomingMessage, url: string): boolean {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  if (origin !== undefined && origin !== `http://${host}`) return false;
  if (origin !== undefined && !originsOf(url).includes(origin)) return false;
  const isFollowed = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  const isOpened = method === "GET" && isFollowed && origin === undefined;
  return site === undefined || site === "same-origin" || site === "none" || isOpened;
}

/** Browsers tell where a request comes from, also of a picture that a page shows. */
function isNoBrowser({ headers }: http.IncomingMessage): boolean {
  return headers.origin === undefined && headers["sec-fetch-site"] === undefined;
}

/** The address below the secret; null for whoever does not know it. */
function admitted(req: http.IncomingMessage, secret: string): Pick<LocalRequest, "path" | "query"> | null {
  if (!/^\/[^/]/.test(req.url ?? "")) return null;
  const [, first = ""] = (req.url as string).split(/[/?]/);
  return isSecret(first, secret) ? addressOf((req.url as string).slice(1 + first.length)) : null;
}

/** The same, of a client that sends the secret as a token. */
function admittedByToken(req: http.IncomingMessage, secret: string): Pick<LocalRequest, "path" | "query"> | null {
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? "") ?? [];
  return isSecret(token, secret) ? addressOf(req.url ?? "") : null;
}

function isSecret(typed: string, secret: string): boolean {
  const [given, wanted] = [Buffer.from(typed), Buffer.from(secret)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Not through URL, which would resolve dots before anybody looked at them. */
function addressOf(url: string): Pick<LocalRequest, "path" | "query"> {
  const [path = "", query = ""] = url.split(/\?(.*)/s);
  return { path, query: new URLSearchParams(query) };
}

function send(
  req: http.IncomingMessage,
  res: http.ServerResponse,
  { status, type, headers = {}, body }: LocalAnswer,
): void {
  // What was not read of a body must not be taken for the next request.
  const cut = req.complete ? {} : { connection: "close" };
  const length = lengthOf(body);
  const size = length === null ? {} : { "content-length": length };
  const about = status === 304 ? {} : { "content-type": type ?? "application/json", ...size };
  res.writeHead(status, { ...about, ...headers, ...cut });
  if (typeof body === "string" || body instanceof Uint8Array) return void res.end(body);
  if (req.method === "HEAD") {
    body.stream.destroy();
    return void res.end();
  }
  res.on("close", () => body.stream.destroy());
  body.stream.on("error", () => res.destroy()).pipe(res);
}

function lengthOf(body: LocalAnswer["body"]): number | null {
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body.size;
}

/** The whole body; null when it has more than `cap` bytes. */
export async function bodyUpTo(body: Readable, cap: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > cap) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
