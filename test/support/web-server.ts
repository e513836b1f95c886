/** A web server on loopback that serves a folder, in the ways in which servers differ; it lies where a test says so. */
import { once } from "node:events";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface WebWays {
  /** Gives parts where they are asked for; true when absent. */
  ranges?: boolean;
  /** Says how long an answer is; true when absent. */
  lengths?: boolean;
  /** Knows HEAD; true when absent. */
  head?: boolean;
  /** What it says of a version: an entity tag of the bytes, a weak one, or nothing. */
  etag?: "strong" | "weak" | "none";
  /** Answers whatever begins with `/moved` by a redirect to the same without it. */
  moved?: boolean;
}

export type Answering = (req: http.IncomingMessage, res: http.ServerResponse) => boolean | void;

export interface WebServer {
  /** Of the folder. */
  readonly url: string;
  /** `METHOD /path` of each request, with its range. */
  readonly asked: string[];
  ways: WebWays;
  /** Answers in its place where it returns true. */
  instead: Answering;
  close(): Promise<void>;
}

/** Serves `folder` at `/data`. */
export async function startWebServer(folder: string, ways: WebWays = {}): Promise<WebServer> {
  const server = http.createServer((req, res) => {
    const { method = "", url = "", headers } = req;
    state.asked.push([method, url, ...(headers.range === undefined ? [] : [headers.range])].join(" "));
    if (state.instead(req, res) === true) return;
    const moved = /^\/moved(\/.*)$/.exec(url)?.[1];
    if (moved !== undefined && state.ways.moved) res.writeHead(302, { location: moved }).end();
    else answer(req, res, { folder, ways: state.ways });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const state = {
    url: `http://127.0.0.1:${port}/data`,
    asked: [] as string[],
    ways,
    instead: (() => false) as Answering,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  return state;
}

function answer(
  { method, url = "", headers }: http.IncomingMessage,
  res: http.ServerResponse,
  { folder, ways }: { folder: string; ways: WebWays },
): void {
  const { ranges = true, lengths = true, head = true } = ways;
  if (method === "HEAD" && !head) return void res.writeHead(405).end();
  const file = join(folder, decodeURIComponent(url.replace(/^\/data/, "")));
  const found = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  if (!found?.isFile()) return void res.writeHead(404, { "content-type": "text/html" }).end("<h1>Not here</h1>");
  const total = Number(found.size);
  const said = { ...versionsOf(found, ways), ...(ranges && { "accept-ranges": "bytes" }) };
  const asked = ranges ? /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") : null;
  const start = Number(asked?.[1] ?? 0);
  const end = Math.min(total, Number(asked?.[2] ?? total - 1) + 1);
  if (asked && start >= total) return void res.writeHead(416, { ...said, "content-range": `bytes */${total}` }).end();
  const range = asked ? { "content-range": `bytes ${start}-${end - 1}/${total}` } : {};
  res.writeHead(asked ? 206 : 200, { ...said, ...range, ...(lengths && { "content-length": end - start }) });
  if (method === "HEAD" || end === start) return void res.end();
  fs.createReadStream(file, { start, end: end - 1 }).pipe(res);
}

function versionsOf(found: fs.BigIntStats, { etag = "strong" }: WebWays): Record<string, string> {
  const modified = { "last-modified": new Date(Number(found.mtimeMs)).toUTCString() };
  if (etag === "none") return modified;
  const tag = `"${found.ino}-${found.mtimeNs}"`;
  return { ...modified, etag: etag === "weak" ? `W/${tag}` : tag };
}
