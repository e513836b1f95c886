/** An HTTP server for programs of this machine alone: loopback, a secret path, bounded requests. */
import { timingSafeEqual } from "node:crypto";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
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
  body: string | { stream: Readable; size: number };
}

/** Never called for a request without the secret. What it throws becomes status 500 and is not told. */
export type Handler = (request: LocalRequest) => Promise<LocalAnswer>;

export interface LocalServer {
  /** `http://127.0.0.1:PORT/SECRET`. */
  url: string;
  /** Waits for the requests under way, a second at most, and cuts all connections. */
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 256;
/** Milliseconds for which a request under way may go on when the server ends. */
const GRACE = 1000;

/** Listens on a free port of 127.0.0.1. Everything without the secret in its path, or with another Host, gets 404. */
export async function serveLocally(handler: Handler): Promise<LocalServer> {
  const secret = randomBytes(24).toString("base64url");
  let under = 0;
  const server = http.createServer(
    { keepAliveTimeout: 60_000, headersTimeout: 30_000, requestTimeout: 0, maxHeaderSize: 16 * 1024 },
    (req, res) => {
      const inner = admitted(req, secret, (server.address() as AddressInfo | null)?.port);
      if (inner === null) return void res.writeHead(404, { connection: "close" }).end();
      under++;
      res.on("close", () => under--);
      void handler({ method: req.method ?? "GET", ...inner, headers: req.headers, body: req })
        .catch((): LocalAnswer => ({ status: 500, body: "" }))
        .then((answer) => send(req, res, answer));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.on("error", () => undefined);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    async close() {
      server.close();
      for (let waited = 0; under > 0 && waited < GRACE; waited += 20) await systemClock.sleep(20);
      server.closeAllConnections();
    },
  };
}

/**
 * The address below the secret; null for whoever does not know it, or was sent here under another name (DNS rebinding).
 */
function admitted(
  req: http.IncomingMessage,
  secret: string,
  port: number | undefined,
): Pick<LocalRequest, "path" | "query"> | null {
  if (req.headers.host !== `127.0.0.1:${port}` && req.headers.host !== `localhost:${port}`) return null;
  // A page in a browser has no business here, whatever it knows.
  if (req.headers.origin !== undefined || !/^\/[^/]/.test(req.url ?? "")) return null;
  const [, first = ""] = (req.url as string).split(/[/?]/);
  const [given, wanted] = [Buffer.from(first), Buffer.from(secret)];
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
  // Not through URL, which would resolve dots before anybody looked at them.
  const [path = "", query = ""] = (req.url as string).slice(1 + first.length).split(/\?(.*)/s);
  return { path, query: new URLSearchParams(query) };
}

function send(req: http.IncomingMessage, res: http.ServerResponse, { status, type, body }: LocalAnswer): void {
  // What was not read of a body must not be taken for the next request.
  const cut = req.complete ? {} : { connection: "close" };
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.size;
  res.writeHead(status, { "content-type": type ?? "application/json", "content-length": length, ...cut });
  if (typeof body === "string") res.end(body);
  else body.stream.on("error", () => res.destroy()).pipe(res);
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
